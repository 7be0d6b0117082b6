using System.Diagnostics.CodeAnalysis;

namespace Sextant.Assets;

/// <summary>What an asset may be called, and where that lies in the asset folder. A name that could lead elsewhere has no place.</summary>
internal static class AssetPath
{
    /// <summary>Longest path, in characters.</summary>
    public const int LongestPath = 200;

    /// <summary>
    /// True for one to many segments of ASCII letters, digits and <c>. _ + -</c>, joined by <c>/</c>, none beginning with a dot: relative, without
    /// <c>..</c>, and never one of the folder's own hidden files.
    /// </summary>
    public static bool IsValid([NotNullWhen(true)] string? path) =>
        path is { Length: > 0 and <= LongestPath }
        && path.Split('/').All(segment => segment.Length > 0 && segment[0] != '.' && segment.All(IsAllowed));

    /// <summary>The file below <paramref name="folder"/>.</summary>
    public static string FullPath(string folder, string path) => Path.GetFullPath(Path.Combine(folder, path.Replace('/', Path.DirectorySeparatorChar)));

    /// <summary>The file's name between the moment the index speaks of it and the moment it has its own name: next to it, hidden, with its digest.</summary>
    public static string PendingPath(string folder, string path, string sha256)
    {
        var full = FullPath(folder, path);
        return Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{sha256}");
    }

    /// <summary>The first component below <paramref name="folder"/> that is a symbolic link; null when none is. The folder itself may be one.</summary>
    public static string? FirstLink(string folder, string path)
    {
        var at = folder;
        foreach (var segment in path.Split('/'))
        {
            at = Path.Combine(at, segment);
            if (new FileInfo(at).LinkTarget is not null) return Path.GetRelativePath(folder, at);
        }
        return null;
    }

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '+' or '-';
}
