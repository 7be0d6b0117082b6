using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Power;

namespace Sextant.Tests.Power;

/// <summary>Redfish over real HTTP, with the oddities that services have.</summary>
[TestFixture]
public sealed class RedfishControllerTests
{
    private const string Root = """{"Systems":{"@odata.id":"/redfish/v1/Systems"},"Links":{"Sessions":{"@odata.id":"/redfish/v1/SessionService/Sessions"}}}""";
    private const string One = """{"Members":[{"@odata.id":"/redfish/v1/Systems/437XR"}]}""";

    private static Dictionary<string, string> Service(string system, string members = One, string root = Root) => new()
    {
        ["/redfish/v1/"] = root, ["/redfish/v1/Systems"] = members, ["/redfish/v1/Systems/437XR"] = system,
    };

    [TestCase(PowerAction.On, "Off", "On")]
    [TestCase(PowerAction.Off, "On", "GracefulShutdown")]
    [TestCase(PowerAction.ForceOff, "On", "ForceOff")]
    [TestCase(PowerAction.Cycle, "On", "PowerCycle")]
    [TestCase(PowerAction.Cycle, "Off", "On")]
    public async Task An_action_is_the_reset_that_does_it(PowerAction action, string now, string reset)
    {
        await using var service = await StandInRedfish.OfAsync(Service(
            $$$$"""{"PowerState":"{{{{now}}}}","Actions":{"#ComputerSystem.Reset":{"target":"/redfish/v1/Systems/437XR/Actions/ComputerSystem.Reset"}}}"""));
        Assert.That(await service.DoAsync(action), Is.InstanceOf<PowerOutcome.Done>());
        Assert.That(service.Asked, Does.Contain($$"""POST /redfish/v1/Systems/437XR/Actions/ComputerSystem.Reset {"ResetType":"{{reset}}"}"""));
    }

    [TestCase(PowerAction.Status, "On", PowerState.On)]
    [TestCase(PowerAction.On, "On", PowerState.On)]
    [TestCase(PowerAction.Off, "Off", PowerState.Off)]
    [TestCase(PowerAction.ForceOff, "Off", PowerState.Off)]
    [TestCase(PowerAction.Status, "PoweringOn", PowerState.Changing)]
    [TestCase(PowerAction.Status, "Unheard", null)]
    public async Task What_is_so_already_is_not_asked_for(PowerAction action, string now, PowerState? expected)
    {
        await using var service = await StandInRedfish.OfAsync(Service($$"""{"PowerState":"{{now}}"}"""));
        Assert.That(await service.DoAsync(action), Is.EqualTo(new PowerOutcome.Done(expected)));
        Assert.That(service.Asked, Has.None.StartsWith("POST"));
    }

    [Test]
    public async Task Where_the_best_reset_is_missing_the_next_best_does_and_without_any_it_says_so()
    {
        const string system = """{"PowerState":"On","Actions":{"#ComputerSystem.Reset":{"target":"/redfish/v1/r","ResetType@Redfish.AllowableValues":["On","ForceRestart"]}}}""";
        await using var service = await StandInRedfish.OfAsync(Service(system));
        Assert.That(await service.DoAsync(PowerAction.Cycle), Is.InstanceOf<PowerOutcome.Done>());
        Assert.That(service.Asked, Does.Contain("""POST /redfish/v1/r {"ResetType":"ForceRestart"}"""));
        Assert.That(await service.DoAsync(PowerAction.Off), Is.EqualTo(new PowerOutcome.Failed(PowerFailure.Unsupported, $"{service.Base}: the system has only On, ForceRestart")));
    }

    [TestCase("""["None","Pxe","Hdd"]""", "Pxe")]
    [TestCase("""["None","UefiHttp"]""", "UefiHttp")]
    public async Task The_next_boot_is_from_the_network_once(string allowed, string target)
    {
        await using var service = await StandInRedfish.OfAsync(Service($$$$"""{"PowerState":"Off","Boot":{"BootSourceOverrideTarget@Redfish.AllowableValues":{{{{allowed}}}}}}"""));
        Assert.That(await service.DoAsync(PowerAction.NetworkBoot), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(service.Asked, Does.Contain($$$"""PATCH /redfish/v1/Systems/437XR {"Boot":{"BootSourceOverrideEnabled":"Once","BootSourceOverrideTarget":"{{{target}}}"}}"""));
    }

    [TestCase("\"@odata.etag\":\"W/\\\"7\\\"\",", 412, "W/\"7\"", "*", TestName = "An entity tag that the service does not take after all")]
    [TestCase("", 428, "", "*", TestName = "A service that wants one and gives none")]
    public async Task A_service_that_insists_on_an_entity_tag_gets_one(string tag, int status, string first, string second)
    {
        var tags = new List<string>();
        await using var service = await StandInRedfish.StartAsync(async context =>
        {
            if (context.Request.Method == "PATCH")
            {
                tags.Add(context.Request.Headers.IfMatch.ToString());
                context.Response.StatusCode = tags[^1] == "*" ? 204 : status;
            }
            else await context.Response.WriteAsync(Service($$"""{{{tag}}"PowerState":"On"}""")[context.Request.Path.Value!]);
        });
        Assert.That(await service.DoAsync(PowerAction.NetworkBoot), Is.InstanceOf<PowerOutcome.Done>());
        Assert.That(tags, Is.EqualTo(new[] { first, second }));
    }

    [Test]
    public async Task A_service_that_takes_accounts_by_session_only_gets_one_and_it_is_ended()
    {
        await using var service = await StandInRedfish.StartAsync(async context =>
        {
            var path = context.Request.Path.Value!;
            if (path == "/redfish/v1/SessionService/Sessions")
            {
                context.Response.StatusCode = 201;
                context.Response.Headers["X-Auth-Token"] = "t0ken";
                context.Response.Headers.Location = "/redfish/v1/SessionService/Sessions/9";
            }
            else if (path != "/redfish/v1/" && context.Request.Headers["X-Auth-Token"] != "t0ken") context.Response.StatusCode = 401;
            else if (context.Request.Method == "GET") await context.Response.WriteAsync(Service("""{"PowerState":"On"}""")[path]);
            else context.Response.StatusCode = 204;
        });
        Assert.That(await service.DoAsync(PowerAction.Status), Is.EqualTo(new PowerOutcome.Done(PowerState.On)));
        Assert.That(service.Asked, Does.Contain("""POST /redfish/v1/SessionService/Sessions {"UserName":"operator","Password":"secret"}"""));
        Assert.That(service.Asked[^1], Is.EqualTo("DELETE /redfish/v1/SessionService/Sessions/9"));
    }

    [Test]
    public async Task Of_several_systems_the_named_one_is_the_machine()
    {
        var documents = Service("""{"PowerState":"Off"}""", """{"Members":[{"@odata.id":"/redfish/v1/Systems/437XR"},{"@odata.id":"/redfish/v1/Systems/other"}]}""");
        await using var service = await StandInRedfish.OfAsync(documents);
        Assert.That(await service.DoAsync(PowerAction.Status, "437XR"), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(((PowerOutcome.Failed)await service.DoAsync(PowerAction.Status)).Explanation, Does.Contain("437XR, other").And.Contain("bmc.system"));
        Assert.That(((PowerOutcome.Failed)await service.DoAsync(PowerAction.Status, "none")).Explanation, Does.Contain("there is no system 'none'"));
    }

    [TestCase("not json", PowerFailure.Malformed)]
    [TestCase("null", PowerFailure.Malformed)]
    [TestCase("[]", PowerFailure.Malformed)]
    [TestCase("{}", PowerFailure.Malformed)]
    [TestCase("""{"Systems":{"@odata.id":"http://192.0.2.1/redfish/v1/Systems"}}""", PowerFailure.Malformed)]
    [TestCase("""{"Systems":{"@odata.id":"//192.0.2.1/x"}}""", PowerFailure.Malformed)]
    [TestCase("""{"Systems":{"@odata.id":"/nowhere"}}""", PowerFailure.Unsupported)]
    public async Task Nonsense_is_told_and_the_account_goes_nowhere_else(string root, PowerFailure expected)
    {
        await using var service = await StandInRedfish.OfAsync(Service("""{"PowerState":"On"}""", root: root));
        Assert.That(((PowerOutcome.Failed)await service.DoAsync(PowerAction.Status)).Reason, Is.EqualTo(expected));
    }

    [TestCase(401, PowerFailure.Unauthorized)]
    [TestCase(403, PowerFailure.Unauthorized)]
    [TestCase(500, PowerFailure.Refused)]
    [TestCase(503, PowerFailure.Refused)]
    [TestCase(302, PowerFailure.Refused)]
    public async Task A_refusal_is_told_without_the_password(int status, PowerFailure expected)
    {
        await using var service = await StandInRedfish.StartAsync(async context =>
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("busy\u001b[31m");
        });
        var failed = (PowerOutcome.Failed)await service.DoAsync(PowerAction.On);
        Assert.That(failed.Reason, Is.EqualTo(expected));
        Assert.That(failed.Explanation, Does.StartWith(service.Base).And.Not.Contain("secret").And.Not.Contain("\u001b"));
    }

    [Test]
    public async Task Where_nothing_answers_it_says_so()
    {
        var service = await StandInRedfish.OfAsync(Service("{}"));
        await service.DisposeAsync();
        Assert.That(((PowerOutcome.Failed)await service.DoAsync(PowerAction.On)).Reason, Is.EqualTo(PowerFailure.Unreachable));
    }

    [Test]
    public async Task A_certificate_is_trusted_by_its_fingerprint_or_its_authority_and_by_nothing_else()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=bmc", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        await using var service = await StandInRedfish.OfAsync(Service("""{"PowerState":"On"}"""), listener => listener.UseHttps(certificate));
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

        Assert.That(await service.DoAsync(PowerAction.Status, fingerprint: fingerprint), Is.EqualTo(new PowerOutcome.Done(PowerState.On)));
        Assert.That(await service.DoAsync(PowerAction.Status, authorities: certificate.ExportCertificatePem()), Is.EqualTo(new PowerOutcome.Done(PowerState.On)));
        foreach (var failed in new[]
        {
            await service.DoAsync(PowerAction.Status), await service.DoAsync(PowerAction.Status, fingerprint: new string('0', 64)),
        }) Assert.That(((PowerOutcome.Failed)failed).Reason, Is.EqualTo(PowerFailure.Untrusted));
    }

    [Test]
    public void Nothing_that_prints_an_access_prints_its_password() =>
        Assert.That($"{new ControllerAccess("https://bmc", "operator", "secret", "/etc/pw", null, null, null, null)}", Is.EqualTo("https://bmc"));
}
