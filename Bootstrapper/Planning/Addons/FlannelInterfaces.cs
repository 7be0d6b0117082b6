using System.Security.Cryptography;
using System.Text;
using Sextant.Cluster;
using Sextant.Planning.Kubernetes;

namespace Sextant.Planning.Addons;

/// <summary>
/// flannel takes the interface of the node's address, except on machines whose description names another. flanneld has one command line for all pods of a
/// DaemonSet, so each interface that is named has a DaemonSet of its own, for the nodes with its label.
/// </summary>
public static class FlannelInterfaces
{
    /// <summary>The label of a node whose pod traffic takes an interface of its own; the value is the interface.</summary>
    public const string Label = "sextant.io/flannel-iface";

    private const string Default = "kube-flannel-ds";

    /// <summary>The interfaces that are named, each once.</summary>
    public static IReadOnlyList<string> Of(ClusterDescription cluster) =>
        [.. cluster.Nodes.Where(KubernetesNode.Is).Select(node => node.FlannelInterface).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The DaemonSets, by the names the template asks for; an empty <c>interface</c> stands for that of the node's address.</summary>
    internal static Dictionary<string, object>[] DaemonSets(ClusterDescription cluster) =>
        [Set(Default, ""), .. Of(cluster).Select(name => Set($"{Default}-{Suffix(name)}", name))];

    private static Dictionary<string, object> Set(string name, string device) => new() { ["name"] = name, ["interface"] = device };

    /// <summary>The interface as a part of an object's name. One with letters that such a name cannot have gets a few of its digest, to stay apart from others.</summary>
    private static string Suffix(string device)
    {
        var plain = string.Concat(device.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-');
        return plain == device ? plain : $"{plain}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(device)))[..6]}".TrimStart('-');
    }
}
