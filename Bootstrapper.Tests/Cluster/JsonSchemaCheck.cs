using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sextant.Cluster;
using Sextant.Cluster.Yaml;

namespace Sextant.Tests.Cluster;

/// <summary>As much of JSON Schema 2020-12 as the generated schema uses; a keyword it does not know is a fault of its own.</summary>
internal static class JsonSchemaCheck
{
    private static readonly JsonObject Schema = (JsonObject)JsonNode.Parse(ClusterFile.JsonSchema)!;

    private static readonly HashSet<string> Annotations = ["$schema", "$id", "title", "description", "default", "examples", "format"];

    /// <summary>What the schema refuses in a YAML text, each with its path.</summary>
    public static IReadOnlyList<string> Faults(string yaml)
    {
        var root = SourceReader.Read(yaml, new ProblemList("x"));
        return root is null ? ["unreadable"] : [.. Check(ToJson(root), Schema, Schema, "")];
    }

    /// <summary>What a schema refuses in a value, each with its path.</summary>
    /// <param name="value">The value.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="document">The document that the schema's references point into.</param>
    public static IReadOnlyList<string> Faults(JsonNode? value, JsonNode schema, JsonNode document) => [.. Check(value, schema, document, "")];

    private static JsonNode? ToJson(SourceNode node) => node switch
    {
        SourceScalar { Plain: true } scalar when ScalarType.Of(scalar.Text) == ScalarType.Null => null,
        SourceScalar { Plain: true } scalar when ScalarType.Of(scalar.Text) == ScalarType.Boolean => scalar.Text[0] is 't' or 'T',
        SourceScalar { Plain: true } scalar when ScalarType.Of(scalar.Text) == ScalarType.Number => long.TryParse(scalar.Text, out var whole) ? JsonValue.Create(whole) : JsonValue.Create(0.5),
        SourceScalar scalar => scalar.Text,
        SourceSequence sequence => new JsonArray([.. sequence.Items.Select(ToJson)]),
        SourceMapping mapping => new JsonObject(mapping.Pairs.DistinctBy(pair => ((SourceScalar)pair.Key).Text)
            .Select(pair => KeyValuePair.Create(((SourceScalar)pair.Key).Text, ToJson(pair.Value)))),
        _ => throw new NotSupportedException(node.Kind),
    };

    private static IEnumerable<string> Check(JsonNode? value, JsonNode schema, JsonNode document, string path) => schema switch
    {
        JsonObject rules => rules.SelectMany(keyword => CheckKeyword(value, keyword.Key, keyword.Value!, rules, document, path)),
        _ => Fault(schema.GetValue<bool>(), $"{path}: nothing may be here"),
    };

    private static IEnumerable<string> CheckKeyword(JsonNode? value, string keyword, JsonNode rule, JsonObject schema, JsonNode document, string path) => (keyword, value) switch
    {
        ("$ref", _) => Check(value, rule.GetValue<string>()[2..].Split('/').Aggregate(document, (node, name) => node[name]!), document, path),
        ("type", _) => Fault(TypeOf(value) == rule.GetValue<string>() || (TypeOf(value), rule.GetValue<string>()) == ("integer", "number"), $"{path}: is {TypeOf(value)}, not {rule}"),
        ("const", _) => Fault(JsonNode.DeepEquals(value, rule), $"{path}: is not {rule}"),
        ("enum", _) => Fault(rule.AsArray().Any(choice => JsonNode.DeepEquals(choice, value)), $"{path}: is none of {rule.ToJsonString()}"),
        ("pattern", JsonValue text) when TypeOf(text) == "string" => Fault(Regex.IsMatch(text.GetValue<string>(), rule.GetValue<string>(), RegexOptions.ECMAScript), $"{path}: {text} does not match {rule}"),
        ("minimum", JsonValue number) when TypeOf(number) == "integer" => Fault(number.GetValue<long>() >= rule.GetValue<long>(), $"{path}: {number} is below {rule}"),
        ("maximum", JsonValue number) when TypeOf(number) == "integer" => Fault(number.GetValue<long>() <= rule.GetValue<long>(), $"{path}: {number} is above {rule}"),
        ("minItems", JsonArray items) => Fault(items.Count >= rule.GetValue<int>(), $"{path}: has {items.Count} items"),
        ("uniqueItems", JsonArray items) => Fault(items.Select(item => item?.ToJsonString()).Distinct().Count() == items.Count, $"{path}: an item is there twice"),
        ("items", JsonArray items) => items.SelectMany((item, i) => Check(item, rule, document, $"{path}[{i}]")),
        ("required", JsonObject map) => rule.AsArray().Select(name => name!.GetValue<string>()).Where(name => !map.ContainsKey(name)).Select(name => $"{path}.{name}: is missing"),
        ("properties", JsonObject map) => rule.AsObject().Where(property => map.ContainsKey(property.Key)).SelectMany(property => Check(map[property.Key], property.Value!, document, $"{path}.{property.Key}")),
        ("propertyNames", JsonObject map) => map.SelectMany(property => Check(property.Key, rule, document, $"{path}.{property.Key}")),
        ("additionalProperties", JsonObject map) => map.Where(property => schema["properties"]?.AsObject().ContainsKey(property.Key) != true)
            .SelectMany(property => rule is JsonObject inner ? Check(property.Value, inner, document, $"{path}.{property.Key}") : [$"{path}.{property.Key}: is unknown"]),
        ("pattern" or "minimum" or "maximum" or "minItems" or "uniqueItems" or "items" or "required" or "properties" or "propertyNames" or "additionalProperties", _) => [],
        _ => Annotations.Contains(keyword) ? [] : [$"the schema has the keyword {keyword}, which this check does not know"],
    };

    private static IEnumerable<string> Fault(bool holds, string fault) => holds ? [] : [fault];

    private static string TypeOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonArray => "array",
        JsonObject => "object",
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            _ => value.AsValue().TryGetValue<long>(out _) || value.AsValue().TryGetValue<int>(out _) ? "integer" : "number",
        },
    };
}
