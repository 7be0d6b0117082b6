using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sextant.Cli;

/// <summary>How an administrator reaches a cluster.</summary>
/// <param name="Cluster">The cluster's name; context and cluster are called by it.</param>
/// <param name="Server">URL of the API.</param>
/// <param name="Authority">PEM of the authority that signs the API's certificate.</param>
/// <param name="Certificate">PEM of the administrator's certificate.</param>
/// <param name="Key">PEM of its key.</param>
internal sealed record AdminKubeconfig(string Cluster, string Server, string Authority, string Certificate, string Key)
{
    /// <summary>What the entry with certificate and key is called. It is the same each time, so that a new certificate replaces the last one.</summary>
    private string User => $"{Cluster}-admin";

    /// <summary>A kubeconfig with nothing else in it.</summary>
    public string ToText() => Merge("", setCurrent: true);

    /// <summary>A kubeconfig with this cluster in it besides what it has: whatever is called the same is replaced, everything else stays.</summary>
    /// <param name="existing">The text of a kubeconfig, in YAML or JSON; empty for a new one.</param>
    /// <param name="setCurrent">Whether the context becomes the current one; it does where there is none.</param>
    /// <exception cref="KubeconfigException">The text is not a kubeconfig.</exception>
    public string Merge(string existing, bool setCurrent)
    {
        var root = Read(existing);
        Put(root, "clusters", Cluster, "cluster", new YamlMappingNode { { "server", Quoted(Server) }, { "certificate-authority-data", Base64(Authority) } });
        Put(root, "users", User, "user", new YamlMappingNode { { "client-certificate-data", Base64(Certificate) }, { "client-key-data", Base64(Key) } });
        Put(root, "contexts", Cluster, "context", new YamlMappingNode { { "cluster", Quoted(Cluster) }, { "user", Quoted(User) } });
        var current = new YamlScalarNode("current-context");
        if (setCurrent || !root.Children.TryGetValue(current, out var before) || before is not YamlScalarNode { Value.Length: > 0 }) root.Children[current] = Quoted(Cluster);
        using var text = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(root)).Save(text, assignAnchors: false);
        // The library ends a document with its optional end mark.
        var written = text.ToString();
        return written.EndsWith("...\n", StringComparison.Ordinal) ? written[..^4] : written;
    }

    private static YamlMappingNode Read(string existing)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(existing));
        }
        catch (YamlException invalid)
        {
            throw new KubeconfigException($"line {invalid.Start.Line}: {invalid.Message}");
        }
        return stream.Documents switch
        {
            [] => new YamlMappingNode { { "apiVersion", "v1" }, { "kind", "Config" } },
            [{ RootNode: YamlMappingNode root }] when Is(root, "kind", "Config") && Is(root, "apiVersion", "v1") => root,
            [_] => throw new KubeconfigException("it is not of apiVersion v1 and kind Config"),
            _ => throw new KubeconfigException("it has more than one document"),
        };
    }

    /// <summary>kubectl reads a file that lacks them, too.</summary>
    private static bool Is(YamlMappingNode root, string key, string value) =>
        !root.Children.TryGetValue(new YamlScalarNode(key), out var found) || found is YamlScalarNode { Value: { } text } && text == value;

    /// <summary>Puts an entry of a list in the place of the one of the same name, or behind the others.</summary>
    private static void Put(YamlMappingNode root, string list, string name, string key, YamlMappingNode content)
    {
        var field = new YamlScalarNode(list);
        if (!root.Children.TryGetValue(field, out var found) || found is YamlScalarNode { Value: "" or "null" or "~" }) root.Children[field] = found = new YamlSequenceNode();
        if (found is not YamlSequenceNode entries || entries.Children.Any(entry => entry is not YamlMappingNode)) throw new KubeconfigException($"'{list}' is not a list of named entries");
        var fresh = new YamlMappingNode { { "name", Quoted(name) }, { key, content } };
        var place = entries.Children.ToList().FindIndex(entry => ((YamlMappingNode)entry).Children.TryGetValue(new YamlScalarNode("name"), out var called) && called is YamlScalarNode { Value: { } text } && text == name);
        if (place < 0) entries.Add(fresh);
        else entries.Children[place] = fresh;
    }

    private static YamlScalarNode Base64(string pem) => new(Convert.ToBase64String(Encoding.ASCII.GetBytes(pem)));

    /// <summary>A name may look like a number.</summary>
    private static YamlScalarNode Quoted(string text) => new(text) { Style = ScalarStyle.DoubleQuoted };
}

/// <summary>A text is not a kubeconfig.</summary>
/// <param name="problem">What is wrong with it.</param>
internal sealed class KubeconfigException(string problem) : Exception(problem);
