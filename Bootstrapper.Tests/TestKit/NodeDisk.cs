using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sextant.Pki;
using Sextant.Planning;

namespace Sextant.Tests.TestKit;

/// <summary>A folder that looks like the disk of a machine which has enrolled: every planned file, unit and secret, and certificates the real authorities signed.</summary>
internal static class NodeDisk
{
    /// <summary>Writes a machine's disk.</summary>
    /// <param name="folder">The folder that stands for <c>/</c>.</param>
    /// <param name="cluster">The plan of the cluster, with the authorities' anchors.</param>
    /// <param name="node">The machine's plan.</param>
    /// <param name="authorities">The authorities whose anchors those are.</param>
    /// <param name="now">When it enrols.</param>
    public static void Write(string folder, ClusterPlan cluster, NodePlan node, SiteAuthorities authorities, DateTimeOffset now)
    {
        foreach (var file in node.Files) Write(folder, file.Path, file.Content, (UnixFileMode)file.Mode);
        foreach (var unit in node.Units.Where(unit => unit.Content is not null))
            Write(folder, $"/etc/systemd/system/{unit.Name}", unit.Content!, (UnixFileMode)Permissions.Public);
        foreach (var secret in node.Secrets) Write(folder, secret.Path, cluster.ContentOf(secret), (UnixFileMode)Permissions.Private);
        foreach (var planned in node.Certificates)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = authorities[planned.Authority].Issue(CertificateProfile.Of(planned), new PublicKey(key), now);
            Write(folder, planned.KeyPath, key.ExportPkcs8PrivateKeyPem() + "\n", (UnixFileMode)Permissions.Private);
            Write(folder, planned.CertificatePath, certificate.ExportCertificatePem() + "\n", (UnixFileMode)Permissions.Public);
        }
    }

    private static void Write(string folder, string path, string content, UnixFileMode mode)
    {
        var target = folder + path;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllText(target, content);
        File.SetUnixFileMode(target, mode);
    }
}
