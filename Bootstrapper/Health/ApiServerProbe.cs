using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sextant.Primitives;

namespace Sextant.Health;

/// <summary>
/// Asks an API server of Kubernetes how it is: <c>GET https://ADDRESS:6443/readyz</c>, trusting the Kubernetes authority and no other. Its certificate must
/// name the address, so that the answer is that machine's. The path needs no account; a server that asks for one answers, too.
/// </summary>
public sealed class ApiServerProbe : IDisposable
{
    /// <summary>How long a server may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private const int AnswerLimit = 16 << 10;

    private readonly HttpClient client;
    private readonly int port;

    /// <summary>A probe.</summary>
    /// <param name="authority">The Kubernetes authority's certificate.</param>
    /// <param name="port">The API's port.</param>
    public ApiServerProbe(X509Certificate2 authority, int port = 6443)
    {
        this.port = port;
        // A virtual address moves: each probe asks whoever has it now.
        client = MemberHttp.Create(authority, identity: null, Timeout, lifetime: TimeSpan.Zero, AnswerLimit);
    }

    /// <summary>Asks once. Whatever the server or the network does is a result; only <paramref name="cancelled"/> throws.</summary>
    public async Task<ProbeResult> AskAsync(Ipv4Address address, CancellationToken cancelled)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri($"https://{address}:{port}/readyz"), cancelled);
            return Judge((int)answer.StatusCode);
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            return new ProbeResult(false, $"no answer within {Timeout.TotalSeconds:0} s");
        }
        catch (HttpRequestException failure)
        {
            return new ProbeResult(false, failure switch
            {
                { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => "nothing listens on its port",
                { InnerException: { } inner } => inner.Message,
                _ => failure.Message,
            });
        }
    }

    /// <summary>What a status says: 200 is ready, 401 and 403 come from a server that works and wants to know who asks.</summary>
    public static ProbeResult Judge(int status) => status is 200 or 401 or 403 ? new ProbeResult(true, "") : new ProbeResult(false, $"not ready (status {status})");

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();
}
