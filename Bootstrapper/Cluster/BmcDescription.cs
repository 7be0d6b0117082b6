namespace Sextant.Cluster;

/// <summary>A machine's management controller. Its password is in a file, and in nothing that is made of the description.</summary>
/// <param name="Url">Where it is: <c>https://</c> or <c>http://</c> for Redfish, <c>ipmi://</c>; no trailing slash.</param>
/// <param name="Username">The account.</param>
/// <param name="PasswordFile">The file with its password.</param>
/// <param name="CaFile">The file with the authority that signed its certificate; null for the bootstrapper's own authorities.</param>
/// <param name="Fingerprint">The SHA-256 of its certificate, lower-case hexadecimal without colons; null to go by authorities.</param>
/// <param name="System">Which of its systems the machine is; null for the only one.</param>
/// <param name="CipherSuite">The cipher suite of IPMI; null to ask for its best.</param>
public sealed record BmcDescription(string Url, string Username, GivenFile PasswordFile, GivenFile? CaFile, string? Fingerprint, string? System, int? CipherSuite)
{
    /// <summary>Whether it speaks IPMI; else Redfish.</summary>
    public bool IsIpmi => IsIpmiUrl(Url);

    /// <summary>Whether what is at a URL speaks IPMI.</summary>
    public static bool IsIpmiUrl(string url) => url.StartsWith("ipmi:", StringComparison.Ordinal);

    /// <summary>A URL with a machine's own names in the place of what stands for them.</summary>
    public static string Fill(string url, string hostname, string mac) =>
        url.Replace("{hostname}", hostname, StringComparison.Ordinal).Replace("{mac}", mac, StringComparison.Ordinal);
}
