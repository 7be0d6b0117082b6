using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>Everything any document of a machine is rendered from.</summary>
/// <param name="Plan">The machine.</param>
/// <param name="Network">Where the bootstrapper is.</param>
/// <param name="Templates">The texts.</param>
/// <param name="Ticket">The one-time enrolment ticket.</param>
/// <param name="Attempt">The install attempt, from 1.</param>
/// <param name="Image">What the installer writes to disk.</param>
/// <param name="Task">What the live system is to do.</param>
public sealed record RenderRequest(
    NodePlan Plan, BootNetwork Network, TemplateSet Templates, string Ticket, int Attempt, InstallImage Image, LiveTask Task = LiveTask.Install);

/// <summary>What a machine's live system is to do.</summary>
public enum LiveTask
{
    /// <summary>Install the operating system.</summary>
    Install,
    /// <summary>Erase every fixed disk.</summary>
    Wipe,
}

/// <summary>A kind of document a machine fetches. The registry of all of them is <see cref="All"/>; which of them a machine has is <see cref="Has"/>.</summary>
public sealed record ConfigFormat
{
    /// <summary>cloud-init user-data.</summary>
    public static readonly ConfigFormat CloudInit = new("cloud-init", "user-data", "text/cloud-config",
        request => CloudInitDocument.Render(request.Plan, request.Ticket), plan => NodeDocument.For(plan) == CloudInit);

    /// <summary>cloud-init meta-data.</summary>
    public static readonly ConfigFormat MetaData = new("meta-data", "meta-data", "text/yaml",
        request => CloudInitDocument.RenderMetaData(request.Plan, request.Attempt), plan => NodeDocument.For(plan) == CloudInit);

    /// <summary>Ignition.</summary>
    public static readonly ConfigFormat Ignition = new("ignition", "node.ign", "application/vnd.coreos.ignition+json",
        request => IgnitionDocument.Render(request.Plan, request.Ticket), plan => NodeDocument.For(plan) == Ignition);

    /// <summary>cloud-config in the dialect of CoreOS.</summary>
    public static readonly ConfigFormat CloudConfig = new("cloud-config", "cloud-config.yml", "text/cloud-config",
        request => CloudConfigDocument.Render(request.Plan, request.Ticket), plan => NodeDocument.For(plan) == CloudConfig);

    /// <summary>The boot script of an install.</summary>
    public static readonly ConfigFormat Ipxe = new("ipxe", "script.ipxe", "text/plain", request =>
        BootScript.Render(ScriptDialect.Ipxe, new ScriptAction.Install(request.Plan, request.Attempt), request.Plan.Mac, request.Network, request.Templates), _ => true);

    /// <summary>The same in GRUB's language.</summary>
    public static readonly ConfigFormat Grub = new("grub", "grub.cfg", "text/plain", request =>
        BootScript.Render(ScriptDialect.Grub, new ScriptAction.Install(request.Plan, request.Attempt), request.Plan.Mac, request.Network, request.Templates), _ => true);

    /// <summary>The same in pxelinux's language, as U-Boot and pxelinux get it over TFTP.</summary>
    public static readonly ConfigFormat Pxelinux = new("pxelinux", "pxelinux.cfg", "text/plain", request =>
        BootScript.Render(ScriptDialect.Pxelinux, new ScriptAction.Install(request.Plan, request.Attempt), request.Plan.Mac, request.Network, request.Templates), _ => true);

    /// <summary>The installer's settings.</summary>
    public static readonly ConfigFormat InstallEnv = new("install-env", "install.env", "text/plain", request =>
        request.Task is LiveTask.Wipe ? InstallEnvironment.RenderWipe(request.Plan) : InstallEnvironment.Render(request.Plan, request.Image, request.Attempt), plan => plan.Installation is Installation.Debian);

    /// <summary>What makes a live system an installer.</summary>
    public static readonly ConfigFormat InstallIgn = new("install-ignition", "install.ign", "application/vnd.coreos.ignition+json", request =>
        InstallIgnition.Render(request.Plan, request.Network, request.Templates, request.Task), plan => plan.Installation is Installation.Flatcar or Installation.FedoraCoreos);

    /// <summary>What Rocky's installer is told.</summary>
    public static readonly ConfigFormat KickstartFile = new("kickstart", "kickstart.cfg", "text/plain", request =>
        request.Task is LiveTask.Wipe
            ? Kickstart.RenderWipe(request.Plan, request.Network, request.Templates)
            : Kickstart.Render(request.Plan, request.Network, request.Templates, request.Attempt), plan => plan.Installation is Installation.Rocky);

    private readonly Func<RenderRequest, RenderedDocument> render;
    private readonly Func<NodePlan, bool> has;

    private ConfigFormat(string name, string fileName, string mediaType, Func<RenderRequest, RenderedDocument> render, Func<NodePlan, bool> has)
    {
        Name = name;
        FileName = fileName;
        MediaType = mediaType;
        this.render = render;
        this.has = has;
    }

    /// <summary>Every format, in the order a machine meets them.</summary>
    public static IReadOnlyList<ConfigFormat> All { get; } = [Ipxe, Grub, Pxelinux, InstallEnv, InstallIgn, KickstartFile, CloudInit, MetaData, Ignition, CloudConfig];

    /// <summary>Name on the command line, <c>cloud-init</c>.</summary>
    public string Name { get; }

    /// <summary>Last part of its URL below <c>/boot/{mac}/</c>.</summary>
    public string FileName { get; }

    /// <summary>Its media type; the text is UTF-8.</summary>
    public string MediaType { get; }

    /// <summary>The format of that name; null when there is none.</summary>
    public static ConfigFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>Whether a machine has a document of this format: it depends on its operating system.</summary>
    public bool Has(NodePlan plan) => has(plan);

    /// <summary>The machine's document in this format.</summary>
    public RenderedDocument Render(RenderRequest request) => render(request);
}
