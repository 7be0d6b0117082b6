using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Pki;

/// <summary>The node's own script against the real authorities and tickets, over HTTPS on loopback.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
public sealed class EnrolmentScriptTests
{
    private static readonly MacAddress Mac = PlannedClusters.Mac(1);
    private static readonly Ipv4Address Loopback = Ipv4Address.Parse("127.0.0.1");

    private TemporaryFolder folder = null!;
    private SiteAuthorities authorities = null!;
    private EnrolmentTickets tickets = null!;
    private WebApplication server = null!;
    private NodePlan plan = null!;
    private string ticket = null!;
    private int port;
    private List<(string Certificate, int Status)> requests = null!;
    private Func<int, int?> interference = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        authorities = ((SiteAuthoritiesResult.Opened)SiteAuthorities.OpenOrCreate(folder.At("state"), DateTimeOffset.UtcNow, NullLogger.Instance)).Authorities;
        tickets = new EnrolmentTickets(new MemoryStore(), EnrolmentTickets.DefaultLifetime);
        requests = [];
        interference = _ => null;
        server = Serve(HeldCertificate.ForHttps(authorities, PlannedClusters.Three).Current(DateTimeOffset.UtcNow));
        await server.StartAsync();
        ticket = await tickets.MintAsync(Mac, Loopback, 1, DateTimeOffset.UtcNow);
        port = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        WriteNode(port, RegistryDescription.Builtin);
    }

    [TearDown]
    public async Task Stop()
    {
        await server.DisposeAsync();
        tickets.Dispose();
        authorities.Dispose();
        folder.Dispose();
    }

    [Test]
    public void Every_certificate_comes_in_the_ticket_goes_and_etcd_is_started()
    {
        var result = Enrol();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.Multiple(() =>
        {
            foreach (var planned in plan.Certificates)
            {
                using var certificate = X509Certificate2.CreateFromPemFile(planned.CertificatePath, planned.KeyPath);
                Assert.That(certificate.GetNameInfo(X509NameType.SimpleName, false), Is.EqualTo(planned.CommonName), "the server chooses the name");
                Assert.That(File.GetUnixFileMode(planned.KeyPath), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
                Assert.That(Convert.ToString((int)File.GetUnixFileMode(planned.CertificatePath), 8), Is.EqualTo("644"));
            }
            Assert.That(File.Exists(folder.At("etc", "ticket")), Is.False);
            Assert.That(File.ReadAllText(folder.At("started")), Is.EqualTo("start --no-block etcd.service\n"));
            Assert.That(Directory.GetFiles(folder.Path, "*.new", SearchOption.AllDirectories), Is.Empty);
            Assert.That(result.Output + result.Errors, Does.Not.Contain(ticket));
        });
        Assert.That(Enrol().Output, Does.Contain("nothing to do"));
        Assert.That(requests, Has.Count.EqualTo(4));
    }

    [Test]
    public void It_tries_again_after_errors_and_does_not_ask_again_for_what_is_in()
    {
        var failures = new Dictionary<int, int> { [0] = 500, [2] = 409, [3] = 425, [4] = 403 };
        interference = number => failures.TryGetValue(number, out var status) ? status : null;
        var result = Enrol();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(requests, Is.EqualTo(new[]
        {
            ("machine", 500), ("etcd-server", 200), ("etcd-peer", 409), ("etcd-healthcheck-client", 425),
            ("machine", 403), ("etcd-peer", 200), ("etcd-healthcheck-client", 200),
            ("machine", 200),
        }));
        Assert.That(result.Output, Does.Contain("refused: interference 403"));
    }

    [Test]
    public void An_answer_that_got_lost_is_given_again_for_the_same_key()
    {
        // The authority signs, and the answer is lost on the way.
        interference = number => number == 0 ? -1 : null;
        var result = Enrol();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(requests.Count(one => one.Certificate == "machine"), Is.EqualTo(2));
    }

    [Test]
    public void A_secret_comes_too_for_its_owner_alone_and_is_asked_for_until_it_is_in()
    {
        WriteNode(port, PlannedClusters.One.Registry);
        interference = number => number switch { 6 => -1, 7 => 403, _ => null };
        var result = Enrol();
        var file = folder.At("etc", "containerd", "certs.d", "_default", "hosts.toml");
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(file), Is.EqualTo("the content of registry-credentials\n"));
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(requests.Where(one => one.Certificate == "registry-credentials").Select(one => one.Status), Is.EqualTo(new[] { 502, 403, 200 }), "the answer that got lost is given again");
            Assert.That(File.ReadAllText(folder.At("started")), Is.EqualTo("start --no-block containerd.service\nstart --no-block etcd.service\nstart --no-block kubelet.service\n"));
            Assert.That(File.Exists(folder.At("etc", "ticket")), Is.False);
            Assert.That(Directory.GetFiles(folder.At("etc"), "*.claim*"), Is.Empty);
            Assert.That(Directory.GetFiles(folder.Path, "*.new", SearchOption.AllDirectories), Is.Empty);
        });
    }

    [Test]
    public void A_key_that_exists_is_kept()
    {
        var key = plan.Certificates[0].KeyPath;
        Directory.CreateDirectory(Path.GetDirectoryName(key)!);
        Tool.Run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key]);
        var before = File.ReadAllText(key);
        Assert.That(Enrol().Status, Is.Zero);
        Assert.That(File.ReadAllText(key), Is.EqualTo(before));
    }

    [Test]
    public async Task A_server_that_the_pinned_authority_does_not_vouch_for_gets_no_ticket()
    {
        await server.StopAsync();
        await server.DisposeAsync();
        using var impostor = ((SiteAuthoritiesResult.Opened)SiteAuthorities.OpenOrCreate(folder.At("other"), DateTimeOffset.UtcNow, NullLogger.Instance)).Authorities;
        server = Serve(HeldCertificate.ForHttps(impostor, PlannedClusters.Three).Current(DateTimeOffset.UtcNow));
        await server.StartAsync();
        WriteNode(new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port, RegistryDescription.Builtin);
        var result = Tool.Run("timeout", ["2", "sh", folder.At("etc", "enroll")], "", Environment());
        Assert.That(result.Status, Is.EqualTo(124), result.ToString());
        Assert.That(requests, Is.Empty);
        Assert.That(result.Output, Does.Contain("certificate"));
        Assert.That(File.Exists(folder.At("etc", "ticket")));
    }

    private Tool.Result Enrol() => Tool.Run("sh", [folder.At("etc", "enroll")], "", Environment());

    private Dictionary<string, string> Environment() => new()
    {
        ["SEXTANT_ETC"] = folder.At("etc"),
        ["SEXTANT_RETRY_SECONDS"] = "0",
        ["SEXTANT_RETRY_LIMIT"] = "0",
        ["PATH"] = $"{folder.At("bin")}:{System.Environment.GetEnvironmentVariable("PATH")}",
    };

    /// <summary>What the plan puts on m1, with its certificates in this test's folder and its owner this test's user.</summary>
    private void WriteNode(int port, RegistryDescription registry)
    {
        var cluster = PlannedClusters.Three with
        {
            Registry = registry,
            Bootstrapper = PlannedClusters.Three.Bootstrapper with { Address = Loopback, HttpsPort = port },
            Nodes = [.. PlannedClusters.Three.Nodes.Select(node => node with { Roles = registry.Username is null ? [NodeRole.EtcdMember] : [NodeRole.EtcdMember, NodeRole.Worker] })],
        };
        plan = PlannedClusters.Plan(cluster, authorities.Anchors).For(Mac, null)!;
        var owner = $"{Tool.Run("id", ["-u"]).Output.Trim()}:{Tool.Run("id", ["-g"]).Output.Trim()}";
        plan = plan with
        {
            Certificates = [.. plan.Certificates.Select(one => one with { KeyPath = folder.Path + one.KeyPath, CertificatePath = folder.Path + one.CertificatePath, Owner = owner })],
        };
        folder.Write("etc/enroll", Content("/etc/sextant/enroll"));
        folder.Write("etc/certificates.sh", Content("/etc/sextant/certificates.sh"));
        folder.Write("etc/sextant-ca.crt", Content("/etc/sextant/sextant-ca.crt"));
        folder.Write("etc/ticket", ticket + "\n");
        folder.Write("etc/enroll.conf", Content("/etc/sextant/enroll.conf")
            .Replace(" /etc/", $" {folder.Path}/etc/", StringComparison.Ordinal)
            .Replace("etcd:etcd", owner, StringComparison.Ordinal).Replace("root:root", owner, StringComparison.Ordinal));
        var systemctl = folder.Write("bin/systemctl", $"#!/bin/sh\necho \"$*\" >>'{folder.At("started")}'\n");
        File.SetUnixFileMode(systemctl, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Content(string path) => plan.Files.Single(file => file.Path == path).Content;

    private WebApplication Serve(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        var enrolment = new Enrolment(authorities, tickets, NullLogger<Enrolment>.Instance);
        application.MapPost("/enroll/{mac}/{name}", async (string mac, string name, HttpContext context) =>
        {
            var forced = interference(requests.Count);
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            var shown = context.Request.Headers.Authorization.ToString()["Bearer ".Length..];
            var peer = Ipv4Address.FromIPAddress(context.Connection.RemoteIpAddress)!.Value;
            var outcome = forced is null or -1
                ? await enrolment.SignAsync(new EnrolmentRequest(MacAddress.Parse(mac), peer, 1, name, shown, body), plan, DateTimeOffset.UtcNow)
                : null;
            var (status, text) = (forced, outcome) switch
            {
                (-1, _) => (502, "lost"),
                ({ } other, _) => (other, $"interference {other}"),
                (_, EnrolmentOutcome.Signed(var pem, _, _, _)) => (200, pem),
                (_, EnrolmentOutcome.Released(var secret, _, _)) => (200, $"the content of {secret.Name}\n"),
                (_, EnrolmentOutcome.Refused(var reason, _)) => (403, Words.Of(reason)),
                _ => throw new InvalidOperationException(),
            };
            requests.Add((name, status));
            return Results.Text(text, statusCode: status);
        });
        return application;
    }
}
