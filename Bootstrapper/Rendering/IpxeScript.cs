using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Rendering;

/// <summary>What an iPXE script makes a machine do.</summary>
public abstract record IpxeAction
{
    private IpxeAction() { }

    /// <summary>Start the live system and install; <paramref name="Attempt"/> counts from 1.</summary>
    public sealed record Install(NodePlan Plan, int Attempt) : IpxeAction;

    /// <summary>Start the live system and erase the disks.</summary>
    public sealed record Wipe(NodePlan Plan) : IpxeAction;

    /// <summary>Start from disk.</summary>
    public sealed record LocalDisk : IpxeAction;

    /// <summary>Wait, as a machine the cluster description does not name.</summary>
    public sealed record Discover : IpxeAction;

    /// <summary>Wait for the operator; <paramref name="Reason"/> is shown on the machine's screen.</summary>
    public sealed record Hold(string Reason) : IpxeAction;
}

/// <summary>iPXE scripts from <c>templates/ipxe/</c>, in commands that iPXE has had since 2015.</summary>
public static class IpxeScript
{
    /// <summary>The script for a machine.</summary>
    /// <param name="action">What it is to do.</param>
    /// <param name="mac">The machine.</param>
    /// <param name="network">Where the bootstrapper is.</param>
    /// <param name="templates">The texts.</param>
    /// <returns>The script, or which value it cannot carry.</returns>
    /// <exception cref="TemplateException">A template is missing or asks for a value that does not exist.</exception>
    public static RenderedDocument Render(IpxeAction action, MacAddress mac, BootNetwork network, TemplateSet templates)
    {
        var values = new Dictionary<string, object>
        {
            ["mac"] = mac.ToString(),
            ["mac_hyphens"] = mac.ToHyphenString(),
            ["http_base"] = network.HttpBase,
        };
        var template = Describe(action, mac, network, values);
        foreach (var (name, text) in Texts(values))
            if (!IsPlain(text)) return new RenderedDocument.Broken($"the boot script of {mac} cannot carry this {name}: {text}");
        return new RenderedDocument.Text(templates.Fill(template, values));
    }

    private static string Describe(IpxeAction action, MacAddress mac, BootNetwork network, Dictionary<string, object> values)
    {
        switch (action)
        {
            case IpxeAction.Install(var plan, var attempt):
                DescribeLive(plan, mac, network, values);
                (values["task"], values["doing"]) = ($"install, attempt {attempt}", $"installs {plan.Hostname} ({mac}), attempt {attempt}");
                return "ipxe/live.ipxe";
            case IpxeAction.Wipe(var plan):
                DescribeLive(plan, mac, network, values);
                (values["task"], values["doing"]) = ("erase the disks", $"erases the disks of {plan.Hostname} ({mac})");
                return "ipxe/live.ipxe";
            case IpxeAction.Hold(var reason):
                values["reason"] = reason;
                return "ipxe/hold.ipxe";
            case IpxeAction.LocalDisk:
                return "ipxe/local-disk.ipxe";
            case IpxeAction.Discover:
                return "ipxe/discover.ipxe";
            default:
                throw new ArgumentOutOfRangeException(nameof(action));
        }
    }

    private static void DescribeLive(NodePlan plan, MacAddress mac, BootNetwork network, Dictionary<string, object> values)
    {
        if (plan.Mac != mac) throw new ArgumentException($"the plan is of {plan.Mac}, not of {mac}", nameof(plan));
        values["hostname"] = plan.Hostname;
        foreach (var (name, value) in Values(BootFiles.Of(plan, network, $"{network.HttpBase}/assets"))) values[name] = value;
        // iPXE trusts the certificates of its own makers only, so a mirror with another one serves nothing but the image.
        values["mirrors"] = plan.AssetMirrors.Where(mirror => mirror.StartsWith("http://", StringComparison.Ordinal))
            .Select(mirror => Values(BootFiles.Of(plan, network, mirror))).ToArray();
    }

    private static Dictionary<string, object> Values(BootFiles files) => new()
    {
        ["kernel"] = files.Kernel,
        ["initrd"] = files.Initrd,
        ["initrd_name"] = files.InitrdName,
        ["arguments"] = string.Join(' ', files.Arguments),
    };

    /// <summary>Every text that goes into the script, those of the mirrors included.</summary>
    private static IEnumerable<(string Name, string Text)> Texts(IReadOnlyDictionary<string, object> values) =>
        values.SelectMany(value => value.Value is Dictionary<string, object>[] groups ? groups.SelectMany(Texts).Select(inner => (value.Key, inner.Text)) : [(value.Key, value.Value.ToString()!)]);

    /// <summary>
    /// iPXE has no way to quote: it expands <c>${…}</c>, takes <c>||</c>, <c>&amp;&amp;</c> for separators and quotes and backslashes for its own, and a
    /// line ends where it ends.
    /// </summary>
    private static bool IsPlain(string value) =>
        value.All(character => character is >= ' ' and <= '~' and not ('"' or '\'' or '\\'))
        && !value.Contains("${", StringComparison.Ordinal)
        && !value.Split(' ').Any(word => word is "||" or "&&" || word.StartsWith('#'));
}
