using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Sextant.Tests.Lab;

namespace Sextant.Tests.Machines;

/// <summary>The hunt must find what is there, or its finding nothing would prove nothing.</summary>
[TestFixture]
public sealed class KeyHuntTests
{
    private const int FarIn = 9_000_001;

    [Test]
    public void A_key_on_a_disk_is_read()
    {
        using var folder = LabSamples.Folder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write(folder["disk"], System.Text.Encoding.ASCII.GetBytes(key.ExportECPrivateKeyPem()));
        Assert.That(KeyHunt.ScalarsOn(folder["disk"]), Is.EqualTo(new[] { key.ExportParameters(true).D }));
    }

    [TestCase("PKCS#8 PEM")]
    [TestCase("SEC 1 PEM")]
    [TestCase("PKCS#8 DER")]
    [TestCase("SEC 1 DER")]
    public void A_key_on_the_wire_is_found_by_its_marker_and_by_itself(string form)
    {
        using var folder = LabSamples.Folder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write(folder["wire"], Octets(key, form));
        Assert.That(KeyHunt.Found(folder["wire"], KeyHunt.Markers), Is.Not.Empty);
        Assert.That(KeyHunt.Found(folder["wire"], [.. KeyHunt.TracesOf(key.ExportParameters(true).D!)]), Is.Not.Empty);
    }

    [Test]
    public void A_key_that_a_packet_boundary_cuts_in_two_is_found()
    {
        using var folder = LabSamples.Folder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var scalar = key.ExportParameters(true).D!;
        Write(folder["wire"], [.. scalar[..7], .. new byte[60], .. scalar[7..]]);
        Assert.That(KeyHunt.Found(folder["wire"], [.. KeyHunt.TracesOf(scalar)]), Is.Not.Empty);
    }

    [Test]
    public void A_certificate_and_its_request_are_no_private_keys()
    {
        using var folder = LabSamples.Folder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node1", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now, now.AddDays(1));
        Write(folder["wire"], [.. request.CreateSigningRequest(), .. certificate.RawData, .. System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())]);
        Assert.That(KeyHunt.Found(folder["wire"], [.. KeyHunt.Markers, .. KeyHunt.TracesOf(key.ExportParameters(true).D!)]), Is.Empty);
    }

    private static byte[] Octets(ECDsa key, string form) => form switch
    {
        "PKCS#8 PEM" => System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()),
        "SEC 1 PEM" => System.Text.Encoding.ASCII.GetBytes(key.ExportECPrivateKeyPem()),
        "PKCS#8 DER" => key.ExportPkcs8PrivateKey(),
        _ => key.ExportECPrivateKey(),
    };

    private static void Write(string file, byte[] octets)
    {
        using var stream = File.Create(file);
        stream.Seek(FarIn, SeekOrigin.Begin);
        stream.Write(octets);
        stream.SetLength(FarIn + octets.Length + 100_000);
    }
}
