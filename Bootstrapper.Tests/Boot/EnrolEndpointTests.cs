using System.Net;
using System.Net.Http.Headers;
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
public sealed class EnrolEndpointTests
{
    private const string Secret = "registry-credentials";
    private const string Claim = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";

    private static readonly string[] MasterSecrets = ["service-account-key", "secrets-encryption"];

    private ServedAppliance appliance = null!;

    private string[] Certificates => [.. appliance.Plan.Value.For(ServedAppliance.Mac(1), null)!.Certificates.Select(planned => planned.Name)];

    [SetUp]
    public async Task Start() => appliance = await ServedAppliance.StartAsync();

    [TearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
    }

    [Test]
    public async Task A_machine_gets_every_certificate_of_its_plan_once_and_is_then_enrolled()
    {
        var ticket = await appliance.InstallAsync(1);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var name in Certificates)
        {
            Assert.That(appliance.Machines.Find(ServedAppliance.Mac(1))!.IsEnrolled, Is.False);
            var (status, text) = await EnrolAsync(1, name, ticket, Request(key));
            Assert.That(status, Is.EqualTo(200), text);
            using var certificate = X509Certificate2.CreateFromPem(text);
            Assert.That(certificate.PublicKey.ExportSubjectPublicKeyInfo(), Is.EqualTo(key.ExportSubjectPublicKeyInfo()));
        }
        foreach (var secret in MasterSecrets)
        {
            Assert.That(appliance.Machines.Find(ServedAppliance.Mac(1))!.IsEnrolled, Is.False);
            Assert.That((await EnrolAsync(1, secret, ticket, Claim)).Status, Is.EqualTo(200), secret);
        }
        var machine = appliance.Machines.Find(ServedAppliance.Mac(1))!;
        Assert.That((machine.Stage, machine.IsEnrolled), Is.EqualTo((MachineStage.Enrolled, true)));
        Assert.That(machine.Timeline.OfType<CertificateIssued>().Select(issued => issued.Name), Is.EqualTo(Certificates));

        var count = machine.Timeline.Count;
        Assert.That((await EnrolAsync(1, Certificates[0], ticket, Request(key))).Status, Is.EqualTo(200), "the same key again");
        Assert.That(appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline, Has.Count.EqualTo(count), "and nothing new to tell");
    }

    [Test]
    public async Task A_spent_ticket_is_worth_nothing_for_another_key()
    {
        var ticket = await appliance.InstallAsync(1);
        Assert.That((await EnrolAsync(1, Certificates[0], ticket, NewRequest())).Status, Is.EqualTo(200));
        await RefusedAsync(1, ticket, RefusalReason.TicketSpent);
    }

    [Test]
    public async Task Of_two_keys_at_the_same_moment_one_wins()
    {
        var ticket = await appliance.InstallAsync(1);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => EnrolAsync(1, Certificates[0], ticket, NewRequest())));
        Assert.That(answers.Select(answer => answer.Status), Has.Exactly(1).EqualTo(200).And.Exactly(7).EqualTo(403));
    }

    [Test]
    public async Task A_ticket_from_an_earlier_fetch_is_superseded_by_the_next()
    {
        await appliance.BeginInstallAsync(1);
        var first = await appliance.TicketAsync(1);
        var second = await appliance.TicketAsync(1);
        Assert.That(second, Is.Not.EqualTo(first));
        await RefusedAsync(1, first, RefusalReason.TicketSuperseded);
        Assert.That((await EnrolAsync(1, Certificates[0], second, NewRequest())).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_ticket_of_an_earlier_attempt_is_superseded()
    {
        await appliance.BeginInstallAsync(1);
        var ticket = await appliance.TicketAsync(1);
        await appliance.BeginInstallAsync(1);
        await RefusedAsync(1, ticket, RefusalReason.TicketSuperseded);
    }

    [Test]
    public async Task An_old_ticket_has_expired()
    {
        var ticket = await appliance.InstallAsync(1);
        Assert.That((await EnrolAsync(1, Certificates[0], ticket, NewRequest())).Status, Is.EqualTo(200), "on this connection, which stays");
        appliance.Time.Advance(EnrolmentTickets.DefaultLifetime);
        await RefusedAsync(1, ticket, RefusalReason.TicketExpired);
    }

    [Test]
    public async Task A_ticket_nobody_minted_is_unknown()
    {
        await appliance.InstallAsync(1);
        await RefusedAsync(1, "invented", RefusalReason.TicketUnknown);
        await RefusedAsync(1, "", RefusalReason.TicketUnknown);
    }

    [Test]
    public async Task A_ticket_works_for_its_own_machine_only()
    {
        var ticket = await appliance.InstallAsync(1);
        await appliance.InstallAsync(2);
        await RefusedAsync(2, ticket, RefusalReason.TicketOfAnotherMachine);
    }

    [Test]
    public async Task A_stolen_ticket_is_worth_nothing_at_another_address()
    {
        var ticket = await appliance.InstallAsync(1);
        await appliance.LeaseAsync(2);
        var (status, text) = await EnrolAsync(1, Certificates[0], ticket, NewRequest(), from: "127.0.0.12");
        Assert.That(status, Is.EqualTo(403), text);
        Assert.That(appliance.LastEvent(1), Is.InstanceOf<Refused>().With.Property(nameof(Refused.Reason)).EqualTo(RefusalReason.WrongAddress)
            .And.Property(nameof(Refused.Peer)).EqualTo("127.0.0.12"));
    }

    [Test]
    public async Task The_ticket_belongs_to_the_address_it_was_minted_for()
    {
        var ticket = await appliance.InstallAsync(1);
        await appliance.Machines.RecordAsync(new Leased(ServedAppliance.Mac(1), appliance.Time.GetUtcNow(), ServedAppliance.AddressOf(50), "operating system"));
        var (status, _) = await EnrolAsync(1, Certificates[0], ticket, NewRequest(), from: "127.0.0.60");
        Assert.That(status, Is.EqualTo(403));
        Assert.That(((Refused)appliance.LastEvent(1)!).Reason, Is.EqualTo(RefusalReason.WrongAddress));
    }

    [TestCase("not-planned", RefusalReason.CertificateNotPlanned, 403)]
    [TestCase(null, RefusalReason.BadCertificateRequest, 422)]
    public async Task What_the_plan_or_the_request_do_not_allow_is_refused_by_name(string? certificate, RefusalReason reason, int expected)
    {
        var ticket = await appliance.InstallAsync(1);
        var (status, text) = await EnrolAsync(1, certificate ?? Certificates[0], ticket, certificate is null ? "hello" : NewRequest());
        Assert.That(status, Is.EqualTo(expected));
        Assert.That(text, Does.Contain(ServedAppliance.Mac(1).ToString()).And.Contain(Words.Of(reason)));
        Assert.That(((Refused)appliance.LastEvent(1)!).Reason, Is.EqualTo(reason));
    }

    [Test]
    public async Task The_account_at_an_external_registry_is_handed_out_for_the_ticket_and_completes_the_enrolment()
    {
        await using var served = await ServedAppliance.StartAsync(WithAccount());
        var ticket = await served.InstallAsync(1);
        foreach (var name in Certificates) Assert.That((await EnrolAsync(served, 1, name, ticket, NewRequest())).Status, Is.EqualTo(200));
        foreach (var name in MasterSecrets) Assert.That((await EnrolAsync(served, 1, name, ticket, Claim)).Status, Is.EqualTo(200));
        Assert.That(served.Machines.Find(ServedAppliance.Mac(1))!.IsEnrolled, Is.False, "something is missing");
        var (status, text) = await EnrolAsync(served, 1, Secret, ticket, Claim);
        Assert.That(status, Is.EqualTo(200), text);
        Assert.That(text, Does.Contain("server = \"https://r.example\"\n").And.Contain("Authorization = \"Basic "));
        var machine = served.Machines.Find(ServedAppliance.Mac(1))!;
        Assert.That(machine.IsEnrolled);
        Assert.That(machine.Timeline.OfType<SecretReleased>().Select(released => released.Name), Is.EqualTo([.. MasterSecrets, Secret]));
        Assert.That((await EnrolAsync(served, 1, Secret, ticket, Claim)).Text, Is.EqualTo(text), "an answer that got lost is given again");
        var (second, refusal) = await EnrolAsync(served, 1, Secret, ticket, Claim.Replace('0', '9'));
        Assert.That((second, refusal), Is.EqualTo((403, refusal)));
        Assert.That(refusal, Does.Contain(Words.Of(RefusalReason.TicketSpent)).And.Not.Contain("Basic"), "and to nobody else who has the ticket");
        Assert.That(served.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<SecretReleased>().Count(released => released.Name == Secret), Is.EqualTo(1));
        Assert.That(served.Failures, Is.Empty);
    }

    [Test]
    public async Task Without_the_current_ticket_of_the_machine_nobody_gets_the_account()
    {
        await using var served = await ServedAppliance.StartAsync(WithAccount());
        await served.LeaseAsync(1);
        Assert.That((await EnrolAsync(served, 1, Secret, "invented", Claim)).Status, Is.EqualTo(409), "not being installed");
        await served.BeginInstallAsync(1);
        var early = await served.TicketAsync(1);
        var ticket = await served.TicketAsync(1);
        await served.InstallAsync(2);
        foreach (var (shown, number, reason) in new[]
            { (early, 1, RefusalReason.TicketSuperseded), ("", 1, RefusalReason.TicketUnknown), ("invented", 1, RefusalReason.TicketUnknown), (ticket, 2, RefusalReason.TicketOfAnotherMachine) })
        {
            var (status, text) = await EnrolAsync(served, number, Secret, shown, Claim);
            Assert.That(status, Is.EqualTo(403), text);
            Assert.That(text, Does.Contain(Words.Of(reason)).And.Not.Contain("Basic"));
        }
        Assert.That((await EnrolAsync(served, 1, Secret, ticket, Claim, baseUrl: served.HttpBase)).Status, Is.EqualTo(403), "in the clear");
        Assert.That((await EnrolAsync(served, 1, Secret, ticket, Claim, from: "127.0.0.12")).Status, Is.EqualTo(403), "from another machine's address");
        await served.BeginInstallAsync(1);
        Assert.That((await EnrolAsync(served, 1, Secret, ticket, Claim)).Status, Is.EqualTo(403), "of an earlier attempt");
        Assert.That(served.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<SecretReleased>(), Is.Empty);
        Assert.That(served.Failures, Is.Empty);
    }

    [TestCase("")]
    [TestCase("0")]
    [TestCase("00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF")]
    [TestCase("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00")]
    public async Task A_claim_that_could_be_guessed_is_none(string claim)
    {
        await using var served = await ServedAppliance.StartAsync(WithAccount());
        var ticket = await served.InstallAsync(1);
        Assert.That((await EnrolAsync(served, 1, Secret, ticket, claim)).Status, Is.EqualTo(422));
        Assert.That((await EnrolAsync(served, 1, Secret, ticket, Claim)).Status, Is.EqualTo(200), "the ticket is not spent");
    }

    [Test]
    public async Task A_registry_without_an_account_has_nothing_to_hand_out()
    {
        var ticket = await appliance.InstallAsync(1);
        Assert.That((await EnrolAsync(1, Secret, ticket, Claim)).Status, Is.EqualTo(403));
        Assert.That(((Refused)appliance.LastEvent(1)!).Reason, Is.EqualTo(RefusalReason.CertificateNotPlanned));
    }

    [Test]
    public async Task Without_encryption_nothing_is_signed_and_the_ticket_is_not_spent()
    {
        var ticket = await appliance.InstallAsync(1);
        var (status, text) = await EnrolAsync(1, Certificates[0], ticket, NewRequest(), baseUrl: appliance.HttpBase);
        Assert.That((status, text), Is.EqualTo((403, text)));
        Assert.That(text, Does.Contain("HTTPS"));
        Assert.That((await EnrolAsync(1, Certificates[0], ticket, NewRequest())).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task After_the_operator_asked_for_a_reinstall_the_old_ticket_is_closed()
    {
        var ticket = await appliance.InstallAsync(1);
        await appliance.Machines.RecordAsync(new ReinstallRequested(ServedAppliance.Mac(1), appliance.Time.GetUtcNow()));
        var (status, _) = await EnrolAsync(1, Certificates[0], ticket, NewRequest());
        Assert.That(status, Is.EqualTo(409));
        Assert.That(((Refused)appliance.LastEvent(1)!).Reason, Is.EqualTo(RefusalReason.NotInstalling));
    }

    [Test]
    public async Task Where_approval_is_wanted_the_machine_waits_for_the_operators_yes()
    {
        await using var careful = await ServedAppliance.StartAsync(ServedAppliance.Cluster(enrollment: Enrollment.Approve));
        var ticket = await careful.InstallAsync(1);
        Assert.That((await EnrolAsync(careful, 1, Certificates[0], ticket, NewRequest())).Status, Is.EqualTo(409));
        Assert.That(((Refused)careful.LastEvent(1)!).Reason, Is.EqualTo(RefusalReason.AwaitingApproval));
        Assert.That(await careful.Client(9).GetStringAsync($"{careful.HttpBase}/api/v1/cluster"), Does.Contain("An operator has to approve its enrolment"));
        using var yes = await careful.Operator().PostAsync($"http://sextant/api/v1/nodes/{ServedAppliance.Mac(1).ToHyphenString()}/approve", null);
        Assert.That(yes.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await EnrolAsync(careful, 1, Certificates[0], ticket, NewRequest())).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task The_distributions_own_tools_enrol_with_the_pinned_authority_and_with_no_other()
    {
        var ticket = await appliance.InstallAsync(1);
        using var folder = new TemporaryFolder();
        var authority = folder.Write("ca.crt", appliance.Authorities[CertificateAuthorityName.Sextant].CertificatePem);
        var wrong = folder.Write("other.crt", appliance.Authorities[CertificateAuthorityName.Etcd].CertificatePem);
        var made = Tool.Run("openssl", ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder.File("key"), "-out", folder.File("csr"), "-subj", "/CN=whatever"]);
        Assert.That(made.Status, Is.Zero, made.ToString());
        string[] Curl(string trusted) =>
        [
            "--silent", "--show-error", "--interface", "127.0.0.11", "--cacert", trusted, "--header", $"Authorization: Bearer {ticket}", "--data-binary", $"@{folder.File("csr")}",
            "--output", folder.File("crt"), "--write-out", "%{http_code}", $"{appliance.HttpsBase}/enroll/{ServedAppliance.Mac(1).ToHyphenString()}/{Certificates[0]}",
        ];
        Assert.That(Tool.Run("curl", Curl(wrong)).Status, Is.EqualTo(60), "curl: the certificate cannot be authenticated");
        var enrolled = Tool.Run("curl", Curl(authority));
        Assert.That(enrolled.Output, Is.EqualTo("200"), enrolled.ToString());
        var planned = appliance.Plan.Value.For(ServedAppliance.Mac(1), null)!.Certificates[0];
        var issuer = folder.Write("issuer.crt", appliance.Authorities[planned.Authority].CertificatePem);
        var verified = Tool.Run("openssl", ["verify", "-x509_strict", "-CAfile", issuer, folder.File("crt")]);
        Assert.That(verified.Status, Is.Zero, verified.ToString());
    }

    private static ClusterDescription WithAccount() => ServedAppliance.Cluster() with
    {
        Registry = RegistryDescription.At("r.example") with { Username = "pull", PasswordFile = new GivenFile("password", "registry.password_file", 1, 1) },
    };

    private async Task RefusedAsync(int number, string ticket, RefusalReason reason)
    {
        var (status, text) = await EnrolAsync(number, Certificates[0], ticket, NewRequest());
        Assert.That(status, Is.EqualTo(403), text);
        Assert.That(text, Does.Contain(ServedAppliance.Mac(number).ToString()).And.Contain(Words.Of(reason)));
        Assert.That(((Refused)appliance.LastEvent(number)!).Reason, Is.EqualTo(reason));
    }

    private Task<(int Status, string Text)> EnrolAsync(int number, string certificate, string ticket, string request, string? from = null, string? baseUrl = null) =>
        EnrolAsync(appliance, number, certificate, ticket, request, from, baseUrl);

    private static async Task<(int Status, string Text)> EnrolAsync(
        ServedAppliance server, int number, string certificate, string ticket, string pem, string? from = null, string? baseUrl = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{baseUrl ?? server.HttpsBase}/enroll/{ServedAppliance.Mac(number).ToHyphenString()}/{certificate}");
        request.Content = new StringContent(pem);
        if (ticket.Length > 0) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ticket);
        using var answer = await server.Client(from ?? ServedAppliance.AddressOf(number).ToString()).SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string NewRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(key);
    }

    private static string Request(ECDsa key) => new CertificateRequest("CN=ignored", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
}
