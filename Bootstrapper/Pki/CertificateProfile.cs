using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sextant.Planning;

namespace Sextant.Pki;

/// <summary>What a certificate says, all but the key and the dates.</summary>
/// <param name="CommonName">Subject CN.</param>
/// <param name="Organization">Subject O, or null.</param>
/// <param name="DnsNames">dNSName SANs.</param>
/// <param name="Addresses">iPAddress SANs (IPv4 or IPv6 text).</param>
/// <param name="ServerAuth">Extended key usage serverAuth.</param>
/// <param name="ClientAuth">Extended key usage clientAuth.</param>
public sealed record CertificateProfile(
    string CommonName, string? Organization, IReadOnlyList<string> DnsNames, IReadOnlyList<string> Addresses, bool ServerAuth, bool ClientAuth)
{
    private const string ServerAuthOid = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthOid = "1.3.6.1.5.5.7.3.2";

    /// <summary>The profile the plan has for a node's certificate.</summary>
    public static CertificateProfile Of(PlannedCertificate planned) =>
        new(planned.CommonName, planned.Organization, planned.DnsNames, planned.Addresses, planned.ServerAuth, planned.ClientAuth);

    /// <summary>The subject: O before CN, the order Kubernetes and OpenSSL print.</summary>
    internal X500DistinguishedName Subject()
    {
        var name = new X500DistinguishedNameBuilder();
        // The builder writes the name's first element last.
        name.AddCommonName(CommonName);
        if (Organization is not null) name.AddOrganizationName(Organization);
        return name.Build();
    }

    /// <summary>The extensions that depend on the profile (RFC 5280 §4.2.1.3, .6, .9, .12).</summary>
    internal IEnumerable<X509Extension> Extensions()
    {
        yield return new X509BasicConstraintsExtension(false, false, 0, true);
        yield return new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true);
        var usages = new OidCollection();
        if (ServerAuth) usages.Add(new Oid(ServerAuthOid));
        if (ClientAuth) usages.Add(new Oid(ClientAuthOid));
        yield return new X509EnhancedKeyUsageExtension(usages, false);
        if (DnsNames.Count + Addresses.Count == 0) yield break;
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in DnsNames) names.AddDnsName(name);
        foreach (var address in Addresses) names.AddIpAddress(IPAddress.Parse(address));
        yield return names.Build();
    }
}
