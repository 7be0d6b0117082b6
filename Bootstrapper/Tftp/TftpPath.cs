namespace Sextant.Tftp;

/// <summary>File names as firmware writes them.</summary>
public static class TftpPath
{
    /// <summary>
    /// The name in the catalogue's spelling: backslashes (Windows loaders) are slashes, leading slashes (GRUB, PXELINUX) and empty or <c>.</c> segments go.
    /// Null when it climbs with <c>..</c>, has control characters, or nothing is left.
    /// </summary>
    public static string? Normalize(string file)
    {
        var segments = new List<string>();
        foreach (var segment in file.Replace('\\', '/').Split('/'))
        {
            if (segment is "" or ".") continue;
            if (segment == ".." || segment.Any(char.IsControl)) return null;
            segments.Add(segment);
        }
        return segments.Count == 0 ? null : string.Join('/', segments);
    }
}
