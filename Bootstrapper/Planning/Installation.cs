using Sextant.Cluster;

namespace Sextant.Planning;

/// <summary>How a machine's operating system gets onto its disk: what is booted for that, and what is written. Paths are below <c>/assets/</c>.</summary>
/// <param name="Kernel">The kernel of the installer's system.</param>
/// <param name="Initrd">Its initramfs.</param>
public abstract record Installation(string Kernel, string Initrd)
{
    /// <summary>A live system writes an image of Sextant's own making.</summary>
    public sealed record Debian(string Kernel, string Initrd) : Installation(Kernel, Initrd);

    /// <summary><c>flatcar-install</c>, in Flatcar booted over the network.</summary>
    /// <param name="Kernel">The kernel.</param>
    /// <param name="Initrd">The initramfs, which is the whole of Flatcar.</param>
    /// <param name="Folder">The folder that holds a folder for each version: <c>flatcar</c>.</param>
    /// <param name="Version">The version to install.</param>
    /// <param name="Key">The key that the disk image is signed by.</param>
    public sealed record Flatcar(string Kernel, string Initrd, string Folder, string Version, string Key) : Installation(Kernel, Initrd);

    /// <summary><c>coreos-installer</c>, in Fedora CoreOS booted over the network; the image it writes is in the live system.</summary>
    /// <param name="Kernel">The kernel.</param>
    /// <param name="Initrd">The initramfs.</param>
    /// <param name="LiveSystem">The root file system of the live system.</param>
    public sealed record FedoraCoreos(string Kernel, string Initrd, string LiveSystem) : Installation(Kernel, Initrd);

    /// <summary>Anaconda, from a copy of the DVD.</summary>
    /// <param name="Kernel">The kernel.</param>
    /// <param name="Initrd">The initramfs.</param>
    /// <param name="Repository">The URL of the DVD's tree, without a trailing slash.</param>
    public sealed record Rocky(string Kernel, string Initrd, string Repository) : Installation(Kernel, Initrd);

    /// <summary>That of a cluster's machines.</summary>
    /// <exception cref="PinException">The asset manifest lacks a file of the operating system.</exception>
    public static Installation Of(OperatingSystemDescription system, SitePins pins)
    {
        var kernel = pins.BootFile(BootFileKind.Kernel).Path;
        var initrd = pins.BootFile(BootFileKind.Initrd).Path;
        switch (system.Name)
        {
            case OperatingSystemName.Debian:
                return new Debian(kernel, initrd);
            case OperatingSystemName.Flatcar:
                // flatcar-install knows the name of the image and looks for it in the folder of its version.
                var image = pins.BootFile(BootFileKind.Image);
                var place = $"/{image.Version}/flatcar_production_image.bin.bz2";
                return image is { Version: { } version, Key: { } key } && image.Path.EndsWith(place, StringComparison.Ordinal)
                    ? new Flatcar(kernel, initrd, image.Path[..^place.Length], version, key)
                    : throw new PinException($"{image.Path} is not where flatcar-install looks for it, or has no signature: it must be flatcar/VERSION/flatcar_production_image.bin.bz2");
            case OperatingSystemName.FedoraCoreos:
                return new FedoraCoreos(kernel, initrd, pins.BootFile(BootFileKind.Image, "-live-rootfs").Path);
            case OperatingSystemName.Rocky:
                return new Rocky(kernel, initrd, system.Repository ?? throw new InvalidOperationException("Rocky has no repository; validation refuses such a description"));
            default:
                throw new ArgumentOutOfRangeException(nameof(system));
        }
    }
}
