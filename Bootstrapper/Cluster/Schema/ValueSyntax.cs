using System.Text.Json.Nodes;
using Sextant.Cluster.Yaml;

namespace Sextant.Cluster.Schema;

/// <summary>What reading one value's text gave: the value, or what is wrong with the text.</summary>
internal readonly record struct Reading<T>(T? Value, string? Fault)
{
    /// <summary>The text is right.</summary>
    public static implicit operator Reading<T>(T value) => new(value, null);

    /// <summary>The text is wrong; <paramref name="fault"/> says how, and what would be right.</summary>
    public static Reading<T> Wrong(string fault) => new(default, fault);
}

/// <summary>How one kind of value is written: the reader of the file and the JSON Schema for editors both come from here.</summary>
internal abstract class ValueSyntax
{
    /// <summary>The YAML type of the value: <see cref="ScalarType.Text"/>, <see cref="ScalarType.Number"/> (a whole one) or <see cref="ScalarType.Boolean"/>.</summary>
    public virtual string Type => ScalarType.Text;

    /// <summary>ECMA 262 regular expression every accepted text matches; null when <see cref="Choices"/> or bounds say it all.</summary>
    public virtual string? Pattern => null;

    /// <summary>The only texts there are; null for an open set.</summary>
    public virtual IReadOnlyList<string>? Choices => null;

    /// <summary>An accepted text.</summary>
    public abstract string Example { get; }

    /// <summary>What is wrong with the text; null when it is accepted.</summary>
    public abstract string? FaultOf(string text);

    /// <summary>Reads the value an <see cref="Entry{T}"/> is made of; null, and a problem, when it is wrong.</summary>
    public abstract object? Bind(SourceNode node, Place at, ProblemList problems);

    /// <summary>Reads a list of such values; one with fewer than <paramref name="minimum"/> is not whole.</summary>
    public abstract object? BindList(SourceSequence sequence, Place at, bool unique, int minimum, ProblemList problems);

    /// <summary>The entry a default gives.</summary>
    public abstract object BindDefault(string text, Place at);

    /// <summary>The JSON Schema of the value.</summary>
    public virtual JsonObject ToJsonSchema()
    {
        var schema = new JsonObject { ["type"] = Type switch { ScalarType.Number => "integer", ScalarType.Boolean => "boolean", _ => "string" } };
        if (Pattern is { } pattern) schema["pattern"] = pattern;
        if (Type == ScalarType.Text && Choices is { } choices) schema["enum"] = new JsonArray([.. choices.Select(choice => (JsonNode)choice)]);
        return schema;
    }

    /// <summary>The value's JSON form.</summary>
    public JsonNode ToJson(string text) => Type switch
    {
        ScalarType.Number => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
        ScalarType.Boolean => text == "true",
        _ => text,
    };
}

/// <inheritdoc/>
internal abstract class ValueSyntax<T> : ValueSyntax
    where T : notnull
{
    /// <summary>Reads the text.</summary>
    public abstract Reading<T> Read(string text);

    /// <inheritdoc/>
    public sealed override string? FaultOf(string text) => Read(text).Fault;

    /// <inheritdoc/>
    public sealed override object? Bind(SourceNode node, Place at, ProblemList problems) => BindEntry(node, at, problems);

    /// <inheritdoc/>
    public sealed override object BindDefault(string text, Place at) => Read(text) is { Fault: null, Value: { } value }
        ? new Entry<T>(value, at, IsDefault: true)
        : throw new InvalidOperationException($"The default '{text}' of {at.Path} is not right: {FaultOf(text)}");

    /// <inheritdoc/>
    public sealed override object? BindList(SourceSequence sequence, Place at, bool unique, int minimum, ProblemList problems)
    {
        var items = new List<Entry<T>>();
        var seen = new Dictionary<T, Place>();
        var whole = true;
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            var place = at.Item(i, sequence.Items[i]);
            if (BindEntry(sequence.Items[i], place, problems) is not { } entry) whole = false;
            else if (!unique || seen.TryAdd(entry.Value, place)) items.Add(entry);
            else problems.Error(place, $"{Quoted.Of(((SourceScalar)sequence.Items[i]).Text)} is listed twice, first on line {seen[entry.Value].Line}");
        }
        return new EntryList<T>(items, at, whole && items.Count >= minimum);
    }

    private Entry<T>? BindEntry(SourceNode node, Place at, ProblemList problems)
    {
        if (node is not SourceScalar scalar || node.IsNull)
        {
            problems.Error(at, $"is {node.Kind}; {(Type == ScalarType.Number ? "a whole number" : Type)} such as {Example} is expected");
            return null;
        }
        if (!Binder.HasNoTag(node, at, problems)) return null;
        var reading = Read(scalar.Text);
        var fault = reading.Fault ?? Wrong(scalar);
        if (fault is null) return new Entry<T>(reading.Value!, at);
        problems.Error(at, fault);
        return null;
    }

    /// <summary>The text is right; is it of the YAML type that editors and other tools will see?</summary>
    private string? Wrong(SourceScalar scalar) => (Type, scalar.Plain) switch
    {
        (ScalarType.Number, false) => $"is text; write the number {Quoted.Bare(scalar.Text)} without quotes",
        (ScalarType.Boolean, false) => $"is text; write {Quoted.Bare(scalar.Text)} without quotes",
        (ScalarType.Text, true) when scalar.Kind != ScalarType.Text =>
            $"is {scalar.Kind} to YAML, and text is expected; write \"{Quoted.Bare(scalar.Text)}\" in quotes",
        _ => null,
    };
}
