namespace Sextant.Cluster;

/// <summary>How bad a <see cref="Problem"/> is.</summary>
public enum Severity
{
    /// <summary>The file cannot be used.</summary>
    Error,
    /// <summary>The file works, but probably not as meant.</summary>
    Warning,
}

/// <summary>Something wrong in <c>cluster-desc.yaml</c>, where it is, and what to do about it.</summary>
/// <param name="Severity">Whether the file can be used in spite of it.</param>
/// <param name="File">The file as the operator named it.</param>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column.</param>
/// <param name="Path">YAML path, <c>nodes[2].mac</c>; empty for the document itself.</param>
/// <param name="Message">What is wrong, with a suggestion where one is near.</param>
public sealed record Problem(Severity Severity, string File, int Line, int Column, string Path, string Message)
{
    /// <summary><c>file:line:col: error|warning: yaml.path: message</c>, the form editors and CI systems link.</summary>
    public override string ToString() =>
        $"{File}:{Line}:{Column}: {(Severity == Severity.Error ? "error" : "warning")}: {(Path.Length == 0 ? "" : Path + ": ")}{Message}";
}
