namespace Sextant.Bundle;

/// <summary>Whether a bundle's signer is believed.</summary>
internal static class BundleTrust
{
    /// <summary>Pins the signer when the operator names it.</summary>
    /// <returns>Why it is not believed and what to do; null when it is.</returns>
    /// <exception cref="IOException">The disk does not take a new key.</exception>
    public static string? Refusal(BundleKeyFolder keys, BundleSigner signer, string? fingerprint, BundleSigner? key)
    {
        if (fingerprint is not null && fingerprint != signer.Fingerprint) return $"the bundle was signed by {signer.Fingerprint}, not by {BundleLayout.Quoted(fingerprint)}: do not load it before you know why";
        if (key is not null && key.Fingerprint != signer.Fingerprint) return $"the bundle was signed by {signer.Fingerprint}, not by the key given, {key.Fingerprint}: do not load it before you know why";
        if (keys.IsTrusted(signer)) return null;
        if (fingerprint is null && key is null)
            return keys.DamagedPin(signer) is { } damaged
                ? $"the bundle was signed by {signer.Fingerprint}, and the file by which this site trusts it is damaged ({damaged}): load the bundle with --trust {signer.Fingerprint}, which writes it again"
                : $"the bundle was signed by {signer.Fingerprint}, whom this site does not know: run 'sextant assets key' where the bundle was made, and when it prints the same, load the bundle with --trust {signer.Fingerprint}";
        keys.Trust(signer);
        return null;
    }
}
