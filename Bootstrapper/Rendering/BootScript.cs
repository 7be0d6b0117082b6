using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Rendering;

/// <summary>What a boot script makes a machine do.</summary>
public abstract record ScriptAction
{
    private ScriptAction() { }

    /// <summary>Start the live system and install; <paramref name="Attempt"/> counts from 1.</summary>
    public sealed record Install(NodePlan Plan, int Attempt) : ScriptAction;

    /// <summary>Start the live system and erase the disks.</summary>
    public sealed record Wipe(NodePlan Plan) : ScriptAction;

    /// <summary>Start from disk.</summary>
    public sealed record LocalDisk : ScriptAction;

    /// <summary>Wait, as a machine the cluster description does not name.</summary>
    public sealed record Discover : ScriptAction;

    /// <summary>Wait for the operator; <paramref name="Reason"/> is shown on the machine's screen.</summary>
    public sealed record Hold(string Reason) : ScriptAction;
}

/// <summary>Boot scripts, each loader's in its own language, from the folders of <c>templates/</c> that are named for them.</summary>
public static class BootScript
{
    /// <summary>The script for a machine.</summary>
    /// <param name="dialect">The loader's language.</param>
    /// <param name="action">What it is to do.</param>
    /// <param name="mac">The machine.</param>
    /// <param name="network">Where the bootstrapper is.</param>
    /// <param name="templates">The texts.</param>
    /// <returns>The script, or which value it cannot carry.</returns>
    /// <exception cref="TemplateException">A template is missing or asks for a value that does not exist.</exception>
    public static RenderedDocument Render(ScriptDialect dialect, ScriptAction action, MacAddress mac, BootNetwork network, TemplateSet templates)
    {
        var values = new Dictionary<string, object>
        {
            ["mac"] = mac.ToString(),
            ["mac_hyphens"] = mac.ToHyphenString(),
            ["http_base"] = network.HttpBase,
            ["self"] = dialect.PlacesIn(network).Root + dialect.NameOf(mac),
        };
        var template = dialect.TemplateOf(Describe(dialect, action, mac, network, values));
        foreach (var (name, text) in Texts(values))
            if (!IsPlain(text)) return new RenderedDocument.Broken($"the boot script of {mac} cannot carry this {name}: {text}");
        if (action is ScriptAction.Install { Plan: var installed }) AddFiles(dialect, installed, network, values);
        if (action is ScriptAction.Wipe { Plan: var wiped }) AddFiles(dialect, wiped, network, values);
        return new RenderedDocument.Text(templates.Fill(template, values));
    }

    /// <summary>
    /// iPXE's script that another DHCP server can give to every machine: iPXE puts the machine's MAC address into the next URL, which is that of the machine's own.
    /// </summary>
    /// <exception cref="TemplateException">The template is missing or asks for a value that does not exist.</exception>
    public static string Entry(BootNetwork network, TemplateSet templates) => IpxeForEveryMachine("entry", network, templates);

    /// <summary>GRUB's first configuration, which is every machine's: it asks for the machine's own by its MAC address.</summary>
    /// <exception cref="TemplateException">The template is missing or asks for a value that does not exist.</exception>
    public static string FindGrub(BootNetwork network, TemplateSet templates) =>
        templates.Fill(ScriptDialect.Grub.TemplateOf("find"), new Dictionary<string, object> { ["root"] = ScriptDialect.Grub.PlacesIn(network).Root });

    /// <summary>
    /// iPXE's first script, which is every machine's and stands in the place of what it would do by itself: it configures IPv4 alone, and asks for the machine's
    /// own script by its MAC address.
    /// </summary>
    /// <exception cref="TemplateException">The template is missing or asks for a value that does not exist.</exception>
    public static string FindIpxe(BootNetwork network, TemplateSet templates) => IpxeForEveryMachine("autoexec", network, templates);

    private static string IpxeForEveryMachine(string template, BootNetwork network, TemplateSet templates) =>
        templates.Fill(ScriptDialect.Ipxe.TemplateOf(template), new Dictionary<string, object> { ["http_base"] = network.HttpBase });

    private static string Describe(ScriptDialect dialect, ScriptAction action, MacAddress mac, BootNetwork network, Dictionary<string, object> values)
    {
        switch (action)
        {
            case ScriptAction.Install(var plan, var attempt):
                DescribeLive(dialect, plan, mac, network, values);
                (values["task"], values["doing"]) = ($"install, attempt {attempt}", $"installs {plan.Hostname} ({mac}), attempt {attempt}");
                return "live";
            case ScriptAction.Wipe(var plan):
                DescribeLive(dialect, plan, mac, network, values);
                (values["task"], values["doing"]) = ("erase the disks", $"erases the disks of {plan.Hostname} ({mac})");
                return "live";
            case ScriptAction.Hold(var reason):
                values["reason"] = reason;
                return "hold";
            case ScriptAction.LocalDisk:
                return "local-disk";
            case ScriptAction.Discover:
                return "discover";
            default:
                throw new ArgumentOutOfRangeException(nameof(action));
        }
    }

    private static void DescribeLive(ScriptDialect dialect, NodePlan plan, MacAddress mac, BootNetwork network, Dictionary<string, object> values)
    {
        if (plan.Mac != mac) throw new ArgumentException($"the plan is of {plan.Mac}, not of {mac}", nameof(plan));
        values["hostname"] = plan.Hostname;
        values["arguments"] = string.Join(' ', BootFiles.Of(plan, network, $"{network.HttpBase}/assets").Arguments);
        // iPXE trusts the certificates of its own makers only, so a mirror with another one serves nothing but the image. The other loaders know no mirrors.
        values["mirrors"] = plan.AssetMirrors.Where(mirror => dialect == ScriptDialect.Ipxe && mirror.StartsWith("http://", StringComparison.Ordinal))
            .Select(mirror => Values(dialect, BootFiles.Of(plan, network, mirror))).ToArray();
    }

    /// <summary>Kernel and initramfs where the loader finds them; documents stay where the live system finds them, at the bootstrapper's HTTP.</summary>
    private static void AddFiles(ScriptDialect dialect, NodePlan plan, BootNetwork network, Dictionary<string, object> values)
    {
        var files = BootFiles.Of(plan, network, $"{network.HttpBase}/assets");
        var assets = dialect.PlacesIn(network).Assets;
        foreach (var (name, value) in Values(dialect, files with { Kernel = $"{assets}/{plan.Installation.Kernel}", Initrd = $"{assets}/{plan.Installation.Initrd}" })) values[name] = value;
    }

    private static Dictionary<string, object> Values(ScriptDialect dialect, BootFiles files) => new()
    {
        ["kernel"] = files.Kernel,
        ["initrd"] = files.Initrd,
        ["initrd_name"] = files.InitrdName,
        ["arguments"] = dialect.Join(files.Arguments),
    };

    /// <summary>Every text that goes into the script, those of the mirrors included.</summary>
    private static IEnumerable<(string Name, string Text)> Texts(IReadOnlyDictionary<string, object> values) =>
        values.SelectMany(value => value.Value is Dictionary<string, object>[] groups ? groups.SelectMany(Texts).Select(inner => (value.Key, inner.Text)) : [(value.Key, value.Value.ToString()!)]);

    /// <summary>
    /// iPXE has no way to quote: it expands <c>${…}</c>, takes <c>||</c>, <c>&amp;&amp;</c> for separators and quotes and backslashes for its own, and a
    /// line ends where it ends. U-Boot expands <c>${…}</c> as well, and GRUB's quoted words end at a quote: what iPXE can carry the others can.
    /// </summary>
    private static bool IsPlain(string value) =>
        value.All(character => character is >= ' ' and <= '~' and not ('"' or '\'' or '\\'))
        && !value.Contains("${", StringComparison.Ordinal)
        && !value.Split(' ').Any(word => word is "||" or "&&" || word.StartsWith('#'));
}
