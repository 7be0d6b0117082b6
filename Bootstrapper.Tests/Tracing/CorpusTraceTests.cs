using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.Dhcp;
using Sextant.Tests.TestKit;
using Sextant.Tracing;

namespace Sextant.Tests.Tracing;

/// <summary>Captures of real firmware, taken frame by frame as the recorder takes them from the wire, and told.</summary>
[TestFixture]
public sealed class CorpusTraceTests
{
    private static readonly Ipv4Address Server = Ipv4Address.Parse("10.255.0.1");

    [TestCase("fw-bios", "iPXE: DISCOVER", "iPXE: REQUEST 10.0.8.60", "ARP: ", "IPv6: router solicitation")]
    [TestCase("fw-ovmf", "UEFI x64: DISCOVER", "TFTP: asks for ", "TFTP: blocks and acknowledgements", "iPXE: DISCOVER")]
    [TestCase("fw-httpboot", "UEFI x64 HTTP: DISCOVER", "IPv6: ")]
    public async Task A_capture_is_told(string capture, params string[] steps)
    {
        await using var machines = new MachineStore(new MemoryStore());
        using var recorder = new PacketRecorder(new CurrentPlan(Site.Plan()), machines, TimeProvider.System, NullLogger<PacketRecorder>.Instance);
        var at = DateTimeOffset.UnixEpoch;
        var clients = new HashSet<MacAddress>();
        foreach (var (time, octets) in Pcap.Frames(File.ReadAllBytes(Pcap.CorpusPath(capture + ".pcap"))))
        {
            at = time;
            if (!Frame.TryRead(octets, out var frame)) continue;
            if (frame.Kind is FrameKind.Udp && frame.SourcePort == 68) clients.Add(frame.SourceMac);
            recorder.Take(octets, frame.Source == Server, time);
        }
        var machine = clients.Single();
        var told = BootExplainer.Explain(
            PacketReader.Facts(recorder.Store.Of(machine), machine, new BootPorts(80, 443)),
            new BootContext(machine, Server, "sxd0", Entitlement.Node, null, at.AddSeconds(1)));
        var text = told.Steps.Select(step => step.Text).ToList();
        foreach (var step in steps) Assert.That(text, Has.Some.StartsWith(step), string.Join('\n', text));
        Assert.That(recorder.Store.Used, Is.LessThan(100_000));
    }
}
