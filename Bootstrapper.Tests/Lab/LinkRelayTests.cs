using System.Net.Sockets;
using NUnit.Framework;
using Sextant.Lab;
using Sextant.Primitives;
using Sextant.Tests.Machines;

namespace Sextant.Tests.Lab;

/// <summary>The relay as its own process between a real switch and a socket in QEMU's place.</summary>
[TestFixture, Category("Network"), NonParallelizable, CancelAfter(60_000)]
public sealed class LinkRelayTests
{
    private const int FrameLength = 42;
    private readonly NetworkNamespace network = new($"sextant-relay-{Environment.ProcessId}");
    private readonly RackFolder folder = MachineLab.NewFolder("relay");

    [SetUp]
    public async Task MakeTheSwitch() => await network.CreateAsync("sextant0", Ipv4Address.Parse("10.0.0.1"), 24, [LabSamples.Uefi.Tap]);

    [TearDown]
    public async Task RemoveEverything()
    {
        await network.DeleteAsync();
        if (Directory.Exists(folder.Root)) Directory.Delete(folder.Root, recursive: true);
    }

    [Test]
    public async Task Frames_pass_both_ways_with_the_faults_that_were_asked_for(CancellationToken cancellation)
    {
        LinkFaults.TryParse("duplicate=100,delay=5ms", out var faults, out _);
        new RackStateFile(folder).Create(LabSamples.State with { Namespace = network.Name, Faults = faults, Machines = [LabSamples.Uefi with { HasFaultyCable = true }] });
        await LabCommandLine.StartDetachedAsync(network.Wrap([.. MachineLab.Program, "lab", "relay", "--dir", folder.Root]), folder.RelayLog, cancellation);
        var files = folder.Machine(LabSamples.Uefi.Hostname);
        Assert.That(() => File.Exists(files.SwitchSocket), Is.True.After(30_000, 50), () => LogTail.Read(folder.RelayLog, 20));

        using var card = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        card.Bind(new UnixDomainSocketEndPoint(files.CardSocket));
        card.SendTo(ArpRequest(), new UnixDomainSocketEndPoint(files.SwitchSocket));
        // The request comes to the switch twice, and each answer comes back twice.
        for (var copies = 0; copies < 4;)
        {
            var frame = new byte[2048];
            var length = card.Receive(frame);
            if (length < FrameLength || frame[12] != 8 || frame[13] != 6 || frame[21] != 2) continue; // something else the kernel says on a new link
            Assert.That(Ipv4Address.FromOctets(frame.AsSpan(28)), Is.EqualTo(Ipv4Address.Parse("10.0.0.1")));
            copies++;
        }
    }

    [Test]
    public async Task A_tap_interface_that_is_not_there_is_named(CancellationToken cancellation)
    {
        new RackStateFile(folder).Create(LabSamples.State with
        {
            Namespace = network.Name,
            Faults = new LinkFaults(),
            Machines = [LabSamples.Uefi with { HasFaultyCable = true, Tap = "sextant0" }],
        });
        var (exitCode, _, error) = await LabCommandLine.TryRunAsync(network.Wrap([.. MachineLab.Program, "lab", "relay", "--dir", folder.Root]), cancellation);
        Assert.That((exitCode, error), Is.EqualTo((1, $"sextant lab: the tap interface sextant0 cannot be opened: Invalid argument.{Environment.NewLine}")));
    }

    /// <summary>Who has 10.0.0.1? (RFC 826), from the machine's own address to everybody.</summary>
    private static byte[] ArpRequest()
    {
        var frame = new byte[FrameLength];
        frame.AsSpan(0, 6).Fill(0xff);
        LabSamples.Uefi.Mac.CopyTo(frame.AsSpan(6));
        byte[] arp = [8, 6, 0, 1, 8, 0, 6, 4, 0, 1];
        arp.CopyTo(frame, 12);
        LabSamples.Uefi.Mac.CopyTo(frame.AsSpan(22));
        byte[] own = [10, 0, 0, 11], asked = [10, 0, 0, 1];
        own.CopyTo(frame, 28);
        asked.CopyTo(frame, 38);
        return frame;
    }
}
