using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sextant.Cluster;
using Sextant.Planning;

namespace Sextant.Cli;

/// <summary>Reads the files a description names. What is wrong with one is a problem at the place where it is named; no message repeats what is in it.</summary>
public static class SiteFileReader
{
    /// <summary>The longest file that is read, in bytes: a chain of certificates has a few thousand.</summary>
    private const int Longest = 256 << 10;

    private const int CephHeader = 12;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads them.</summary>
    /// <param name="descriptionFile">The description's path; relative paths in it begin at its folder.</param>
    /// <param name="description">The description.</param>
    public static (SiteFiles Files, IReadOnlyList<Problem> Problems) Read(string descriptionFile, ClusterDescription description)
    {
        var problems = new List<Problem>();
        var files = new SiteFiles(
            Read(description.Registry.CaFile, CertificatesOf, descriptionFile, problems), Read(description.Registry.PasswordFile, PasswordOf, descriptionFile, problems))
        {
            CephKey = Read(description.Ceph?.KeyFile, CephKeyOf, descriptionFile, problems),
        };
        if (description.Registry.PasswordFile is { } password) Warn(password, "password");
        if (description.Ceph is { KeyFile: { } key }) Warn(key, "key");
        // These are read when a controller is asked, and go into no plan; whether they can be is known now.
        foreach (var bmc in description.Nodes.Select(node => node.Bmc).OfType<BmcDescription>().DistinctBy(bmc => (bmc.PasswordFile, bmc.CaFile)))
        {
            if (Read(bmc.PasswordFile, PasswordOf, descriptionFile, problems) is not null) Warn(bmc.PasswordFile, "password");
            Read(bmc.CaFile, CertificatesOf, descriptionFile, problems);
        }
        return (files, problems);

        void Warn(GivenFile file, string what)
        {
            if (WarningOf(PathOf(file, descriptionFile), what) is { } warning) problems.Add(file.Problem(descriptionFile, warning) with { Severity = Severity.Warning });
        }
    }

    private static string? Read(GivenFile? file, Func<string, (string? Value, string? Fault)> understand, string descriptionFile, List<Problem> problems)
    {
        if (file is null) return null;
        var path = PathOf(file, descriptionFile);
        var (value, fault) = TextOf(path) switch
        {
            ({ } text, _) => understand(text),
            (_, var unreadable) => (null, unreadable),
        };
        if (fault is not null) problems.Add(file.Problem(descriptionFile, $"{path} {fault}"));
        return value;
    }

    private static string PathOf(GivenFile file, string descriptionFile) =>
        Path.GetFullPath(file.Path, Path.GetDirectoryName(Path.GetFullPath(descriptionFile)) ?? Path.GetFullPath("/"));

    private static (string? Text, string? Fault) TextOf(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var octets = new byte[Longest + 1];
            var length = stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            return length > Longest ? (null, $"is longer than {Longest >> 10} KiB") : (new UTF8Encoding(false, true).GetString(octets, 0, length), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, "is not UTF-8 text");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return (null, failure switch
            {
                FileNotFoundException or DirectoryNotFoundException => "does not exist",
                _ when Directory.Exists(path) => "is a folder; name the file in it",
                UnauthorizedAccessException => "may not be read by this user",
                _ => $"cannot be read: {failure.Message}",
            });
        }
    }

    /// <summary>The certificates alone, in PEM: whatever else the file says stays here.</summary>
    private static (string? Value, string? Fault) CertificatesOf(string text)
    {
        if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal)) return (null, "holds a private key, and every machine gets this file; leave only the certificate in it");
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
            return certificates.Count == 0
                ? (null, "holds no certificate in PEM, '-----BEGIN CERTIFICATE-----' and so on")
                : (certificates.ExportCertificatePems() + "\n", null);
        }
        catch (CryptographicException)
        {
            return (null, "holds a damaged certificate");
        }
        finally
        {
            foreach (var certificate in certificates) certificate.Dispose();
        }
    }

    private static (string? Value, string? Fault) PasswordOf(string text)
    {
        var line = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        return line.Length == 0 ? (null, "is empty; it must hold the password on one line")
            : line.Any(char.IsControl) ? (null, "has more than one line, or control characters; it must hold the password on one line")
            : (line, null);
    }

    /// <summary>A key of cephx as <c>ceph auth get-key</c> prints it: base64 of a header of 12 octets and the secret.</summary>
    private static (string? Value, string? Fault) CephKeyOf(string text)
    {
        if (text.Contains("[client.", StringComparison.Ordinal)) return (null, "is a whole keyring; it must hold the key alone, which 'ceph auth get-key client.USER' prints");
        var (line, fault) = PasswordOf(text.Trim());
        if (fault is not null) return (null, fault.Replace("password", "key", StringComparison.Ordinal));
        var octets = new byte[line!.Length];
        return Convert.TryFromBase64String(line, octets, out var length) && length > CephHeader
            ? (line, null)
            : (null, "holds no key of Ceph, which 'ceph auth get-key client.USER' prints as one line of base64");
    }

    private static string? WarningOf(string path, string what) =>
        !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Others) != 0
            ? $"other users may read or write {path}; chmod 600 keeps the {what} from them"
            : null;
}
