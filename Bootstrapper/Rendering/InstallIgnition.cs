using System.Text;
using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>
/// What makes Flatcar or Fedora CoreOS, booted over the network, an installer (<c>install.ign</c>): a unit, its scripts and what they need to know. The
/// configuration of the system it installs is another document, which the scripts fetch when they need it.
/// </summary>
public static class InstallIgnition
{
    private const string Folder = "/etc/sextant/installer";

    /// <summary>The account of the live system that has the administrator's keys, for a look at an installation that does not end.</summary>
    private const string LiveAccount = "core";

    /// <summary>The configuration of the live system. It holds no secret.</summary>
    /// <param name="plan">The machine.</param>
    /// <param name="network">Where the bootstrapper is.</param>
    /// <param name="templates">The scripts.</param>
    /// <param name="task">What the live system is to do.</param>
    /// <returns>The document, or why it must not be served.</returns>
    /// <exception cref="TemplateException">A script is missing.</exception>
    public static RenderedDocument Render(NodePlan plan, BootNetwork network, TemplateSet templates, LiveTask task = LiveTask.Install)
    {
        var (script, own) = plan.Installation switch
        {
            Installation.Flatcar flatcar => ("flatcar/install.sh", Of(flatcar, plan, network)),
            Installation.FedoraCoreos => ("fedora-coreos/install.sh", []),
            var other => throw new ArgumentException($"the installer of {other.GetType().Name} is not told by Ignition", nameof(plan)),
        };
        (string Name, string Value)[] always = [("SEXTANT_URL", BootFiles.DocumentsOf(plan, network))];
        var settings = InstallEnvironment.Assign(plan, task is LiveTask.Wipe ? [.. always, InstallEnvironment.WipeTask] :
        [
            .. always,
            .. InstallEnvironment.DiskOf(plan),
            ("SEXTANT_DOCUMENT", NodeDocument.For(plan).FileName),
            ("SEXTANT_KERNEL_ARGUMENTS", string.Join(' ', plan.KernelArguments)),
            .. own,
        ]);
        if (settings is not RenderedDocument.Text(var environment)) return settings;
        try
        {
            return IgnitionDocument.Write(plan, Document(plan, templates, script, environment));
        }
        catch (EncoderFallbackException)
        {
            return new RenderedDocument.Broken($"a setting or an SSH key of {plan.Mac} is not Unicode text");
        }
    }

    private static (string Name, string Value)[] Of(Installation.Flatcar flatcar, NodePlan plan, BootNetwork network) =>
    [
        ("SEXTANT_VERSION", flatcar.Version),
        ("SEXTANT_MIRRORS", string.Join(' ', plan.AssetMirrors.Select(mirror => $"{mirror}/{flatcar.Folder}"))),
        ("SEXTANT_SOURCE", $"{network.HttpBase}/assets/{flatcar.Folder}"),
        ("SEXTANT_KEY", $"{network.HttpBase}/assets/{flatcar.Key}"),
    ];

    private static IgnitionConfig Document(NodePlan plan, TemplateSet templates, string script, string environment) => new(
        new IgnitionVersion(IgnitionDocument.Version),
        new IgnitionAccounts(plan.SshAuthorizedKeys.Count == 0 ? [] : [new IgnitionUser(LiveAccount, [.. plan.SshAuthorizedKeys], null, null, null)]),
        new IgnitionStorage(
        [
            File("install.sh", templates.Plain(script)),
            .. ((string[])["live.sh", "report.sh", "disk.sh", "wipe.sh"]).Select(name => File(name, templates.Plain($"installer/{name}"))),
            File("install.env", environment),
        ]),
        new IgnitionUnits(
        [
            new IgnitionUnit("sextant-install.service", true, null, templates.Fill("installer/sextant-install.service", new Dictionary<string, object> { ["folder"] = Folder }), null),
            // What would update the live system or restart it, which is never what an installation waits for.
            .. plan.MaskedUnits.Select(name => new IgnitionUnit(name, null, true, null, null)),
        ]));

    private static IgnitionFile File(string name, string content) => IgnitionDocument.File(new PlannedFile($"{Folder}/{name}", Permissions.Public, "root:root", content));
}
