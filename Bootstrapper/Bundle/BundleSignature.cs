using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sextant.Bundle;

/// <summary>The public half of a key that signs bundles: RSA of 3072 bits or more.</summary>
public sealed class BundleSigner
{
    /// <summary>The least modulus accepted, in bits.</summary>
    public const int LeastKeySize = 3072;

    private const int LargestKeySize = 16384;

    private readonly byte[] keyInfo;

    private BundleSigner(RSA key)
    {
        keyInfo = key.ExportSubjectPublicKeyInfo();
        Pem = key.ExportSubjectPublicKeyInfoPem() + "\n";
        Fingerprint = "SHA256:" + Convert.ToBase64String(SHA256.HashData(keyInfo)).TrimEnd('=');
        FingerprintHex = Convert.ToHexStringLower(SHA256.HashData(keyInfo));
    }

    /// <summary>The key as a PEM document (SubjectPublicKeyInfo, RFC 7468 section 13).</summary>
    public string Pem { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, written as ssh writes fingerprints: <c>SHA256:</c> and unpadded base64.</summary>
    public string Fingerprint { get; }

    /// <summary>The same in lower-case hex, for file names.</summary>
    internal string FingerprintHex { get; }

    /// <summary>The signer a key belongs to.</summary>
    public static BundleSigner Of(RSA key) => new(key);

    /// <summary>Reads a public key.</summary>
    /// <param name="pem">The PEM document.</param>
    /// <param name="signer">The signer.</param>
    /// <param name="problem">Why there is none: the rest of a sentence about the key.</param>
    public static bool TryParse(string pem, [NotNullWhen(true)] out BundleSigner? signer, out string problem)
    {
        signer = null;
        try
        {
            if (pem.Contains("PRIVATE", StringComparison.Ordinal))
            {
                problem = "is a private key; give the public one, which 'sextant assets key' prints where the bundle was made";
                return false;
            }
            using var key = RSA.Create();
            key.ImportFromPem(pem);
            problem = key.KeySize is < LeastKeySize or > LargestKeySize ? $"has {key.KeySize} bits instead of {LeastKeySize} or more" : "";
            if (problem.Length == 0) signer = new BundleSigner(key);
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            problem = "is no RSA public key in PEM form, such as 'sextant assets key' prints";
        }
        return signer is not null;
    }

    /// <summary>Whether the signature (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 section 8.2) over the content was made with the key.</summary>
    public bool HasSigned(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        using var key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(keyInfo, out _);
        return key.VerifyData(content, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}

/// <summary>
/// The key a site signs its bundles with. PKCS #1 version 1.5 has no chance in it: the same content gets the same signature, which a reproducible bundle
/// needs.
/// </summary>
public sealed class BundleKey : IDisposable
{
    private readonly RSA key;

    private BundleKey(RSA key)
    {
        this.key = key;
        Signer = BundleSigner.Of(key);
    }

    /// <summary>Its public half.</summary>
    public BundleSigner Signer { get; }

    /// <summary>Makes a key.</summary>
    public static BundleKey Create() => new(RSA.Create(BundleSigner.LeastKeySize));

    /// <summary>Reads a private key.</summary>
    /// <exception cref="CryptographicException">It is none, or too short.</exception>
    public static BundleKey Open(string pem)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            _ = key.ExportRSAPrivateKey();
        }
        catch (ArgumentException failure)
        {
            key.Dispose();
            throw new CryptographicException("no RSA private key in PEM form", failure);
        }
        if (key.KeySize < BundleSigner.LeastKeySize)
        {
            key.Dispose();
            throw new CryptographicException($"a key of fewer than {BundleSigner.LeastKeySize} bits");
        }
        var opened = new BundleKey(key);
        // Nothing checks that the numbers of a damaged key belong together, and what it signs nobody could load.
        if (opened.Signer.HasSigned("sextant"u8, opened.Sign("sextant"u8))) return opened;
        opened.Dispose();
        throw new CryptographicException("its public half does not belong to its private half; it is damaged");
    }

    /// <summary>The private key as a PEM document (PKCS #8).</summary>
    public string ExportPem() => key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Signs (RSASSA-PKCS1-v1_5 with SHA-256).</summary>
    public byte[] Sign(ReadOnlySpan<byte> content) => key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
