using Sextant.Cluster.Yaml;

namespace Sextant.Assets;

/// <summary>One mapping of the manifest while it is read: which keys it may have, and their values. What is wrong goes to the problems.</summary>
internal sealed class ManifestMapping
{
    private readonly Dictionary<string, SourceNode> values = new(StringComparer.Ordinal);
    private readonly List<AssetProblem> problems;

    /// <summary>Takes the values of the keys that are known and given once.</summary>
    /// <param name="name">What the mapping is, for people.</param>
    /// <param name="node">The mapping; anything else is a problem.</param>
    /// <param name="known">The keys it may have.</param>
    /// <param name="problems">Where problems go.</param>
    public ManifestMapping(string name, SourceNode node, IReadOnlyCollection<string> known, List<AssetProblem> problems)
    {
        Name = name;
        this.problems = problems;
        Line = node.Line;
        if (node is not SourceMapping mapping)
        {
            Report(node.Line, $"must be a mapping with {string.Join(", ", known)}, not {node.Kind}");
            return;
        }
        foreach (var (key, value) in mapping.Pairs)
        {
            if (key is not SourceScalar { Text: var text }) Report(key.Line, "a key must be plain text");
            else if (!known.Contains(text)) Report(key.Line, $"unknown key '{text}'; expected {string.Join(", ", known)}");
            else if (!values.TryAdd(text, value)) Report(key.Line, $"'{text}' is given twice");
        }
    }

    /// <summary>What it is, for people.</summary>
    public string Name { get; }

    /// <summary>The line it begins on.</summary>
    public int Line { get; }

    /// <summary>True when the key has a value, of whatever kind.</summary>
    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>The line of a key's value; the mapping's own when the key is not there.</summary>
    public int LineOf(string key) => values.TryGetValue(key, out var value) ? value.Line : Line;

    /// <summary>The value as it stands; null when the key is not there.</summary>
    public SourceNode? Node(string key) => values.GetValueOrDefault(key);

    /// <summary>A text; null, and a problem, when it is empty or no text; null alone when the key is not there.</summary>
    public string? Text(string key)
    {
        if (!values.TryGetValue(key, out var value)) return null;
        if (value is SourceScalar scalar && !string.IsNullOrWhiteSpace(scalar.Text) && !scalar.IsNull) return scalar.Text;
        Report(value.Line, value is SourceScalar ? $"{key} is empty" : $"{key} must be plain text, not {value.Kind}");
        return null;
    }

    /// <summary>A text that must be there.</summary>
    public string Required(string key)
    {
        if (!Has(key)) Report(Line, $"{key} is missing");
        return Text(key) ?? "";
    }

    /// <summary>One text or a list of them, with their lines; empty when the key is not there.</summary>
    public IReadOnlyList<(string Text, int Line)> Texts(string key)
    {
        var found = new List<(string, int)>();
        if (!values.TryGetValue(key, out var value)) return found;
        var items = value is SourceSequence sequence ? sequence.Items : [value];
        if (items.Count == 0) Report(value.Line, $"{key} is empty");
        foreach (var item in items)
        {
            if (item is SourceScalar { IsNull: false, Text.Length: > 0 } scalar) found.Add((scalar.Text, scalar.Line));
            else Report(item.Line, $"{key} must be text or a list of texts");
        }
        return found;
    }

    /// <summary>Says what is wrong with this mapping.</summary>
    public void Report(int line, string message) => problems.Add(new AssetProblem(AssetManifest.FileName, $"line {line}: {(Name.Length == 0 ? "" : Name + ": ")}{message}"));
}
