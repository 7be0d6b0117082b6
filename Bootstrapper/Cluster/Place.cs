using Sextant.Cluster.Yaml;

namespace Sextant.Cluster;

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
