using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Pki;

/// <summary>What the certificate proves that a peer showed in its TLS handshake. The handshake itself proved that the peer has its key.</summary>
public abstract record ShownCertificate
{
    private static readonly Oid ClientAuth = new("1.3.6.1.5.5.7.3.2");

    private ShownCertificate() { }

    /// <summary>The peer showed none.</summary>
    public sealed record Missing : ShownCertificate;

    /// <summary>It is no machine certificate of this site's authority.</summary>
    /// <param name="Problem">What is wrong with it, in words for the peer.</param>
    public sealed record Untrusted(string Problem) : ShownCertificate;

    /// <summary>It was one, or is going to be.</summary>
    /// <param name="NotBefore">Its beginning.</param>
    /// <param name="NotAfter">Its end.</param>
    public sealed record OutOfDate(DateTimeOffset NotBefore, DateTimeOffset NotAfter) : ShownCertificate;

    /// <summary>It is a machine's.</summary>
    /// <param name="Mac">The machine.</param>
    /// <param name="Issued">When it was issued, to the second.</param>
    public sealed record OfMachine(MacAddress Mac, DateTimeOffset Issued) : ShownCertificate;

    /// <summary>Reads it. What it says of itself is believed only as far as the authority signed exactly that for a machine.</summary>
    /// <param name="certificate">The certificate; null when the peer showed none.</param>
    /// <param name="authority">PEM of the one authority whose word counts.</param>
    /// <param name="now">The time.</param>
    public static ShownCertificate Read(X509Certificate2? certificate, string authority, DateTimeOffset now)
    {
        if (certificate is null) return new Missing();
        if (!IsSignedBy(certificate, authority, now, out var problem)) return new Untrusted(problem);
        if (MachineOf(certificate) is not { } mac) return new Untrusted("its subject names no machine");
        DateTimeOffset notBefore = certificate.NotBefore.ToUniversalTime(), notAfter = certificate.NotAfter.ToUniversalTime();
        return now < notBefore || now >= notAfter ? new OutOfDate(notBefore, notAfter) : new OfMachine(mac, notBefore + CertificateAuthority.BackDating);
    }

    /// <summary>The authority alone is trusted, nothing is downloaded, and the dates are looked at separately so that they can be told.</summary>
    private static bool IsSignedBy(X509Certificate2 certificate, string authority, DateTimeOffset now, out string problem)
    {
        using var root = X509Certificate2.CreateFromPem(authority);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuth);
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        var isSigned = chain.Build(certificate);
        problem = isSigned ? "" : chain.ChainStatus.FirstOrDefault(status => status.Status is not X509ChainStatusFlags.NotTimeValid).StatusInformation ?? "it was not accepted";
        foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        return isSigned;
    }

    /// <summary>The machine whose certificate has exactly this subject.</summary>
    private static MacAddress? MachineOf(X509Certificate2 certificate) =>
        MacAddress.TryParse(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), out var mac)
        && certificate.SubjectName.RawData.AsSpan().SequenceEqual(
            new CertificateProfile(mac.ToHyphenString(), MachineIdentity.Organization, [], [], ServerAuth: false, ClientAuth: true).Subject().RawData)
            ? mac
            : null;
}
