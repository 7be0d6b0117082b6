using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

/// <summary>What another description would change, asked of the running service.</summary>
[TestFixture]
public sealed class PlanEndpointTests
{
    private ServedAppliance appliance = null!;

    [OneTimeSetUp]
    public async Task Start() => appliance = await ServedAppliance.StartAsync();

    [OneTimeTearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
    }

    [Test]
    public async Task A_description_with_errors_is_refused_with_all_of_them()
    {
        using var answer = await AskAsync("version: 1\nname: Demo\n");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.That(problem["code"]!.GetValue<string>(), Is.EqualTo("description-invalid"));
        Assert.That(problem["problems"]!.AsArray().Select(line => line!.GetValue<string>()).ToList(), Has.Count.GreaterThan(1).And.Some.Contains("2:7: error: name"));
    }

    [Test]
    public async Task A_good_one_is_answered_with_what_it_changes_and_changes_nothing()
    {
        using var answer = await AskAsync(Repository.Read("cluster-desc.example.yaml"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        var changes = JsonNode.Parse(text)!;
        Assert.That(changes["restart"]!.AsArray().Select(key => key!.GetValue<string>()), Does.Contain("bootstrapper").And.Contain("network.subnet"));
        Assert.That(changes["machines"]!.AsArray().Select(machine => machine!["change"]!.GetValue<string>()), Does.Contain("reinstall"));
        Assert.That(appliance.Plan.Value.Description.Name, Is.EqualTo("demo"));
    }

    [TestCase("application/json", HttpStatusCode.UnsupportedMediaType)]
    [TestCase("text/plain", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_description_is_called_YAML(string type, HttpStatusCode status)
    {
        using var answer = await AskAsync("version: 1\n", type);
        Assert.That(answer.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task Nobody_but_the_operator_asks_because_a_description_names_files()
    {
        using var content = new StringContent("version: 1\n", Encoding.UTF8, "application/yaml");
        using var answer = await appliance.Client(1).PostAsync(appliance.HttpBase + "/api/v1/plan", content);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private async Task<HttpResponseMessage> AskAsync(string description, string type = "application/yaml")
    {
        using var content = new StringContent(description, Encoding.UTF8, type);
        return await appliance.Operator().PostAsync("http://sextant/api/v1/plan", content);
    }
}
