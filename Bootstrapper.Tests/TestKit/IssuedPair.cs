using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.TestKit;

/// <summary>A new key and the certificate an authority signed for it, as two files.</summary>
internal sealed record IssuedPair(string KeyPath, string CertificatePath)
{
    /// <summary>Issues one.</summary>
    public static IssuedPair Of(CertificateAuthority authority, CertificateProfile profile, DateTimeOffset now, string keyPath, string certificatePath, TimeSpan? lifetime = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = authority.Issue(profile, PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo(), out _), now, lifetime);
        Directory.CreateDirectory(Path.GetDirectoryName(keyPath)!);
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem() + "\n");
        File.SetUnixFileMode(keyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem() + "\n");
        return new IssuedPair(keyPath, certificatePath);
    }

    /// <summary>What the plan has for a machine's identity.</summary>
    public static CertificateProfile Machine(MacAddress mac) => new(mac.ToHyphenString(), MachineIdentity.Organization, [], [], ServerAuth: false, ClientAuth: true);
}
