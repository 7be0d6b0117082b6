using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Sextant.Cluster;
using Sextant.Files;

namespace Sextant.Assets;

/// <summary>
/// What the operator built and <c>sextant assets add</c> took in: <c>local.yaml</c> beside the manifest, in the same format. An entry takes the place of
/// the manifest's of that name, or adds one that the manifest does not have. The manifest itself, which people edit, is never written to. Immutable.
/// </summary>
/// <param name="Content">What it says; empty when there is none.</param>
public sealed record LocalManifest(AssetManifest Content)
{
    /// <summary>Its name in the asset folder.</summary>
    public const string FileName = "local.yaml";

    /// <summary>Of a folder without one.</summary>
    public static LocalManifest None { get; } = new(new AssetManifest([], [], [], []));

    /// <summary>That of the folder.</summary>
    public static LocalManifest Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? Parse(File.ReadAllText(path)) : None;
    }

    /// <summary>Reads one. Never throws on its content.</summary>
    public static LocalManifest Parse(string text)
    {
        var content = AssetManifest.Parse(text);
        return new LocalManifest(content with { Problems = [.. content.Problems.Select(problem => problem with { Path = FileName })] });
    }

    /// <summary>
    /// A manifest with the entries of this one in place of its own, and those it does not have after them. The signature of a file goes with it.
    /// </summary>
    public AssetManifest Over(AssetManifest manifest) => new(
        Over([.. manifest.Entries.Where(entry => !IsOfReplaced(entry))], Content.Entries, entry => entry.Path), Over(manifest.Images, Content.Images, image => image.Reference),
        Over(manifest.Keys, Content.Keys, key => key.Name), [.. manifest.Problems, .. Content.Problems]);

    private bool IsOfReplaced(AssetEntry entry) => entry.Source is AssetSource.DetachedSignature signature && Content.Entries.Any(own => own.Path == signature.Of);

    /// <summary>This one with entries added or replaced.</summary>
    public LocalManifest With(IReadOnlyList<AssetEntry> entries, IReadOnlyList<ImageEntry> images) => new(Content with
    {
        Entries = [.. Over(Content.Entries, entries, entry => entry.Path).OrderBy(entry => entry.Path, StringComparer.Ordinal)],
        Images = [.. Over(Content.Images, images, image => image.Reference).OrderBy(image => image.Reference, StringComparer.Ordinal)],
    });

    /// <summary>This one with those entries alone that are wanted.</summary>
    public LocalManifest Only(Func<AssetEntry, bool> wantsEntry, Func<ImageEntry, bool> wantsImage) => new(Content with
    {
        Entries = [.. Content.Entries.Where(wantsEntry)], Images = [.. Content.Images.Where(wantsImage)],
    });

    /// <summary>Whether it says nothing.</summary>
    public bool IsEmpty => Content.Entries.Count + Content.Images.Count == 0;

    /// <summary>Replaces the folder's in one step; it is on disk when this returns.</summary>
    /// <exception cref="IOException">The disk does not take it; the earlier one is untouched.</exception>
    public void Save(string folder) => Durable.Write(Path.Combine(folder, FileName), Encoding.UTF8.GetBytes(ToYaml()));

    /// <summary>Its text. The same entries give the same octets.</summary>
    public string ToYaml()
    {
        var text = new StringBuilder("""
            # What was built here or by somebody you trust, written by "sextant assets add". An entry takes the place of the one that manifest.yaml has
            # under that name, or adds one. Remove an entry, or the file, and manifest.yaml holds again. docs/assets.md describes every key.

            """).AppendLine(CultureInfo.InvariantCulture, $"version: {AssetManifest.SchemaVersion}");
        if (Content.Keys.Count > 0) text.AppendLine().AppendLine("keys:");
        foreach (var key in Content.Keys)
            Write(text, key.Name, [("description", key.Description), ("file", key.File), ("fingerprint", key.Fingerprint)], "");
        if (Content.Entries.Count > 0) text.AppendLine().AppendLine("assets:");
        // A signature is not listed: it comes with the file it is of.
        foreach (var entry in Content.Entries.Where(entry => entry.Source is not AssetSource.DetachedSignature))
            Write(text, entry.Path, [
                ("kind", entry.Kind.ToString().ToLowerInvariant()), ("description", entry.Description), ("version", entry.Version), ("licence", entry.Licence),
                ("tftp", entry.ByTftp ? "true" : null), .. SourceOf(entry.Source)], SizeOf(entry) + SignatureOf(entry.Source) + ConditionsOf(entry.For));
        if (Content.Images.Count > 0) text.AppendLine().AppendLine("images:");
        foreach (var image in Content.Images)
            Write(text, image.Reference, [("description", image.Description), ("licence", image.Licence), ("local", image.LocalSet), ("digest", image.Digest?.ToString())], ConditionsOf(image.For));
        return text.ToString();
    }

    private static (string Key, string? Value)[] SourceOf(AssetSource source) => source switch
    {
        AssetSource.Local local => [("local", local.Set), ("sha256", local.Sha256.Hex)],
        AssetSource.Download download => [("url", download.Url.AbsoluteUri), ("sha256", download.Sha256?.Hex)],
        AssetSource.Package package => [("package", package.Name), ("member", package.Member), ("architecture", package.Architecture)],
        AssetSource.Build build => [("build", build.What)],
        _ => throw new InvalidOperationException($"no keys for {source}"),
    };

    private static string SizeOf(AssetEntry entry) => entry.Size is { } size ? string.Create(CultureInfo.InvariantCulture, $"    size: {size}\n") : "";

    private static string SignatureOf(AssetSource source) => source is AssetSource.Download { Signature: { } signature }
        ? $"    signature: {{url: {Text(signature.Url.AbsoluteUri)}, key: {Text(signature.Key)}}}\n"
        : "";

    private static string ConditionsOf(NeedConditions conditions)
    {
        (string Key, IReadOnlyList<string> Values)[] lists =
        [
            ("os", [.. conditions.OperatingSystems.Select(WordOf)]), ("kubernetes", conditions.KubernetesVersions),
            ("boot", [.. conditions.Boot.Select(ManifestReader.WordOf)]), ("addon", conditions.Addons),
        ];
        string[] all = [.. lists.Where(one => one.Values.Count > 0).Select(one => $"{one.Key}: [{string.Join(", ", one.Values.Select(Text))}]"), .. conditions.VirtualAddress ? ["vip: true"] : Array.Empty<string>()];
        return all.Length == 0 ? "" : $"    for: {{{string.Join(", ", all)}}}\n";
    }

    private static void Write(StringBuilder text, string name, (string Key, string? Value)[] values, string more)
    {
        text.Append(CultureInfo.InvariantCulture, $"  {Text(name)}:\n");
        foreach (var (key, value) in values)
            if (value is not null) text.Append(CultureInfo.InvariantCulture, $"    {key}: {Text(value)}\n");
        text.Append(more);
    }

    /// <summary>Plain where YAML reads it as this very text, else in double quotes, which JSON and YAML have alike.</summary>
    private static string Text(string value) =>
        value.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '/' or '_') && !value.All(character => char.IsAsciiDigit(character) || character is '.' or '-' or '_')
            ? value
            : $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)}\"";

    private static string WordOf(OperatingSystemName system) => system switch
    {
        OperatingSystemName.Debian => "debian",
        OperatingSystemName.Flatcar => "flatcar",
        OperatingSystemName.FedoraCoreos => "fedora-coreos",
        OperatingSystemName.Rocky => "rocky",
        _ => throw new ArgumentOutOfRangeException(nameof(system)),
    };

    private static T[] Over<T>(IReadOnlyList<T> below, IReadOnlyList<T> above, Func<T, string> name)
    {
        var replaced = above.ToDictionary(name, StringComparer.Ordinal);
        var known = below.Select(name).ToHashSet(StringComparer.Ordinal);
        return [.. below.Select(one => replaced.GetValueOrDefault(name(one), one)), .. above.Where(one => !known.Contains(name(one)))];
    }
}
