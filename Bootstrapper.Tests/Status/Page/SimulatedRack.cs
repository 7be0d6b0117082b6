using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status.Page;

/// <summary>A rack of machines that exist as events only, told to the real service: three masters, two machines for ingress, workers.</summary>
internal sealed class SimulatedRack(ServedAppliance appliance)
{
    private const int Masters = 3, Ingress = 2;

    /// <summary>A cluster of so many machines on loopback.</summary>
    public static ClusterDescription Of(int machines, UnknownMachines unknown = UnknownMachines.Discover)
    {
        var cluster = ServedAppliance.Cluster(unknown);
        return cluster with
        {
            Name = "berlin-1",
            Network = cluster.Network.With(subnet => subnet with { Subnet = Ipv4Network.Parse("127.0.0.0/16") }),
            Nodes = [.. Enumerable.Range(1, machines).Select(Node)],
        };
    }

    public static MacAddress Mac(int number) => MacAddress.FromOctets([0x0c, 0xc4, 0x7a, 0x10, (byte)(number >> 8), (byte)number]);

    public static Ipv4Address Address(int number) => new(0x7f000000u + 0x100u * (uint)(1 + number / 200) + (uint)(number % 200) + 20);

    public static string Name(int number) => number <= Masters ? $"master{number}" : number <= Masters + Ingress ? $"ingress{number - Masters}" : $"worker{number - Masters - Ingress:000}";

    private static NodeDescription Node(int number)
    {
        NodeRole[] roles = number <= Masters ? [NodeRole.KubeMaster, NodeRole.EtcdMember] : number <= Masters + Ingress ? [NodeRole.Worker, NodeRole.Ingress] : [NodeRole.Worker];
        return PlannedClusters.Node(1, roles) with { Mac = Mac(number), Hostname = Name(number), Address = Address(number) };
    }

    private DateTimeOffset Ago(double minutes) => appliance.Time.GetUtcNow() - TimeSpan.FromMinutes(minutes);

    public Task RecordAsync(params MachineEvent[] events) => Task.WhenAll(events.Select(appliance.Machines.RecordAsync));

    /// <summary>Its firmware has an address and its boot loader.</summary>
    public Task BootAsync(int number, double ago) => RecordAsync(
        new Discovered(Mac(number), Ago(ago), "UEFI x64"), new Leased(Mac(number), Ago(ago - 0.05), Address(number), "UEFI x64"),
        new BootFileSent(Mac(number), Ago(ago - 0.1), "snponly.efi", "TFTP", 1_030_144), new Leased(Mac(number), Ago(ago - 0.2), Address(number), "iPXE"));

    /// <summary>Its install began.</summary>
    public async Task BeginInstallAsync(int number, double ago, int attempt = 1)
    {
        await BootAsync(number, ago);
        await RecordAsync(
            new ScriptServed(Mac(number), Ago(ago - 0.25), BootAction.Install, attempt) { Size = 1_214 },
            new AssetProgress(Mac(number), Ago(ago - 0.26), "debian/vmlinuz", 0, 12_100_000), new AssetProgress(Mac(number), Ago(ago - 0.3), "debian/vmlinuz", 12_100_000, 12_100_000),
            new AssetProgress(Mac(number), Ago(ago - 0.31), "debian/initrd", 0, 64_000_000), new AssetProgress(Mac(number), Ago(ago - 0.5), "debian/initrd", 64_000_000, 64_000_000));
    }

    /// <summary>So much of the image has arrived.</summary>
    public async Task LoadAsync(int number, double ago, double share)
    {
        await BeginInstallAsync(number, ago);
        await RecordAsync(
            new ConfigServed(Mac(number), Ago(ago - 0.8), "cloud-init", 1) { Size = 41_870 }, new Installing(Mac(number), Ago(ago - 0.9), "partitioning /dev/nvme0n1"),
            new Installing(Mac(number), Ago(ago - 1), "writing the image to /dev/nvme0n1"), new AssetProgress(Mac(number), Ago(ago - 1), "debian/rootfs.tar.zst", 0, 217_000_000),
            new AssetProgress(Mac(number), Ago(Math.Max(0, ago - 1.6)), "debian/rootfs.tar.zst", (long)(217_000_000 * share), 217_000_000));
    }

    /// <summary>It is installed.</summary>
    public async Task InstallAsync(int number, double ago)
    {
        await LoadAsync(number, ago, 1);
        await RecordAsync(new Installed(Mac(number), Ago(ago - 2.5), "/dev/nvme0n1"), new ScriptServed(Mac(number), Ago(ago - 3.5), BootAction.BootLocalDisk, 0) { Size = 310 });
    }

    /// <summary>It has its certificates.</summary>
    public async Task EnrolAsync(int number, double ago)
    {
        await InstallAsync(number, ago);
        string[] names = number <= Masters ? ["machine", "etcd-server", "etcd-peer", "kube-apiserver", "kubelet-client"] : ["machine", "kubelet-client", "kubelet-server"];
        await RecordAsync([.. names.Select(name => new CertificateIssued(Mac(number), Ago(ago - 4), name, Ago(ago - 4).AddDays(365))), new Enrolled(Mac(number), Ago(ago - 4.1))]);
    }

    /// <summary>It is in service.</summary>
    public async Task ServeAsync(int number, double ago)
    {
        await EnrolAsync(number, ago);
        if (number <= Masters) await RecordAsync(new EtcdHealthChanged(Mac(number), Ago(ago - 4.6), true, ""));
    }

    /// <summary>A busy day: machines in every stage, and every kind of need that records tell.</summary>
    public async Task FillAsync(int machines)
    {
        for (var number = 1; number <= Masters + Ingress; number++) await ServeAsync(number, 190 + number);
        for (var number = Masters + Ingress + 1; number <= machines; number++)
        {
            await (((number - 6) % 20) switch
            {
                0 => LoadAsync(number, 1.9, 0.61),
                1 => LoadAsync(number, 1.8, 0.34),
                2 => BeginInstallAsync(number, 0.6),
                3 => BootAsync(number, 0.3),
                4 => InstallAsync(number, 4),
                5 or 6 or 7 => Task.CompletedTask,
                _ => ServeAsync(number, 120 + number % 37),
            });
        }
    }
}
