namespace Sextant.Planning;

/// <summary>The certificates of the site's authorities, which machines pin. Public values; the keys never leave the authority.</summary>
/// <param name="Pem">PEM text by authority.</param>
public sealed record TrustAnchors(IReadOnlyDictionary<CertificateAuthorityName, string> Pem);
