using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sextant.Health;

/// <summary>HTTPS to members of the cluster, which are trusted by one authority and no other, without proxies and redirects.</summary>
internal static class MemberHttp
{
    /// <summary>A client.</summary>
    /// <param name="authority">The authority's certificate.</param>
    /// <param name="identity">Gives a client certificate with its key; asked at each connection, because certificates are renewed. Null shows none.</param>
    /// <param name="timeout">How long a connection, and an answer, may take.</param>
    /// <param name="lifetime">How long a connection is used; zero takes a new one for each question.</param>
    /// <param name="answerLimit">The largest answer, in octets.</param>
    public static HttpClient Create(X509Certificate2 authority, Func<X509Certificate2>? identity, TimeSpan timeout, TimeSpan lifetime, int answerLimit)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(authority);
        return new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = timeout,
            PooledConnectionLifetime = lifetime,
            UseProxy = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = trust,
                LocalCertificateSelectionCallback = identity is null ? null : (_, _, _, _, _) => identity(),
            },
        })
        { Timeout = timeout, MaxResponseContentBufferSize = answerLimit };
    }
}
