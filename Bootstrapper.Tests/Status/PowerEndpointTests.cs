using System.Net;
using System.Text;
using NUnit.Framework;
using Sextant.Power;
using Sextant.Status;
using Sextant.Tests.Power;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

[TestFixture]
public sealed class PowerEndpointTests
{
    private const string Path = "/api/v1/nodes/52-54-00-00-00-01/power";

    [TestCase("on", false, PowerAction.On)]
    [TestCase("off", false, PowerAction.Off)]
    [TestCase("off", true, PowerAction.ForceOff)]
    [TestCase("cycle", false, PowerAction.Cycle)]
    [TestCase("network-boot", false, PowerAction.NetworkBoot)]
    [TestCase("on", true, null)]
    [TestCase("explode", false, null)]
    [TestCase(null, false, null)]
    public void A_word_is_an_action(string? word, bool force, PowerAction? expected) => Assert.That(PowerEndpoint.ActionOf(new PowerRequest(word, force)), Is.EqualTo(expected));

    [Test]
    public async Task The_operator_switches_a_machine_and_everybody_sees_its_state()
    {
        await using var controller = await StandInRedfish.OfOneMachineAsync();
        using var folder = new TemporaryFolder();
        await using var appliance = await ServedAppliance.StartAsync(controller.In(ServedAppliance.Cluster(), folder));

        Assert.That(await PostAsync(appliance.Client(1), appliance.HttpBase, """{"action":"on"}"""), Is.EqualTo((HttpStatusCode.Forbidden, false)));
        Assert.That((await appliance.Client(1).GetAsync(appliance.HttpBase + Path)).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        foreach (var word in new[] { "{\"action\":\"off\",\"force\":true}", "{\"action\":\"cycle\"}", "{\"action\":\"network-boot\"}", "{\"action\":\"on\"}" })
            Assert.That(await PostAsync(appliance.Operator(), "http://sextant", word), Is.EqualTo((HttpStatusCode.OK, true)), word);
        foreach (var nonsense in new[] { "", "[]", "{", "{\"action\":\"explode\"}", "{\"action\":7}", new string('x', 5000) })
            Assert.That((await PostAsync(appliance.Operator(), "http://sextant", nonsense)).Status, Is.EqualTo(HttpStatusCode.BadRequest), nonsense);
        Assert.That(await appliance.Operator().GetStringAsync("http://sextant" + Path), Is.EqualTo("{\"power\":\"on\"}"));
        Assert.That(await appliance.Client(9).GetStringAsync(appliance.HttpBase + "/api/v1/nodes/52-54-00-00-00-01"), Does.Contain("\"power\":\"on\"").And.Not.Contain("secret").And.Not.Contain("operator"));
        Assert.That(controller.Asked, Does.Contain("""POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset {"ResetType":"ForceOff"}"""));
        using var without = await appliance.Operator().GetAsync("http://sextant" + Path.Replace("01/power", "02/power", StringComparison.Ordinal));
        Assert.That(without.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(appliance.Failures, Is.Empty);
    }

    private static async Task<(HttpStatusCode Status, bool IsOn)> PostAsync(HttpClient client, string address, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(address + Path, content);
        return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains("\"power\":\"on\"", StringComparison.Ordinal));
    }
}
