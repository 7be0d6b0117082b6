using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Files;

namespace Sextant.Assets;

/// <summary>One file that was built: what <c>index.json</c> says of it.</summary>
/// <param name="Path">Its name in URLs and below the folder.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Size">Size in octets.</param>
/// <param name="Sha256">Digest in lower-case hex.</param>
/// <param name="Tftp">Whether TFTP may serve it.</param>
/// <param name="Recipe">Digest of what it was built by (templates, suite, kernel): another recipe, another file.</param>
/// <param name="BuiltFrom">The Debian packages in it, name to version.</param>
/// <param name="Version">Upstream's version, or the package's; null when the file has none.</param>
/// <param name="Source">Where it came from, for people; null in folders of earlier versions.</param>
public sealed record IndexEntry(
    string Path, AssetKind Kind, long Size, string Sha256, bool Tftp, string Recipe, SortedDictionary<string, string> BuiltFrom, string? Version = null, string? Source = null)
{
    /// <summary>By content, packages included.</summary>
    public bool Equals(IndexEntry? other) => other is not null
        && (Path, Kind, Size, Sha256, Tftp, Recipe, Version, Source) == (other.Path, other.Kind, other.Size, other.Sha256, other.Tftp, other.Recipe, other.Version, other.Source)
        && (BuiltFrom ?? []).SequenceEqual(other.BuiltFrom ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Path, Size, Sha256, Recipe, Version);
}

/// <summary>What was built into or fetched into an asset folder: <c>index.json</c>, written by publications only, always whole.</summary>
/// <param name="Assets">The files, by path.</param>
public sealed record AssetIndex(IReadOnlyList<IndexEntry> Assets)
{
    /// <summary>Its name in the asset folder.</summary>
    public const string FileName = "index.json";

    /// <summary>
    /// The digest of the JSON text of <see cref="Assets"/>, as it is written: what else than a file's own digest would be damaged unnoticed. Only in JSON;
    /// null in folders of earlier versions.
    /// </summary>
    [JsonInclude]
    internal string? Digest { get; init; }

    /// <summary>An index of nothing.</summary>
    public static readonly AssetIndex Empty = new([]);

    /// <summary>The index of the folder; empty when nothing was built there yet.</summary>
    /// <exception cref="InvalidDataException">The file is not an index.</exception>
    public static AssetIndex Load(string folder)
    {
        var path = System.IO.Path.Combine(folder, FileName);
        return File.Exists(path) ? Parse(File.ReadAllBytes(path)) : Empty;
    }

    /// <summary>The index that JSON text says.</summary>
    /// <exception cref="InvalidDataException">It is not an index.</exception>
    public static AssetIndex Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, AssetJson.Readable.AssetIndex) is not { Assets: not null } index || !index.Assets.All(entry => entry is { Path: not null, Sha256: not null }))
                throw new InvalidDataException("lists no assets");
            return index.Digest is null || index.Digest == SealOf(json) ? index with { Digest = null } : throw new InvalidDataException("has another content than was written");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The reader finds out only when a text is asked for that it is not Unicode, and throws the latter.
            throw new InvalidDataException(failure.Message, failure);
        }
    }

    /// <summary>This index with some entries replaced or added, sorted by path.</summary>
    public AssetIndex With(IEnumerable<IndexEntry> built)
    {
        var byPath = Assets.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        foreach (var entry in built) byPath[entry.Path] = entry;
        return new AssetIndex([.. byPath.Values.OrderBy(entry => entry.Path, StringComparer.Ordinal)]);
    }

    /// <summary>Replaces the folder's index in one step; it is on disk when this returns.</summary>
    public void Save(string folder)
    {
        Durable.Write(System.IO.Path.Combine(folder, FileName), ToJson());
    }

    /// <summary>The entry of that exact path; null when there is none.</summary>
    public IndexEntry? Find(string path) => Assets.FirstOrDefault(entry => entry.Path == path);

    /// <summary>The index as JSON text: what lies on disk, and what <c>GET /assets/.index</c> answers.</summary>
    public byte[] ToJson()
    {
        var list = JsonSerializer.SerializeToUtf8Bytes(this with { Digest = null }, AssetJson.Readable.AssetIndex);
        return JsonSerializer.SerializeToUtf8Bytes(this with { Digest = SealOf(list) }, AssetJson.Readable.AssetIndex);
    }

    private static string SealOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        return Primitives.Digest.Sha256Of(Encoding.UTF8.GetBytes(document.RootElement.GetProperty("assets").GetRawText())).ToString();
    }
}

[JsonSerializable(typeof(AssetIndex))]
internal sealed partial class AssetJson : JsonSerializerContext
{
    /// <summary>Leaves the + of package versions as it is: the file is read by people and by JSON parsers, never put into HTML.</summary>
    public static AssetJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter<AssetKind>(JsonNamingPolicy.CamelCase) },
    });
}
