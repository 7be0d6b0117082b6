using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Pki;

/// <summary>What openssl says of the authorities and of etcd's certificates, held against the table of the Kubernetes documentation.</summary>
[TestFixture]
public sealed class CertificateTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private TemporaryFolder state = null!;
    private SiteAuthorities authorities = null!;

    [OneTimeSetUp]
    public void Open()
    {
        state = new TemporaryFolder();
        authorities = ((SiteAuthoritiesResult.Opened)SiteAuthorities.OpenOrCreate(state.Path, Now, NullLogger.Instance)).Authorities;
    }

    [OneTimeTearDown]
    public void Close()
    {
        authorities.Dispose();
        state.Dispose();
    }

    [TestCase(CertificateAuthorityName.Sextant, "sextant-ca")]
    [TestCase(CertificateAuthorityName.Etcd, "etcd-ca")]
    [TestCase(CertificateAuthorityName.Kubernetes, "kubernetes-ca")]
    [TestCase(CertificateAuthorityName.FrontProxy, "front-proxy-ca")]
    public void An_authority_signs_leaves_only_for_ten_years(CertificateAuthorityName name, string commonName)
    {
        var path = state.Write($"{name}.crt", authorities.Anchors.Pem[name]);
        var text = Text(path);
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain($"Subject: CN = {commonName}\n").And.Contain($"Issuer: CN = {commonName}\n"));
            Assert.That(text, Does.Contain("X509v3 Basic Constraints: critical\nCA:TRUE, pathlen:0\n"));
            Assert.That(text, Does.Contain("X509v3 Key Usage: critical\nDigital Signature, Certificate Sign, CRL Sign\n"));
            Assert.That(text, Does.Contain("X509v3 Subject Key Identifier:").And.Contain("X509v3 Authority Key Identifier:"));
            Assert.That(text, Does.Contain("NIST CURVE: P-256\n").And.Contain("Signature Algorithm: ecdsa-with-SHA256\n"));
            Assert.That(Dates(path), Is.EqualTo((Whole(Now - TimeSpan.FromMinutes(5)), Whole(Now.AddDays(3652)))));
        });
        Assert.That(Tool.Run("openssl", ["verify", "-x509_strict", "-CAfile", path, path]).Output, Does.Contain(": OK"));
    }

    private static IEnumerable<TestCaseData> Leaves()
    {
        const string both = "TLS Web Server Authentication, TLS Web Client Authentication";
        const string names = "DNS:m1, DNS:m1.demo.example, DNS:localhost, IP Address:10.0.0.11, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1";
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1);
        (string Name, string Subject, string Usage, string? Names)[] table =
        [
            ("etcd-server", "CN = kube-etcd", both, names),
            ("etcd-peer", "CN = kube-etcd-peer", both, names),
            ("etcd-healthcheck-client", "CN = kube-etcd-healthcheck-client", "TLS Web Client Authentication", null),
        ];
        var ofEtcd = plan.Certificates.Where(one => one.Authority is CertificateAuthorityName.Etcd && one.CertificatePath.StartsWith("/etc/etcd/", StringComparison.Ordinal));
        Assert.That(ofEtcd.Select(one => one.Name), Is.EquivalentTo(table.Select(row => row.Name)), "the table has every certificate of etcd; those of Kubernetes have a table of their own");
        foreach (var row in table)
        {
            var planned = plan.Certificates.Single(one => one.Name == row.Name);
            yield return new TestCaseData(planned.Authority, CertificateProfile.Of(planned), row.Subject, row.Usage, row.Names).SetArgDisplayNames(row.Name);
        }
        yield return new TestCaseData(CertificateAuthorityName.Kubernetes, new CertificateProfile("kubernetes-admin", "system:masters", [], [], false, true),
            "O = system:masters, CN = kubernetes-admin", "TLS Web Client Authentication", null).SetArgDisplayNames("with an organization");
    }

    [TestCaseSource(nameof(Leaves))]
    public void A_leaf_says_what_the_plan_says(CertificateAuthorityName authority, CertificateProfile profile, string subject, string usage, string? names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = authorities[authority].Issue(profile, new PublicKey(key), Now);
        var path = state.Write("leaf.crt", certificate.ExportCertificatePem());
        var anchor = state.Write("anchor.crt", authorities.Anchors.Pem[authority]);
        var text = Text(path);
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain($"Subject: {subject}\n"));
            Assert.That(text, Does.Contain("X509v3 Basic Constraints: critical\nCA:FALSE\n"));
            Assert.That(text, Does.Contain("X509v3 Key Usage: critical\nDigital Signature\n"));
            Assert.That(text, Does.Contain($"X509v3 Extended Key Usage: \n{usage}\n"));
            if (names is null) Assert.That(text, Does.Not.Contain("Alternative Name"));
            else Assert.That(text, Does.Contain($"X509v3 Subject Alternative Name: \n{names}\n"));
            Assert.That(Dates(path), Is.EqualTo((Whole(Now - TimeSpan.FromMinutes(5)), Whole(Now.AddDays(365)))));
            Assert.That(certificate.SerialNumber, Has.Length.EqualTo(34).And.StartsWith("01"));
            Assert.That(Pem(certificate), Is.EqualTo(key.ExportSubjectPublicKeyInfoPem()));
        });
        var purpose = profile.ServerAuth ? "sslserver" : "sslclient";
        Assert.That(Tool.Run("openssl", ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", anchor, path]).Output, Does.Contain(": OK"));
        var stranger = state.Write("stranger.crt", authorities.Anchors.Pem[CertificateAuthorityName.FrontProxy]);
        Assert.That(Tool.Run("openssl", ["verify", "-CAfile", stranger, path]).Status, Is.Not.Zero, "another authority does not vouch for it");
    }

    [Test]
    public void A_leaf_never_outlives_its_authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = authorities[CertificateAuthorityName.Etcd];
        using var certificate = authority.Issue(new CertificateProfile("x", null, [], [], false, true), new PublicKey(key), authority.NotAfter.AddDays(-10));
        Assert.That(new DateTimeOffset(certificate.NotAfter.ToUniversalTime()), Is.EqualTo(authority.NotAfter));
    }

    [Test]
    public void The_bootstrappers_own_certificate_is_kept_for_two_thirds_of_its_life_and_then_replaced()
    {
        var held = HeldCertificate.ForHttps(authorities, PlannedClusters.Three);
        var first = held.Current(Now);
        Assert.Multiple(() =>
        {
            Assert.That(first.HasPrivateKey);
            Assert.That(first.Subject, Is.EqualTo("CN=sextant-bootstrapper"));
            foreach (var name in new[] { "10.0.0.1", "127.0.0.1", "bootstrapper", "bootstrapper.demo.example", "registry.demo.example", "localhost" })
                Assert.That(first.MatchesHostname(name, allowWildcards: false), name);
            Assert.That(held.Current(Now.AddDays(243)), Is.SameAs(first));
            Assert.That(held.Current(Now.AddDays(244)).Thumbprint, Is.Not.EqualTo(first.Thumbprint));
        });
    }

    [Test]
    public void The_health_probes_certificate_is_for_clients_of_etcd()
    {
        var certificate = HeldCertificate.ForEtcdProbe(authorities).Current(Now);
        var path = state.Write("probe.crt", certificate.ExportCertificatePem());
        var anchor = state.Write("etcd.crt", authorities.Anchors.Pem[CertificateAuthorityName.Etcd]);
        Assert.That(Tool.Run("openssl", ["verify", "-purpose", "sslclient", "-CAfile", anchor, path]).Output, Does.Contain(": OK"));
        Assert.That(Tool.Run("openssl", ["verify", "-purpose", "sslserver", "-CAfile", anchor, path]).Status, Is.Not.Zero);
    }

    private static string Pem(X509Certificate2 certificate) => certificate.GetECDsaPublicKey()!.ExportSubjectPublicKeyInfoPem();

    /// <summary>openssl's text without the indentation.</summary>
    private static string Text(string path) =>
        string.Join('\n', Tool.Run("openssl", ["x509", "-in", path, "-noout", "-text"]).Output.Split('\n').Select(line => line.TrimStart()));

    private static (DateTimeOffset NotBefore, DateTimeOffset NotAfter) Dates(string path)
    {
        var lines = Tool.Run("openssl", ["x509", "-in", path, "-noout", "-dates", "-dateopt", "iso_8601"]).Output.Trim().Split('\n');
        var dates = lines.Select(line => DateTimeOffset.Parse(line.Split('=')[1], CultureInfo.InvariantCulture)).ToArray();
        return (dates[0], dates[1]);
    }

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
