using System.Security.Cryptography;
using System.Text;

namespace Sextant.Planning.Kubernetes;

/// <summary>A pod that the kubelet runs because its manifest lies in a folder, before there is an API to ask.</summary>
internal static class StaticPod
{
    /// <summary>The manifest <c>/etc/kubernetes/manifests/{name}.yaml</c>.</summary>
    /// <param name="input">What the plan is made from.</param>
    /// <param name="name">The pod's name, which is its template's too.</param>
    /// <param name="repository">Registry and repository of its image.</param>
    /// <param name="values">What its template names besides <c>image</c> and <c>hostname</c>.</param>
    /// <param name="path">Where the manifest goes instead.</param>
    public static PlannedFile File(PlanInput input, string name, string repository, IReadOnlyDictionary<string, object> values, string? path = null) =>
        input.File(path ?? $"/etc/kubernetes/manifests/{name}.yaml", Permissions.Public, $"kubernetes/{name}.yaml", new Dictionary<string, object>(values)
        {
            ["image"] = input.Material.Pins.Image(repository),
            ["hostname"] = input.Node.Hostname,
        });

    /// <summary>A digest of files that a pod reads at its start only: in the manifest, it makes another pod of the pod whose files changed.</summary>
    public static string Checksum(IEnumerable<PlannedFile> files) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files.Select(file => $"{file.Path}\n{file.Content}\n")))));
}
