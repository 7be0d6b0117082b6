using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sextant.Tests.TestKit;

/// <summary>
/// Reads what Kubernetes reads as strictly as it can be read: unknown keys, wrong types, texts that YAML 1.1 takes for something else, names that are none, volumes
/// nobody declared and selectors that do not find their own pods are faults.
/// </summary>
internal static partial class KubernetesManifests
{
    private static readonly Dictionary<string, Shape> Kinds = Read(KubernetesShapes.Kinds);
    private static readonly Dictionary<string, Shape> Types = Read(KubernetesShapes.Types);

    /// <summary>Everything that is wrong with a text of one or several documents, each with its path; empty when nothing is.</summary>
    public static IReadOnlyList<string> Faults(string yaml)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException invalid)
        {
            return [$"{invalid.Start}: {invalid.Message}"];
        }
        var faults = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (stream.Documents.Count == 0) faults.Add("there is no document");
        foreach (var document in stream.Documents)
        {
            Object(document.RootNode, "", faults);
            var name = $"{Text(document.RootNode, "kind")} {Text(document.RootNode, "metadata", "namespace")}/{Text(document.RootNode, "metadata", "name")}";
            if (Find(document.RootNode, "metadata") is not null && !seen.Add(name)) faults.Add($"{name} is there twice");
        }
        return faults;
    }

    /// <summary>A node by its keys and list positions (as texts); null when there is none.</summary>
    public static YamlNode? Find(YamlNode? node, params string[] keys)
    {
        foreach (var key in keys)
        {
            node = node switch
            {
                YamlMappingNode mapping => mapping.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null,
                YamlSequenceNode list when int.TryParse(key, out var at) && at < list.Children.Count => list[at],
                _ => null,
            };
        }
        return node;
    }

    /// <summary>A text by its keys; null when there is none.</summary>
    public static string? Text(YamlNode? node, params string[] keys) => (Find(node, keys) as YamlScalarNode)?.Value;

    /// <summary>The one document of a text.</summary>
    public static YamlNode Document(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents.Single().RootNode;
    }

    private static void Object(YamlNode node, string path, List<string> faults)
    {
        var kind = $"{Text(node, "apiVersion")} {Text(node, "kind")}";
        if (Kinds.TryGetValue(kind, out var shape)) Mapping(node, shape, path, faults);
        else faults.Add($"{path}: there is no {kind}");
    }

    private static void Mapping(YamlNode node, Shape shape, string path, List<string> faults)
    {
        if (node is not YamlMappingNode mapping)
        {
            faults.Add($"{path} is no mapping");
            return;
        }
        foreach (var missing in shape.Required.Where(key => Find(mapping, key) is null)) faults.Add($"{path}.{missing} is missing");
        foreach (var (key, value) in mapping.Children)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (shape.Keys.TryGetValue(name, out var type)) Value(value, type, $"{path}.{name}", faults);
            else faults.Add($"{path}.{name} is unknown in {shape.Name}");
        }
        switch (shape.Name)
        {
            case "PodSpec": PodSpec(mapping, path, faults); break;
            case "DaemonSetSpec" or "DeploymentSpec" or "StatefulSetSpec": Workload(mapping, path, faults); break;
            case "v1 Config": References(mapping, path, faults); break;
        }
    }

    private static void Value(YamlNode node, string type, string path, List<string> faults)
    {
        switch (type)
        {
            case "any": return;
            case "object": Object(node, path, faults); return;
            case ['[', ..]:
                if (node is YamlSequenceNode list)
                    foreach (var (item, at) in list.Children.Select((item, at) => (item, at))) Value(item, type[1..^1], $"{path}[{at}]", faults);
                else faults.Add($"{path} is no list");
                return;
            case ['{', ..]:
                if (node is YamlMappingNode map) foreach (var (key, value) in map.Children) Value(value, type[1..^1], $"{path}.{key}", faults);
                else faults.Add($"{path} is no mapping");
                return;
        }
        if (Types.TryGetValue(type, out var shape)) Mapping(node, shape, path, faults);
        else if (node is not YamlScalarNode scalar) faults.Add($"{path} is no {type}");
        else if (!IsRight(scalar, type)) faults.Add($"{path} is no {type}: {scalar.Value}");
    }

    private static bool IsRight(YamlScalarNode scalar, string type)
    {
        var text = scalar.Value ?? "";
        var isText = scalar.Style is not ScalarStyle.Plain || !(OtherThanText().IsMatch(text) || text.Length == 0);
        return type switch
        {
            "int" => scalar.Style is ScalarStyle.Plain && int.TryParse(text, out _),
            "port" => scalar.Style is ScalarStyle.Plain && int.TryParse(text, out var port) && port is > 0 and < 65536,
            "bool" => scalar.Style is ScalarStyle.Plain && text is "true" or "false",
            "count" => int.TryParse(text, out _) || Percentage().IsMatch(text),
            "portname" => int.TryParse(text, out var number) ? scalar.Style is ScalarStyle.Plain && number is > 0 and < 65536 : isText && Name().IsMatch(text),
            "quantity" => Quantity().IsMatch(text),
            "duration" => isText && Duration().IsMatch(text),
            "text" => isText,
            "name" => isText && text.Length <= 253 && Name().IsMatch(text),
            "label" => isText && Label().IsMatch(text),
            "path" => isText && text.StartsWith('/'),
            "url" => isText && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == "https",
            "address" => isText && System.Net.IPAddress.TryParse(text, out _),
            "image" => isText && Image().IsMatch(text),
            _ => isText && type.Split('|').Contains(text),
        };
    }

    /// <summary>Every mount has its volume, and containers and volumes have a name of their own.</summary>
    private static void PodSpec(YamlMappingNode pod, string path, List<string> faults)
    {
        var volumes = Names(pod, "volumes");
        var containers = Names(pod, "initContainers").Concat(Names(pod, "containers")).ToList();
        foreach (var twice in volumes.Concat(containers.Select(name => $"container {name}")).GroupBy(name => name).Where(group => group.Count() > 1)) faults.Add($"{path}: {twice.Key} is there twice");
        foreach (var list in new[] { "initContainers", "containers" })
            foreach (var container in Find(pod, list) as YamlSequenceNode ?? [])
                foreach (var mount in Names(container, "volumeMounts").Where(mount => !volumes.Contains(mount))) faults.Add($"{path}: no volume {mount}");
    }

    private static void Workload(YamlMappingNode workload, string path, List<string> faults)
    {
        foreach (var (key, value) in (Find(workload, "selector", "matchLabels") as YamlMappingNode)?.Children ?? Enumerable.Empty<KeyValuePair<YamlNode, YamlNode>>())
            if (Text(workload, "template", "metadata", "labels", ((YamlScalarNode)key).Value!) != ((YamlScalarNode)value).Value)
                faults.Add($"{path}.selector does not find its own pods by {key}");
    }

    private static void References(YamlMappingNode config, string path, List<string> faults)
    {
        if (!Names(config, "contexts").Contains(Text(config, "current-context")!)) faults.Add($"{path}.current-context is none of the contexts");
        foreach (var context in Find(config, "contexts") as YamlSequenceNode ?? [])
            foreach (var (key, list) in new[] { ("cluster", "clusters"), ("user", "users") })
                if (!Names(config, list).Contains(Text(context, "context", key)!)) faults.Add($"{path}.contexts: no {key} {Text(context, "context", key)}");
    }

    private static List<string> Names(YamlNode node, string list) => [.. (Find(node, list) as YamlSequenceNode ?? []).Select(item => Text(item, "name") ?? "")];

    private static Dictionary<string, Shape> Read(string table) => table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Shape.Read).ToDictionary(shape => shape.Name);

    private sealed record Shape(string Name, IReadOnlyDictionary<string, string> Keys, IReadOnlyList<string> Required)
    {
        public static Shape Read(string line)
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var name = line[..colon];
            var keys = line[(colon + 2)..].Split(' ').Select(entry => entry.Split(':', 2)).ToDictionary(parts => parts[0].TrimEnd('!'), parts => parts[1]);
            var required = line[(colon + 2)..].Split(' ').Select(entry => entry.Split(':', 2)[0]).Where(key => key.EndsWith('!')).Select(key => key[..^1]);
            if (name.Contains(' ')) keys["apiVersion"] = keys["kind"] = "text";
            return new Shape(name, keys, [.. required]);
        }
    }

    /// <summary>What YAML 1.1, which Kubernetes reads, takes for a boolean, a number, nothing or a date.</summary>
    [GeneratedRegex(@"^(y|n|yes|no|on|off|true|false|null|~|[-+]?(\.inf|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9]+|0[xo][0-9a-fA-F]+|[0-9][0-9_]*(:[0-5]?[0-9])+)|\.nan|[0-9]{4}-[0-9]{2}-[0-9]{2}.*)\z", RegexOptions.IgnoreCase)]
    private static partial Regex OtherThanText();

    [GeneratedRegex(@"^[0-9]+%\z")]
    private static partial Regex Percentage();

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?\z")]
    private static partial Regex Quantity();

    [GeneratedRegex(@"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+\z")]
    private static partial Regex Duration();

    /// <summary>RFC 1123 subdomain, as names of objects are; RBAC names and names of API services fit too, save those with a colon.</summary>
    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.:][a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex Label();

    /// <summary>With the registry's host, and with a tag or digest: what a machine without a way out can pull.</summary>
    [GeneratedRegex(@"^[a-z0-9.-]+\.[a-z]+(:[0-9]+)?(/[a-z0-9._-]+)+(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})\z")]
    private static partial Regex Image();
}
