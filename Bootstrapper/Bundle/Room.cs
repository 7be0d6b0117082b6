using System.Globalization;
using Sextant.Files;

namespace Sextant.Bundle;

/// <summary>Whether file systems have room for what is about to be written.</summary>
internal static class Room
{
    /// <summary>For names, folders and what others write meanwhile.</summary>
    private const long Reserve = 1024 * 1024;

    /// <summary>What is missing where; null when there is room. Folders of one file system are added up.</summary>
    /// <param name="needs">Folders that exist, and the octets each will take.</param>
    public static string? Lack(IEnumerable<(string Folder, long Octets)> needs)
    {
        var lacks = new List<string>();
        foreach (var system in needs.Where(need => need.Octets > 0).GroupBy(need => FileStamp.Of(need.Folder)?.Device))
        {
            var needed = system.Sum(need => need.Octets) + Reserve;
            var free = new DriveInfo(system.First().Folder).AvailableFreeSpace;
            if (free < needed) lacks.Add($"there is no room in {string.Join(" and ", system.Select(need => need.Folder))}: {Size(needed)} are needed, {Size(free)} are free, {Size(needed - free)} are missing");
        }
        return lacks.Count == 0 ? null : string.Join("; ", lacks);
    }

    private static string Size(long octets) => (octets / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " MB";
}
