using System.Globalization;
using System.Text;
using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>The root file system image a machine writes to its disk.</summary>
/// <param name="Url">Where the bootstrapper serves it: the last of the places where the live system looks for it.</param>
/// <param name="Sha256">Its digest, lower-case hex.</param>
/// <param name="Length">Its size in bytes.</param>
public sealed record InstallImage(string Url, string Sha256, long Length)
{
    /// <summary>Asset path of Debian's image.</summary>
    public const string DebianAsset = "debian/rootfs.tar.zst";

    /// <summary>For systems whose installer brings the image with it, or knows itself where to look.</summary>
    public static readonly InstallImage None = new("", "", 0);

    /// <summary>Debian's image on this network's bootstrapper.</summary>
    public static InstallImage Debian(BootNetwork network, string sha256, long length) => new($"{network.HttpBase}/assets/{DebianAsset}", sha256, length);
}

/// <summary>
/// What the installer of Debian's live system needs to know, as shell assignments (<c>install.env</c>). Every value is single-quoted, so that a shell
/// takes it as it stands.
/// </summary>
public static class InstallEnvironment
{
    /// <summary>The assignments for one machine.</summary>
    /// <param name="plan">The machine.</param>
    /// <param name="image">What to write.</param>
    /// <param name="attempt">The install attempt, from 1.</param>
    public static RenderedDocument Render(NodePlan plan, InstallImage image, int attempt) => Assign(plan,
    [
        ("SEXTANT_HOSTNAME", plan.Hostname),
        .. DiskOf(plan),
        ("SEXTANT_IMAGE_URLS", string.Join(' ', [.. plan.AssetMirrors.Select(mirror => $"{mirror}/{InstallImage.DebianAsset}"), image.Url])),
        ("SEXTANT_IMAGE_SHA256", image.Sha256),
        ("SEXTANT_IMAGE_SIZE", image.Length.ToString(CultureInfo.InvariantCulture)),
        ("SEXTANT_KERNEL_ARGUMENTS", string.Join(' ', plan.KernelArguments)),
        ("SEXTANT_ATTEMPT", attempt.ToString(CultureInfo.InvariantCulture)),
    ]);

    /// <summary>
    /// The assignments for a machine whose disks are to be erased. An image is not among them, so that a live system that does not know the task installs nothing.
    /// </summary>
    /// <param name="plan">The machine.</param>
    public static RenderedDocument RenderWipe(NodePlan plan) => Assign(plan, [WipeTask]);

    /// <summary>What every installer is told that is to erase the disks.</summary>
    internal static (string Name, string Value) WipeTask => ("SEXTANT_TASK", "wipe");

    /// <summary>What every installer is told of the disks.</summary>
    internal static IEnumerable<(string Name, string Value)> DiskOf(NodePlan plan) =>
        [("SEXTANT_DISK", plan.InstallDisk), ("SEXTANT_WIPE_DISKS", plan.WipeDisks ? "true" : "false")];

    /// <summary>Assignments, one to a line; broken when a value is none that a shell can hold.</summary>
    internal static RenderedDocument Assign(NodePlan plan, IReadOnlyList<(string Name, string Value)> assignments)
    {
        if (assignments.FirstOrDefault(one => one.Value.Contains('\0', StringComparison.Ordinal)).Name is { } name)
            return new RenderedDocument.Broken($"{name} of {plan.Mac} has a NUL character, which no shell can hold");
        var text = new StringBuilder();
        foreach (var (variable, value) in assignments) text.Append(variable).Append('=').Append(Quote(value)).Append('\n');
        return new RenderedDocument.Text(text.ToString());
    }

    /// <summary>The value as one word of a POSIX shell (2.2.2, single quotes): a quote inside ends the quotes, stands escaped, and begins them again.</summary>
    public static string Quote(string value) => $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
