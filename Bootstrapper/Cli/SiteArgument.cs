using System.CommandLine;
using Sextant.Cluster;

namespace Sextant.Cli;

/// <summary>The optional cluster description of verbs that ask what a site needs: <c>[FILE]</c>, else <c>cluster-desc.yaml</c> when it is there.</summary>
internal static class SiteArgument
{
    /// <summary>The description of the folder that a verb is started in.</summary>
    public const string DefaultFile = "cluster-desc.yaml";

    /// <summary>The argument.</summary>
    public static Argument<string?> Create() => new("FILE")
    {
        Description = $"The cluster description; without it, {DefaultFile} of this folder when there is one.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The file that was named, or that of this folder; null when there is neither.</summary>
    public static string? FileOf(string? given) => given ?? (File.Exists(DefaultFile) ? DefaultFile : null);

    /// <summary>Reads the description; its problems go to <paramref name="errors"/>.</summary>
    /// <param name="given">What the argument says.</param>
    /// <param name="errors">Where problems go.</param>
    /// <param name="cluster">The description; null when none was given and none is there.</param>
    /// <returns>False when there is one and it cannot be used.</returns>
    public static bool TryRead(string? given, TextWriter errors, out ClusterDescription? cluster)
    {
        cluster = null;
        if (FileOf(given) is not { } file) return true;
        var read = ClusterFile.Load(file);
        foreach (var problem in read.Problems.Where(problem => problem.Severity == Severity.Error)) errors.WriteLine(problem);
        cluster = read.Description;
        return cluster is not null;
    }
}
