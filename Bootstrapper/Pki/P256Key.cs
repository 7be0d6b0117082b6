using System.Security.Cryptography;

namespace Sextant.Pki;

/// <summary>Private keys on the curve P-256 as they are stored: PKCS#8 (RFC 5958) in PEM.</summary>
internal static class P256Key
{
    /// <summary>Reads one; whoever receives it disposes it.</summary>
    /// <exception cref="CryptographicException">The text is not a private key in PEM, or not one on P-256.</exception>
    public static ECDsa Read(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value != CertificateSigningRequest.P256Oid) throw new CryptographicException("the key is not P-256");
            return key;
        }
        catch (ArgumentException invalid)
        {
            key.Dispose();
            throw new CryptographicException("the key is not PEM", invalid);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
