using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>What Rocky's installer is told (<c>kickstart.cfg</c>). The configuration of the system it installs is another document, which it fetches at the end.</summary>
public static class Kickstart
{
    /// <summary>The kickstart file of one machine. It holds no secret.</summary>
    /// <param name="plan">The machine.</param>
    /// <param name="network">Where the bootstrapper is.</param>
    /// <param name="templates">The texts.</param>
    /// <param name="attempt">The install attempt, from 1.</param>
    /// <returns>The document, or which value it cannot carry.</returns>
    /// <exception cref="TemplateException">A template is missing or asks for a value that does not exist.</exception>
    /// <exception cref="ArgumentException">The machine does not get Rocky.</exception>
    public static RenderedDocument Render(NodePlan plan, BootNetwork network, TemplateSet templates, int attempt)
    {
        if (plan.Installation is not Installation.Rocky rocky) throw new ArgumentException($"the installer of {plan.Installation.GetType().Name} is not told by a kickstart file", nameof(plan));
        var arguments = string.Join(' ', plan.KernelArguments);
        (string Name, string Text)[] plain = [("host name", plan.Hostname), ("repository", rocky.Repository), ("kernel arguments", arguments), ("disk", plan.InstallDisk)];
        if (plain.FirstOrDefault(one => !IsPlain(one.Text)) is { Name: { } name, Text: var text })
            return new RenderedDocument.Broken($"the kickstart file of {plan.Mac} cannot carry this {name}: {text}");
        var settings = InstallEnvironment.Assign(plan,
            [("url", BootFiles.DocumentsOf(plan, network)), .. InstallEnvironment.DiskOf(plan), ("SEXTANT_KERNEL_ARGUMENTS", arguments)]);
        return settings is not RenderedDocument.Text(var environment) ? settings : new RenderedDocument.Text(templates.Fill("rocky/kickstart.cfg", new Dictionary<string, object>
        {
            ["hostname"] = plan.Hostname,
            ["mac"] = plan.Mac.ToString(),
            ["attempt"] = attempt,
            ["repository"] = rocky.Repository,
            ["settings"] = environment.TrimEnd('\n'),
            ["report"] = templates.Plain("installer/report.sh").TrimEnd('\n'),
            ["disk"] = templates.Plain("installer/disk.sh").TrimEnd('\n'),
        }));
    }

    /// <summary>The kickstart file of a machine whose disks are to be erased: nothing of it is about an installation.</summary>
    /// <param name="plan">The machine.</param>
    /// <param name="network">Where the bootstrapper is.</param>
    /// <param name="templates">The texts.</param>
    /// <exception cref="TemplateException">A template is missing or asks for a value that does not exist.</exception>
    public static RenderedDocument RenderWipe(NodePlan plan, BootNetwork network, TemplateSet templates)
    {
        var settings = InstallEnvironment.Assign(plan, [("url", BootFiles.DocumentsOf(plan, network)), InstallEnvironment.WipeTask]);
        return settings is not RenderedDocument.Text(var environment) ? settings : new RenderedDocument.Text(templates.Fill("rocky/wipe.cfg", new Dictionary<string, object>
        {
            ["hostname"] = plan.Hostname,
            ["mac"] = plan.Mac.ToString(),
            ["settings"] = environment.TrimEnd('\n'),
            ["report"] = templates.Plain("installer/report.sh").TrimEnd('\n'),
            ["disk"] = templates.Plain("installer/disk.sh").TrimEnd('\n'),
            ["wipe"] = templates.Plain("installer/wipe.sh").TrimEnd('\n'),
        }));
    }

    /// <summary>Kickstart commands are lines of words like a shell's, and the kernel's arguments stand in double quotes there.</summary>
    private static bool IsPlain(string text) => text.All(character => character is >= ' ' and <= '~' and not ('"' or '\'' or '\\' or '#'));
}
