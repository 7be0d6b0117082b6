using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sextant.Cluster;
using Sextant.Planning;

namespace Sextant.Pki;

/// <summary>
/// A certificate the bootstrapper uses itself, with a key that is only in memory: made when first asked for, and again when two thirds of its life
/// are over. Safe for use by several threads.
/// </summary>
public sealed class HeldCertificate(CertificateAuthority authority, CertificateProfile profile, TimeSpan? lifetime = null)
{
    private readonly Lock renewing = new();
    private volatile Held? held;

    /// <summary>The identity of the HTTPS endpoint, by every name and address machines use for it; signed by the Sextant authority they pin.</summary>
    public static HeldCertificate ForHttps(SiteAuthorities authorities, ClusterDescription cluster)
    {
        var profile = new CertificateProfile("sextant-bootstrapper", null, HostNames(cluster), Addresses(cluster), ServerAuth: true, ClientAuth: false);
        return new HeldCertificate(authorities[CertificateAuthorityName.Sextant], profile);
    }

    /// <summary>Every name and address the bootstrapper is reached by, as its certificate has them.</summary>
    public static IReadOnlyCollection<string> NamesOf(ClusterDescription cluster) => [.. HostNames(cluster), .. Addresses(cluster)];

    /// <summary>The client certificate the health probe shows to etcd members.</summary>
    public static HeldCertificate ForEtcdProbe(SiteAuthorities authorities) =>
        new(authorities[CertificateAuthorityName.Etcd], new CertificateProfile("kube-etcd-healthcheck-client", null, [], [], ServerAuth: false, ClientAuth: true));

    /// <summary>The client certificate shown to API servers of Kubernetes, good for an hour. It gives nothing but what its name is bound to there.</summary>
    /// <param name="authorities">The site's authorities.</param>
    /// <param name="user">The name.</param>
    public static HeldCertificate ForKubernetes(SiteAuthorities authorities, string user) =>
        new(authorities[CertificateAuthorityName.Kubernetes], new CertificateProfile(user, null, [], [], ServerAuth: false, ClientAuth: true), TimeSpan.FromHours(1));

    /// <summary>
    /// The certificate with its key, fresh enough for <paramref name="now"/>. A replaced one stays usable for whoever still holds it (connections
    /// in progress), so it is left to the garbage collector.
    /// </summary>
    public X509Certificate2 Current(DateTimeOffset now) => Fresh(now).Certificate;

    /// <summary>
    /// What a TLS server needs of the certificate. It is the same object until the certificate is another one: what the TLS library keeps for a certificate is
    /// kept once, and not again for each connection.
    /// </summary>
    public SslServerAuthenticationOptions ServerOptions(DateTimeOffset now) => Fresh(now).Server.Value;

    private Held Fresh(DateTimeOffset now)
    {
        if (held is { } current && now < current.RenewAt) return current;
        lock (renewing)
        {
            if (held is { } renewed && now < renewed.RenewAt) return renewed;
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var issued = authority.Issue(profile, PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo(), out _), now, lifetime);
            var life = issued.NotAfter.ToUniversalTime() - now.UtcDateTime;
            var fresh = new Held(issued.CopyWithPrivateKey(key), now + life * 2 / 3);
            held = fresh;
            return fresh;
        }
    }

    private static string[] HostNames(ClusterDescription cluster) =>
        [.. NodePlanner.BootstrapperNames(cluster).SelectMany(name => new[] { $"{name}.{cluster.Network.Domain}", name }), "localhost"];

    private static string[] Addresses(ClusterDescription cluster) => [cluster.Bootstrapper.Address.ToString(), "127.0.0.1", "::1"];

    private sealed record Held(X509Certificate2 Certificate, DateTimeOffset RenewAt)
    {
        public Lazy<SslServerAuthenticationOptions> Server { get; } = new(() => new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(Certificate, additionalCertificates: null, offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            // A peer that is asked for its certificate may show any: what it is worth is decided where it was asked for (ShownCertificate).
#pragma warning disable CA5359 // The rule is about clients that check servers.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        });
    }
}
