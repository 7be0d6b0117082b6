using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Sextant.Lab;
using Sextant.Primitives;
using Sextant.Tests.Lab;

namespace Sextant.Tests.Machines;

/// <summary>The rack's own machinery with real firmware and a real kernel, without a bootstrapper.</summary>
[TestFixture, Category("Machine"), NonParallelizable, CancelAfter(180_000)]
public sealed class RackPartsTests
{
    private const int ServerPort = 67; // RFC 2131, section 4.1
    private static readonly RackMachine[] Machines = [LabSamples.Uefi, LabSamples.Bios];
    private readonly NetworkNamespace network = new($"sextant-parts-{Environment.ProcessId}");
    private readonly RackFolder folder = MachineLab.NewFolder("parts");
    private readonly Dictionary<MacAddress, ProcessIdentity> emulators = [];

    [SetUp]
    public async Task MakeTheSwitch() =>
        await network.CreateAsync("sextant0", Ipv4Address.Parse("10.0.0.1"), 24, Machines.Select(machine => machine.Tap));

    [TearDown]
    public async Task RemoveEverything()
    {
        await network.DeleteAsync();
        if (Directory.Exists(folder.Root)) Directory.Delete(folder.Root, recursive: true);
    }

    [Test]
    public async Task Both_firmwares_ask_the_network_first_and_again_after_the_reset_button(CancellationToken cancellation)
    {
        using var server = ListenForDiscover();
        foreach (var machine in Machines) await PowerOnAsync(machine, cancellation);
        Assert.That(await FirstDiscoversAsync(server, cancellation), Is.EquivalentTo(Machines.Select(machine => machine.Mac)));
        foreach (var machine in Machines)
        {
            var before = Starts(machine);
            Assert.That(before, Is.Positive, "the firmware shows itself on the serial console");
            await VirtualMachine.ResetAsync(machine with { Emulator = emulators[machine.Mac] }, Files(machine), cancellation);
            // Without the button the next start would be a minute away, at the end of the firmware's patience with a silent network.
            Assert.That(() => Starts(machine), Is.GreaterThan(before).After(30_000, 200));
            Assert.That(emulators[machine.Mac].IsAlive(), Is.True);
        }
        Assert.That(await FirstDiscoversAsync(server, cancellation), Is.EquivalentTo(Machines.Select(machine => machine.Mac)));
    }

    [Test]
    public async Task The_power_switch_leaves_no_process(CancellationToken cancellation)
    {
        await PowerOnAsync(LabSamples.Bios, cancellation);
        var process = emulators[LabSamples.Bios.Mac];
        Assert.That(await network.ProcessesAsync(cancellation), Is.EqualTo(new[] { process }));
        await VirtualMachine.PowerOffAsync(LabSamples.Bios with { Emulator = process }, Files(LabSamples.Bios), cancellation);
        Assert.That(process.IsAlive(), Is.False);
        Assert.That(await network.ProcessesAsync(cancellation), Is.Empty);
    }

    [Test]
    public async Task Deleting_the_switch_ends_whatever_runs_on_it(CancellationToken cancellation)
    {
        await PowerOnAsync(LabSamples.Uefi, cancellation);
        await network.DeleteAsync(cancellation);
        Assert.That(emulators[LabSamples.Uefi.Mac].IsAlive(), Is.False);
        Assert.That(network.Exists, Is.False);
        await network.DeleteAsync(cancellation);
    }

    [Test]
    public async Task A_rack_that_was_left_half_made_is_taken_down(CancellationToken cancellation)
    {
        var half = LabSamples.State with
        {
            Namespace = network.Name,
            Bootstrapper = null,
            Machines = [LabSamples.Uefi, LabSamples.Bios],
        };
        new RackStateFile(folder).Create(half);
        await PowerOnAsync(LabSamples.Bios, cancellation); // started, and the crash came before its number was written down
        var rack = new Rack(folder, TimeProvider.System);
        Assert.That(await rack.TakeDownAsync(keepFolder: false, cancellation), Is.InstanceOf<TakenDown.Removed>());
        Assert.That(emulators[LabSamples.Bios.Mac].IsAlive(), Is.False);
        Assert.That(network.Exists, Is.False);
        Assert.That(Directory.Exists(folder.Root), Is.False);
        Assert.That(await rack.TakeDownAsync(keepFolder: false, cancellation), Is.InstanceOf<TakenDown.Nothing>());
    }

    [Test]
    public void A_namespace_that_is_gone_gives_no_socket() => Assert.That(
        () => new NetworkNamespace("sextant-no-such").CreateSocket(SocketType.Stream, ProtocolType.Tcp),
        Throws.TypeOf<LabException>().With.Message.Contains("does not exist"));

    /// <summary>How often the machine's firmware has begun to boot from the network.</summary>
    private int Starts(RackMachine machine)
    {
        var banner = machine.Firmware == MachineFirmware.Bios ? "SeaBIOS (version" : ">>Start PXE over IPv4";
        return LogTail.Read(Files(machine).ConsoleLog, 10_000).Split(banner).Length - 1;
    }

    private MachineFolder Files(RackMachine machine) => folder.Machine(machine.Hostname);

    private async Task PowerOnAsync(RackMachine machine, CancellationToken cancellation) =>
        emulators[machine.Mac] = await VirtualMachine.StartAsync(machine, new MachineSize(512, 1), Files(machine), network, cancellation);

    private Socket ListenForDiscover()
    {
        var server = network.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Any, ServerPort));
        return server;
    }

    /// <summary>The client addresses (chaddr, octet 28 of the message: RFC 2131, section 2) that ask until every machine has.</summary>
    private static async Task<IReadOnlySet<MacAddress>> FirstDiscoversAsync(Socket server, CancellationToken cancellation)
    {
        var packet = new byte[2048];
        while (server.Available > 0) server.Receive(packet);
        var seen = new HashSet<MacAddress>();
        while (seen.Count < Machines.Length)
        {
            var length = await server.ReceiveAsync(packet, cancellation);
            if (length > 240 && packet[0] == 1) seen.Add(MacAddress.FromOctets(packet.AsSpan(28)));
        }
        return seen;
    }
}
