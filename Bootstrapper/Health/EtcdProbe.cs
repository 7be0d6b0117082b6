using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Sextant.Primitives;

namespace Sextant.Health;

/// <summary>
/// Asks an etcd member how it is: <c>GET https://ADDRESS:2379/health</c>, as a client of the etcd authority that trusts this authority and no other.
/// The member's own certificate must name the address.
/// </summary>
public sealed class EtcdProbe : IDisposable
{
    /// <summary>How long a member may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private const int AnswerLimit = 4096;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly HttpClient client;
    private readonly int port;

    /// <summary>A probe with its client certificate.</summary>
    /// <param name="authority">The etcd authority's certificate.</param>
    /// <param name="identity">Gives a client certificate of it, with key; asked at each connection, because certificates are renewed.</param>
    /// <param name="port">etcd's client port.</param>
    public EtcdProbe(X509Certificate2 authority, Func<X509Certificate2> identity, int port = 2379)
    {
        this.port = port;
        client = MemberHttp.Create(authority, identity, Timeout, Lifetime, AnswerLimit);
    }

    /// <summary>Asks once. Whatever the member or the network does is a result; only <paramref name="cancelled"/> throws.</summary>
    public async Task<ProbeResult> AskAsync(Ipv4Address address, CancellationToken cancelled)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri($"https://{address}:{port}/health"), cancelled);
            return Judge((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(cancelled));
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            return new ProbeResult(false, $"no answer within {Timeout.TotalSeconds:0} s");
        }
        catch (HttpRequestException failure)
        {
            return new ProbeResult(false, Explain(failure));
        }
    }

    /// <summary>
    /// What an answer says. etcd writes <c>{"health":"true","reason":""}</c>, with status 503 when it has no leader or an alarm is raised.
    /// </summary>
    public static ProbeResult Judge(int status, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            var (health, reason) = ("", "");
            while (reader.Read())
            {
                if (reader.TokenType is not JsonTokenType.PropertyName) continue;
                var name = reader.GetString();
                if (!reader.Read() || reader.TokenType is not JsonTokenType.String) continue;
                if (name == "health") health = reader.GetString() ?? "";
                if (name == "reason") reason = reader.GetString() ?? "";
            }
            if (status == 200 && health == "true") return new ProbeResult(true, "");
            return new ProbeResult(false, reason.Length > 0 ? reason : $"status {status}, health \"{health}\"");
        }
        catch (JsonException)
        {
            return new ProbeResult(false, $"status {status} with an answer that is not etcd's");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static string Explain(HttpRequestException failure) => failure switch
    {
        { InnerException: SocketException socket } => socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "nothing listens on its client port",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => "unreachable",
            var other => $"connection failed ({other})",
        },
        { HttpRequestError: HttpRequestError.SecureConnectionError } => $"TLS failed: {failure.InnerException?.Message ?? failure.Message}",
        _ => failure.InnerException?.Message ?? failure.Message,
    };
}
