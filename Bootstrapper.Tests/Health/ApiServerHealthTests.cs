using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Health;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Health;

/// <summary>Which masters the API's name leads to: three of them at loopback addresses, whose API servers speak TLS as real ones do.</summary>
[TestFixture]
public sealed class ApiServerHealthTests
{
    private static readonly Ipv4Address[] Masters = [.. Enumerable.Range(2, 3).Select(last => Ipv4Address.Parse($"127.0.0.{last}"))];

    private readonly AnsweringApis answering = new();
    private readonly int port = FreePort.Take();
    private CertificateAuthority authority = null!;
    private ApiServerProbe probe = null!;
    private ApiServerMonitor monitor = null!;

    [SetUp]
    public void Masters_that_are_not_up_yet()
    {
        answering.Addresses = [];
        authority = CertificateAuthority.Create(CertificateAuthorityName.Kubernetes, DateTimeOffset.UtcNow);
        probe = new ApiServerProbe(X509Certificate2.CreateFromPem(authority.CertificatePem), port);
        var cluster = Dns.Names.Cluster();
        var nodes = cluster.Nodes.Select((node, at) => at < Masters.Length ? node with { Address = Masters[at] } : node);
        monitor = new ApiServerMonitor(probe, new CurrentPlan(Dns.Names.Whole(cluster with { Nodes = [.. nodes] })), answering, TimeProvider.System, NullLogger<ApiServerMonitor>.Instance);
    }

    [TearDown]
    public void End()
    {
        monitor.Dispose();
        probe.Dispose();
        authority.Dispose();
    }

    [Test]
    public async Task A_master_is_there_with_its_first_answer_and_gone_with_its_second_failure()
    {
        using var first = Server(Masters[0], 200);
        var second = Server(Masters[1], 200);
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(answering.Addresses, Is.EquivalentTo(Masters[..2]));
        second.Dispose();
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(answering.Addresses, Is.EquivalentTo(Masters[..2]), "one failure may be a lost packet");
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(answering.Addresses, Is.EquivalentTo(Masters[..1]));
        using var again = Server(Masters[1], 200);
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(answering.Addresses, Is.EquivalentTo(Masters[..2]));
    }

    [Test]
    public async Task Whoever_has_no_certificate_of_the_authority_for_the_address_is_no_master()
    {
        using var other = CertificateAuthority.Create(CertificateAuthorityName.Kubernetes, DateTimeOffset.UtcNow);
        using var forged = Server(Masters[0], 200, signedBy: other);
        using var elsewhere = Server(Masters[1], 200, named: Masters[0]);
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(answering.Addresses, Is.Empty);
    }

    [TestCase(200, true)]
    [TestCase(401, true)]
    [TestCase(403, true)]
    [TestCase(500, false, TestName = "A_server_that_says_it_is_not_ready_is_left_out")]
    [TestCase(503, false)]
    public async Task An_answer_counts_when_the_server_works(int status, bool answers)
    {
        using var server = Server(Masters[0], status);
        Assert.That((await probe.AskAsync(Masters[0], CancellationToken.None)).Healthy, Is.EqualTo(answers));
    }

    private StandInApi Server(Ipv4Address address, int status, CertificateAuthority? signedBy = null, Ipv4Address? named = null) =>
        new(signedBy ?? authority, address, port, _ => (status, ""), named);
}
