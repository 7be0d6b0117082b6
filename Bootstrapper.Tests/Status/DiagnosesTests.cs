using NUnit.Framework;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Status;
using Sextant.Tests.Dhcp;
using Sextant.Tests.TestKit;
using Sextant.Tests.Tracing;
using Sextant.Tracing;

namespace Sextant.Tests.Status;

[TestFixture]
public sealed class DiagnosesTests
{
    [Test]
    public async Task A_boot_that_hangs_is_found_by_the_clock_alone_and_freed_by_its_next_event_at_once()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var mac = ServedAppliance.Mac(1);
        var message = new byte[1472];
        Assert.That(DhcpWriter.TryWrite(Says.Discover(mac), message, out var length), Is.True);
        appliance.Part<PacketRecorder>().Take(KeptPacketTests.Udp(68, 67, message[..length]), outgoing: false, appliance.Time.GetUtcNow());
        await appliance.Machines.RecordAsync(new Discovered(mac, appliance.Time.GetUtcNow(), "UEFI x64"));
        Assert.That(Found(), Is.Null, "it has just begun");

        appliance.Time.Advance(BootExplainer.Stuck + TimeSpan.FromSeconds(1));
        Assert.That(Found()?.Where, Is.EqualTo("getting an address by DHCP"));
        await appliance.Machines.RecordAsync(new ScriptServed(mac, appliance.Time.GetUtcNow(), BootAction.Install, 1));
        Assert.That(Found(), Is.Null);

        Attention? Found() => appliance.Part<ClusterViews>().Node(mac, withStory: false)!.Attention;
    }
}
