using System.Security.Cryptography;
using System.Text;
using Sextant.Files;
using Sextant.Planning;

namespace Sextant.Pki;

/// <summary>What opening a site's secrets gave.</summary>
public abstract record SiteKeysResult
{
    private SiteKeysResult() { }

    /// <summary>Both are there.</summary>
    public sealed record Opened(SiteKeys Keys) : SiteKeysResult;

    /// <summary>Some cannot be used.</summary>
    /// <param name="Problems">What is wrong with which file and what to do, one line each.</param>
    public sealed record Unusable(IReadOnlyList<string> Problems) : SiteKeysResult;
}

/// <summary>
/// The secrets that every master shares, in <c>{state}/pki</c>: <c>service-account.key</c> and <c>secrets-encryption.key</c>, 0600, made at the first start.
/// </summary>
/// <remarks>
/// The encryption key is made first, so that a crash in between can leave it without the other but never the other without it. A new signing key ends tokens, which
/// are handed out again; a new encryption key would make every Secret of a cluster unreadable, so it is never made where there was one.
/// </remarks>
public sealed partial class SiteKeyFolder
{
    /// <summary>Octets of the encryption key: AES with 256 bits.</summary>
    private const int EncryptionKeyLength = 32;

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string folder;
    private readonly ILogger logger;

    private SiteKeyFolder(string stateFolder, ILogger logger) => (folder, this.logger) = (Path.Combine(Path.GetFullPath(stateFolder), "pki"), logger);

    private string SigningPath => Path.Combine(folder, "service-account.key");

    private string EncryptionPath => Path.Combine(folder, "secrets-encryption.key");

    /// <summary>Opens the site's secrets, and makes them when there are none. Its authorities exist already, and with them the folder.</summary>
    /// <param name="stateFolder">The state folder.</param>
    /// <param name="logger">Tells of new ones; never what they are.</param>
    /// <exception cref="IOException">A new one cannot be stored.</exception>
    public static SiteKeysResult OpenOrCreate(string stateFolder, ILogger<SiteKeyFolder> logger) => new SiteKeyFolder(stateFolder, logger).OpenOrCreate();

    private SiteKeysResult OpenOrCreate()
    {
        if (!File.Exists(EncryptionPath))
        {
            if (File.Exists(SigningPath))
                return new SiteKeysResult.Unusable(
                [
                    $"{EncryptionPath} is missing: restore it from a backup, because the Secrets in etcd can be read with no other; "
                    + $"if the cluster was never installed, remove {SigningPath} and both are made anew",
                ]);
            Make(EncryptionPath, Convert.ToBase64String(RandomNumberGenerator.GetBytes(EncryptionKeyLength)));
        }
        if (!File.Exists(SigningPath)) Make(SigningPath, NewSigningKey());
        var problems = new List<string>();
        var signing = Read(SigningPath, CheckSigningKey, problems);
        var encryption = Read(EncryptionPath, CheckEncryptionKey, problems);
        return problems.Count > 0 ? new SiteKeysResult.Unusable(problems) : new SiteKeysResult.Opened(new SiteKeys(signing + "\n", encryption));
    }

    private void Make(string path, string text)
    {
        Durable.Write(path, Encoding.ASCII.GetBytes(text + "\n"), OwnerFile);
        LogCreated(logger, path);
    }

    private static string NewSigningKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>The file's text without the end of its last line.</summary>
    private static string Read(string path, Func<string, string?> check, List<string> problems)
    {
        try
        {
            if ((File.GetUnixFileMode(path) & ~OwnerFile) != 0)
            {
                problems.Add($"{path} may be read by others: chmod 600 {path}");
                return "";
            }
            var text = File.ReadAllText(path).TrimEnd();
            if (check(text) is { } problem) problems.Add($"{path} {problem}: restore it from a backup");
            return text;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path} cannot be read: {failure.Message}");
            return "";
        }
    }

    private static string? CheckSigningKey(string pem)
    {
        try
        {
            P256Key.Read(pem).Dispose();
            return null;
        }
        catch (CryptographicException)
        {
            return "is not a private key on P-256 in PEM";
        }
    }

    private static string? CheckEncryptionKey(string text)
    {
        Span<byte> octets = stackalloc byte[EncryptionKeyLength + 1];
        return text.Length == (EncryptionKeyLength + 2) / 3 * 4 && Convert.TryFromBase64String(text, octets, out var length) && length == EncryptionKeyLength
            ? null
            : $"is not the base64 of {EncryptionKeyLength} octets";
    }

    [LoggerMessage(2063, LogLevel.Information, "Made {Path}; without a backup of it the cluster cannot be restored")]
    private static partial void LogCreated(ILogger logger, string path);
}
