namespace Sextant.Assets;

/// <summary>What is known of a signature.</summary>
internal abstract record SignatureVerdict
{
    private SignatureVerdict() { }

    /// <summary>It is of this content, by the trusted key.</summary>
    public sealed record Good : SignatureVerdict;

    /// <summary>It is not.</summary>
    /// <param name="Reason">What is wrong, for people.</param>
    public sealed record Bad(string Reason) : SignatureVerdict;

    /// <summary>It could not be checked: this says nothing of the content.</summary>
    /// <param name="Reason">What is missing, for people.</param>
    public sealed record Unknown(string Reason) : SignatureVerdict;
}

/// <summary>Asks <c>gpgv</c> whether a detached signature is good and made by the key that the manifest trusts.</summary>
internal static class SignatureCheck
{
    private const string StatusPrefix = "[GNUPG:] ";

    private static readonly HostProgram Gpgv = new("gpgv", "gpgv");
    private static readonly Dictionary<string, string> Plain = new() { ["LC_ALL"] = "C.UTF-8" };

    /// <summary>Checks one signature.</summary>
    /// <param name="file">What is signed.</param>
    /// <param name="signature">The detached signature, armoured or not.</param>
    /// <param name="key">The key the manifest names.</param>
    /// <param name="armoured">Its public part.</param>
    /// <param name="workFolder">A folder for the keyring; it is left there.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<SignatureVerdict> VerdictOfAsync(string file, string signature, AssetKey key, string armoured, string workFolder, CancellationToken cancellation)
    {
        if (HostPrograms.Missing([Gpgv]).Count > 0) return new SignatureVerdict.Unknown("gpgv is missing on this host; run: apt-get install --no-install-recommends gpgv");
        var keyring = Path.Combine(workFolder, "keyring.gpg");
        try
        {
            await File.WriteAllBytesAsync(keyring, ArmouredKey.Decode(armoured), cancellation);
        }
        catch (FormatException failure)
        {
            return new SignatureVerdict.Unknown($"the key '{key.Name}' in {key.File} cannot be read: {failure.Message}");
        }
        var lines = new List<string>();
        var result = await HostPrograms.RunAsync(
            "gpgv", ["--homedir", workFolder, "--keyring", keyring, "--status-fd", "1", "--", signature, file], Plain, workFolder, lines.Add, cancellation);
        return FaultOf(result.ExitCode, lines, key) is { } fault ? new SignatureVerdict.Bad(fault) : new SignatureVerdict.Good();
    }

    /// <summary>Reads gpgv's status lines (GnuPG, doc/DETAILS): one good signature, valid, by the trusted primary key, and nothing bad beside it.</summary>
    internal static string? FaultOf(int exitCode, IEnumerable<string> lines, AssetKey key)
    {
        var status = lines.Where(line => line.StartsWith(StatusPrefix, StringComparison.Ordinal)).Select(line => line[StatusPrefix.Length..].Split(' ')).ToList();
        var words = status.Select(line => line[0]).ToHashSet(StringComparer.Ordinal);
        if (words.Contains("BADSIG")) return "its signature is of another content";
        if (words.Contains("REVKEYSIG")) return $"its signature is by a revoked subkey of '{key.Name}'";
        if (words.Contains("EXPKEYSIG") || words.Contains("EXPSIG")) return $"its signature, or the subkey of '{key.Name}' it is made by, has expired";
        if (words.Contains("NO_PUBKEY")) return $"its signature is by a key that is not '{key.Name}', or by a subkey newer than {key.File}";
        if (exitCode != 0 || !words.Contains("GOODSIG")) return $"gpgv does not accept its signature (exit status {exitCode})";
        // VALIDSIG <fingerprint of the subkey> … <fingerprint of the primary key>
        return status.Any(line => line[0] == "VALIDSIG" && line[^1] == key.Fingerprint) ? null : $"its signature is by another key than {key.Fingerprint}";
    }
}
