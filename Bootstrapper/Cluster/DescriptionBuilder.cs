using System.Collections.Immutable;
using Sextant.Cluster.Rules;
using Sextant.Cluster.Schema;
using Sextant.Cluster.Schema.Syntax;
using Sextant.Dhcp.Wire;

namespace Sextant.Cluster;

/// <summary>Makes the description of a file without errors, and fills in the defaults that depend on other values.</summary>
internal static class DescriptionBuilder
{
    private const int ApiPort = 6443;

    /// <summary>Builds the description; every required value is there because no error was reported.</summary>
    public static ClusterDescription Build(ClusterSection file)
    {
        var operatingSystem = new OperatingSystemDescription(
            file.OperatingSystem!.Name!.Value, file.OperatingSystem.InstallDisk!.Value, file.OperatingSystem.KernelArguments!.Values,
            file.OperatingSystem.ConfigFormat!.Value, file.OperatingSystem.WipeDisks!.Value, file.OperatingSystem.Repository?.Value);
        return new ClusterDescription
        {
            Name = file.Name!.Value,
            Bootstrapper = new BootstrapperDescription(file.Bootstrapper!.Address!.Value, file.Bootstrapper.Interface!.Value,
                file.Bootstrapper.HttpPort!.Value, file.Bootstrapper.HttpsPort!.Value),
            Network = Network(file.Network!, OptionSettings.Of(file.Dhcp!.Options)),
            Dhcp = new DhcpDescription(file.Dhcp.Mode!.Value) { Probe = file.Dhcp.Probe!.Value },
            Tftp = new TftpDescription(file.Tftp!.SinglePort!.Value),
            Dns = Dns(file.Dns!, file.Network!.Domain!.Value),
            Ntp = new NtpDescription(file.Ntp!.Mode!.Value, file.Ntp.LocalStratum?.Value),
            Syslog = new SyslogDescription(file.Syslog!.Receive!.Value),
            Status = new StatusDescription(file.Status!.Readers!.Value),
            OperatingSystem = operatingSystem,
            Boot = new BootDescription(file.Boot!.Chain!.Value, file.Boot.Loaders!.Items.ToImmutableSortedDictionary(loader => FirmwareKindSyntax.Kinds[loader.Key], loader => loader.Value.Value)),
            Etcd = new EtcdDescription(file.Etcd!.ClusterToken?.Value ?? file.Name.Value),
            Kubernetes = Kubernetes(file.Kubernetes!, file.Network!.Domain!.Value),
            Api = new ApiDescription(file.Api?.VirtualAddress?.Value),
            Flannel = new FlannelDescription(file.Flannel!.Backend!.Value),
            Registry = Registry(file.Registry!),
            AssetMirrors = [.. (file.AssetMirrors?.Items ?? []).Select(mirror => new AssetMirrorDescription(mirror.Url!.Value, mirror.Racks!.Values))],
            Addons = file.Addons!.Values,
            Ingress = new IngressDescription(file.Ingress?.VirtualAddress?.Value),
            Ceph = file.Addons.Values.Contains(AddonRules.Ceph) ? Ceph(file.Ceph!) : null,
            SshAuthorizedKeys = file.SshAuthorizedKeys!.Values,
            UnknownMachines = file.UnknownMachines!.Value,
            Enrollment = file.Enrollment!.Value,
            Nodes = [.. file.Nodes!.Items.Select(node => Node(node, operatingSystem, file.Bmc!))],
        };
    }

    private static NetworkDescription Network(NetworkSection network, IReadOnlyList<OptionSetting> site)
    {
        var leaseTime = network.LeaseTime!.Value;
        return new NetworkDescription(
            [
                new SubnetDescription(network.Subnet!.Value, network.Gateway?.Value, network.DynamicRange?.Value, leaseTime)
                {
                    Options = OptionSetting.Merge(site, OptionSettings.Of(network.Options)),
                },
                .. (network.Subnets?.Items ?? []).Select(subnet => new SubnetDescription(
                    subnet.Subnet!.Value, subnet.Gateway!.Value, subnet.DynamicRange?.Value, subnet.LeaseTime?.Value ?? leaseTime)
                {
                    SharesLinkWith = subnet.SharesLinkWith?.Value,
                    Options = OptionSetting.Merge(site, OptionSettings.Of(subnet.Options)),
                }),
            ],
            network.Domain!.Value, network.UpstreamResolvers!.Values);
    }

    private static KubernetesDescription Kubernetes(KubernetesSection kubernetes, string domain)
    {
        var services = kubernetes.ServiceRange!.Value;
        var endpoint = kubernetes.ApiEndpoint?.Value ?? $"api.{domain}";
        return new KubernetesDescription(
            kubernetes.Version!.Value,
            services,
            kubernetes.PodRange!.Value,
            kubernetes.DnsIp?.Value ?? services.Address.Plus(KubernetesRules.DnsOffset),
            endpoint.Contains(':', StringComparison.Ordinal) ? endpoint : $"{endpoint}:{ApiPort}",
            kubernetes.ClusterDomain!.Value,
            kubernetes.ProxyMode!.Value);
    }

    private static DnsDescription Dns(DnsSection dns, string domain) =>
        new(dns.Mode!.Value, dns.Clients!.Values, [.. (dns.Records?.Items ?? []).Select(record => Record(record, domain))]);

    private static DnsRecordDescription Record(DnsRecordSection record, string domain) => new(
        DnsRules.Absolute(record.Name!.Value, domain), TimeSpan.FromSeconds(record.TimeToLive!.Value), record.Addresses!.Values, record.Ipv6Addresses!.Values,
        record.Alias is { } alias ? DnsRules.Absolute(alias.Value, domain) : null, record.Texts!.Values,
        [.. record.Services!.Values.Select(ServiceSyntax.Parts).Select(server => new DnsServiceDescription(server.Priority, server.Weight, server.Port, DnsRules.Absolute(server.Target, domain)))]);

    private static CephDescription? Ceph(CephSection ceph) => ceph is { ClusterId: { } id, KeyFile: { } key, Monitors: { Items.Count: > 0 } monitors }
        ? new CephDescription(id.Value, monitors.Values, ceph.Pool!.Value, ceph.User!.Value, Given(key)!)
        : null;

    private static RegistryDescription Registry(RegistrySection registry) => new(
        registry.Mode!.Value, registry.Address?.Value, Given(registry.CaFile), registry.Username?.Value, Given(registry.PasswordFile),
        registry.Port!.Value, registry.PullThrough!.Value, registry.Images!.Values);

    private static GivenFile? Given(Entry<string>? file) => file is null ? null : new GivenFile(file.Value, file.At.Path, file.At.Line, file.At.Column);

    private static NodeDescription Node(NodeSection node, OperatingSystemDescription operatingSystem, BmcSection site) => new()
    {
        Mac = node.Mac!.Value,
        Hostname = node.Hostname!.Value,
        Address = node.Address?.Value,
        Roles = node.Roles!.Values,
        Rack = node.Rack?.Value,
        InstallDisk = node.InstallDisk?.Value ?? operatingSystem.InstallDisk,
        FlannelInterface = node.FlannelInterface?.Value,
        Boot = new NodeBootDescription(node.BootChain?.Value, node.BootLoader?.Value),
        KernelArguments = node.KernelArguments!.Values,
        Labels = node.Labels!.Items.ToDictionary(label => label.Key, label => label.Value.Value, StringComparer.Ordinal),
        Taints = node.Taints!.Values,
        Gpu = node.Gpu!.Value,
        Options = OptionSettings.Of(node.Options),
        Bmc = Bmc(node, node.Bmc!, site),
    };

    private static BmcDescription? Bmc(NodeSection node, BmcSection own, BmcSection site)
    {
        if ((own.Url ?? site.Url) is not { } url) return null;
        var hasOwnTrust = own.CaFile is not null || own.Fingerprint is not null;
        return new BmcDescription(
            BmcDescription.Fill(url.Value, node.Hostname!.Value, node.Mac!.Value.ToHyphenString()), (own.Username ?? site.Username)!.Value, Given(own.PasswordFile ?? site.PasswordFile)!,
            Given(hasOwnTrust ? own.CaFile : site.CaFile),
            (hasOwnTrust ? own.Fingerprint : site.Fingerprint)?.Value.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant(), (own.System ?? site.System)?.Value,
            (own.CipherSuite ?? site.CipherSuite)?.Value);
    }
}
