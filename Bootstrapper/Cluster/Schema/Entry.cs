using Sextant.Cluster.Yaml;

namespace Sextant.Cluster.Schema;

/// <summary>Where a value stands in the file.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column.</param>
/// <param name="Path">YAML path, <c>nodes[2].mac</c>.</param>
internal readonly record struct Place(int Line, int Column, string Path)
{
    /// <summary>The place of a value under a key of the mapping at this place.</summary>
    public Place Under(string key, SourceNode node) => new(node.Line, node.Column, PathUnder(key));

    /// <summary>The place of an item of the list at this place.</summary>
    public Place Item(int index, SourceNode node) => new(node.Line, node.Column, $"{Path}[{index}]");

    /// <summary>The path of a key of the mapping at this place.</summary>
    public string PathUnder(string key)
    {
        var simple = key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        return !simple ? $"{Path}[\"{Quoted.Bare(key)}\"]" : Path.Length == 0 ? key : $"{Path}.{key}";
    }
}

/// <summary>A value with its place.</summary>
/// <param name="Value">The value, read and syntactically right.</param>
/// <param name="At">Where it stands; for a default, where its section does.</param>
/// <param name="IsDefault">True when the file does not give it.</param>
internal sealed record Entry<T>(T Value, Place At, bool IsDefault = false);

/// <summary>A list with its place.</summary>
/// <param name="Items">The items that could be read.</param>
/// <param name="At">Where it stands.</param>
/// <param name="Whole">False when an item could not be read or there are too few, which is then reported.</param>
internal sealed record EntryList<T>(IReadOnlyList<Entry<T>> Items, Place At, bool Whole)
{
    /// <summary>The items' values.</summary>
    public IReadOnlyList<T> Values => [.. Items.Select(item => item.Value)];
}

/// <summary>Free keys with values.</summary>
internal sealed record EntryMap(IReadOnlyList<KeyValuePair<string, Entry<string>>> Items, Place At);

/// <summary>
/// A mapping of the file with the keys its type declares. A property is null when its key is absent without a default, or could not be read, which is then
/// reported; rules look only at what is there.
/// </summary>
internal abstract class Section
{
    /// <summary>Where the mapping stands.</summary>
    public Place At { get; set; }

    /// <summary>The known keys the file gives, readable or not.</summary>
    public IReadOnlySet<string> Given { get; set; } = new HashSet<string>();

    /// <summary>True when the file does not give the key at all.</summary>
    public bool LeavesOut(string key) => !Given.Contains(key);
}

/// <summary>A list of mappings with its place.</summary>
/// <param name="Items">The items that are mappings.</param>
/// <param name="At">Where it stands.</param>
/// <param name="Whole">False when an item is no mapping, which is then reported.</param>
internal sealed record SectionList<T>(IReadOnlyList<T> Items, Place At, bool Whole)
    where T : Section;
