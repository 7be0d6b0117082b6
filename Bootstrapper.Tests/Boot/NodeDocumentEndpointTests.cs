using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Tests.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

/// <summary>A machine's document is served in the format its operating system reads, and in no other, so that there is one ticket.</summary>
[TestFixture]
public sealed class NodeDocumentEndpointTests
{
    private static readonly string[] Documents = ["user-data", "node.ign", "cloud-config.yml"];

    [TestCase(OperatingSystemName.Debian, NodeConfigFormat.Ignition, "user-data", "cloud-init", "text/cloud-config")]
    [TestCase(OperatingSystemName.Flatcar, NodeConfigFormat.Ignition, "node.ign", "ignition", "application/vnd.coreos.ignition+json")]
    [TestCase(OperatingSystemName.Flatcar, NodeConfigFormat.CloudConfig, "cloud-config.yml", "cloud-config", "text/cloud-config")]
    [TestCase(OperatingSystemName.FedoraCoreos, NodeConfigFormat.Ignition, "node.ign", "ignition", "application/vnd.coreos.ignition+json")]
    [TestCase(OperatingSystemName.Rocky, NodeConfigFormat.Ignition, "user-data", "cloud-init", "text/cloud-config")]
    public async Task One_document_is_served_and_carries_a_ticket_and_the_others_are_not(
        OperatingSystemName system, NodeConfigFormat format, string own, string name, string mediaType)
    {
        await using var appliance = await ServedAppliance.StartAsync(ServedAppliance.Cluster().On(system, format));
        await appliance.LeaseAsync(1);
        foreach (var document in Documents) Assert.That(await StatusAsync(appliance, document), Is.EqualTo(409), "nothing is being installed yet");
        await appliance.BeginInstallAsync(1);

        foreach (var document in Documents.Where(document => document != own))
        {
            using var other = await appliance.Client(1).GetAsync(appliance.Url(1, document));
            Assert.That((int)other.StatusCode, Is.EqualTo(422));
            Assert.That(await other.Content.ReadAsStringAsync(), Does.Contain(own));
        }
        Assert.That(appliance.LastEvent(1), Is.InstanceOf<ScriptServed>(), "no ticket was made");

        using var answer = await appliance.Client(1).GetAsync(appliance.Url(1, own));
        Assert.That((int)answer.StatusCode, Is.EqualTo(200));
        Assert.That(answer.Content.Headers.ContentType!.ToString(), Is.EqualTo($"{mediaType}; charset=utf-8"));
        Assert.That(appliance.LastEvent(1), Is.InstanceOf<ConfigServed>().With.Property(nameof(ConfigServed.Document)).EqualTo(name));
        var ticket = TicketIn(name, await answer.Content.ReadAsStringAsync());
        Assert.That(ticket, Has.Length.EqualTo(43));
        Assert.That(TicketIn(name, await appliance.Client(1).GetStringAsync(appliance.Url(1, own))), Is.Not.EqualTo(ticket).And.Length.EqualTo(43), "each fetch has its own");
    }

    private static async Task<int> StatusAsync(ServedAppliance appliance, string document)
    {
        using var answer = await appliance.Client(1).GetAsync(appliance.Url(1, document));
        return (int)answer.StatusCode;
    }

    private static string TicketIn(string format, string text) => ReadDocument.Of(ConfigFormat.Find(format)!, text).Files[NodePlan.TicketPath].Split('\n')[1];
}
