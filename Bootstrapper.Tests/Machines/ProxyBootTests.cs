using System.Diagnostics;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lab;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Machines;

/// <summary>Real firmware that gets its address from a dnsmasq, and what to boot from the bootstrapper beside it, up to the boot script.</summary>
[TestFixture, Category("Machine"), NonParallelizable]
public sealed class ProxyBootTests
{
    private const int BootMilliseconds = 240_000;

    private readonly Rack rack = new(MachineLab.NewFolder("proxy"), TimeProvider.System);
    private readonly TemporaryFolder folder = new();
    private Sextant.Tests.TestKit.NetworkNamespace? others;
    private Process? dnsmasq;

    [TearDown]
    public async Task RemoveTheRack()
    {
        await MachineLab.ReportFailureAsync(rack);
        if (dnsmasq is { HasExited: false }) dnsmasq.Kill(entireProcessTree: true);
        dnsmasq?.Dispose();
        others?.Dispose();
        if (rack.Exists) await rack.TakeDownAsync(keepFolder: false);
    }

    [OneTimeTearDown]
    public void RemoveTheFolder() => folder.Dispose();

    [TestCase(FirmwareChoice.Uefi, "UEFI x64", "snponly.efi"), TestCase(FirmwareChoice.Bios, "iPXE", null), CancelAfter(BootMilliseconds + 60_000)]
    public async Task A_machine_boots_to_its_script_with_the_address_of_another_server(FirmwareChoice firmware, string seenAs, string? loader, CancellationToken cancellation)
    {
        var example = await File.ReadAllTextAsync(Repository.PathOf("cluster-desc.example.yaml"), cancellation);
        var description = folder.Write("cluster-desc.yaml", example.Replace("\nos:\n", "\ndhcp:\n  mode: proxy\n\nos:\n", StringComparison.Ordinal));
        var plan = RackPlanner.Plan(ClusterFile.Load(description).Description!, new RackRequest
        {
            DescriptionFile = description,
            AssetFolder = Loaders(),
            Program = MachineLab.Program,
            Name = $"proxy-{Environment.ProcessId}",
            Firmware = firmware,
            Port = MachineLab.Port,
        }, rack.Folder, TimeProvider.System.GetUtcNow());
        Prerequisites.Check(plan.Machines.Select(one => one.Firmware));
        await rack.BuildAsync(plan, cancellation);
        StartDnsmasq(plan);
        var machine = plan.Machines[0];
        await rack.PowerOnAsync(machine.Mac, cancellation);
        using var client = MachineLab.Operator(rack.Folder);
        IReadOnlyList<(string Kind, string Summary)> timeline = [];
        Assert.That(async () => timeline = await MachineLab.TimelineAsync(client, machine, cancellation),
            Has.Some.Matches<(string Kind, string Summary)>(happened => happened.Kind == "script-served").After(BootMilliseconds, 500), () => string.Join('\n', timeline));
        Assert.That(timeline[0], Is.EqualTo(("discovered", $"first seen ({seenAs})")));
        Assert.That(timeline, Has.Some.Matches<(string Kind, string Summary)>(happened => happened.Kind == "address-seen" && happened.Summary.Contains("10.0.0.2", StringComparison.Ordinal)));
        if (loader is not null) Assert.That(timeline, Has.Member(("boot-file-sent", $"boot file {loader} sent by TFTP")));
        Assert.That(timeline.Select(happened => happened.Kind), Has.No.Member("leased").And.No.Member("refused"));
    }

    /// <summary>Owns DHCP on the rack's switch, on a host of its own.</summary>
    private void StartDnsmasq(RackState plan)
    {
        others = new Sextant.Tests.TestKit.NetworkNamespace("sxother");
        others.Configure("link", "add", "other0", "type", "veth", "peer", "name", "otherport", "netns", plan.Namespace);
        others.Configure("address", "add", "10.0.0.5/24", "dev", "other0");
        others.Configure("link", "set", "other0", "up");
        var plugged = Tool.Run("ip", ["-n", plan.Namespace, "link", "set", "otherport", "master", plan.Bridge, "up"]);
        Assert.That(plugged.Status, Is.Zero, plugged.Errors);
        dnsmasq = others.Start(
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=other0", "--bind-interfaces", "--dhcp-authoritative", "--no-ping",
            "--dhcp-range=10.0.0.200,10.0.0.220,255.255.255.0,1h", $"--dhcp-leasefile={folder.File("leases")}", "--user=root", "--log-facility=/dev/null");
    }

    private string Loaders()
    {
        var assets = folder.At("assets");
        if (Directory.Exists(assets)) return assets;
        Directory.CreateDirectory(assets);
        File.Copy(Repository.PathOf("pxe-assets", "manifest.yaml"), Path.Combine(assets, "manifest.yaml"));
        var built = Product.Run("assets", "build", "ipxe", "--assets", assets);
        Assert.That(built.Status, Is.Zero, built.ToString());
        return assets;
    }
}
