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

/// <summary>What Kubernetes says of its nodes and addons, asked of masters at loopback addresses that answer as real API servers do.</summary>
[TestFixture]
public sealed class KubernetesHealthTests
{
    private const string Nodes = """
        {"kind":"NodeList","items":[
          {"metadata":{"name":"m1","creationTimestamp":"2026-01-01T00:00:00Z"},"status":{"conditions":[
            {"type":"MemoryPressure","status":"False","lastTransitionTime":"2026-01-01T00:00:00Z"},
            {"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:05:00Z","reason":"KubeletReady","message":"kubelet is posting ready status"}],
            "nodeInfo":{"kubeletVersion":"v1.36.4"}}},
          {"metadata":{"name":"m2","creationTimestamp":"2026-01-01T00:00:00Z"},"status":{"conditions":[
            {"type":"Ready","status":"False","lastTransitionTime":"2026-01-01T00:06:00Z","reason":"KubeletNotReady","message":"container runtime network not ready"}]}},
          {"metadata":{"name":"m3","creationTimestamp":"2026-01-01T00:07:00Z"}}]}
        """;

    private const string DaemonSets = """{"items":[{"metadata":{"name":"kube-proxy","namespace":"kube-system"},"status":{"numberReady":2,"desiredNumberScheduled":3}}]}""";
    private const string Deployments = """{"items":[{"metadata":{"name":"coredns","namespace":"kube-system"},"spec":{"replicas":2},"status":{"readyReplicas":2}},{"metadata":{"name":"coredns-new","namespace":"kube-system"},"status":{}}]}""";

    private static readonly Ipv4Address[] Masters = [.. Enumerable.Range(2, 3).Select(last => Ipv4Address.Parse($"127.0.0.{last}"))];

    private readonly AnsweringApis answering = new();
    private readonly ClusterStanding standing = new();
    private readonly int port = FreePort.Take();
    private CertificateAuthority authority = null!;
    private KubernetesProbe probe = null!;
    private KubernetesMonitor monitor = null!;

    [SetUp]
    public void Masters_that_answer()
    {
        answering.Addresses = [.. Masters];
        standing.Answer = KubernetesAnswer.None;
        authority = CertificateAuthority.Create(CertificateAuthorityName.Kubernetes, DateTimeOffset.UtcNow);
        var identity = new HeldCertificate(authority, new CertificateProfile(KubernetesProbe.User, null, [], [], ServerAuth: false, ClientAuth: true), TimeSpan.FromHours(1));
        probe = new KubernetesProbe(X509Certificate2.CreateFromPem(authority.CertificatePem), () => identity.Current(DateTimeOffset.UtcNow), port);
        var cluster = Dns.Names.Cluster();
        var nodes = cluster.Nodes.Select((node, at) => at < Masters.Length ? node with { Address = Masters[at] } : node);
        monitor = new KubernetesMonitor(
            probe, new CurrentPlan(Dns.Names.Whole(cluster with { Nodes = [.. nodes] })), answering, standing, TimeProvider.System, NullLogger<KubernetesMonitor>.Instance);
    }

    [TearDown]
    public void End()
    {
        monitor.Dispose();
        probe.Dispose();
        authority.Dispose();
    }

    [Test]
    public async Task Nodes_and_workloads_are_told_as_Kubernetes_tells_them()
    {
        using var server = Server(Masters[0], Whole);
        await monitor.RoundAsync(CancellationToken.None);
        var answer = standing.Answer;
        Assert.That((answer.Server, answer.Problem, server.Client), Is.EqualTo(((Ipv4Address?)Masters[0], "", "CN=sextant:bootstrapper")));
        Assert.That(answer.Nodes.OrderBy(node => node.Key).Select(node => (node.Key, node.Value)), Is.EqualTo(new[]
        {
            ("m1", new NodeCondition(true, At(5), "", "v1.36.4")), ("m2", new NodeCondition(false, At(6), "container runtime network not ready", "")),
            ("m3", new NodeCondition(false, At(7), "its kubelet has not said anything yet", "")),
        }));
        Assert.That(answer.Workloads, Is.EqualTo(new[]
        {
            new Workload("Deployment", "kube-system", "coredns", 2, 2), new Workload("Deployment", "kube-system", "coredns-new", 0, 1), new Workload("DaemonSet", "kube-system", "kube-proxy", 2, 3),
        }));
        Assert.That(answer.Workloads.Select(workload => workload.IsReady), Is.EqualTo(new[] { true, false, false }));
    }

    [Test]
    public async Task The_next_master_is_asked_when_one_fails_and_one_lost_answer_wipes_out_nothing()
    {
        using var broken = Server(Masters[0], _ => (500, "{}"));
        var second = Server(Masters[1], Whole);
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(standing.Answer.Server, Is.EqualTo(Masters[1]));
        second.Dispose();
        answering.Addresses = [Masters[0]];
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(standing.Answer.Nodes, Has.Count.EqualTo(3));
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That((standing.Answer.Nodes.Count, standing.Answer.Problem), Is.EqualTo((0, "127.0.0.2 answered 500")));
    }

    [TestCase(403, "{}", "the addons are not applied yet")]
    [TestCase(200, "<html>", "not Kubernetes'")]
    [TestCase(200, "{\"items\":null}", "not Kubernetes'")]
    public async Task What_is_no_answer_is_said_in_words(int status, string body, string words)
    {
        using var server = Server(Masters[0], _ => (status, body));
        answering.Addresses = [Masters[0]];
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(standing.Answer.Problem, Does.Contain(words));
    }

    [Test]
    public async Task Nobody_is_asked_while_no_API_server_answers()
    {
        using var server = Server(Masters[0], _ => throw new InvalidOperationException("asked"));
        answering.Addresses = [];
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That((standing.Answer.Problem, server.Client), Is.EqualTo(("no API server answers", (string?)null)));
    }

    private static (int, string) Whole(string path) => path switch
    {
        "/api/v1/nodes?limit=5000" => (200, Nodes),
        "/apis/apps/v1/daemonsets?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dsextant" => (200, DaemonSets),
        "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dsextant" => (200, Deployments),
        "/apis/apps/v1/statefulsets?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dsextant" => (200, """{"items":[]}"""),
        _ => (404, "{}"),
    };

    private StandInApi Server(Ipv4Address address, Func<string, (int, string)> answer) => new(authority, address, port, answer);

    private static DateTimeOffset At(int minutes) => new(2026, 1, 1, 0, minutes, 0, TimeSpan.Zero);
}
