using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>The node's own script against mirrors and a bootstrapper that behave and that do not. Needs root: the programs become root's.</summary>
[SupportedOSPlatform("linux")]
public sealed class FetchScriptTests
{
    private static readonly byte[] Kubelet = Octets(1, 300_000);
    private static readonly byte[] Plugins = Archive("", ("bridge", 20_000, true), ("portmap", 30_000, true), ("README.md", 100, false));
    private static readonly byte[] Etcd = Archive("etcd-v3.6.14-linux-amd64/", ("etcd", 40_000, true), ("etcdctl", 10_000, true));

    private TemporaryFolder folder = null!;
    private StandInHttp bootstrapper = null!;
    private Dictionary<string, byte[]> served = null!;
    private List<StandInHttp> mirrors = null!;

    [SetUp]
    public void Start()
    {
        folder = new TemporaryFolder();
        mirrors = [];
        served = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["/assets/kubernetes/1/kubelet"] = Kubelet, ["/assets/cni-plugins/p.tgz"] = Plugins, ["/assets/etcd/e.tgz"] = Etcd,
        };
        bootstrapper = new StandInHttp(Serve);
    }

    [TearDown]
    public void Stop()
    {
        bootstrapper.Dispose();
        foreach (var mirror in mirrors) mirror.Dispose();
        folder.Dispose();
    }

    [TestCase("dash")]
    [TestCase("bash", "--posix")]
    [TestCase("busybox", "sh")]
    public void Programs_and_archives_come_in_and_are_not_asked_for_again(params string[] shell)
    {
        WriteNode();
        var result = Fetch(shell);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllBytes(folder.At("opt", "bin", "kubelet")), Is.EqualTo(Kubelet));
            Assert.That(Convert.ToString((int)File.GetUnixFileMode(folder.At("opt", "bin", "kubelet")), 8), Is.EqualTo("755"));
            Assert.That(Names("opt", "bin"), Is.EqualTo(new[] { "etcd", "etcdctl", "kubelet" }));
            Assert.That(Names("opt", "cni", "bin"), Is.EqualTo(new[] { "bridge", "portmap" }), "what is no program stays out");
            Assert.That(result.Output, Does.EndWith("every program is in place\n"));
        });
        bootstrapper.Dispose();
        var again = Fetch(shell);
        Assert.That((again.Status, again.Output), Is.EqualTo((0, "every program is in place\n")), again.ToString());
    }

    [Test]
    public void A_program_that_was_changed_is_put_right_and_another_release_takes_the_place_of_the_earlier_one()
    {
        WriteNode();
        Assert.That(Fetch().Status, Is.Zero);
        File.WriteAllText(folder.At("opt", "bin", "kubelet"), "something else");
        File.Delete(folder.At("opt", "cni", "bin", "portmap"));
        Assert.That(Fetch().Status, Is.Zero);
        Assert.That(File.ReadAllBytes(folder.At("opt", "bin", "kubelet")), Is.EqualTo(Kubelet));
        Assert.That(Names("opt", "cni", "bin"), Has.Member("portmap"));
        var newer = served["/assets/kubernetes/1/kubelet"] = Octets(9, 200_000);
        WriteNode();
        Assert.That(Fetch().Status, Is.Zero);
        Assert.That(File.ReadAllBytes(folder.At("opt", "bin", "kubelet")), Is.EqualTo(newer));
        Assert.That(Names("kept"), Has.Length.EqualTo(3), "the list of the earlier release is gone");
    }

    [Test]
    public void It_goes_on_until_the_last_file_is_there_and_says_what_it_waits_for()
    {
        WriteNode();
        bootstrapper.Behaviour = request => request.Number <= 2 ? new StandInHttp.Answer(request.Number == 1 ? 404 : 503, []) : Serve(request);
        var result = Fetch();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain($"waiting for kubernetes/1/kubelet: {bootstrapper.Base}/assets: ").And.Contain("404").And.Contain("503").And.Contain("3 of the programs are not in place yet"));
    }

    [Test]
    public void Mirrors_are_asked_first_and_what_is_wrong_there_comes_from_elsewhere()
    {
        var (wrong, short_, right) = (Mirror(_ => new StandInHttp.Answer(200, Octets(5, 300_000))), Mirror(request => new StandInHttp.Answer(200, Kubelet) { BreakAfter = 100_000 }), Mirror(request => StandInHttp.Right(request, Kubelet)));
        WriteNode(wrong, short_, right);
        KeepOnly("kubelet");
        var result = Fetch();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.ReadAllBytes(folder.At("opt", "bin", "kubelet")), Is.EqualTo(Kubelet));
        Assert.Multiple(() =>
        {
            Assert.That(result.Output, Does.Contain($"{wrong.Base}/files sent another file than the one that is pinned"));
            Assert.That(short_.Requests.Single().From, Is.Zero, "nothing of a wrong file is kept");
            Assert.That(right.Requests.Single().From, Is.EqualTo(100_000), "what one source began, another one ends");
            Assert.That(bootstrapper.Requests, Is.Empty);
        });
    }

    [Test]
    public void A_part_of_another_file_does_not_stop_it()
    {
        var lying = Mirror(request => new StandInHttp.Answer(200, Octets(5, 300_000)) { BreakAfter = 50_000 });
        WriteNode(lying);
        KeepOnly("kubelet");
        var result = Fetch();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.ReadAllBytes(folder.At("opt", "bin", "kubelet")), Is.EqualTo(Kubelet));
        Assert.That(Hidden(), Is.Empty);
    }

    [Test]
    public void Killed_at_any_moment_it_leaves_whole_programs_only_and_goes_on_where_it_was()
    {
        bootstrapper.Behaviour = request => Serve(request) with { Chunk = 8_192 };
        WriteNode();
        var asked = 0;
        foreach (var moment in (int[])[20, 60, 90, 120, 150, 180, 220, 260, 320])
        {
            using var script = Start("dash");
            if (!script.WaitForExit(moment)) script.Kill(entireProcessTree: true);
            script.WaitForExit();
            foreach (var (path, content) in new[] { ("opt/bin/kubelet", Kubelet), ("opt/cni/bin/bridge", Member(20_000, "bridge")), ("opt/bin/etcdctl", Member(10_000, "etcdctl")) })
                if (File.Exists(folder.At(path))) Assert.That(File.ReadAllBytes(folder.At(path)), Is.EqualTo(content), $"{path} after {moment} ms");
            asked = bootstrapper.Requests.Count;
        }
        var result = Fetch();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(Names("opt", "bin"), Is.EqualTo(new[] { "etcd", "etcdctl", "kubelet" }));
        Assert.That(Hidden(), Is.Empty);
        Assert.That(asked, Is.Positive);
        Assert.That(bootstrapper.Requests.Any(request => request.From > 0), Is.True, "a download went on where it was");
    }

    [Test]
    public void On_a_full_disk_it_waits_for_room()
    {
        using var disk = new SmallDisk(400);
        Directory.CreateSymbolicLink(folder.At("opt"), disk.Path);
        disk.Fill();
        WriteNode();
        KeepOnly("kubelet");
        using var script = Start("dash");
        var said = new StringBuilder();
        while (script.StandardOutput.ReadLine() is { } line)
        {
            said.AppendLine(line);
            if (line.Contains("no room", StringComparison.Ordinal)) disk.MakeRoom();
        }
        script.WaitForExit();
        Assert.That(script.ExitCode, Is.Zero, said.ToString());
        Assert.That(said.ToString(), Does.Contain($"waiting for kubernetes/1/kubelet: no room in {folder.At("opt", "bin")} (0 KiB free)"));
        Assert.That(File.ReadAllBytes(folder.At("opt", "bin", "kubelet")), Is.EqualTo(Kubelet));
    }

    [Test]
    public void A_machine_that_is_to_fetch_nothing_has_none_of_it()
    {
        var member = PlannedClusters.PlanOf(PlannedClusters.Five, 1);
        Assert.That(member.Downloads, Is.Empty);
        Assert.That(member.Units.Select(unit => unit.Name), Has.None.EqualTo("sextant-fetch.service"));
        var master = PlannedClusters.PlanOf(PlannedClusters.Three, 1);
        var lines = master.Files.Single(file => file.Path == "/etc/sextant/fetch.conf").Content.Split('\n').Where(line => line.Length > 0 && line[0] != '#');
        Assert.That(lines, Is.EqualTo(master.Downloads.Select(one => $"{one.Asset.Sha256} {(one.Unpacking is Unpacking.Program ? "program" : "archive")} {one.Target} {one.Asset.Path}")).And.Not.Empty);
        Assert.That(master.Units.Single(unit => unit.Name == "sextant-fetch.service").Enabled, Is.True);
    }

    private static byte[] Octets(int seed, int length)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    private static byte[] Member(int length, string name) => Octets(length + name.Length, length);

    private static byte[] Archive(string top, params (string Name, int Length, bool IsProgram)[] members)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip))
        {
            if (top.Length > 0) tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, top) { Mode = (UnixFileMode)0x1ED });
            foreach (var (name, length, isProgram) in members)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, top + name) { Mode = (UnixFileMode)(isProgram ? 0x1ED : 0x1A4), Uid = 1001, DataStream = new MemoryStream(Member(length, name)) });
        }
        return packed.ToArray();
    }

    private StandInHttp.Answer Serve(StandInHttp.Request request) =>
        served.TryGetValue(request.Path, out var content) ? StandInHttp.Right(request, content) : new StandInHttp.Answer(404, "no such asset\n"u8.ToArray());

    private StandInHttp Mirror(Func<StandInHttp.Request, StandInHttp.Answer> behaviour)
    {
        var mirror = new StandInHttp(behaviour);
        mirrors.Add(mirror);
        return mirror;
    }

    /// <summary>Writes the files of a plan: the product's own templates, with the folders of the test.</summary>
    private void WriteNode(params StandInHttp[] from)
    {
        var cluster = PlannedClusters.Three with
        {
            Bootstrapper = PlannedClusters.Three.Bootstrapper with { Address = Ipv4Address.Parse("127.0.0.1"), HttpPort = new Uri(bootstrapper.Base).Port },
            AssetMirrors = [.. from.Select((mirror, i) => new AssetMirrorDescription(mirror.Base + "/files", []))],
        };
        var own = new PlanPart
        {
            Downloads =
            [
                new PlannedDownload(new PinnedFile("kubernetes/1/kubelet", Hex("/assets/kubernetes/1/kubelet")), folder.At("opt", "bin", "kubelet"), Unpacking.Program),
                new PlannedDownload(new PinnedFile("cni-plugins/p.tgz", Hex("/assets/cni-plugins/p.tgz")), folder.At("opt", "cni", "bin"), Unpacking.Archive),
                new PlannedDownload(new PinnedFile("etcd/e.tgz", Hex("/assets/etcd/e.tgz")), folder.At("opt", "bin"), Unpacking.ArchiveFolder),
            ],
        };
        var part = FetchedFiles.Plan(new PlanInput(cluster, cluster.Nodes[0], null, PlannedClusters.NoMaterial with { Templates = PlannedClusters.Templates }), own);
        // The order of mirrors is the machine's; the tests' is that of their names here.
        var script = part.Files.Single(file => file.Path == "/etc/sextant/fetch").Content;
        var mirrorsLine = script.Split('\n').Single(line => line.StartsWith("mirrors=", StringComparison.Ordinal));
        folder.Write("etc/fetch", script.Replace(mirrorsLine, $"mirrors='{string.Join(' ', cluster.AssetMirrors.Select(mirror => mirror.Url))}'", StringComparison.Ordinal));
        folder.Write("etc/fetch.conf", part.Files.Single(file => file.Path == "/etc/sextant/fetch.conf").Content);
    }

    private string Hex(string path) => Convert.ToHexStringLower(SHA256.HashData(served[path]));

    private void KeepOnly(string word) => File.WriteAllLines(folder.At("etc", "fetch.conf"), File.ReadAllLines(folder.At("etc", "fetch.conf")).Where(line => line.Contains(word, StringComparison.Ordinal)));

    private string[] Names(params string[] parts) => [.. Directory.GetFileSystemEntries(folder.At(parts)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private string[] Hidden() => [.. Directory.GetFileSystemEntries(folder.At("opt"), ".*", SearchOption.AllDirectories)];

    private Dictionary<string, string> Surroundings => new() { ["SEXTANT_ETC"] = folder.At("etc"), ["SEXTANT_FETCHED"] = folder.At("kept"), ["SEXTANT_RETRY_SECONDS"] = "0" };

    private Tool.Result Fetch(params string[] shell) => shell.Length == 0
        ? Fetch("dash")
        : Tool.Run(shell[0], [.. shell[1..], folder.At("etc", "fetch")], "", Surroundings);

    private Process Start(string shell)
    {
        var start = new ProcessStartInfo(shell, [folder.At("etc", "fetch")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Surroundings) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
