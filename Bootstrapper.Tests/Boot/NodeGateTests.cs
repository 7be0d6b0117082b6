using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

/// <summary>The door for machines with a certificate, as curl on a node goes through it.</summary>
[TestFixture]
public sealed class NodeGateTests
{
    private ServedAppliance appliance = null!;
    private TemporaryFolder folder = null!;

    [SetUp]
    public async Task Start()
    {
        appliance = await ServedAppliance.StartAsync();
        folder = new TemporaryFolder();
        folder.Write("ca.crt", appliance.Authorities.Anchors.Pem[CertificateAuthorityName.Sextant]);
    }

    [TearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
        folder.Dispose();
    }

    [TestCase("--tlsv1.3")]
    [TestCase("--tls-max", "1.2")]
    public async Task A_machine_with_its_certificate_gets_what_is_its_own(params string[] tls)
    {
        await appliance.EnrolAsync(1);
        var identity = Identity(1);
        for (var turn = 0; turn < 3; turn++)
        {
            var (status, text) = Get(1, "node-labels", identity, tls);
            Assert.That((status, text), Is.EqualTo((200, appliance.Plan.Value.NodeLabels())));
        }
        Assert.That(Get(1, "addons.yaml", identity, tls), Is.EqualTo((200, appliance.Plan.Value.AddonManifests())));
        Assert.That(appliance.LastEvent(1), Is.InstanceOf<Enrolled>(), "nothing of it belongs into its history");
    }

    [Test]
    public async Task Without_a_certificate_nobody_gets_in_and_the_history_tells()
    {
        await appliance.EnrolAsync(1);
        Refused(RefusalReason.CertificateMissing, Get(1, "node-labels", null));
        Refused(RefusalReason.CertificateMissing, Get(1, "node-labels", null, "--tls-max", "1.2"));
    }

    [Test]
    public async Task Only_the_authority_of_the_site_is_believed_and_only_what_it_signed_for_machines()
    {
        await appliance.EnrolAsync(1);
        using var stranger = CertificateAuthority.Create(CertificateAuthorityName.Sextant, appliance.Time.GetUtcNow());
        var machine = IssuedPair.Machine(ServedAppliance.Mac(1));
        IssuedPair[] worthless =
        [
            IssuedPair.Of(stranger, machine, appliance.Time.GetUtcNow(), folder.At("s.key"), folder.At("s.crt")),
            Issue(machine, CertificateAuthorityName.Etcd),
            Issue(machine, CertificateAuthorityName.Kubernetes),
            Issue(machine with { Organization = null }),
            Issue(machine with { Organization = "system:masters" }),
            Issue(machine with { CommonName = "sextant-bootstrapper" }),
            Issue(machine with { CommonName = ServedAppliance.Mac(1).ToString() }),
            Issue(machine with { ClientAuth = false, ServerAuth = true }),
        ];
        foreach (var shown in worthless) Refused(RefusalReason.CertificateNotTrusted, Get(1, "node-labels", shown));
    }

    [Test]
    public async Task A_machine_that_proves_to_be_another_one_is_told_so()
    {
        await appliance.EnrolAsync(1);
        await appliance.EnrolAsync(2);
        Refused(RefusalReason.CertificateOfAnotherMachine, Get(1, "node-labels", Identity(2)));
        Assert.That(Get(2, "node-labels", Identity(2)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_certificate_opens_nothing_when_it_is_over()
    {
        await appliance.EnrolAsync(1);
        var identity = Issue(IssuedPair.Machine(ServedAppliance.Mac(1)), lifetime: TimeSpan.FromHours(1));
        Assert.That(Get(1, "node-labels", identity).Status, Is.EqualTo(200));
        appliance.Time.Advance(TimeSpan.FromHours(1));
        Refused(RefusalReason.CertificateExpired, Get(1, "node-labels", identity));
    }

    [Test]
    public async Task What_became_of_the_machine_counts_whatever_its_certificate_says()
    {
        await appliance.InstallAsync(1);
        var identity = Identity(1);
        Refused(RefusalReason.NotEnrolled, Get(1, "node-labels", identity), 409);
        await Record(new Enrolled(ServedAppliance.Mac(1), appliance.Time.GetUtcNow()));
        Assert.That(Get(1, "node-labels", identity).Status, Is.EqualTo(200));
        await Record(new Held(ServedAppliance.Mac(1), appliance.Time.GetUtcNow(), HoldReason.Operator));
        Refused(RefusalReason.MachineHeld, Get(1, "node-labels", identity), 409);
        await Record(new Released(ServedAppliance.Mac(1), appliance.Time.GetUtcNow()));
        Assert.That(Get(1, "node-labels", identity).Status, Is.EqualTo(200));

        var plan = appliance.Plan.Value;
        appliance.Plan.Value = PlannedClusters.Plan(plan.Description with { Nodes = [.. plan.Description.Nodes.Skip(1)] }, plan.Anchors);
        Refused(RefusalReason.UnknownMachine, Get(1, "node-labels", identity));
        appliance.Plan.Value = plan;

        await Record(new ReinstallRequested(ServedAppliance.Mac(1), appliance.Time.GetUtcNow()));
        Refused(RefusalReason.NotEnrolled, Get(1, "node-labels", identity), 409);
        appliance.Time.Advance(TimeSpan.FromMinutes(10));
        await appliance.EnrolAsync(1);
        Refused(RefusalReason.CertificateOfEarlierInstall, Get(1, "node-labels", identity));
        Assert.That(Get(1, "node-labels", Identity(1)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task What_is_for_masters_is_for_nobody_else()
    {
        var plan = appliance.Plan.Value;
        appliance.Plan.Value = PlannedClusters.Plan(
            plan.Description with { Nodes = [plan.Description.Nodes[0] with { Roles = [NodeRole.EtcdMember, NodeRole.Worker] }, .. plan.Description.Nodes.Skip(1)] }, plan.Anchors);
        await appliance.EnrolAsync(1);
        foreach (var document in new[] { "node-labels", "addons.yaml" }) Refused(RefusalReason.NotMaster, Get(1, document, Identity(1)));
    }

    [Test]
    public async Task In_the_clear_and_for_names_that_are_no_machine_there_is_nothing()
    {
        await appliance.EnrolAsync(1);
        using var clear = await appliance.Client(1).GetAsync($"{appliance.HttpBase}/node/{ServedAppliance.Mac(1).ToHyphenString()}/node-labels");
        Assert.That((int)clear.StatusCode, Is.EqualTo(403));
        using var socket = await appliance.Operator().GetAsync($"http://sextant/node/{ServedAppliance.Mac(1).ToHyphenString()}/node-labels");
        Assert.That((int)socket.StatusCode, Is.EqualTo(403));
        using var nobody = await appliance.Client(1).GetAsync($"{appliance.HttpsBase}/node/hello/node-labels");
        Assert.That((int)nobody.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task A_browser_on_the_status_page_is_never_asked_for_a_certificate([Values] bool isOldTls)
    {
        var asked = 0;
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", appliance.Plan.Value.Network.HttpsPort);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            CertificateChainPolicy = appliance.TrustPolicy(),
            EnabledSslProtocols = isOldTls ? System.Security.Authentication.SslProtocols.Tls12 : System.Security.Authentication.SslProtocols.Tls13,
            AllowRenegotiation = true,
            LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
            {
                // It is called before the handshake, too, when nobody has asked.
                if (remote is not null) asked++;
                return null!;
            },
        });
        Assert.That(await AskAsync(tls, "/"), Does.StartWith("HTTP/1.1 200"));
        Assert.That(await AskAsync(tls, "/api/v1/cluster"), Does.StartWith("HTTP/1.1 200"));
        Assert.That(asked, Is.Zero);
        Assert.That(await AskAsync(tls, $"/node/{ServedAppliance.Mac(1).ToHyphenString()}/node-labels"), Does.StartWith("HTTP/1.1 403"));
        Assert.That(asked, Is.Positive, "the same client would have been asked");
    }

    [Test]
    public async Task A_slow_peer_with_a_body_holds_nobody_up()
    {
        await appliance.EnrolAsync(1);
        var identity = Identity(1);
        var body = folder.Write("body", new string('x', 15_000));
        var (status, text) = Get(1, "renew/machine", identity, "--data-binary", "@" + body, "--limit-rate", "30000");
        Assert.That((status, text), Is.EqualTo((422, text)), "the body is read before the certificate is asked for");
    }

    private static async Task<string> AskAsync(SslStream tls, string path)
    {
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
        var text = "";
        var buffer = new byte[65536];
        while (true)
        {
            var read = await tls.ReadAsync(buffer);
            if (read == 0) return text;
            text += System.Text.Encoding.UTF8.GetString(buffer, 0, read);
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0) continue;
            var length = text[..head].Split("\r\n").Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(line => int.Parse(line[15..], CultureInfo.InvariantCulture)).Single();
            if (System.Text.Encoding.UTF8.GetByteCount(text) >= head + 4 + length) return text;
        }
    }

    private void Refused(RefusalReason reason, (int Status, string Text) answer, int status = 403)
    {
        Assert.That(answer.Status, Is.EqualTo(status), answer.Text);
        Assert.That(answer.Text, Does.Contain(Words.Of(reason)).And.Contain(ServedAppliance.Mac(1).ToString()));
        Assert.That(appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<Refused>().Select(refusal => refusal.Reason), Does.Contain(reason));
    }

    private Task Record(MachineEvent happened) => appliance.Machines.RecordAsync(happened);

    private (int Status, string Text) Get(int number, string document, IssuedPair? identity, params string[] options)
    {
        string[] shown = identity is null ? [] : ["--cert", identity.CertificatePath, "--key", identity.KeyPath];
        var result = Tool.Run("curl",
        [
            "--silent", "--show-error", "--noproxy", "*", "--max-time", "20", "--cacert", folder.At("ca.crt"), .. options, .. shown, "--interface", ServedAppliance.AddressOf(number).ToString(),
            "--write-out", "%{http_code}", "--output", folder.At("answer"), $"{appliance.HttpsBase}/node/{ServedAppliance.Mac(number).ToHyphenString()}/{document}",
        ]);
        Assert.That(result.Status, Is.Zero, result.ToString());
        return (int.Parse(result.Output, CultureInfo.InvariantCulture), File.ReadAllText(folder.At("answer")));
    }

    private IssuedPair Identity(int number) => Issue(IssuedPair.Machine(ServedAppliance.Mac(number)));

    private IssuedPair Issue(CertificateProfile profile, CertificateAuthorityName authority = CertificateAuthorityName.Sextant, TimeSpan? lifetime = null)
    {
        var name = Guid.NewGuid().ToString("N");
        return IssuedPair.Of(appliance.Authorities[authority], profile, appliance.Time.GetUtcNow(), folder.At(name + ".key"), folder.At(name + ".crt"), lifetime);
    }
}
