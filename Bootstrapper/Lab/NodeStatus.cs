using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Primitives;

namespace Sextant.Lab;

/// <summary>One machine as the bootstrapper's API reports it, as far as the lab looks at it.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Stage">Where it is on its way: <c>waiting</c> before it was seen, then the stages of its life in lower case.</param>
/// <param name="Hostname">Its host name; null for a stranger.</param>
/// <param name="Address">Its address; null when it has none.</param>
/// <param name="Since">Since when it is there; null while waiting.</param>
/// <param name="Detail">The latest thing worth saying about the stage.</param>
/// <param name="Enrolled">Whether it has all its certificates.</param>
/// <param name="EtcdMember">Whether it is a member of etcd.</param>
/// <param name="EtcdHealthy">Whether that member is healthy; null before the first answer.</param>
/// <param name="Transfer">The transfer in progress or last finished.</param>
public sealed record NodeStatus(
    MacAddress Mac, string Stage, string? Hostname = null, Ipv4Address? Address = null, DateTimeOffset? Since = null, string? Detail = null,
    bool Enrolled = false, bool EtcdMember = false, bool? EtcdHealthy = null, NodeTransfer? Transfer = null)
{
    /// <summary>The stage of a machine that was never seen.</summary>
    public const string Waiting = "waiting";

    /// <summary>The stage of a machine that waits for the operator.</summary>
    public const string Held = "held";

    /// <summary><see cref="Detail"/> where it says more than that the machine is waited for.</summary>
    [JsonIgnore]
    public string Remark => Stage == Waiting ? "" : Detail ?? "";

    /// <summary>True when it is all its roles promise.</summary>
    [JsonIgnore]
    public bool IsReady => Enrolled && (!EtcdMember || EtcdHealthy is true);
}

/// <summary>A transfer to a machine.</summary>
/// <param name="Asset">What is transferred.</param>
/// <param name="Bytes">Bytes sent so far.</param>
/// <param name="Total">Bytes in all.</param>
public sealed record NodeTransfer(string Asset, long Bytes, long Total)
{
    /// <summary>True while there is something left to send.</summary>
    [JsonIgnore]
    public bool IsRunning => Bytes < Total;

    /// <summary>How far it is, 0 to 100.</summary>
    [JsonIgnore]
    public int Percent => Total <= 0 ? 0 : (int)Math.Clamp(Bytes * 100 / Total, 0, 100);
}

/// <summary>Source-generated JSON of what the lab reads from the API.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(List<NodeStatus>))]
public sealed partial class NodeStatusJson : JsonSerializerContext;

/// <summary>Asks the bootstrapper of a rack over its Unix socket, which is reachable from outside the rack's namespace.</summary>
public sealed class StatusClient : IDisposable
{
    private readonly HttpClient http;

    /// <summary>A client for one bootstrapper; nothing is opened before the first question.</summary>
    /// <param name="socketPath">The bootstrapper's Unix socket.</param>
    public StatusClient(string socketPath) => http = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri("http://bootstrapper/"),
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>True when the bootstrapper says that it serves.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation = default)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("healthz", UriKind.Relative), cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception exception) when (IsNoAnswer(exception, cancellation))
        {
            return false;
        }
    }

    /// <summary>What the bootstrapper knows of the machines; null when it does not answer, or not in this language.</summary>
    public async Task<IReadOnlyList<NodeStatus>?> NodesAsync(CancellationToken cancellation = default)
    {
        try
        {
            var text = await http.GetByteArrayAsync(new Uri("api/v1/nodes", UriKind.Relative), cancellation);
            return JsonSerializer.Deserialize(text, NodeStatusJson.Default.ListNodeStatus);
        }
        catch (Exception exception) when (IsNoAnswer(exception, cancellation))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static bool IsNoAnswer(Exception exception, CancellationToken cancellation) =>
        exception is HttpRequestException or IOException or SocketException or JsonException
        || (exception is OperationCanceledException && !cancellation.IsCancellationRequested);
}
