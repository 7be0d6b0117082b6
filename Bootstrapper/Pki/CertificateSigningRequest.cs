using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sextant.Pki;

/// <summary>What a peer's certificate request (PKCS#10, RFC 2986) gave.</summary>
public abstract record CertificateSigningRequest
{
    /// <summary>The largest request that is looked at, in characters of PEM; a P-256 request is under 1000.</summary>
    public const int LargestPem = 8192;

    /// <summary>The curve's object identifier (RFC 5480 §2.1.1.1).</summary>
    internal const string P256Oid = "1.2.840.10045.3.1.7";

    private CertificateSigningRequest() { }

    /// <summary>A request with a valid proof of possession.</summary>
    /// <param name="PublicKey">The key. The request's subject and extensions are dropped: the plan chooses those.</param>
    /// <param name="KeyDigest">SHA-256 of the key's SubjectPublicKeyInfo, lower-case hex; what a ticket is bound to.</param>
    public sealed record Valid(PublicKey PublicKey, string KeyDigest) : CertificateSigningRequest;

    /// <summary>Not a request we sign.</summary>
    /// <param name="Problem">Why, in words for the peer.</param>
    public sealed record Invalid(string Problem) : CertificateSigningRequest;

    /// <summary>Reads a request: it has to parse, be signed by its own key, and that key has to be ECDSA P-256. Never throws on input.</summary>
    public static CertificateSigningRequest Read(string pem)
    {
        if (pem.Length > LargestPem) return new Invalid($"the request is longer than {LargestPem} characters");
        try
        {
            var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default);
            using var key = request.PublicKey.GetECDsaPublicKey();
            if (key is null) return new Invalid("the key is not ECDSA");
            if (key.ExportParameters(false).Curve.Oid.Value != P256Oid) return new Invalid("the key is not on the curve P-256");
            // Exported anew, so that two encodings of one key have one digest.
            var encoded = key.ExportSubjectPublicKeyInfo();
            return new Valid(PublicKey.CreateFromSubjectPublicKeyInfo(encoded, out _), Convert.ToHexStringLower(SHA256.HashData(encoded)));
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or FormatException or NotSupportedException or OverflowException
            or InvalidOperationException)
        {
            return new Invalid("it is not a PKCS#10 request in PEM, signed by its own key");
        }
    }
}
