using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Sextant.Tests.Planning.Addons;

/// <summary>Manifests as nested dictionaries, lists and texts.</summary>
internal static class Manifest
{
    /// <summary>Every document of a text.</summary>
    public static IReadOnlyList<object> Read(string text)
    {
        var parser = new Parser(new StringReader(text));
        var deserializer = new DeserializerBuilder().Build();
        var documents = new List<object>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _)) documents.Add(deserializer.Deserialize<object>(parser));
        return documents;
    }

    /// <summary>The node at a path of keys and positions; null when there is none.</summary>
    public static object? At(object? node, params object[] path)
    {
        foreach (var part in path) node = part is int index ? (node as List<object>)?[index] : (node as Dictionary<object, object>)?.GetValueOrDefault(part);
        return node;
    }

    /// <summary>The text at a path of keys; null when there is none.</summary>
    public static string? Text(object node, params string[] path) => At(node, [.. path]) as string;

    /// <summary>The items of a list; empty when there is none.</summary>
    public static IReadOnlyList<object> Children(object node, string key) => At(node, key) as List<object> ?? [];
}
