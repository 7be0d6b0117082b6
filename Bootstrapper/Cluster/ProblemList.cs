using Sextant.Cluster.Schema;

namespace Sextant.Cluster;

/// <summary>Collects the problems of one file, up to a number no one reads to the end.</summary>
internal sealed class ProblemList(string file)
{
    /// <summary>Most problems reported of one file.</summary>
    public const int Maximum = 1000;

    private readonly List<Problem> problems = [];
    private int unreported;

    /// <summary>True once an error was reported.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>True when further problems are only counted, so that no work need go into their messages.</summary>
    public bool IsFull => problems.Count >= Maximum;

    /// <summary>Reports what makes the file unusable.</summary>
    public void Error(int line, int column, string path, string message) => Add(Severity.Error, line, column, path, message);

    /// <summary>Reports what is probably not meant.</summary>
    public void Warning(int line, int column, string path, string message) => Add(Severity.Warning, line, column, path, message);

    /// <inheritdoc cref="Error(int, int, string, string)"/>
    public void Error(Place at, string message) => Add(Severity.Error, at.Line, at.Column, at.Path, message);

    /// <inheritdoc cref="Warning(int, int, string, string)"/>
    public void Warning(Place at, string message) => Add(Severity.Warning, at.Line, at.Column, at.Path, message);

    /// <summary>Everything reported, ordered by line and column; problems at one place keep the order they were found in.</summary>
    public IReadOnlyList<Problem> Ordered()
    {
        List<Problem> ordered = [.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];
        if (unreported > 0) ordered.Add(new Problem(Severity.Error, file, ordered[^1].Line, ordered[^1].Column, "", $"{unreported} further problems are not shown"));
        return ordered;
    }

    private void Add(Severity severity, int line, int column, string path, string message)
    {
        HasErrors |= severity == Severity.Error;
        if (!IsFull) problems.Add(new Problem(severity, file, line, column, path, message));
        else unreported++;
    }
}
