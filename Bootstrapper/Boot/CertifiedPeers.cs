using System.Net;
using System.Security.Cryptography.X509Certificates;
using Sextant.Pki;
using Sextant.Planning;

namespace Sextant.Boot;

/// <summary>
/// Asks a peer for its certificate in the middle of a connection, because only requests below <c>/node/</c> need one and the same port serves people, whose
/// browsers must not be asked. With TLS 1.3 that is post-handshake authentication (RFC 8446 section 4.6.2), with TLS 1.2 a renegotiation; OpenSSL, which curl on
/// every node uses, does both, and HTTP/1.1, the only version spoken here, allows it. The request's body has to be read before: what a peer sends meanwhile may be
/// nothing but its handshake.
/// </summary>
public sealed partial class CertifiedPeers(SiteAuthorities authorities, ILogger<CertifiedPeers> log)
{
    /// <summary>How long a peer may take to show its certificate.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What the peer of a request shows.</summary>
    public async Task<ShownCertificate> AskAsync(HttpContext context, DateTimeOffset now) =>
        ShownCertificate.Read(await NegotiateAsync(context), authorities[CertificateAuthorityName.Sextant].CertificatePem, now);

    private async Task<X509Certificate2?> NegotiateAsync(HttpContext context)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(Patience);
        try
        {
            return await context.Connection.GetClientCertificateAsync(patience.Token);
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            // Its TLS does not let itself be asked (a TLS 1.3 client says so in its first message), it did not answer, or not as TLS has it.
            LogNotShown(context.Connection.RemoteIpAddress, failure.Message);
            return null;
        }
    }

    [LoggerMessage(EventId = 2062, Level = LogLevel.Debug, Message = "{Peer} showed no certificate: {Problem}")]
    private partial void LogNotShown(IPAddress? peer, string problem);
}
