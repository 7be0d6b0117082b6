using Sextant.Cluster;

namespace Sextant.Bundle;

/// <summary>Where a bundle is to be loaded, and whom to believe.</summary>
/// <param name="AssetFolder">The asset folder.</param>
/// <param name="StateFolder">The state folder, with the registry and the keys.</param>
/// <param name="Cluster">Whose needs must be covered; null for nobody's in particular.</param>
/// <param name="TrustFingerprint">A signer to trust from now on, as <see cref="BundleSigner.Fingerprint"/> writes it; null for nobody new.</param>
/// <param name="TrustKey">A signer to trust from now on; null for nobody new.</param>
public sealed record LoadRequest(string AssetFolder, string StateFolder, ClusterDescription? Cluster, string? TrustFingerprint = null, BundleSigner? TrustKey = null);

/// <summary>How the loading of a bundle ended.</summary>
public abstract record LoadOutcome
{
    private LoadOutcome() { }

    /// <summary>Everything in the bundle is verified and visible.</summary>
    /// <param name="List">What was in it.</param>
    /// <param name="Signer">Who signed it.</param>
    /// <param name="Notes">What people should know, one line each.</param>
    public sealed record Loaded(BundleDocument List, BundleSigner Signer, IReadOnlyList<string> Notes) : LoadOutcome;

    /// <summary>It was not loaded.</summary>
    /// <param name="Problems">Why and what to do, one line each.</param>
    public sealed record Refused(IReadOnlyList<string> Problems) : LoadOutcome;
}
