using Sextant.Primitives;

namespace Sextant.Files;

/// <summary>What is free on disks, and what to say when it is too little: the same words wherever something is written.</summary>
public static class DiskRoom
{
    /// <summary>For names, folders and what others write meanwhile.</summary>
    private const long Reserve = 1024 * 1024;

    /// <summary>What is free for this user on the file system of a folder that exists, in octets.</summary>
    public static long Free(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>What is missing where, for people; null when there is room. Folders of one file system are added up.</summary>
    /// <param name="needs">Folders that exist, and the octets each will take.</param>
    public static string? Lack(IEnumerable<(string Folder, long Octets)> needs)
    {
        var lacks = new List<string>();
        foreach (var system in needs.Where(need => need.Octets > 0).GroupBy(need => FileStamp.Of(need.Folder)?.Device))
        {
            var needed = system.Sum(need => need.Octets) + Reserve;
            var free = Free(system.First().Folder);
            if (free < needed) lacks.Add(Said(string.Join(" and ", system.Select(need => need.Folder)), needed, free));
        }
        return lacks.Count == 0 ? null : string.Join("; ", lacks);
    }

    /// <summary>A disk did not take a content: how much it lacks, at least.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <param name="what">The content, for people.</param>
    /// <param name="needed">What still has to fit, in octets; null when nobody knows.</param>
    public static string Full(string folder, string what, long? needed) =>
        needed is { } octets ? $"{Said(folder, octets, Free(folder))}, for {what}" : $"there is no room in {folder} for {what}: {Octets.Text(Free(folder))} are free";

    private static string Said(string where, long needed, long free) =>
        $"there is no room in {where}: {Octets.Text(needed)} are needed, {Octets.Text(free)} are free, {Octets.Text(Math.Max(1, needed - free))} are missing";
}
