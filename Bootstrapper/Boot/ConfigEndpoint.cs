using System.Text;
using Sextant.Assets;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary>
/// <c>GET /boot/{mac}/install.env|install.ign|kickstart.cfg|meta-data|user-data|node.ign|cloud-config.yml</c>: what a machine needs while it is being
/// installed, and nobody at any other time. The first three tell its live system what to do, each that of another operating system; also when it is to be wiped. The last three are the machine's document in the format its operating system reads. It carries a one-time ticket; each fetch mints a new one
/// and the earlier of the same attempt is void unless it was used.
/// </summary>
public sealed class ConfigEndpoint(MachineStore machines, EnrolmentTickets tickets, CurrentAssets assets)
{
    /// <summary>What the machine's installer is told, in the form its operating system reads.</summary>
    /// <param name="request">The request; its last segment is the document's name.</param>
    public Task<Reply> ServeInstallerDocumentAsync(MachineRequest request) =>
        request.Machine.IsWiping && request.Plan.For(request.Mac, request.Machine.Address) is { } wiped
            ? ServeInstallerDocumentAsync(request, wiped, LiveTask.Wipe)
            : WhileInstalling(request, node => ServeInstallerDocumentAsync(request, node, LiveTask.Install));

    private Task<Reply> ServeInstallerDocumentAsync(MachineRequest request, NodePlan node, LiveTask task)
    {
        var format = ConfigFormat.All.Single(one => InstallerFormats.Contains(one) && one.Has(node));
        if (request.Item != format.FileName) return Task.FromResult<Reply>(new Reply.Invalid($"its installer reads {format.FileName}, as its operating system does."));
        var image = task is LiveTask.Install && node.Installation is Installation.Debian ? DebianImage(request.Plan.Network) : InstallImage.None;
        var document = format.Render(new RenderRequest(node, request.Plan.Network, request.Plan.Templates, "", request.Machine.Attempt, image, task));
        return Task.FromResult<Reply>(new Reply.Document($"{format.MediaType}; charset=utf-8", ServedText.Of(document)));
    }

    private static readonly ConfigFormat[] InstallerFormats = [ConfigFormat.InstallEnv, ConfigFormat.InstallIgn, ConfigFormat.KickstartFile];

    private InstallImage DebianImage(BootNetwork network) => assets.Value.Find(InstallImage.DebianAsset) is { } image
        ? InstallImage.Debian(network, image.Sha256, image.Length)
        : throw new InvalidOperationException($"the asset {InstallImage.DebianAsset} is missing; 'sextant assets build debian' makes it");

    /// <summary>cloud-init's meta-data.</summary>
    public Task<Reply> ServeMetaDataAsync(MachineRequest request) => WhileInstalling(request, node =>
        Task.FromResult<Reply>(new Reply.Document("text/yaml; charset=utf-8", ServedText.Of(CloudInitDocument.RenderMetaData(node, request.Machine.Attempt)))));

    /// <summary>The machine's document, with the ticket. Ticket and event are durable before the document leaves.</summary>
    /// <param name="request">The request; its last segment is the document's name.</param>
    public Task<Reply> ServeNodeDocumentAsync(MachineRequest request) => WhileInstalling(request, async node =>
    {
        var format = NodeDocument.For(node);
        if (request.Item != format.FileName) return new Reply.Invalid($"its document is {format.FileName}, as its operating system reads it; nothing else carries a ticket.");
        var ticket = await tickets.MintAsync(request.Mac, request.Peer, request.Machine.Attempt, request.Now);
        var document = ServedText.Of(NodeDocument.Render(node, ticket));
        await machines.RecordAsync(new ConfigServed(request.Mac, request.Now, format.Name, request.Machine.Attempt) { Size = Encoding.UTF8.GetByteCount(document) });
        return new Reply.Document($"{format.MediaType}; charset=utf-8", document);
    });

    private static async Task<Reply> WhileInstalling(MachineRequest request, Func<NodePlan, Task<Reply>> serve)
    {
        if (!request.Machine.IsInstalling || request.Plan.For(request.Mac, request.Machine.Address) is not { } node)
            return new Reply.Refused(RefusalReason.NotInstalling, "Its configuration is served from the boot script that starts an install until the install ends.");
        return await serve(node);
    }
}
