using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>Everything any document of a machine is rendered from.</summary>
/// <param name="Plan">The machine.</param>
/// <param name="Network">Where the bootstrapper is.</param>
/// <param name="Templates">The texts.</param>
/// <param name="Ticket">The one-time enrolment ticket.</param>
/// <param name="Attempt">The install attempt, from 1.</param>
/// <param name="Image">What the installer writes to disk.</param>
public sealed record RenderRequest(NodePlan Plan, BootNetwork Network, TemplateSet Templates, string Ticket, int Attempt, InstallImage Image);

/// <summary>A kind of document a machine fetches. The registry of all of them is <see cref="All"/>.</summary>
public sealed record ConfigFormat
{
    /// <summary>cloud-init user-data.</summary>
    public static readonly ConfigFormat CloudInit = new("cloud-init", "user-data", request => CloudInitDocument.Render(request.Plan, request.Ticket));

    /// <summary>cloud-init meta-data.</summary>
    public static readonly ConfigFormat MetaData = new("meta-data", "meta-data", request => CloudInitDocument.RenderMetaData(request.Plan, request.Attempt));

    /// <summary>The boot script of an install.</summary>
    public static readonly ConfigFormat Ipxe = new("ipxe", "script.ipxe", request =>
        IpxeScript.Render(new IpxeAction.Install(request.Plan, request.Attempt), request.Plan.Mac, request.Network, request.Templates));

    /// <summary>The installer's settings.</summary>
    public static readonly ConfigFormat InstallEnv = new("install-env", "install.env", request =>
        InstallEnvironment.Render(request.Plan, request.Image, request.Attempt));

    private readonly Func<RenderRequest, RenderedDocument> render;

    private ConfigFormat(string name, string fileName, Func<RenderRequest, RenderedDocument> render)
    {
        Name = name;
        FileName = fileName;
        this.render = render;
    }

    /// <summary>Every format, in the order a machine meets them.</summary>
    public static IReadOnlyList<ConfigFormat> All { get; } = [Ipxe, InstallEnv, CloudInit, MetaData];

    /// <summary>Name on the command line, <c>cloud-init</c>.</summary>
    public string Name { get; }

    /// <summary>Last part of its URL below <c>/boot/{mac}/</c>.</summary>
    public string FileName { get; }

    /// <summary>The format of that name; null when there is none.</summary>
    public static ConfigFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>The machine's document in this format.</summary>
    public RenderedDocument Render(RenderRequest request) => render(request);
}
