using System.Text.Json;
using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class RackStateFileTests
{
    [Test]
    public void A_rack_survives_its_file()
    {
        var text = RackStateFile.Print(LabSamples.State);
        Assert.That(RackStateFile.Print(RackStateFile.Parse(text)), Is.EqualTo(text));
        var back = RackStateFile.Parse(text);
        Assert.That(back.Machines, Is.EqualTo(LabSamples.State.Machines));
        Assert.That(back.Program, Is.EqualTo(LabSamples.State.Program));
        Assert.That(back.Reads, Is.EqualTo(LabSamples.State.Reads));
        Assert.That(back with { Machines = LabSamples.State.Machines, Program = LabSamples.State.Program, Reads = LabSamples.State.Reads }, Is.EqualTo(LabSamples.State));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("{\"namespace\":\"x\"}")]
    public void What_is_no_rack_is_refused(string text) =>
        Assert.That(() => RackStateFile.Parse(System.Text.Encoding.UTF8.GetBytes(text)), Throws.InstanceOf<JsonException>());

    [Test]
    public void Without_a_file_there_is_no_rack()
    {
        using var folder = LabSamples.Folder();
        var file = new RackStateFile(new RackFolder(folder["none"]));
        Assert.That(file.Exists, Is.False);
        Assert.That(file.Read(), Is.Null);
        Assert.That(() => file.Update(state => state), Throws.TypeOf<LabException>().With.Message.Contains("sextant lab up"));
        Assert.That(Directory.Exists(folder["none"]), Is.False);
    }

    [Test]
    public void A_damaged_file_is_named()
    {
        using var folder = LabSamples.Folder();
        File.WriteAllText(folder["rack.json"], "{");
        Assert.That(() => new RackStateFile(new RackFolder(folder.Path)).Read(), Throws.TypeOf<LabException>().With.Message.Contains("rack.json is damaged"));
    }

    [Test]
    public void Changes_made_at_the_same_time_are_all_kept()
    {
        using var folder = LabSamples.Folder();
        new RackStateFile(new RackFolder(folder.Path)).Create(LabSamples.State with { Port = 0 });
        Parallel.For(0, 40, _ => new RackStateFile(new RackFolder(folder.Path)).Update(state => state with { Port = state.Port + 1 }));
        Assert.That(new RackStateFile(new RackFolder(folder.Path)).Read()!.Port, Is.EqualTo(40));
    }

    [TestCase("node2", "node2")]
    [TestCase("52:54:00:00:00:02", "node2")]
    [TestCase("52-54-00-00-00-01", "node1")]
    [TestCase("node9", null)]
    [TestCase("52:54:00:00:00:09", null)]
    public void A_machine_is_found_by_name_or_address(string name, string? hostname) =>
        Assert.That(LabSamples.State.Find(name)?.Hostname, Is.EqualTo(hostname));
}
