using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>What the boot loader of a machine fetches and starts for an installation, from one source: kernel and initramfs belong together.</summary>
/// <param name="Kernel">URL of the kernel.</param>
/// <param name="Initrd">URL of the initramfs.</param>
/// <param name="Arguments">The kernel's arguments, without the one that names the initramfs.</param>
public sealed record BootFiles(string Kernel, string Initrd, IReadOnlyList<string> Arguments)
{
    /// <summary>The initramfs as iPXE names it, and as UEFI kernels find it by their argument <c>initrd=</c>.</summary>
    public string InitrdName => Initrd[(Initrd.LastIndexOf('/') + 1)..];

    /// <summary>Those of a machine.</summary>
    /// <param name="plan">The machine.</param>
    /// <param name="network">Where the bootstrapper is.</param>
    /// <param name="source">Where the files come from: <c>http://10.0.0.1/assets</c>, or a mirror; no trailing slash.</param>
    public static BootFiles Of(NodePlan plan, BootNetwork network, string source) => new(
        $"{source}/{plan.Installation.Kernel}", $"{source}/{plan.Installation.Initrd}", [.. Own(plan, network, source), .. plan.KernelArguments]);

    /// <summary>Where the bootstrapper has the documents of a machine; no trailing slash.</summary>
    public static string DocumentsOf(NodePlan plan, BootNetwork network) => $"{network.HttpBase}/boot/{plan.Mac.ToHyphenString()}";

    /// <summary>
    /// What makes the installer an installer of this machine. BOOTIF names the interface it booted from, in pxelinux's form: 01 is Ethernet. Nobody is
    /// logged in by any of these.
    /// </summary>
    private static IReadOnlyList<string> Own(NodePlan plan, BootNetwork network, string source)
    {
        var documents = DocumentsOf(plan, network);
        var bootInterface = $"BOOTIF=01-{plan.Mac.ToHyphenString()}";
        return plan.Installation switch
        {
            Installation.Debian => ["boot=sextant", $"sextant.url={documents}", bootInterface],
            Installation.Flatcar => ["flatcar.first_boot=1", $"ignition.config.url={documents}/install.ign", bootInterface],
            Installation.FedoraCoreos coreos =>
            [
                $"coreos.live.rootfs_url={source}/{coreos.LiveSystem}", "ignition.firstboot", "ignition.platform.id=metal", $"ignition.config.url={documents}/install.ign",
                "ip=dhcp", "rd.neednet=1", bootInterface,
            ],
            Installation.Rocky rocky =>
            [
                $"inst.ks={documents}/kickstart.cfg", $"inst.repo={rocky.Repository}", "inst.text", "inst.noninteractive", "ip=dhcp",
                .. network.LogServer is { } server ? [$"inst.syslog={server}"] : Array.Empty<string>(), bootInterface,
            ],
            var other => throw new InvalidOperationException($"no boot files for {other}"),
        };
    }
}
