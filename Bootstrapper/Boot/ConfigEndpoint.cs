using Sextant.Assets;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary>
/// <c>GET /boot/{mac}/install.env|meta-data|user-data|node.ign|cloud-config.yml</c>: what a machine needs while it is being installed, and nobody at any
/// other time. The last three are the machine's document in the format its operating system reads. It carries a one-time ticket; each fetch mints a new one
/// and the earlier of the same attempt is void unless it was used.
/// </summary>
public sealed class ConfigEndpoint(MachineStore machines, EnrolmentTickets tickets, CurrentAssets assets)
{
    /// <summary>The installer's settings.</summary>
    public Task<Reply> ServeInstallEnvironmentAsync(MachineRequest request) => WhileInstalling(request, node =>
    {
        if (assets.Value.Find(InstallImage.DebianAsset) is not { } image)
            throw new InvalidOperationException($"the asset {InstallImage.DebianAsset} is missing; 'sextant assets build debian' makes it");
        var document = InstallEnvironment.Render(node, InstallImage.Debian(request.Plan.Network, image.Sha256, image.Length), request.Machine.Attempt);
        return Task.FromResult(Reply.Line(ServedText.Of(document).TrimEnd('\n')));
    });

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
        await machines.RecordAsync(new ConfigServed(request.Mac, request.Now, format.Name, request.Machine.Attempt));
        return new Reply.Document($"{format.MediaType}; charset=utf-8", document);
    });

    private static async Task<Reply> WhileInstalling(MachineRequest request, Func<NodePlan, Task<Reply>> serve)
    {
        if (!Admission.IsInstalling(request.Machine) || request.Plan.For(request.Mac, request.Machine.Address) is not { } node)
            return new Reply.Refused(RefusalReason.NotInstalling, "Its configuration is served from the boot script that starts an install until the install ends.");
        return await serve(node);
    }
}
