using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sextant.Cluster;

namespace Sextant.Power;

/// <summary>How a management controller is reached: what the description says, with the password that it only names. Made for one act, and not kept.</summary>
/// <param name="Base">Where it is, without a trailing slash.</param>
/// <param name="Username">The account.</param>
/// <param name="Password">Its password.</param>
/// <param name="PasswordFile">The file that it is in, as an absolute path.</param>
/// <param name="Authorities">The certificates (PEM) of those who may have signed the controller's; null for this machine's own authorities.</param>
/// <param name="Fingerprint">The SHA-256 of the controller's certificate, lower-case hexadecimal; null to go by authorities.</param>
/// <param name="System">Which of its systems; null for the only one.</param>
/// <param name="CipherSuite">The cipher suite of IPMI; null to ask for its best.</param>
public sealed record ControllerAccess(string Base, string Username, string Password, string PasswordFile, string? Authorities, string? Fingerprint, string? System, int? CipherSuite)
{
    private const int LongestFile = 256 << 10;

    /// <summary>Reads what a description names.</summary>
    /// <param name="bmc">The controller.</param>
    /// <param name="folder">The folder in which relative paths begin.</param>
    /// <exception cref="IOException">A file cannot be read, or is none; the message says which and why, and repeats nothing of it.</exception>
    public static ControllerAccess Read(BmcDescription bmc, string folder)
    {
        var passwordFile = Path.GetFullPath(bmc.PasswordFile.Path, folder);
        var password = Text(passwordFile).TrimEnd('\r', '\n');
        if (password.Length == 0 || password.Any(char.IsControl)) throw new IOException($"{passwordFile} must hold the password on one line");
        return new ControllerAccess(bmc.Url, bmc.Username, password, passwordFile, bmc.CaFile is { } ca ? Text(Path.GetFullPath(ca.Path, folder)) : null, bmc.Fingerprint, bmc.System, bmc.CipherSuite);
    }

    /// <summary>Whether the controller may be believed that shows this certificate.</summary>
    public bool Trusts(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (shown is null) return false;
        if (Fingerprint is { } pinned) return Convert.ToHexStringLower(SHA256.HashData(shown.GetRawCertData())) == pinned;
        if (Authorities is not { } pem) return errors is SslPolicyErrors.None;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return false;
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPem(pem);
        using var own = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        own.ChainPolicy.CustomTrustStore.AddRange(trusted);
        if (chain is not null)
            foreach (var element in chain.ChainElements) own.ChainPolicy.ExtraStore.Add(element.Certificate);
        return own.Build(X509CertificateLoader.LoadCertificate(shown.GetRawCertData()));
    }

    /// <summary>Nothing secret, wherever this is printed.</summary>
    public override string ToString() => Base;

    private static string Text(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LongestFile) throw new IOException($"{path} is longer than {LongestFile >> 10} KiB");
            return File.ReadAllText(path);
        }
        catch (UnauthorizedAccessException)
        {
            throw new IOException($"{path} may not be read by this user");
        }
    }
}
