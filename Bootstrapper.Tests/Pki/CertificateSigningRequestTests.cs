using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Sextant.Pki;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Pki;

[TestFixture]
public sealed class CertificateSigningRequestTests
{
    [Test]
    public void A_request_of_openssl_is_valid_and_its_digest_is_the_keys()
    {
        using var folder = new TemporaryFolder();
        var key = folder.At("key");
        Assert.That(Tool.Run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key]).Status, Is.Zero);
        var pem = Tool.Run("openssl", ["req", "-new", "-key", key, "-subj", "/CN=whatever"]).Output;
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(File.ReadAllText(key));
        var digest = Convert.ToHexStringLower(SHA256.HashData(ecdsa.ExportSubjectPublicKeyInfo()));
        Assert.That(CertificateSigningRequest.Read(pem), Is.TypeOf<CertificateSigningRequest.Valid>().With.Property("KeyDigest").EqualTo(digest));
    }

    private static IEnumerable<TestCaseData> Bad()
    {
        using var rsa = RSA.Create(2048);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var brainpool = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        yield return new TestCaseData("").SetArgDisplayNames("empty");
        yield return new TestCaseData("-----BEGIN CERTIFICATE REQUEST-----\n!!!\n-----END CERTIFICATE REQUEST-----\n").SetArgDisplayNames("not base64");
        yield return new TestCaseData("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n").SetArgDisplayNames("an empty sequence");
        yield return new TestCaseData(new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem()).SetArgDisplayNames("RSA");
        yield return new TestCaseData(new CertificateRequest("CN=x", p384, HashAlgorithmName.SHA384).CreateSigningRequestPem()).SetArgDisplayNames("P-384");
        yield return new TestCaseData(new CertificateRequest("CN=x", brainpool, HashAlgorithmName.SHA256).CreateSigningRequestPem()).SetArgDisplayNames("another 256-bit curve");
        yield return new TestCaseData(p256.ExportPkcs8PrivateKeyPem()).SetArgDisplayNames("a private key");
        yield return new TestCaseData(Request() + new string('\n', CertificateSigningRequest.LargestPem)).SetArgDisplayNames("too long");
        yield return new TestCaseData(SignedByAnotherKey()).SetArgDisplayNames("signed by another key");
    }

    [TestCaseSource(nameof(Bad))]
    public void Anything_else_is_invalid(string pem) => Assert.That(CertificateSigningRequest.Read(pem), Is.TypeOf<CertificateSigningRequest.Invalid>());

    [Test]
    public void No_mutation_of_a_request_throws_or_keeps_its_proof()
    {
        var pem = Request();
        var der = Der(pem);
        var expected = ((CertificateSigningRequest.Valid)CertificateSigningRequest.Read(pem)).KeyDigest;
        for (var length = 0; length < der.Length; length++)
            Assert.That(CertificateSigningRequest.Read(Pem(der[..length])), Is.TypeOf<CertificateSigningRequest.Invalid>(), $"first {length} octets");
        foreach (byte flip in new byte[] { 0x01, 0x80, 0xff })
            for (var at = 0; at < der.Length; at++)
            {
                var mutated = (byte[])der.Clone();
                mutated[at] ^= flip;
                if (CertificateSigningRequest.Read(Pem(mutated)) is CertificateSigningRequest.Valid valid)
                    Assert.That(valid.KeyDigest, Is.EqualTo(expected), $"octet {at} ^ {flip:x2}: a valid answer may only come from an octet the signature does not cover");
            }
    }

    private static string Request()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private static string SignedByAnotherKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName("CN=x"), new PublicKey(key), HashAlgorithmName.SHA256);
        return PemEncoding.WriteString("CERTIFICATE REQUEST", request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(other)));
    }

    private static byte[] Der(string pem) => Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);

    private static string Pem(byte[] der) => PemEncoding.WriteString("CERTIFICATE REQUEST", der);
}
