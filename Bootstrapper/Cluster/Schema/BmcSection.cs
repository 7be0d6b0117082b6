using Sextant.Cluster.Schema.Syntax;

namespace Sextant.Cluster.Schema;

/// <summary>bmc, of the file and of one of nodes</summary>
internal sealed class BmcSection : Section
{
    /// <summary>url</summary>
    [Key<BmcUrlSyntax>("url",
        "Where the machine's management controller is: https:// or http:// for Redfish, ipmi:// for IPMI; {hostname} and {mac} (with hyphens) stand for the machine's.",
        DefaultNote = "none", Example = "https://{hostname}.bmc.example")]
    public Entry<string>? Url { get; set; }

    /// <summary>username</summary>
    [Key<UsernameSyntax>("username", "The account there.", DefaultNote = "none; needed with url", Example = "operator")]
    public Entry<string>? Username { get; set; }

    /// <summary>password_file</summary>
    [Key<GivenFileSyntax>("password_file",
        "The file with that account's password on its one line, relative to this file's folder. A password itself never stands here.",
        DefaultNote = "none; needed with url", Example = "bmc-password")]
    public Entry<string>? PasswordFile { get; set; }

    /// <summary>ca</summary>
    [Key<GivenFileSyntax>("ca", "The file with the certificate (PEM) of the authority that signed the controller's, relative to this file's folder.",
        DefaultNote = "the bootstrapper's own authorities", Example = "bmc-ca.crt")]
    public Entry<string>? CaFile { get; set; }

    /// <summary>fingerprint</summary>
    [Key<FingerprintSyntax>("fingerprint", "In the place of ca: the SHA-256 of the controller's own certificate, which then need not be signed by anybody.", DefaultNote = "none")]
    public Entry<string>? Fingerprint { get; set; }

    /// <summary>system</summary>
    [Key<TokenSyntax>("system", "Which of a Redfish service's systems the machine is, where there are several.", DefaultNote = "the only one", Example = "1")]
    public Entry<string>? System { get; set; }

    /// <summary>cipher_suite</summary>
    [Key<CipherSuiteSyntax>("cipher_suite",
        "The cipher suite of IPMI to use: 3 has SHA-1, 17 has SHA-256. Without it the controller is asked for its best, and one that does not say costs nine seconds each time.", DefaultNote = "what the controller offers")]
    public Entry<int>? CipherSuite { get; set; }
}
