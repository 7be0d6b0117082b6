namespace Sextant.Cluster;

/// <summary>Stands in, in this branch only, for the reader that the merge brings.</summary>
public static class ClusterFile
{
    /// <summary>Says that the reader is not here.</summary>
    public static ClusterFileResult Load(string path) =>
        new(null, [new Problem(Severity.Error, path, 1, 1, "", "this branch cannot read cluster descriptions")]);
}
