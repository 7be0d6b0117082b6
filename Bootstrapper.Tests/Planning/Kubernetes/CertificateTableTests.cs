using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Kubernetes;

/// <summary>
/// The certificates of Kubernetes and etcd against the table of the Kubernetes documentation (best practices, PKI certificates and requirements), said here once more:
/// who signs, who it is, what for, and under which names.
/// </summary>
[TestFixture]
public sealed class CertificateTableTests
{
    private const string ApiNames =
        "kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.k8s kubernetes.default.svc.k8s.mixed localhost "
        + "m1 m1.mixed.example m2 m2.mixed.example k8s.example.com 127.0.0.1 ::1 10.96.0.1 10.0.0.11 10.0.0.12 10.0.0.5";

    private const string Etcd = "/etc/etcd/pki/";
    private const string Kubernetes = "/etc/kubernetes/pki/";

    /// <summary>A line of the table.</summary>
    private sealed record Row(string Name, CertificateAuthorityName Authority, string CommonName, string? Organization, string Usages, string Names, string File, string Owner = "root:root");

    private static Row[] EtcdRows(int number) =>
    [
        new("etcd-server", CertificateAuthorityName.Etcd, "kube-etcd", null, "server client", $"m{number} m{number}.mixed.example localhost 10.0.0.1{number} 127.0.0.1 ::1", Etcd + "server", "etcd:etcd"),
        new("etcd-peer", CertificateAuthorityName.Etcd, "kube-etcd-peer", null, "server client", $"m{number} m{number}.mixed.example localhost 10.0.0.1{number} 127.0.0.1 ::1", Etcd + "peer", "etcd:etcd"),
        new("etcd-healthcheck-client", CertificateAuthorityName.Etcd, "kube-etcd-healthcheck-client", null, "client", "", Etcd + "healthcheck-client"),
    ];

    private static Row[] NodeRows(int number, string address) =>
    [
        new("kubelet-client", CertificateAuthorityName.Kubernetes, $"system:node:m{number}", "system:nodes", "client", "", Kubernetes + "kubelet-client"),
        new("kubelet-server", CertificateAuthorityName.Kubernetes, $"system:node:m{number}", "system:nodes", "server", $"m{number} m{number}.mixed.example {address}".TrimEnd(), Kubernetes + "kubelet-server"),
    ];

    private static readonly Row[] MasterRows =
    [
        new("kube-apiserver", CertificateAuthorityName.Kubernetes, "kube-apiserver", null, "server", ApiNames, Kubernetes + "apiserver"),
        new("kube-apiserver-kubelet-client", CertificateAuthorityName.Kubernetes, "kube-apiserver-kubelet-client", "system:masters", "client", "", Kubernetes + "apiserver-kubelet-client"),
        new("kube-apiserver-etcd-client", CertificateAuthorityName.Etcd, "kube-apiserver-etcd-client", null, "client", "", Kubernetes + "apiserver-etcd-client"),
        new("front-proxy-client", CertificateAuthorityName.FrontProxy, "front-proxy-client", null, "client", "", Kubernetes + "front-proxy-client"),
        new("kube-controller-manager", CertificateAuthorityName.Kubernetes, "system:kube-controller-manager", null, "client", "", Kubernetes + "controller-manager"),
        new("kube-scheduler", CertificateAuthorityName.Kubernetes, "system:kube-scheduler", null, "client", "", Kubernetes + "scheduler"),
        new("kubernetes-admin", CertificateAuthorityName.Kubernetes, "kubernetes-admin", "system:masters", "client", "", Kubernetes + "admin"),
    ];

    private static IEnumerable<TestCaseData> Machines()
    {
        yield return new TestCaseData(1, (Row[])[.. EtcdRows(1), .. NodeRows(1, "10.0.0.11"), .. MasterRows]).SetArgDisplayNames("master, member and worker");
        yield return new TestCaseData(2, (Row[])[.. NodeRows(2, "10.0.0.12"), .. MasterRows]).SetArgDisplayNames("master");
        yield return new TestCaseData(3, NodeRows(3, "10.0.0.13")).SetArgDisplayNames("worker");
        yield return new TestCaseData(4, NodeRows(4, "10.0.0.14")).SetArgDisplayNames("ingress");
        yield return new TestCaseData(5, EtcdRows(5)).SetArgDisplayNames("member of etcd");
        yield return new TestCaseData(6, NodeRows(6, "")).SetArgDisplayNames("worker whose address nobody knows yet");
    }

    [TestCaseSource(nameof(Machines))]
    public void A_machine_asks_for_the_certificates_of_its_roles(int number, object rows) =>
        Assert.That(OfTheCluster(KubernetesClusters.Plan(number)).Select(RowOf), Is.EquivalentTo((Row[])rows));

    [TestCaseSource(nameof(Machines))]
    public void What_the_authorities_sign_says_so_and_openssl_agrees(int number, object rows)
    {
        using var folder = new TemporaryFolder();
        var now = DateTimeOffset.UtcNow;
        using var authorities = ((SiteAuthoritiesResult.Opened)SiteAuthorities.OpenOrCreate(folder.At("state"), now, NullLogger.Instance)).Authorities;
        var cluster = PlannedClusters.Plan(KubernetesClusters.Mixed, authorities.Anchors);
        NodeDisk.Write(folder.At("disk"), cluster, cluster.For(PlannedClusters.Mac(number), null)!, authorities, now);
        Assert.Multiple(() =>
        {
            foreach (var row in (Row[])rows)
            {
                using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(folder.At("disk") + row.File + ".crt"));
                Assert.That(RowOf(row, certificate), Is.EqualTo(row));
                Assert.That(certificate.NotAfter - certificate.NotBefore, Is.EqualTo(TimeSpan.FromDays(365) + TimeSpan.FromMinutes(5)).Within(TimeSpan.FromSeconds(2)), row.Name);
                foreach (var purpose in new[] { "server", "client" })
                    Assert.That(IsVerified(folder, authorities.Anchors.Pem[row.Authority], row, purpose), Is.EqualTo(row.Usages.Contains(purpose, StringComparison.Ordinal)), $"{row.Name} as {purpose}");
                foreach (var other in authorities.Anchors.Pem.Where(anchor => anchor.Key != row.Authority))
                    Assert.That(IsVerified(folder, other.Value, row, "any"), Is.False, $"{row.Name} by {other.Key}");
            }
        });
    }

    /// <summary>What every machine has besides, for the bootstrapper, is no part of this table.</summary>
    private static IEnumerable<PlannedCertificate> OfTheCluster(NodePlan plan) => plan.Certificates.Where(one => one.Authority is not CertificateAuthorityName.Sextant);

    private static Row RowOf(PlannedCertificate one) => new(
        one.Name, one.Authority, one.CommonName, one.Organization, string.Join(' ', new[] { one.ServerAuth ? "server" : "", one.ClientAuth ? "client" : "" }.Where(usage => usage.Length > 0)),
        string.Join(' ', one.DnsNames.Concat(one.Addresses)), one.CertificatePath[..^".crt".Length], one.Owner);

    private static Row RowOf(Row row, X509Certificate2 certificate)
    {
        var subject = certificate.SubjectName.EnumerateRelativeDistinguishedNames().ToDictionary(part => part.GetSingleElementType().Value!, part => part.GetSingleElementValue());
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>()
            .Select(oid => oid.Value switch { "1.3.6.1.5.5.7.3.1" => "server", "1.3.6.1.5.5.7.3.2" => "client", var other => other! });
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SingleOrDefault();
        return row with
        {
            CommonName = subject["2.5.4.3"]!,
            Organization = subject.GetValueOrDefault("2.5.4.10"),
            Usages = string.Join(' ', usages),
            Names = names is null ? "" : string.Join(' ', names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()))),
        };
    }

    private static bool IsVerified(TemporaryFolder folder, string anchor, Row row, string purpose)
    {
        var authority = folder.Write("anchor.crt", anchor);
        return Tool.Run("openssl", ["verify", "-x509_strict", "-purpose", purpose == "any" ? "any" : $"ssl{purpose}", "-CAfile", authority, folder.At("disk") + row.File + ".crt"]).Status == 0;
    }
}
