using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

[TestFixture]
public sealed class RenewEndpointTests
{
    private ServedAppliance appliance = null!;
    private TemporaryFolder folder = null!;
    private HttpClient machine = null!;

    [SetUp]
    public async Task Start()
    {
        appliance = await ServedAppliance.StartAsync();
        folder = new TemporaryFolder();
        await appliance.EnrolAsync(1);
        machine = Certified(1);
    }

    [TearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        machine.Dispose();
        await appliance.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task Every_certificate_of_the_plan_is_renewed_for_a_new_key_and_for_the_same()
    {
        var plan = appliance.Plan.Value.For(ServedAppliance.Mac(1), null)!;
        Assert.That(plan.Certificates.Select(planned => planned.Name), Does.Contain("machine").And.Contain("etcd-peer").And.Contain("kubelet-server"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var planned in plan.Certificates)
            for (var turn = 0; turn < 2; turn++)
            {
                var (status, text) = await RenewAsync(planned.Name, Request(key));
                Assert.That(status, Is.EqualTo(200), text);
                using var certificate = X509Certificate2.CreateFromPem(text);
                Assert.Multiple(() =>
                {
                    Assert.That(certificate.PublicKey.ExportSubjectPublicKeyInfo(), Is.EqualTo(key.ExportSubjectPublicKeyInfo()), "the machine chooses the key");
                    Assert.That(certificate.GetNameInfo(X509NameType.SimpleName, false), Is.EqualTo(planned.CommonName), "and the plan everything else");
                    Assert.That(certificate.Issuer, Is.EqualTo(X509Certificate2.CreateFromPem(appliance.Authorities[planned.Authority].CertificatePem).Subject));
                    Assert.That(certificate.NotAfter - certificate.NotBefore, Is.EqualTo(CertificateAuthority.LeafLifetime + CertificateAuthority.BackDating));
                });
            }
        var renewed = appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<CertificateRenewed>().ToList();
        Assert.That(renewed.Select(happened => happened.Name), Is.EqualTo(plan.Certificates.SelectMany(planned => new[] { planned.Name, planned.Name })));
        Assert.That(renewed[0].Summary, Does.StartWith("certificate machine renewed until 20"));
        Assert.That(await appliance.Client(9).GetStringAsync($"{appliance.HttpBase}/api/v1/nodes/{ServedAppliance.Mac(1).ToHyphenString()}"), Does.Contain("certificate-renewed"));
    }

    [Test]
    public async Task What_a_machine_is_now_decides_what_its_certificate_says()
    {
        var plan = appliance.Plan.Value;
        appliance.Plan.Value = PlannedClusters.Plan(plan.Description with { Network = plan.Description.Network with { Domain = "moved.example" } }, plan.Anchors);
        var (_, text) = await RenewAsync("etcd-server", Request());
        using var certificate = X509Certificate2.CreateFromPem(text);
        Assert.That(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames(), Does.Contain("m1.moved.example"));
    }

    [Test]
    public async Task Only_certificates_of_the_plan_and_no_secrets_are_given()
    {
        foreach (var name in new[] { "invented", "service-account-key", "secrets-encryption", "kube-apiserver-of-another" })
        {
            var (status, text) = await RenewAsync(name, Request());
            Assert.That(status, Is.EqualTo(403), name);
            Assert.That(text, Does.Contain(Words.Of(RefusalReason.CertificateNotPlanned)).And.Not.Contain("-----"));
        }
    }

    [Test]
    public async Task A_worker_gets_nothing_of_a_master()
    {
        var plan = appliance.Plan.Value;
        appliance.Plan.Value = PlannedClusters.Plan(plan.Description with { Nodes = [plan.Description.Nodes[0] with { Roles = [NodeRole.Worker] }, .. plan.Description.Nodes.Skip(1)] }, plan.Anchors);
        Assert.That((await RenewAsync("kubernetes-admin", Request())).Status, Is.EqualTo(403));
        Assert.That((await RenewAsync("kubelet-client", Request())).Status, Is.EqualTo(200));
    }

    [TestCase("")]
    [TestCase("hello")]
    [TestCase("RSA")]
    public async Task A_request_that_is_none_is_refused(string pem)
    {
        if (pem == "RSA")
        {
            using var rsa = RSA.Create(2048);
            pem = new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();
        }
        Assert.That((await RenewAsync("machine", pem)).Status, Is.EqualTo(422));
        Assert.That(((Refused)appliance.LastEvent(1)!).Reason, Is.EqualTo(RefusalReason.BadCertificateRequest));
    }

    [Test]
    public async Task Who_asks_without_end_has_to_wait_and_is_told_how_long()
    {
        for (var turn = 0; turn < RenewalLimit.Limit; turn++) Assert.That((await RenewAsync("machine", Request())).Status, Is.EqualTo(200));
        var count = appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<CertificateRenewed>().Count();
        using var answer = await AskAsync("machine", Request());
        Assert.That((int)answer.StatusCode, Is.EqualTo(429));
        Assert.That(answer.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.FromMinutes(59)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(60)));
        Assert.That(appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<CertificateRenewed>().Count(), Is.EqualTo(count));
        Assert.That((await RenewAsync("etcd-peer", Request())).Status, Is.EqualTo(200), "each certificate for itself");
        appliance.Time.Advance(TimeSpan.FromHours(1));
        Assert.That((await RenewAsync("machine", Request())).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_GET_renews_nothing()
    {
        using var answer = await machine.GetAsync(Url("machine"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(405));
    }

    /// <summary>A client that shows the machine's certificate whenever it is asked: .NET's own, besides the curl of the other tests.</summary>
    private HttpClient Certified(int number)
    {
        var pair = IssuedPair.Of(
            appliance.Authorities[CertificateAuthorityName.Sextant], IssuedPair.Machine(ServedAppliance.Mac(number)), appliance.Time.GetUtcNow(), folder.At("machine.key"), folder.At("machine.crt"));
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.CertificateChainPolicy = appliance.TrustPolicy();
        handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(pair.CertificatePath, pair.KeyPath)];
        return new HttpClient(handler);
    }

    private static string Request(ECDsa? given = null)
    {
        using var made = given is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        return new CertificateRequest("CN=root,O=system:masters", given ?? made!, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private string Url(string name) => $"{appliance.HttpsBase}/node/{ServedAppliance.Mac(1).ToHyphenString()}/renew/{name}";

    private async Task<(int Status, string Text)> RenewAsync(string name, string pem)
    {
        using var answer = await AskAsync(name, pem);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<HttpResponseMessage> AskAsync(string name, string pem)
    {
        using var content = new StringContent(pem);
        return await machine.PostAsync(Url(name), content);
    }
}
