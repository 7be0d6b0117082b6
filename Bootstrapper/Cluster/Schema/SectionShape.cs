using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Sextant.Cluster.Schema;

/// <summary>The keys a <see cref="Section"/> type declares.</summary>
internal sealed class SectionShape
{
    /// <summary>What of a section's type must survive trimming.</summary>
    public const DynamicallyAccessedMemberTypes Needed =
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor;

    private static readonly ConcurrentDictionary<Type, SectionShape> Shapes = new();

    private readonly Dictionary<string, SectionKey> byName;

    private SectionShape(IReadOnlyList<SectionKey> keys)
    {
        Keys = keys;
        Names = [.. keys.Select(key => key.Declared.Key)];
        byName = keys.ToDictionary(key => key.Declared.Key, StringComparer.Ordinal);
    }

    /// <summary>The keys, in the order of declaration.</summary>
    public IReadOnlyList<SectionKey> Keys { get; }

    /// <summary>The keys' names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The shape of a section.</summary>
    public static SectionShape Of<[DynamicallyAccessedMembers(Needed)] T>()
        where T : Section
    {
        if (Shapes.TryGetValue(typeof(T), out var shape)) return shape;
        shape = new SectionShape([.. typeof(T).GetProperties()
            .Select(property => (Property: property, Declared: property.GetCustomAttribute<KeyAttribute>(inherit: false)))
            .Where(pair => pair.Declared is not null)
            .OrderBy(pair => pair.Property.MetadataToken)
            .Select(pair => new SectionKey(pair.Property, pair.Declared!))]);
        return Shapes.GetOrAdd(typeof(T), shape);
    }

    /// <summary>The key of that name, or null.</summary>
    public SectionKey? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The JSON Schema of the section.</summary>
    public JsonObject ToJsonSchema()
    {
        var properties = new JsonObject();
        foreach (var key in Keys)
        {
            var schema = key.Declared.ToJsonSchema();
            var note = key.Declared.DefaultNote is { } text ? $" Default: {text}." : "";
            schema.Insert(0, "description", key.Declared.Description + note);
            properties[key.Declared.Key] = schema;
        }
        var result = new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
        var required = Keys.Where(key => key.Declared.Required).Select(key => (JsonNode)key.Declared.Key).ToArray();
        if (required.Length > 0) result["required"] = new JsonArray(required);
        result["properties"] = properties;
        return result;
    }
}

/// <summary>A declared key and the property that holds its value.</summary>
internal sealed record SectionKey(PropertyInfo Property, KeyAttribute Declared);
