namespace Sextant.Planning.Kubernetes;

/// <summary>The files by which programs find the API and say who they are. They name certificate and key and hold neither.</summary>
internal static class Kubeconfig
{
    /// <summary>The API server of the same machine, for its own control plane: one that is newer or older is never asked.</summary>
    public const string LocalApi = "https://127.0.0.1:6443";

    /// <summary>A kubeconfig <c>/etc/kubernetes/{name}.conf</c>.</summary>
    /// <param name="input">What the plan is made from.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="user">Who the certificate says it is.</param>
    /// <param name="server">The API's URL.</param>
    /// <param name="certificate">The file name of certificate and key without what follows the dot.</param>
    public static PlannedFile File(PlanInput input, string name, string user, string server, string certificate) =>
        input.File($"/etc/kubernetes/{name}.conf", Permissions.Public, "kubernetes/kubeconfig.yaml", new Dictionary<string, object>
        {
            ["cluster"] = input.Cluster.Name,
            ["user"] = user,
            ["server"] = server,
            ["certificate"] = $"{KubernetesCertificates.Folder}/{certificate}.crt",
            ["key"] = $"{KubernetesCertificates.Folder}/{certificate}.key",
        });
}
