using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sextant.Planning;

namespace Sextant.Pki;

/// <summary>
/// One certificate authority of the site: an ECDSA P-256 key and its self-signed certificate. It signs leaf certificates only (path length 0).
/// Safe for use by several threads.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>How long an authority's certificate is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(3652);

    /// <summary>How long an issued certificate is valid; never longer than its authority.</summary>
    public static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(365);

    /// <summary>How far a certificate's beginning lies in the past: clocks differ a little.</summary>
    public static readonly TimeSpan BackDating = TimeSpan.FromMinutes(5);

    private readonly ECDsa key;
    private readonly X509Certificate2 certificate;
    private readonly Lock signing = new();

    private CertificateAuthority(CertificateAuthorityName name, ECDsa key, X509Certificate2 certificate)
    {
        Name = name;
        this.key = key;
        this.certificate = certificate;
        CertificatePem = certificate.ExportCertificatePem() + "\n";
    }

    /// <summary>Which one it is.</summary>
    public CertificateAuthorityName Name { get; }

    /// <summary>Its certificate as PEM text with a final line end; public.</summary>
    public string CertificatePem { get; }

    /// <summary>When its certificate ends.</summary>
    public DateTimeOffset NotAfter => certificate.NotAfter.ToUniversalTime();

    /// <summary>Makes a new authority with a new key.</summary>
    public static CertificateAuthority Create(CertificateAuthorityName name, DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={CommonNameOf(name)}", key, HashAlgorithmName.SHA256);
        var identifier = new X509SubjectKeyIdentifierExtension(request.PublicKey, false);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(identifier);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        var certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - BackDating, now + Lifetime, NewSerial());
        return new CertificateAuthority(name, key, certificate);
    }

    /// <summary>Opens a stored authority.</summary>
    /// <exception cref="CryptographicException">The texts are not a certificate and its P-256 key, or the certificate is no authority's.</exception>
    public static CertificateAuthority Open(CertificateAuthorityName name, string certificatePem, string keyPem)
    {
        var certificate = X509Certificate2.CreateFromPem(certificatePem);
        ECDsa? key = null;
        try
        {
            key = P256Key.Read(keyPem);
            using var publicKey = certificate.GetECDsaPublicKey() ?? throw new CryptographicException("the certificate's key is not ECDSA");
            if (!publicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                throw new CryptographicException("the key does not belong to the certificate");
            if (!certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority))
                throw new CryptographicException("the certificate is not an authority's");
            return new CertificateAuthority(name, key, certificate);
        }
        catch
        {
            key?.Dispose();
            certificate.Dispose();
            throw;
        }
    }

    /// <summary>Signs a certificate. Everything in it but the key is the caller's choice, nothing the requester's.</summary>
    /// <param name="profile">Subject, names and usages.</param>
    /// <param name="publicKey">The key, from a checked request.</param>
    /// <param name="now">The time.</param>
    /// <param name="lifetime">How long it is valid; null for <see cref="LeafLifetime"/>. It never outlives the authority.</param>
    public X509Certificate2 Issue(CertificateProfile profile, PublicKey publicKey, DateTimeOffset now, TimeSpan? lifetime = null)
    {
        var request = new CertificateRequest(profile.Subject(), publicKey, HashAlgorithmName.SHA256);
        foreach (var extension in profile.Extensions()) request.CertificateExtensions.Add(extension);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(publicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, true, false));
        var wished = now + (lifetime ?? LeafLifetime);
        var notAfter = wished < NotAfter ? wished : NotAfter;
        var notBefore = now - BackDating;
        lock (signing)
            return request.Create(certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), notBefore, notAfter, NewSerial());
    }

    /// <summary>The private key as PKCS#8 PEM, to be stored and nothing else.</summary>
    internal string ExportKeyPem() => key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <inheritdoc/>
    public void Dispose()
    {
        key.Dispose();
        certificate.Dispose();
    }

    private static string CommonNameOf(CertificateAuthorityName name) => name switch
    {
        CertificateAuthorityName.Sextant => "sextant-ca",
        CertificateAuthorityName.Etcd => "etcd-ca",
        CertificateAuthorityName.Kubernetes => "kubernetes-ca",
        CertificateAuthorityName.FrontProxy => "front-proxy-ca",
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>128 random bits behind a leading 1, so that the number is positive and its encoding the shortest (RFC 5280 §4.1.2.2: up to 20 octets).</summary>
    private static byte[] NewSerial()
    {
        var serial = new byte[17];
        RandomNumberGenerator.Fill(serial);
        serial[0] = 1;
        return serial;
    }
}
