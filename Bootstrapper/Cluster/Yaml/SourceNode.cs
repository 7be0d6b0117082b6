namespace Sextant.Cluster.Yaml;

/// <summary>A value of the YAML document as it was written, with the place it was written at. An alias is a copy of its target at the alias's place.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column.</param>
internal abstract record SourceNode(int Line, int Column)
{
    /// <summary>The explicit tag (<c>!!str</c>, <c>!secret</c>), or null.</summary>
    public string? Tag { get; init; }

    /// <summary>What a person calls this kind of value.</summary>
    public abstract string Kind { get; }

    /// <summary>True for <c>key:</c> with nothing behind it, and for <c>~</c> and <c>null</c>.</summary>
    public virtual bool IsNull => false;
}

/// <summary>Text, a number, a boolean or nothing: YAML writes them all the same way.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column.</param>
/// <param name="Text">The value with quotes and escapes resolved.</param>
/// <param name="Plain">True when it was written without quotes, so that YAML gives it a type by its looks.</param>
internal sealed record SourceScalar(int Line, int Column, string Text, bool Plain) : SourceNode(Line, Column)
{
    /// <inheritdoc/>
    public override bool IsNull => Plain && ScalarType.Of(Text) == ScalarType.Null;

    /// <inheritdoc/>
    public override string Kind => !Plain ? "text" : ScalarType.Of(Text);
}

/// <summary>A list.</summary>
internal sealed record SourceSequence(int Line, int Column, IReadOnlyList<SourceNode> Items) : SourceNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>Keys with values, in the order of the file, duplicates included.</summary>
internal sealed record SourceMapping(int Line, int Column, IReadOnlyList<SourcePair> Pairs) : SourceNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => "a mapping";
}

/// <summary>One key and its value.</summary>
internal sealed record SourcePair(SourceNode Key, SourceNode Value);
