using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sextant.Planning.Addons;

/// <summary>An object of Kubernetes as a manifest names it.</summary>
/// <param name="ApiVersion"><c>v1</c>, or group and version: <c>apps/v1</c>.</param>
/// <param name="Kind"><c>DaemonSet</c>.</param>
/// <param name="Namespace">Its namespace; null for an object of the whole cluster.</param>
/// <param name="Name">Its name.</param>
internal sealed record ManifestObject(string ApiVersion, string Kind, string? Namespace, string Name)
{
    /// <summary>How kubectl spells the kind so that it cannot be taken for another group's: <c>daemonset.apps</c>.</summary>
    public string Resource => ApiVersion.IndexOf('/', StringComparison.Ordinal) is var slash && slash < 0
        ? Kind.ToLowerInvariant()
        : $"{Kind.ToLowerInvariant()}.{ApiVersion[..slash]}";

    /// <summary>Whether it goes away when the manifests no longer have it. What may hold people's data stays: deleting it is their decision.</summary>
    public bool IsPruned => Kind is not ("Namespace" or "PersistentVolumeClaim" or "CustomResourceDefinition");
}

/// <summary>Reads a filled manifest back, so that nothing is served that its reader would refuse.</summary>
internal static class ManifestText
{
    /// <summary>The objects of a text of one or several YAML documents, in its order, and the images it names, each once.</summary>
    /// <param name="template">Whose text it is, for the message.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="TemplateException">It is not YAML, or a document is no object of Kubernetes, or two are the same object.</exception>
    public static (IReadOnlyList<ManifestObject> Objects, IReadOnlyList<string> Images) Parse(string template, string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException invalid)
        {
            throw new TemplateException(template, $"it is not YAML once it is filled: {invalid.Message}", invalid);
        }
        var objects = stream.Documents.Select(document => ObjectOf(template, document.RootNode)).ToList();
        var twice = objects.GroupBy(one => (one.Resource, one.Namespace, one.Name)).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw new TemplateException(template, $"it has {twice.Key.Resource} {twice.Key.Name} twice");
        var images = stream.Documents.SelectMany(document => document.AllNodes).OfType<YamlMappingNode>().Select(node => Child(node, "image")).OfType<YamlScalarNode>();
        return (objects, [.. images.Select(image => image.Value!).Distinct(StringComparer.Ordinal)]);
    }

    private static ManifestObject ObjectOf(string template, YamlNode root)
    {
        if (root is not YamlMappingNode mapping) throw new TemplateException(template, $"line {root.Start.Line} of the filled text begins no object of Kubernetes");
        var metadata = Child(mapping, "metadata") as YamlMappingNode;
        return new ManifestObject(Text(mapping, "apiVersion"), Text(mapping, "kind"), Child(metadata, "namespace") is YamlScalarNode { Value: { } space } ? space : null, Text(metadata, "name"));

        string Text(YamlMappingNode? node, string key) => Child(node, key) is YamlScalarNode { Value: { Length: > 0 } value }
            ? value
            : throw new TemplateException(template, $"the object at line {root.Start.Line} of the filled text has no {key}");
    }

    private static YamlNode? Child(YamlMappingNode? mapping, string key) => mapping is not null && mapping.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;
}
