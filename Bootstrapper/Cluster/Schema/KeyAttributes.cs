using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Sextant.Cluster.Yaml;

namespace Sextant.Cluster.Schema;

/// <summary>Declares a key of a <see cref="Section"/>: everything the reader, the JSON Schema and the reference page say of it.</summary>
/// <param name="key">The key as it is written.</param>
/// <param name="description">What it means, for a person who plans a cluster.</param>
[AttributeUsage(AttributeTargets.Property)]
internal abstract class KeyAttribute(string key, string description) : Attribute
{
    /// <summary>The key as it is written.</summary>
    public string Key => key;

    /// <summary>What it means.</summary>
    public string Description => description;

    /// <summary>True when a file without it is an error.</summary>
    public bool Required { get; set; }

    /// <summary>The text that stands for an absent key.</summary>
    public string? Default { get; set; }

    /// <summary>What an absent key means, when that depends on other keys.</summary>
    public string? DefaultNote { get; set; }

    /// <summary>An example from a real file; null takes the syntax's own.</summary>
    public string? Example { get; set; }

    /// <summary>What a person calls the value: <c>text</c>, <c>list of text</c>, <c>mapping</c>.</summary>
    public abstract string TypeName { get; }

    /// <summary>The section the value is, or is a list of; null for values.</summary>
    public virtual SectionShape? Nested => null;

    /// <summary>The value's syntax; null for sections.</summary>
    public virtual ValueSyntax? Syntax => null;

    /// <summary>Reads the value; null, and a problem, when it is wrong.</summary>
    public abstract object? Bind(SourceNode node, Place at, ProblemList problems);

    /// <summary>What an absent key gives.</summary>
    public virtual object? BindAbsent(Place parent) => null;

    /// <summary>The JSON Schema of the value.</summary>
    public abstract JsonObject ToJsonSchema();

    /// <summary>Reports a value of the wrong kind.</summary>
    protected object? WrongKind(SourceNode node, string expected, Place at, ProblemList problems)
    {
        problems.Error(at, $"is {node.Kind}; {expected} is expected{(node.IsNull && !Required ? ", or leave the key out" : "")}");
        return null;
    }
}

/// <summary>A key with one value.</summary>
internal sealed class KeyAttribute<TSyntax>(string key, string description) : KeyAttribute(key, description)
    where TSyntax : ValueSyntax, new()
{
    /// <inheritdoc/>
    public override ValueSyntax Syntax { get; } = new TSyntax();

    /// <inheritdoc/>
    public override string TypeName => Syntax.Type switch { ScalarType.Number => "number", ScalarType.Boolean => "boolean", _ => "text" };

    /// <inheritdoc/>
    public override object? Bind(SourceNode node, Place at, ProblemList problems) => Syntax.Bind(node, at, problems);

    /// <inheritdoc/>
    public override object? BindAbsent(Place parent) => Default is null ? null : Syntax.BindDefault(Default, parent with { Path = parent.PathUnder(Key) });

    /// <inheritdoc/>
    public override JsonObject ToJsonSchema()
    {
        var schema = Syntax.ToJsonSchema();
        if (Default is not null) schema["default"] = Syntax.ToJson(Default);
        if (Syntax.Choices is null) schema["examples"] = new JsonArray(Syntax.ToJson(Example ?? Syntax.Example));
        return schema;
    }
}

/// <summary>A key with a list of values; absent means the empty list.</summary>
internal sealed class ListKeyAttribute<TSyntax>(string key, string description) : KeyAttribute(key, description)
    where TSyntax : ValueSyntax, new()
{
    /// <inheritdoc/>
    public override ValueSyntax Syntax { get; } = new TSyntax();

    /// <summary>Fewest items.</summary>
    public int MinimumItems { get; set; }

    /// <summary>True when an item may stand once only.</summary>
    public bool Unique { get; set; }

    /// <inheritdoc/>
    public override string TypeName => "list";

    /// <inheritdoc/>
    public override object? Bind(SourceNode node, Place at, ProblemList problems)
    {
        if (node is not SourceSequence sequence)
        {
            var one = node is SourceScalar { Text.Length: <= 40 } scalar && Syntax.FaultOf(scalar.Text) is null ? scalar.Text : Example ?? Syntax.Example;
            return WrongKind(node, $"a list such as [{one}]", at, problems);
        }
        if (sequence.Items.Count < MinimumItems)
            problems.Error(at, $"is an empty list; at least {MinimumItems} is needed, for example {Example ?? Syntax.Example}");
        return Syntax.BindList(sequence, at, Unique, MinimumItems, problems);
    }

    /// <inheritdoc/>
    public override object? BindAbsent(Place parent)
    {
        var nothing = new SourceSequence(parent.Line, parent.Column, []);
        return Required ? null : Syntax.BindList(nothing, parent with { Path = parent.PathUnder(Key) }, Unique, 0, new ProblemList(""));
    }

    /// <inheritdoc/>
    public override JsonObject ToJsonSchema()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Syntax.ToJsonSchema() };
        if (MinimumItems > 0) schema["minItems"] = MinimumItems;
        if (Unique) schema["uniqueItems"] = true;
        if (!Required) schema["default"] = new JsonArray();
        return schema;
    }
}

/// <summary>A key with a mapping of free keys to values.</summary>
internal sealed class MapKeyAttribute<TKey, TValue>(string key, string description) : KeyAttribute(key, description)
    where TKey : ValueSyntax<string>, new()
    where TValue : ValueSyntax<string>, new()
{
    private readonly TKey keys = new();
    private readonly TValue values = new();

    /// <inheritdoc/>
    public override string TypeName => "mapping";

    /// <inheritdoc/>
    public override ValueSyntax Syntax => values;

    /// <inheritdoc/>
    public override object? Bind(SourceNode node, Place at, ProblemList problems)
    {
        if (node is not SourceMapping mapping) return WrongKind(node, $"a mapping such as {{{keys.Example}: {values.Example}}}", at, problems);
        var items = new List<KeyValuePair<string, Entry<string>>>();
        foreach (var (name, value) in Binder.Pairs(mapping, at, problems))
        {
            if (keys.FaultOf(name.Text) is { } fault) problems.Error(at.Under(name.Text, name), fault);
            if (values.Bind(value, at.Under(name.Text, value), problems) is Entry<string> entry) items.Add(new(name.Text, entry));
        }
        return new EntryMap(items, at);
    }

    /// <inheritdoc/>
    public override object? BindAbsent(Place parent) => new EntryMap([], parent with { Path = parent.PathUnder(Key) });

    /// <inheritdoc/>
    public override JsonObject ToJsonSchema() => new()
    {
        ["type"] = "object",
        ["propertyNames"] = new JsonObject { ["pattern"] = keys.Pattern },
        ["additionalProperties"] = values.ToJsonSchema(),
        ["default"] = new JsonObject(),
    };
}

/// <summary>A key with a mapping of known keys; absent and not required means each of its keys' default.</summary>
internal sealed class SectionKeyAttribute<[DynamicallyAccessedMembers(SectionShape.Needed)] TSection>(string key, string description)
    : KeyAttribute(key, description)
    where TSection : Section, new()
{
    /// <inheritdoc/>
    public override SectionShape Nested => SectionShape.Of<TSection>();

    /// <inheritdoc/>
    public override string TypeName => "mapping";

    /// <inheritdoc/>
    public override object? Bind(SourceNode node, Place at, ProblemList problems) => node is SourceMapping mapping
        ? Binder.Bind<TSection>(mapping, at, problems)
        : WrongKind(node, $"a mapping with the keys {string.Join(", ", Nested.Names)}", at, problems);

    /// <inheritdoc/>
    public override object? BindAbsent(Place parent) => Required ? null : Binder.Defaults<TSection>(parent with { Path = parent.PathUnder(Key) });

    /// <inheritdoc/>
    public override JsonObject ToJsonSchema() => Nested.ToJsonSchema();
}

/// <summary>A key with a list of mappings of known keys.</summary>
internal sealed class SectionListKeyAttribute<[DynamicallyAccessedMembers(SectionShape.Needed)] TSection>(string key, string description)
    : KeyAttribute(key, description)
    where TSection : Section, new()
{
    /// <inheritdoc/>
    public override SectionShape Nested => SectionShape.Of<TSection>();

    /// <inheritdoc/>
    public override string TypeName => "list of mappings";

    /// <inheritdoc/>
    public override object? Bind(SourceNode node, Place at, ProblemList problems)
    {
        if (node is not SourceSequence sequence) return WrongKind(node, $"a list of mappings with the keys {string.Join(", ", Nested.Names)}", at, problems);
        if (Required && sequence.Items.Count == 0) problems.Error(at, "is an empty list; at least one is needed");
        var items = new List<TSection>();
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            var item = sequence.Items[i];
            var place = at.Item(i, item);
            if (item is SourceMapping mapping && Binder.HasNoTag(item, place, problems)) items.Add(Binder.Bind<TSection>(mapping, place, problems));
            else if (item is not SourceMapping) problems.Error(place, $"is {item.Kind}; a mapping with the keys {string.Join(", ", Nested.Names)} is expected");
        }
        return new SectionList<TSection>(items, at, items.Count == sequence.Items.Count);
    }

    /// <inheritdoc/>
    public override JsonObject ToJsonSchema()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Nested.ToJsonSchema() };
        if (Required) schema["minItems"] = 1;
        else schema["default"] = new JsonArray();
        return schema;
    }
}
