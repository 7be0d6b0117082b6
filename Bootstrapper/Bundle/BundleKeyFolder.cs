using System.Security.Cryptography;
using System.Text;
using Sextant.Files;

namespace Sextant.Bundle;

/// <summary>What opening the site's signing key gave.</summary>
public abstract record SiteKeyResult
{
    private SiteKeyResult() { }

    /// <summary>It is there.</summary>
    /// <param name="Key">The key; whoever receives it disposes it.</param>
    /// <param name="IsNew">True when it was made just now.</param>
    public sealed record Opened(BundleKey Key, bool IsNew) : SiteKeyResult;

    /// <summary>What is there cannot be used.</summary>
    /// <param name="Problem">What is wrong with which file and what to do.</param>
    public sealed record Unusable(string Problem) : SiteKeyResult;
}

/// <summary>
/// Keys of bundles in a state folder: the site's own in <c>pki/bundle/key.pem</c> (0600 in a folder of 0700), made on first use, and the public keys of
/// others that are trusted in <c>pki/trusted-bundle-keys/</c>.
/// </summary>
public sealed class BundleKeyFolder(string stateFolder)
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private readonly string pki = Path.Combine(Path.GetFullPath(stateFolder), "pki");

    private string OwnFolder => Path.Combine(pki, "bundle");

    private string OwnKeyPath => Path.Combine(OwnFolder, "key.pem");

    private string TrustedFolder => Path.Combine(pki, "trusted-bundle-keys");

    /// <summary>Opens the site's key and makes it when there is none.</summary>
    /// <exception cref="IOException">The disk does not take a new one.</exception>
    public SiteKeyResult OpenOrCreate()
    {
        // The key appears by the renaming of its folder. Of two that make one at the same time, the second finds the first one's.
        if (!Directory.Exists(OwnFolder) && Create() is { } made) return new SiteKeyResult.Opened(made, IsNew: true);
        RemoveUnfinished();
        return Open();
    }

    /// <summary>The signer whose bundles the site makes; null when it has made none, or its key cannot be used.</summary>
    public BundleSigner? OwnSigner()
    {
        if (!Directory.Exists(OwnFolder) || Open() is not SiteKeyResult.Opened opened) return null;
        using (opened.Key) return opened.Key.Signer;
    }

    /// <summary>Whether bundles of the signer are trusted: it is this site, or was pinned.</summary>
    public bool IsTrusted(BundleSigner signer)
    {
        if (OwnSigner()?.Fingerprint == signer.Fingerprint) return true;
        var path = PinPath(signer);
        // The name is the fingerprint, but the content decides.
        return File.Exists(path) && BundleSigner.TryParse(File.ReadAllText(path), out var pinned, out _) && pinned.Fingerprint == signer.Fingerprint;
    }

    /// <summary>The file by which the signer was trusted, when it is damaged; null otherwise.</summary>
    internal string? DamagedPin(BundleSigner signer) => File.Exists(PinPath(signer)) && !IsTrusted(signer) ? PinPath(signer) : null;

    /// <summary>Trusts the signer from now on; on disk when this returns.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Trust(BundleSigner signer)
    {
        CreatePkiFolder();
        if (!Directory.Exists(TrustedFolder))
        {
            Directory.CreateDirectory(TrustedFolder, OwnerFolder);
            Durable.FlushFolder(pki);
        }
        Durable.Write(PinPath(signer), Encoding.ASCII.GetBytes(signer.Pem), OwnerFile);
    }

    private string PinPath(BundleSigner signer) => Path.Combine(TrustedFolder, signer.FingerprintHex + ".pem");

    private SiteKeyResult Open()
    {
        if (!File.Exists(OwnKeyPath))
            return new SiteKeyResult.Unusable($"{OwnKeyPath} is missing: restore it, or remove {OwnFolder} for a new key (other sites must then trust the new one)");
        if ((File.GetUnixFileMode(OwnKeyPath) & ~OwnerFile) != 0)
            return new SiteKeyResult.Unusable($"{OwnKeyPath} may be read by others: chmod 600 {OwnKeyPath} (and remove {OwnFolder} for a new key if it may have been read)");
        try
        {
            return new SiteKeyResult.Opened(BundleKey.Open(File.ReadAllText(OwnKeyPath)), IsNew: false);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return new SiteKeyResult.Unusable($"{OwnKeyPath} cannot be used: {failure.Message}");
        }
    }

    private BundleKey? Create()
    {
        CreatePkiFolder();
        var unfinished = Path.Combine(pki, $".bundle.{Guid.NewGuid():N}");
        Directory.CreateDirectory(unfinished, OwnerFolder);
        var key = BundleKey.Create();
        try
        {
            Durable.Write(Path.Combine(unfinished, Path.GetFileName(OwnKeyPath)), Encoding.ASCII.GetBytes(key.ExportPem()), OwnerFile);
            Directory.Move(unfinished, OwnFolder);
            Durable.FlushFolder(pki);
            return key;
        }
        catch (IOException) when (Directory.Exists(OwnFolder))
        {
            // Whoever was first may have removed this one already.
            key.Dispose();
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
            return null;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>What interrupted runs left: nobody needs a second key once there is one.</summary>
    private void RemoveUnfinished()
    {
        foreach (var left in Directory.EnumerateDirectories(pki, ".bundle.*")) Directory.Delete(left, recursive: true);
    }

    private void CreatePkiFolder()
    {
        if (Directory.Exists(pki)) return;
        Durable.CreateFolder(Path.GetDirectoryName(pki)!);
        Directory.CreateDirectory(pki, OwnerFolder);
        Durable.FlushFolder(Path.GetDirectoryName(pki)!);
    }
}
