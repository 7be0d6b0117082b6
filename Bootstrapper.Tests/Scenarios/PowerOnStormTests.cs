using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>A hall of racks gets its power back: five thousand machines, within ten seconds, against the running service on a real wire.</summary>
[TestFixture, Category("Network"), NonParallelizable]
[SupportedOSPlatform("linux")]
public sealed class PowerOnStormTests
{
    private const int Machines = 5000, WholeEvery = 100;
    private static readonly TimeSpan PowerOn = TimeSpan.FromSeconds(10), Patience = TimeSpan.FromSeconds(240);

    [Test]
    public async Task Every_one_of_five_thousand_machines_gets_its_script()
    {
        using var folder = new TemporaryFolder();
        using var room = new NeighbourRoom(4 * Machines);
        using var segment = new Segment(prefixLength: 16);
        segment.AddClientAddress("10.0.255.1/16");
        // The kernel takes traffic for the machines' addresses, and says nothing of them by ARP: the wire does, once they are granted.
        segment.ConfigureClient("route", "add", "local", "10.0.16.0/20", "dev", "lo");
        segment.ConfigureClient("route", "add", "local", "10.0.32.0/20", "dev", "lo");
        var quiet = segment.RunOnClient("sh", "-c", "echo 8 > /proc/sys/net/ipv4/conf/all/arp_ignore");
        Assert.That(quiet.Status, Is.Zero, quiet.Errors);
        using var service = new ServeProcess(segment, folder.Path, folder.Write("cluster.yaml", Description));
        using var wire = new StormWire(segment);

        var (machines, boots) = segment.OnClientHost(() => SwitchOn(wire));
        var all = Task.WhenAll(boots);
        await Task.WhenAny(all, Task.Delay(Patience));
        var drops = DropsOf(segment);
        await TestContext.Out.WriteLineAsync($"retries {machines.Sum(machine => machine.Retries)}, datagrams dropped by the kernel {drops}");
        Assert.That(machines.Where(machine => machine.Stage != "done").GroupBy(machine => machine.Stage).Select(stage => $"{stage.Count()} stuck in {stage.Key}"), Is.Empty,
            Problems(boots) + service.Log[^Math.Min(service.Log.Length, 2000)..]);
        for (var i = 0; i < Machines; i++)
            Assert.That(await boots[i], Does.StartWith("#!ipxe").And.Contains(machines[i].Mac.ToHyphenString()));
        Assert.That(machines.Select(machine => machine.Address).Distinct().Count(), Is.EqualTo(Machines));
        Assert.That(service.IsAlive, Is.True);
    }

    /// <summary>Powers the machines on, evenly over the ten seconds, in the namespace of the calling thread, which therefore waits itself: what is awaited goes on elsewhere.</summary>
    private static (StormMachine[] Machines, Task<string>[] Boots) SwitchOn(StormWire wire)
    {
        var machines = new StormMachine[Machines];
        var boots = new Task<string>[Machines];
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Machines; i++)
        {
            var due = PowerOn * i / Machines;
            if (due > clock.Elapsed) Thread.Sleep(due - clock.Elapsed);
            var mac = MacAddress.Parse($"52:54:00:10:{i >> 8:x2}:{i & 255:x2}");
            machines[i] = new StormMachine(
                wire, mac, new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp), new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp),
                fetchesWhole: i % WholeEvery == 0);
            boots[i] = Task.Run(machines[i].BootAsync);
        }
        return (machines, boots);
    }

    private static string Problems(Task<string>[] boots) =>
        string.Concat(boots.Where(boot => boot.IsFaulted).Take(5).Select(boot => boot.Exception!.InnerException!.Message + "\n"));

    /// <summary>The sum of the column "drops" of proc_net_udp(5) on the bootstrapper's host.</summary>
    private static long DropsOf(Segment segment)
    {
        var table = segment.RunOnServer("cat", "/proc/net/udp").Output;
        return table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture));
    }

    private const string Description = """
        version: 1
        name: hall
        bootstrapper: { address: 10.0.0.1, interface: sextant0 }
        network: { subnet: 10.0.0.0/16, dynamic_range: 10.0.16.1-10.0.47.254, domain: hall.example }
        os: { name: debian }
        kubernetes: { version: 1.36.4, service_range: 10.96.0.0/16, pod_range: 10.244.0.0/16 }
        unknown_machines: worker
        nodes:
          - { mac: "52:54:00:00:00:01", hostname: node1, ip: 10.0.0.11, roles: [kube_master, etcd_member] }

        """;

    /// <summary>Room for every machine in the kernel's neighbour table, which all namespaces share; as the manual tells operators to make.</summary>
    private sealed class NeighbourRoom : IDisposable
    {
        private static readonly string[] Names = ["gc_thresh3", "gc_thresh2", "gc_thresh1"];
        private readonly string[] before = [.. Names.Select(name => File.ReadAllText(PathOf(name)))];

        public NeighbourRoom(int entries)
        {
            foreach (var name in Names) File.WriteAllText(PathOf(name), entries.ToString(CultureInfo.InvariantCulture));
        }

        public void Dispose()
        {
            for (var i = Names.Length - 1; i >= 0; i--) File.WriteAllText(PathOf(Names[i]), before[i]);
        }

        private static string PathOf(string name) => $"/proc/sys/net/ipv4/neigh/default/{name}";
    }
}
