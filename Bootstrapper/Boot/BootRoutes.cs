namespace Sextant.Boot;

/// <summary>What machines fetch and send on their way from the boot loader to their certificates, and later with those, in that order, one line a route.</summary>
public sealed class BootRoutes(
    BootDocuments documents, MachineEndpoints machine, ScriptEndpoint script, ConfigEndpoint config, ReportEndpoint report, LogEndpoint log, EnrolEndpoint enrol, EtcdEndpoint etcd, RenewEndpoint renew,
    MasterEndpoint master, AssetEndpoint assets, AssetIndexEndpoint index)
{
    private static readonly string[] Get = ["GET"];
    private static readonly string[] Post = ["POST"];
    private static readonly string[] Read = ["GET", "HEAD"];

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/boot/script.ipxe", Read, documents.ServeEntryAsync);
        routes.MapMethods("/boot/{mac}/script.ipxe", Get, machine.Of(script.ServeAsync));
        routes.MapMethods("/boot/{mac}/grub.cfg", Get, machine.Of(script.ServeGrubAsync));
        routes.MapMethods("/pxelinux.cfg/{name}", Get, documents.ServePxelinuxAsync);
        routes.MapMethods("/grub/grub.cfg", Read, documents.ServeFindGrubAsync);
        routes.MapMethods("/assets/grub/grub.cfg", Read, documents.ServeFindGrubAsync);
        routes.MapMethods("/assets/autoexec.ipxe", Read, documents.ServeFindIpxeAsync);
        routes.MapMethods("/assets/.index", Read, index.ServeAsync);
        routes.MapMethods("/assets/{**path}", Read, assets.ServeAsync);
        routes.MapMethods("/boot/{mac}/install.env", Get, machine.Of(config.ServeInstallerDocumentAsync));
        routes.MapMethods("/boot/{mac}/install.ign", Get, machine.Of(config.ServeInstallerDocumentAsync));
        routes.MapMethods("/boot/{mac}/kickstart.cfg", Get, machine.Of(config.ServeInstallerDocumentAsync));
        routes.MapMethods("/boot/{mac}/user-data", Get, machine.Of(config.ServeNodeDocumentAsync));
        routes.MapMethods("/boot/{mac}/node.ign", Get, machine.Of(config.ServeNodeDocumentAsync));
        routes.MapMethods("/boot/{mac}/cloud-config.yml", Get, machine.Of(config.ServeNodeDocumentAsync));
        routes.MapMethods("/boot/{mac}/meta-data", Get, machine.Of(config.ServeMetaDataAsync));
        routes.MapMethods("/boot/{mac}/report", Post, machine.Of(report.ServeAsync));
        routes.MapMethods("/boot/{mac}/log", Post, machine.Of(log.ServeAsync));
        routes.MapMethods("/enroll/{mac}/{name}", Post, EnrolEndpoint.OverHttpsOnly(machine.Of(enrol.ServeAsync)));
        routes.MapMethods("/boot/{mac}/etcd", Get, machine.Of(etcd.ServeAsync));
        routes.MapMethods("/node/{mac}/renew/{name}", Post, machine.OfCertified(renew.ServeAsync));
        routes.MapMethods("/node/{mac}/addons.yaml", Get, machine.OfCertified(master.ServeAddonsAsync));
        routes.MapMethods("/node/{mac}/node-labels", Get, machine.OfCertified(master.ServeNodeLabelsAsync));
    }
}
