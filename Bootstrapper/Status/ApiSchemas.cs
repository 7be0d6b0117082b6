using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Sextant.Primitives;

namespace Sextant.Status;

/// <summary>
/// The JSON schemas of the API's values, exported from the contracts that write and read them. Every object type is a component of its own, so that a
/// type has one name and one description wherever it occurs.
/// </summary>
public sealed class ApiSchemas
{
    private static readonly Dictionary<Type, (string Pattern, string Example)> Texts = new()
    {
        [typeof(MacAddress)] = ("^[0-9a-f]{2}(:[0-9a-f]{2}){5}$", "52:54:00:00:00:01"),
        [typeof(Ipv4Address)] = (@"^[0-9]{1,3}(\.[0-9]{1,3}){3}$", "10.0.0.11"),
    };

    private readonly SortedDictionary<string, JsonNode> components = new(StringComparer.Ordinal);

    /// <summary>The schemas that were asked for so far, and those they refer to, by name.</summary>
    public JsonObject Components => new(components.Select(component => KeyValuePair.Create(component.Key, (JsonNode?)component.Value.DeepClone())));

    /// <summary>The schema of a value: a reference where it is an object, else the schema itself.</summary>
    public JsonNode Of(JsonTypeInfo type) => type.Kind is JsonTypeInfoKind.Object ? Reference(type) : Export(type);

    private JsonObject Reference(JsonTypeInfo type)
    {
        var name = type.Type.Name;
        if (!components.ContainsKey(name))
        {
            components[name] = new JsonObject(); // a type may refer to itself
            components[name] = Export(type);
        }
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private JsonNode Export(JsonTypeInfo type) => type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, node) => Refine(context, node, isRoot: context.Path.IsEmpty && context.TypeInfo == type),
    });

    private JsonNode Refine(JsonSchemaExporterContext context, JsonNode node, bool isRoot)
    {
        var type = context.TypeInfo;
        if (Texts.TryGetValue(Nullable.GetUnderlyingType(type.Type) ?? type.Type, out var text))
            return new JsonObject { ["type"] = "string", ["pattern"] = text.Pattern, ["examples"] = new JsonArray(text.Example) };
        if (type.Kind is JsonTypeInfoKind.Object && !isRoot) return Reference(type);
        if (node is not JsonObject schema) return node;
        // The exporter points to a type's first occurrence; here every occurrence stands for itself.
        if (schema.ContainsKey("$ref")) return Export(type);
        if (type.Kind is JsonTypeInfoKind.Object) Require(schema, type);
        // What is null is left out.
        if (schema["type"] is JsonArray kinds && kinds.Single(kind => kind!.GetValue<string>() != "null") is { } kind) schema["type"] = kind.DeepClone();
        if (schema["enum"] is JsonArray values) values.RemoveAll(value => value is null);
        if (type.Type == typeof(DateTimeOffset) || type.Type == typeof(DateTimeOffset?)) schema["format"] = "date-time";
        return schema;
    }

    /// <summary>An answer has every member that cannot be null. What the service reads may leave out what has a default.</summary>
    private static void Require(JsonObject schema, JsonTypeInfo type)
    {
        string[] always = [.. type.Properties.Where(property => property is { Get: not null, IsGetNullable: false }).Select(property => property.Name)];
        schema.Remove("required");
        if (always.Length > 0 && !typeof(IApiRequest).IsAssignableFrom(type.Type)) schema["required"] = new JsonArray([.. always.Select(name => JsonValue.Create(name))]);
    }
}
