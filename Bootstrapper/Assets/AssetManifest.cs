using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sextant.Assets;

/// <summary>What an asset is for.</summary>
public enum AssetKind
{
    /// <summary>A network boot loader.</summary>
    Loader,
    /// <summary>A kernel.</summary>
    Kernel,
    /// <summary>An initramfs.</summary>
    Initrd,
    /// <summary>A root file system that is written to disks.</summary>
    Image,
}

/// <summary>One line of <c>manifest.yaml</c>: a file that may exist in the asset folder.</summary>
/// <param name="Path">Its name in URLs and below the folder.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Description">One sentence for people.</param>
/// <param name="Source">Where it comes from: a command or an address.</param>
/// <param name="Licence">SPDX expression.</param>
/// <param name="ByTftp">Whether TFTP may serve it.</param>
public sealed record AssetEntry(string Path, AssetKind Kind, string Description, string Source, string Licence, bool ByTftp);

/// <summary>The list of what may exist: <c>pxe-assets/manifest.yaml</c>, edited by people. Immutable.</summary>
/// <param name="Entries">The entries in the order of the file.</param>
/// <param name="Problems">What is wrong with the file; the wrong entries are left out.</param>
public sealed record AssetManifest(IReadOnlyList<AssetEntry> Entries, IReadOnlyList<AssetProblem> Problems)
{
    /// <summary>Its name in the asset folder.</summary>
    public const string FileName = "manifest.yaml";

    private static readonly Dictionary<string, AssetKind> Kinds = Enum.GetValues<AssetKind>().ToDictionary(kind => kind.ToString().ToLowerInvariant());

    /// <summary>The manifest of the folder; the one Sextant was built with when the folder has none.</summary>
    public static AssetManifest Load(string folder)
    {
        var path = System.IO.Path.Combine(folder, FileName);
        return Parse(File.Exists(path) ? File.ReadAllText(path) : BuiltIn());
    }

    /// <summary>The text of the manifest Sextant was built with.</summary>
    public static string BuiltIn()
    {
        using var stream = typeof(AssetManifest).Assembly.GetManifestResourceStream("pxe-assets/manifest.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a manifest: a map <c>assets</c> of paths to <c>kind, description, source, licence, tftp</c>. Never throws on its content.</summary>
    public static AssetManifest Parse(string text)
    {
        var entries = new List<AssetEntry>();
        var problems = new List<AssetProblem>();
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _)) return new AssetManifest([], [At(1, "is empty: it lists what the folder may hold under 'assets'")]);
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = parser.Consume<Scalar>();
                if (key.Value == "assets")
                {
                    parser.Consume<MappingStart>();
                    while (!parser.TryConsume<MappingEnd>(out _)) ReadEntry(parser, entries, problems);
                }
                else
                {
                    problems.Add(At(key.Start.Line, $"unknown key '{key.Value}'; expected 'assets'"));
                    parser.SkipThisAndNestedEvents();
                }
            }
        }
        catch (YamlException failure)
        {
            problems.Add(At(failure.Start.Line, $"is not as expected: {failure.Message}"));
        }
        return new AssetManifest(entries, problems);
    }

    private static void ReadEntry(Parser parser, List<AssetEntry> entries, List<AssetProblem> problems)
    {
        var before = problems.Count;
        var path = parser.Consume<Scalar>();
        var line = path.Start.Line;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>();
            if (key.Value is not ("kind" or "description" or "source" or "licence" or "tftp"))
                problems.Add(At(key.Start.Line, $"{path.Value}: unknown key '{key.Value}'; expected kind, description, source, licence or tftp"));
            if (parser.TryConsume<Scalar>(out var value))
            {
                if (!values.TryAdd(key.Value, value.Value)) problems.Add(At(key.Start.Line, $"{path.Value}: '{key.Value}' is given twice"));
                continue;
            }
            problems.Add(At(key.Start.Line, $"{path.Value}: '{key.Value}' must be plain text"));
            parser.SkipThisAndNestedEvents();
        }
        if (!AssetPath.IsValid(path.Value)) problems.Add(At(line, $"'{path.Value}' is no asset path: relative, of letters, digits and . _ + -, no part beginning with a dot"));
        if (entries.Any(entry => entry.Path == path.Value)) problems.Add(At(line, $"'{path.Value}' is listed twice"));
        if (!Kinds.TryGetValue(values.GetValueOrDefault("kind", ""), out var kind))
            problems.Add(At(line, $"{path.Value}: kind must be {string.Join(", ", Kinds.Keys)}"));
        var tftp = values.GetValueOrDefault("tftp", "false");
        if (tftp is not ("true" or "false")) problems.Add(At(line, $"{path.Value}: tftp must be true or false"));
        foreach (var key in (string[])["description", "source", "licence"])
            if (string.IsNullOrWhiteSpace(values.GetValueOrDefault(key))) problems.Add(At(line, $"{path.Value}: {key} is missing"));
        if (problems.Count > before) return;
        entries.Add(new AssetEntry(path.Value, kind, values["description"], values["source"], values["licence"], tftp == "true"));
    }

    private static AssetProblem At(long line, string message) => new(FileName, $"line {line}: {message}");
}
