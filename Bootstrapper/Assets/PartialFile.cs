using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Files;

namespace Sextant.Assets;

/// <summary>Where the octets of a partial file came from.</summary>
/// <param name="Url">The address.</param>
/// <param name="Validator">The strong entity tag, or the modification date, they were sent with (RFC 9110 section 13.1.5); null when there was none.</param>
/// <param name="Sha256">The digest the whole will have, in hex; null when it was not known.</param>
internal sealed record PartialOrigin(string Url, string? Validator, string? Sha256);

/// <summary>
/// What has arrived of a download, in the hidden folder <c>.pull</c> of the asset folder, with a note of where it came from. It survives the process;
/// whether it is worth anything, only the digest of the whole decides.
/// </summary>
/// <param name="path">The file; the note lies beside it.</param>
internal sealed class PartialFile(string path)
{
    /// <summary>The hidden folder.</summary>
    public const string FolderName = ".pull";

    private const string Extension = ".part";

    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>Octets that are there.</summary>
    public long Length => new FileInfo(Path) is { Exists: true } file ? file.Length : 0;

    private string NotePath => Path + ".json";

    /// <summary>The partial file of an asset. No asset path contains <c>~</c>, so no two have the same.</summary>
    public static PartialFile Of(string folder, string assetPath) => new(System.IO.Path.Combine(folder, FolderName, assetPath.Replace('/', '~') + Extension));

    /// <summary>Removes what is left of assets that are none any more.</summary>
    public static void RemoveOthers(string folder, IEnumerable<string> assetPaths)
    {
        var keep = assetPaths.Select(path => Of(folder, path).Path).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(System.IO.Path.Combine(folder, FolderName)))
        {
            var name = System.IO.Path.GetFileName(file);
            if (name.StartsWith("lock", StringComparison.Ordinal)) continue;
            if (!keep.Any(part => file == part || file == part + ".json")) File.Delete(file);
        }
        foreach (var work in Directory.EnumerateDirectories(System.IO.Path.Combine(folder, FolderName))) Directory.Delete(work, recursive: true);
    }

    /// <summary>Where the octets came from; null when there are none or nobody knows.</summary>
    public PartialOrigin? Origin()
    {
        if (Length == 0 || !File.Exists(NotePath)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(NotePath), PartialJson.Default.PartialOrigin);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Notes where the octets come from, before the first of them is written.</summary>
    public void Note(PartialOrigin origin)
    {
        if (Origin() != origin) Durable.Write(NotePath, JsonSerializer.SerializeToUtf8Bytes(origin, PartialJson.Default.PartialOrigin));
    }

    /// <summary>Forgets everything.</summary>
    public void Remove()
    {
        File.Delete(Path);
        File.Delete(NotePath);
    }
}

[JsonSerializable(typeof(PartialOrigin))]
internal sealed partial class PartialJson : JsonSerializerContext;
