using System.Text.Json;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lab;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Tests.Machines;

/// <summary>
/// The whole product with the built program: real firmware, a real kernel, a real etcd, on one rack. The tests share the rack and run in order, because
/// an installation takes minutes: install, power-cycle, install one again while the bootstrapper dies, replace one that died. All together they take about
/// twenty minutes.
/// </summary>
[TestFixture, Category("Machine"), NonParallelizable, FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class ClusterFromNothingTests : IDisposable
{
    private const int InstallMilliseconds = 15 * 60_000;
    private const int RestartMilliseconds = 8 * 60_000;
    private const string Pause = "registry.k8s.io/pause";
    private const string PauseTag = "3.10.2"; // what the example's Kubernetes wants
    private const string Ctr = "ctr --namespace k8s.io";
    private static readonly MacAddress Replacement = MacAddress.Parse("52:54:00:00:00:63");
    private readonly Rack rack = new(MachineLab.NewFolder("cluster"), TimeProvider.System);
    private readonly NodeShell shell = new($"/var/tmp/sextant-test-shell-{Environment.ProcessId}");
    private readonly TestKit.TemporaryFolder folder = new();
    private string description = "";
    private ClusterDescription cluster = null!;
    private RackMachine[] members = [];
    private HttpClient? asOperator;
    private ProcessIdentity? capture;

    private string CaptureFile => Path.Combine(rack.Folder.Root, "rack.pcap");

    private HttpClient Operator => asOperator ??= MachineLab.Operator(rack.Folder);

    [OneTimeSetUp]
    public async Task BuildTheRack()
    {
        foreach (var file in new[] { "vmlinuz", "live.img", "rootfs.tar.zst" })
        {
            var path = Path.Combine(MachineLab.Assets, "debian", file);
            Assert.That(File.Exists(path), Is.True, $"{path} is missing: 'sextant assets build debian' makes it; build.sh does so before it runs these tests.");
        }
        description = await shell.AdmitAsync(TestKit.Repository.PathOf("cluster-desc.example.yaml"));
        var read = ClusterFile.Load(description);
        Assert.That(read.Description, Is.Not.Null, string.Join(Environment.NewLine, read.Problems));
        cluster = read.Description!;
        // The rack has a fourth machine, which the file does not name.
        var plan = RackPlanner.Plan(cluster with { Nodes = [.. cluster.Nodes, cluster.Nodes[2] with { Mac = Replacement, Hostname = "spare", Roles = [NodeRole.Worker] }] }, new RackRequest
        {
            DescriptionFile = description,
            AssetFolder = MachineLab.Assets,
            Program = MachineLab.Program,
            Name = $"test-{Environment.ProcessId}",
            Firmware = FirmwareChoice.Mixed,
            Port = MachineLab.Port,
        }, rack.Folder, TimeProvider.System.GetUtcNow());
        members = [.. plan.Machines.Where(machine => machine.Mac != Replacement)];
        Prerequisites.Check(plan.Machines.Select(machine => machine.Firmware));
        await rack.BuildAsync(plan);
        capture = await LabCommandLine.StartDetachedAsync(
            new NetworkNamespace(plan.Namespace).Wrap(["tcpdump", "-i", plan.Bridge, "-s", "0", "-B", "16384", "-U", "-Z", "root", "-w", CaptureFile]),
            Path.Combine(rack.Folder.Root, "tcpdump.log"));
    }

    [TearDown]
    public Task ReportFailure() => MachineLab.ReportFailureAsync(rack);

    [OneTimeTearDown]
    public async Task RemoveTheRack()
    {
        shell.Remove();
        if (!rack.Exists) return;
        var network = new NetworkNamespace(rack.State.Namespace);
        await rack.TakeDownAsync(keepFolder: false);
        Assert.That(network.Exists, Is.False);
        Assert.That(Directory.Exists(rack.Folder.Root), Is.False);
    }

    public void Dispose()
    {
        asOperator?.Dispose();
        folder.Dispose();
    }

    [Test, CancelAfter(InstallMilliseconds + 60_000)]
    public async Task Machines_of_both_firmwares_become_a_healthy_etcd_from_nothing(CancellationToken cancellation)
    {
        Assert.That(members.Select(machine => machine.Firmware).Distinct().Count(), Is.EqualTo(2));
        foreach (var machine in members) await rack.PowerOnAsync(machine.Mac, cancellation);
        await BecomesHealthyAsync(InstallMilliseconds, cancellation);
        using var told = JsonDocument.Parse(await Operator.GetStringAsync(new Uri("api/v1/cluster", UriKind.Relative), cancellation));
        Assert.That(told.RootElement.GetProperty("etcd_healthy").GetInt32(), Is.EqualTo(3));
        Assert.That(told.RootElement.GetProperty("etcd_quorum").GetBoolean(), Is.True);
        var peak = MachineLab.PeakMemoryMiB(rack.State.Bootstrapper!.Pid);
        await TestContext.Out.WriteLineAsync($"the bootstrapper had at most {peak} MiB resident");
        Assert.That(peak, Is.LessThan(MachineLab.PeakMemoryLimitMiB));
    }

    [Test, DependsOnTest(nameof(Machines_of_both_firmwares_become_a_healthy_etcd_from_nothing)), CancelAfter(180_000)]
    public async Task Every_node_pulls_images_by_their_own_names_from_the_bootstrapper_and_from_nobody_else(CancellationToken cancellation)
    {
        Assert.That(TestKit.Tool.Run("ip", ["-n", rack.State.Namespace, "route", "show", "default"]).Output, Is.Empty, "there is no way out of the rack");
        var image = TestKit.PushableImage.Make(seed: 7, 100_000, 3_000);
        await image.StoreAsync(RegistryStore.Open(Path.Combine(rack.Folder.BootstrapperState, "registry")), RepositoryName.Parse(Pause), TagName.Parse(PauseTag));
        await ServiceAccount.GiveAsync(rack.Folder.BootstrapperState, cancellation); // this test is root, and the service is not
        foreach (var node in (await AddressesAsync(cancellation)).Values.Select(address => address!.Value))
        {
            var (status, output) = await shell.RunAsync(rack, node, $"systemctl is-active containerd && containerd config dump && ctr plugins list && {Pull(Pause, PauseTag)} && {Ctr} images list", cancellation);
            Assert.That(status, Is.Zero, output);
            var lines = output.Split('\n').Select(line => line.Trim()).ToArray();
            Assert.That(lines, Has.One.EqualTo("config_path = \"/etc/containerd/certs.d\"").And.One.EqualTo("SystemdCgroup = true")
                .And.One.EqualTo($"sandbox_image = \"{Pause}:{PauseTag}\"").And.One.Match("^io.containerd.grpc.v1 +cri +.* ok$"));
            Assert.That(lines, Has.One.Match($"^{Pause}:{PauseTag} +{MediaTypes.OciManifest.Replace("+", "\\+", StringComparison.Ordinal)} +{image.Digest} "), output);
        }
        var first = (await AddressesAsync(cancellation)).Values.First()!.Value;
        foreach (var (repository, tag) in (IEnumerable<(string, string)>)[(Pause, "no-such-tag"), ("registry.example.com/no/such-image", "1")])
        {
            var (refused, answer) = await shell.RunAsync(rack, first, Pull(repository, tag), cancellation);
            Assert.That(refused, Is.Not.Zero);
            Assert.That(answer.TrimEnd(), Does.EndWith($"{repository}:{tag}: not found"), "the bootstrapper's word is the last: the name's own registry is not looked for");
        }
    }

    [Test, DependsOnTest(nameof(Every_node_pulls_images_by_their_own_names_from_the_bootstrapper_and_from_nobody_else)), CancelAfter(60_000)]
    public async Task The_host_sees_the_status_page_on_its_loopback_and_is_no_operator_there(CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = new Uri(rack.State.Url) };
        var page = await http.GetStringAsync(new Uri("/", UriKind.Relative), cancellation);
        Assert.That(page, Does.Contain("<html").And.Contain("Sextant"));
        using var refused = await http.PostAsync(Word(members[0], "reinstall"), content: null, cancellation);
        Assert.That((int)refused.StatusCode, Is.EqualTo(403));
    }

    [Test, DependsOnTest(nameof(The_host_sees_the_status_page_on_its_loopback_and_is_no_operator_there)), CancelAfter(300_000)]
    public async Task No_private_key_crossed_the_wire(CancellationToken cancellation)
    {
        await capture!.StopAsync(TimeSpan.FromSeconds(10), cancellation);
        var wire = KeyHunt.Found(CaptureFile, ["#!ipxe"u8.ToArray(), "SEXTANT_HOSTNAME"u8.ToArray(), .. KeyHunt.Markers]);
        Assert.That(wire.Select(System.Text.Encoding.ASCII.GetString), Is.EquivalentTo(new[] { "#!ipxe", "SEXTANT_HOSTNAME" }),
            "the capture has the installation, and nothing that announces a private key");
        // Libraries of the image bring keys of their own for self-tests, alike on every disk. A key on one disk only was made by that machine.
        var onDisk = members.ToDictionary(machine => machine.Hostname, machine => KeyHunt.ScalarsOn(rack.Folder.Machine(machine.Hostname).Disk));
        var shared = onDisk.Values.SelectMany(keys => keys.Select(Convert.ToHexString)).GroupBy(key => key).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        foreach (var (hostname, keys) in onDisk)
        {
            var own = keys.Where(key => !shared.Contains(Convert.ToHexString(key))).ToList();
            Assert.That(own, Has.Count.GreaterThanOrEqualTo(3), $"{hostname} made keys for its three certificates");
            Assert.That(KeyHunt.Found(CaptureFile, [.. own.SelectMany(KeyHunt.TracesOf)]), Is.Empty, hostname);
        }
        File.Delete(CaptureFile);
    }

    [Test, DependsOnTest(nameof(No_private_key_crossed_the_wire)), CancelAfter(RestartMilliseconds + 180_000)]
    public Task A_UEFI_machine_whose_plug_was_pulled_starts_from_its_disk_and_rejoins(CancellationToken cancellation) =>
        RejoinsAfterPowerCutAsync(MachineFirmware.Uefi, cancellation);

    [Test, DependsOnTest(nameof(A_UEFI_machine_whose_plug_was_pulled_starts_from_its_disk_and_rejoins)), CancelAfter(RestartMilliseconds + 180_000)]
    public Task A_BIOS_machine_whose_plug_was_pulled_starts_from_its_disk_and_rejoins(CancellationToken cancellation) =>
        RejoinsAfterPowerCutAsync(MachineFirmware.Bios, cancellation);

    [Test, DependsOnTest(nameof(A_BIOS_machine_whose_plug_was_pulled_starts_from_its_disk_and_rejoins)), CancelAfter(InstallMilliseconds + 180_000)]
    public async Task A_bootstrapper_that_dies_while_a_machine_installs_again_takes_nothing_with_it(CancellationToken cancellation)
    {
        var addresses = await AddressesAsync(cancellation);
        var machine = members[0];
        using var taken = await Operator.PostAsync(Word(machine, "reinstall"), content: null, cancellation);
        taken.EnsureSuccessStatusCode();
        await rack.ResetAsync(machine.Mac, cancellation);
        await UntilAsync(nodes => nodes.Any(node => node.Mac == machine.Mac && node is { Stage: "installing", Transfer.IsRunning: true }), cancellation);
        await rack.KillBootstrapperAsync(cancellation);
        await rack.StartBootstrapperAsync(cancellation);
        await BecomesHealthyAsync(InstallMilliseconds, cancellation);
        Assert.That(await AddressesAsync(cancellation), Is.EqualTo(addresses));
        foreach (var member in members)
            Assert.That((await MachineLab.TimelineAsync(Operator, member, cancellation)).Count(happened => happened.Kind == "installed"), Is.EqualTo(member == machine ? 2 : 1), member.Hostname);
    }

    [Test, DependsOnTest(nameof(A_bootstrapper_that_dies_while_a_machine_installs_again_takes_nothing_with_it)), CancelAfter(InstallMilliseconds + 300_000)]
    public async Task A_new_machine_takes_the_place_of_a_dead_member_and_nothing_that_was_acknowledged_is_lost(CancellationToken cancellation)
    {
        var etcd = new RackEtcd(rack, folder, [.. cluster.Nodes.Select(node => node.Address!.Value)]);
        var founders = await etcd.MembersAsync(cancellation);
        Assert.That(founders.Select(member => member.Name), Is.EquivalentTo(cluster.Nodes.Select(node => node.Hostname)));
        var writer = await etcd.StartWriterAsync(cancellation);
        await etcd.WritesMoreAsync(cancellation);

        var dead = cluster.Nodes[2];
        await rack.PowerOffAsync(dead.Mac, cancellation);
        var atDeath = etcd.Written;
        await File.WriteAllTextAsync(description, (await File.ReadAllTextAsync(description, cancellation)).Replace(dead.Mac.ToString(), Replacement.ToString(), StringComparison.Ordinal), cancellation);
        await UntilAsync(nodes => nodes.Any(node => node.Mac == Replacement), cancellation); // the service takes the file up
        members = [.. rack.State.Machines.Where(machine => machine.Mac != dead.Mac)];
        await rack.PowerOnAsync(Replacement, cancellation);
        await BecomesHealthyAsync(InstallMilliseconds, cancellation);
        Assert.That(async () => await etcd.MembersAsync(cancellation), Has.Count.EqualTo(3).And.All.Matches<EtcdMemberLine>(member => member is { Learner: false }).After(60_000, 500), "the new member votes");
        var joined = etcd.Written;
        await etcd.WritesMoreAsync(cancellation);
        await writer.StopAsync(TimeSpan.FromSeconds(10), cancellation);

        var now = await etcd.MembersAsync(cancellation);
        Assert.That(now.Select(member => member.Name), Is.EquivalentTo(founders.Select(member => member.Name)));
        Assert.That(now.Select(member => member.Id).Except(founders.Select(member => member.Id)).Count(), Is.EqualTo(1), "one member is new");
        await TestContext.Out.WriteLineAsync($"{etcd.Written} keys acknowledged, {joined - atDeath} of them while a member was dead or joined");
        Assert.That(joined - atDeath, Is.GreaterThan(20), "two members went on");
        foreach (var node in cluster.Nodes)
            Assert.That(await etcd.MissingOnAsync(node.Address!.Value, cancellation), Is.Empty, $"keys missing on {node.Hostname}");
        var (status, journal) = await shell.RunAsync(rack, dead.Address!.Value, "journalctl -o cat -u etcd -u sextant-etcd-promote; systemctl is-failed sextant-etcd-promote", cancellation);
        await TestContext.Out.WriteLineAsync(string.Join('\n', journal.Split('\n').Where(line => !line.StartsWith('{'))));
        Assert.That(status, Is.Not.Zero, "is-failed says no");
        Assert.That(journal, Does.Contain("its data is gone: removed member").And.Contain("added to the running cluster").And.Contain("joining the running cluster").And.Contain("this member votes now"));
    }

    [Test, DependsOnTest(nameof(A_new_machine_takes_the_place_of_a_dead_member_and_nothing_that_was_acknowledged_is_lost)), CancelAfter(RestartMilliseconds)]
    public async Task A_machine_that_is_to_be_wiped_erases_its_disk_says_so_and_is_held(CancellationToken cancellation)
    {
        var machine = members[0];
        var disk = rack.Folder.Machine(machine.Hostname).Disk;
        Assert.That(EndsOf(disk), Has.Some.Not.Zero);
        using var taken = await Operator.PostAsync(Word(machine, "wipe"), content: null, cancellation);
        taken.EnsureSuccessStatusCode();
        using var second = await Operator.PostAsync(Word(members[1], "wipe"), content: null, cancellation);
        Assert.That((int)second.StatusCode, Is.EqualTo(409), "two of three members are not to be lost");
        await rack.ResetAsync(machine.Mac, cancellation);
        await UntilAsync(nodes => nodes.Any(node => node.Mac == machine.Mac && node.Stage == NodeStatus.Held), cancellation);
        Assert.That(EndsOf(disk), Has.All.Zero);
        var timeline = await MachineLab.TimelineAsync(Operator, machine, cancellation);
        Assert.That(timeline.SkipWhile(happened => happened.Kind != "wipe-requested").Select(happened => happened.Kind), Does.Contain("wiped").And.Not.Contain("installed"));
    }

    /// <summary>The first and the last mebibyte of a disk, where the tables of its partitions are.</summary>
    private static byte[] EndsOf(string disk)
    {
        const int length = 1 << 20;
        var octets = new byte[2 * length];
        using var file = File.OpenHandle(disk, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        _ = RandomAccess.Read(file, octets.AsSpan(0, length), 0);
        _ = RandomAccess.Read(file, octets.AsSpan(length), RandomAccess.GetLength(file) - length);
        return octets;
    }

    private static string Pull(string repository, string tag) => $"{Ctr} images pull --hosts-dir /etc/containerd/certs.d {repository}:{tag}";

    private static Uri Word(RackMachine machine, string word) => new($"/api/v1/nodes/{machine.Mac.ToHyphenString()}/{word}", UriKind.Relative);

    private async Task RejoinsAfterPowerCutAsync(MachineFirmware firmware, CancellationToken cancellation)
    {
        var machine = members.First(machine => machine.Firmware == firmware);
        var before = await MachineLab.TimelineAsync(Operator, machine, cancellation);
        await rack.PowerOffAsync(machine.Mac, cancellation);
        await UntilAsync(nodes => nodes.Any(node => node.Mac == machine.Mac && !node.IsReady), cancellation);
        await rack.PowerOnAsync(machine.Mac, cancellation);
        await BecomesHealthyAsync(RestartMilliseconds, cancellation);
        var since = (await MachineLab.TimelineAsync(Operator, machine, cancellation)).Skip(before.Count).ToList();
        // UEFI firmware may come by more than once, by PXE and by HTTP, before it reaches its disk entry.
        Assert.That(since.Where(happened => happened.Kind == "script-served").Select(happened => happened.Summary), Is.Not.Empty.And.All.EqualTo("boot script: boot from disk"));
        Assert.That(since.Select(happened => happened.Kind), Has.None.EqualTo("installed"));
    }

    private async Task BecomesHealthyAsync(int milliseconds, CancellationToken cancellation)
    {
        var (verdict, progress) = await new RackWatch(rack, TimeProvider.System, members)
            .RunAsync(TimeProvider.System.GetUtcNow(), TimeSpan.FromMilliseconds(milliseconds), new TestScreen(), cancellation);
        foreach (var line in RackText.Milestones(progress)) await TestContext.Out.WriteLineAsync(line);
        Assert.That(verdict, Is.InstanceOf<RackVerdict.Healthy>(), (verdict as RackVerdict.Failed)?.Reason);
    }

    private async Task UntilAsync(Func<IReadOnlyList<NodeStatus>, bool> isSo, CancellationToken cancellation)
    {
        using var client = new StatusClient(rack.Folder.HttpSocket);
        while (await client.NodesAsync(cancellation) is not { } nodes || !isSo(nodes)) await Task.Delay(200, cancellation);
    }

    private async Task<Dictionary<MacAddress, Ipv4Address?>> AddressesAsync(CancellationToken cancellation)
    {
        using var client = new StatusClient(rack.Folder.HttpSocket);
        return (await client.NodesAsync(cancellation))!.ToDictionary(node => node.Mac, node => node.Address);
    }
}
