using System.Reflection;

namespace Sextant.Assets;

/// <summary>The list of what may exist: <c>pxe-assets/manifest.yaml</c>, edited by people. Immutable.</summary>
/// <param name="Entries">The files, in the order of the manifest.</param>
/// <param name="Images">The container images, in the order of the manifest.</param>
/// <param name="Keys">The OpenPGP keys, in the order of the manifest.</param>
/// <param name="Problems">What is wrong with the manifest; the wrong entries are left out.</param>
public sealed record AssetManifest(
    IReadOnlyList<AssetEntry> Entries, IReadOnlyList<ImageEntry> Images, IReadOnlyList<AssetKey> Keys, IReadOnlyList<AssetProblem> Problems)
{
    /// <summary>Its name in the asset folder.</summary>
    public const string FileName = "manifest.yaml";

    /// <summary>The schema version this product reads.</summary>
    public const int SchemaVersion = 2;

    private const string BuiltInFolder = "pxe-assets/";

    /// <summary>
    /// The manifest of the folder, or the one Sextant was built with when the folder has none, with what <see cref="LocalManifest"/> adds and replaces.
    /// </summary>
    public static AssetManifest Load(string folder) => LocalManifest.Load(folder).Over(Parse(TextOf(folder)));

    /// <summary>The text of the folder's manifest alone, or of the one Sextant was built with when the folder has none.</summary>
    internal static string TextOf(string folder)
    {
        var path = System.IO.Path.Combine(folder, FileName);
        return File.Exists(path) ? File.ReadAllText(path) : BuiltIn();
    }

    /// <summary>The text of the manifest Sextant was built with.</summary>
    public static string BuiltIn() => Resource(FileName)!;

    /// <summary>The armoured text of a key: the folder's file, else the one of that name Sextant was built with; null when there is neither.</summary>
    public static string? LoadKey(string folder, AssetKey key)
    {
        var path = AssetPath.FullPath(folder, key.File);
        return File.Exists(path) ? File.ReadAllText(path) : Resource(key.File);
    }

    /// <summary>Reads a manifest (<c>docs/assets.md</c> describes it). Never throws on its content.</summary>
    public static AssetManifest Parse(string text) => new ManifestReader().Read(text);

    private static string? Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(BuiltInFolder + name);
        if (stream is null) return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
