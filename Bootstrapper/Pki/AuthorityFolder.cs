using System.Security.Cryptography;
using Sextant.Files;
using Sextant.Planning;

namespace Sextant.Pki;

/// <summary>What opening one stored authority gave.</summary>
internal abstract record StoredAuthority
{
    private StoredAuthority() { }

    /// <summary>It is there.</summary>
    public sealed record Opened(CertificateAuthority Authority) : StoredAuthority;

    /// <summary>There is none yet.</summary>
    public sealed record Absent : StoredAuthority;

    /// <summary>What is there cannot be used; the text says what to do.</summary>
    public sealed record Unusable(string Problem) : StoredAuthority;
}

/// <summary>
/// An authority on disk: <c>{state}/pki/{name}/ca.crt</c> and <c>ca.key</c> (0600 in a folder of 0700). Both are written into a folder of another name
/// that then takes its place in one rename, so a crash leaves either a whole authority or none.
/// </summary>
internal sealed class AuthorityFolder(string root, CertificateAuthorityName name)
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private readonly string folder = Path.Combine(root, FolderOf(name));

    /// <summary>The certificate's file.</summary>
    public string CertificatePath => Path.Combine(folder, "ca.crt");

    private string KeyPath => Path.Combine(folder, "ca.key");

    private string UnfinishedPath => Path.Combine(root, "." + FolderOf(name) + ".unfinished");

    /// <summary>Opens what is there.</summary>
    public StoredAuthority Open()
    {
        var hasCertificate = File.Exists(CertificatePath);
        var hasKey = File.Exists(KeyPath);
        if (!hasCertificate && !hasKey)
            return Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()
                ? new StoredAuthority.Unusable($"{folder} holds other files but neither ca.crt nor ca.key: restore both, or remove it for a new authority")
                : new StoredAuthority.Absent();
        if (!hasKey) return Half(CertificatePath, "key", "ca.key");
        if (!hasCertificate) return Half(KeyPath, "certificate", "ca.crt");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(KeyPath) & ~OwnerFile) != 0)
            return new StoredAuthority.Unusable($"{KeyPath} may be read by others: chmod 600 {KeyPath} (and replace the authority if it may have been read)");
        try
        {
            return new StoredAuthority.Opened(CertificateAuthority.Open(name, File.ReadAllText(CertificatePath), File.ReadAllText(KeyPath)));
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return new StoredAuthority.Unusable($"{folder} cannot be used: {fault.Message}");
        }
    }

    /// <summary>Stores a new authority, durably.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Store(CertificateAuthority authority)
    {
        CreateFolder(root);
        Durable.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(root))!);
        if (Directory.Exists(UnfinishedPath)) Directory.Delete(UnfinishedPath, true);
        if (Directory.Exists(folder)) Directory.Delete(folder);
        CreateFolder(UnfinishedPath);
        Write(Path.Combine(UnfinishedPath, "ca.key"), authority.ExportKeyPem());
        Write(Path.Combine(UnfinishedPath, "ca.crt"), authority.CertificatePem);
        Durable.FlushFolder(UnfinishedPath);
        Directory.Move(UnfinishedPath, folder);
        Durable.FlushFolder(root);
    }

    private StoredAuthority.Unusable Half(string present, string what, string missing) => new(
        $"{present} has no {what} beside it: restore {missing}, or remove {folder} for a new authority (every machine must then be reinstalled)");

    private static string FolderOf(CertificateAuthorityName name) => name switch
    {
        CertificateAuthorityName.Sextant => "sextant",
        CertificateAuthorityName.Etcd => "etcd",
        CertificateAuthorityName.Kubernetes => "kubernetes",
        CertificateAuthorityName.FrontProxy => "front-proxy",
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerFolder);
    }

    private static void Write(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerFile;
        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}
