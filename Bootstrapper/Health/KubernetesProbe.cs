using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Health;

/// <summary>
/// Asks an API server of Kubernetes for its nodes and for the workloads of Sextant's addons, as <see cref="User"/>, who may read these and nothing else. Trusts the
/// Kubernetes authority and no other.
/// </summary>
public sealed class KubernetesProbe : IDisposable
{
    /// <summary>The name it asks under; the addon <c>bootstrapper</c> says what that may read.</summary>
    public const string User = "sextant:bootstrapper";

    /// <summary>How long a server may take for each question.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private const string OwnLabel = "app.kubernetes.io%2Fmanaged-by%3Dsextant";
    private const int AnswerLimit = 64 << 20;

    private static readonly (string Kind, string Path)[] Lists =
        [("DaemonSet", "apis/apps/v1/daemonsets"), ("Deployment", "apis/apps/v1/deployments"), ("StatefulSet", "apis/apps/v1/statefulsets")];

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly HttpClient client;
    private readonly int port;

    /// <summary>A probe with its client certificate.</summary>
    /// <param name="authority">The Kubernetes authority's certificate.</param>
    /// <param name="identity">Gives a client certificate of it, with key; asked at each connection, because certificates are renewed.</param>
    /// <param name="port">The API's port.</param>
    public KubernetesProbe(X509Certificate2 authority, Func<X509Certificate2> identity, int port = 6443)
    {
        this.port = port;
        client = MemberHttp.Create(authority, identity, Timeout, Lifetime, AnswerLimit);
    }

    /// <summary>Asks once. Whatever the server or the network does is an answer; only <paramref name="cancelled"/> throws.</summary>
    /// <param name="server">An API server that answers.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancelled">Ends the wait.</param>
    public async Task<KubernetesAnswer> AskAsync(Ipv4Address server, DateTimeOffset now, CancellationToken cancelled)
    {
        try
        {
            var nodes = await GetAsync(server, "api/v1/nodes?limit=5000", cancelled);
            var workloads = new List<Workload>();
            foreach (var (kind, path) in Lists)
                workloads.AddRange((await GetAsync(server, $"{path}?labelSelector={OwnLabel}", cancelled)).Items.Select(item => item.ToWorkload(kind)));
            return new KubernetesAnswer(
                now, server, "", nodes.Items.ToFrozenDictionary(node => node.Metadata.Name, node => node.ToCondition(), StringComparer.Ordinal),
                [.. workloads.OrderBy(workload => workload.Namespace, StringComparer.Ordinal).ThenBy(workload => workload.Name, StringComparer.Ordinal)]);
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            return KubernetesAnswer.Failed(now, $"{server} did not answer within {Timeout.TotalSeconds:0} s");
        }
        catch (HttpRequestException failure)
        {
            return KubernetesAnswer.Failed(now, failure.StatusCode switch
            {
                System.Net.HttpStatusCode.Forbidden => $"{server} lets nobody called {User} read its nodes: the addons are not applied yet",
                { } status => $"{server} answered {(int)status}",
                null => $"{server}: {failure.InnerException?.Message ?? failure.Message}",
            });
        }
        catch (JsonException)
        {
            return KubernetesAnswer.Failed(now, $"{server} gave an answer that is not Kubernetes'");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<KubernetesList> GetAsync(Ipv4Address server, string path, CancellationToken cancelled)
    {
        using var answer = await client.GetAsync(new Uri($"https://{server}:{port}/{path}"), cancelled);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(cancelled);
        return await JsonSerializer.DeserializeAsync(body, KubernetesJson.Default.KubernetesList, cancelled) ?? throw new JsonException("null");
    }
}
