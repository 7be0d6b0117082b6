using System.Globalization;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>What to say when the disk is full.</summary>
internal static class DiskSpace
{
    /// <summary>The registry's disk does not take a content: how much it lacks, at least.</summary>
    /// <param name="store">The registry.</param>
    /// <param name="what">The content, for people.</param>
    /// <param name="needed">What still has to fit, in octets.</param>
    /// <param name="inner">What the disk said; null when it was only asked.</param>
    public static ImageException Full(RegistryStore store, string what, long needed, Exception? inner)
    {
        var free = Free(store);
        var missing = Math.Max(1, needed - free);
        return new ImageException($"no space on the disk of {store.Folder}: {Octets(needed)} of {what} are still to come and {Octets(free)} are free: at least {Octets(missing)} more are needed", inner!);
    }

    /// <summary>What is free on the registry's disk, in octets.</summary>
    public static long Free(RegistryStore store) => new DriveInfo(store.Folder).AvailableFreeSpace;

    /// <summary>A number of octets for people.</summary>
    public static string Octets(long octets) => octets switch
    {
        < 10_000 => octets.ToString(CultureInfo.InvariantCulture) + " octets",
        < 10_000_000 => (octets / 1e3).ToString("f0", CultureInfo.InvariantCulture) + " kB",
        _ => (octets / 1e6).ToString("f0", CultureInfo.InvariantCulture) + " MB",
    };
}
