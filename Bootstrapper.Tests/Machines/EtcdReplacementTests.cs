using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lab;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Machines;

/// <summary>
/// A member of a running cluster dies for good and another machine takes its place, while somebody writes all the time. Whole machines with firmware, kernel
/// and etcd of Debian; about ten minutes.
/// </summary>
[TestFixture, Category("Machine"), NonParallelizable]
public sealed class EtcdReplacementTests
{
    private const int InstallMilliseconds = 14 * 60_000;
    private const string Prefix = "/written/";
    private static readonly MacAddress Replacement = MacAddress.Parse("52:54:00:00:00:63");
    private readonly Rack rack = new(MachineLab.NewFolder("etcd"), TimeProvider.System);
    private readonly NodeShell shell = new($"/var/tmp/sextant-test-etcd-shell-{Environment.ProcessId}");
    private readonly TestKit.TemporaryFolder folder = new();

    private Sextant.Lab.NetworkNamespace Network => new(rack.State.Namespace);

    private string Acknowledged => folder.At("acknowledged");

    [TearDown]
    public async Task RemoveTheRack()
    {
        await MachineLab.ReportFailureAsync(rack);
        if (rack.Exists) await rack.TakeDownAsync(keepFolder: false);
        shell.Remove();
        folder.Dispose();
    }

    [Test, CancelAfter(2 * InstallMilliseconds)]
    public async Task A_new_machine_takes_the_place_of_a_dead_member_and_nothing_that_was_acknowledged_is_lost(CancellationToken cancellation)
    {
        var file = await shell.AdmitAsync(TestKit.Repository.PathOf("cluster-desc.example.yaml"));
        var cluster = ClusterFile.Load(file).Description!;
        var plan = RackPlanner.Plan(WithSpare(cluster), new RackRequest
        {
            DescriptionFile = file,
            AssetFolder = MachineLab.Assets,
            Program = MachineLab.Program,
            Name = $"etcd-{Environment.ProcessId}",
            Firmware = FirmwareChoice.Bios,
            Port = MachineLab.Port,
        }, rack.Folder, TimeProvider.System.GetUtcNow());
        Prerequisites.Check(plan.Machines.Select(machine => machine.Firmware));
        await rack.BuildAsync(plan, cancellation);
        using var client = MachineLab.Operator(rack.Folder);

        foreach (var node in cluster.Nodes) await rack.PowerOnAsync(node.Mac, cancellation);
        await UntilAllAreHealthyAsync(client, InstallMilliseconds, cancellation);
        WriteClientCertificate();
        var founders = await MembersAsync(cancellation);
        Assert.That(founders.Select(member => member.Name), Is.EquivalentTo(cluster.Nodes.Select(node => node.Hostname)));
        var writer = await StartWriterAsync(cancellation);
        await UntilAsync("the first keys are written", () => Task.FromResult(Written() > 20), 60_000, cancellation);

        var dead = cluster.Nodes[2];
        await rack.PowerOffAsync(dead.Mac, cancellation);
        var atDeath = Written();
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, cancellation)).Replace(dead.Mac.ToString(), Replacement.ToString(), StringComparison.Ordinal), cancellation);
        await UntilAsync("the service takes the file up", async () => (await client.GetStringAsync(new Uri("api/v1/nodes", UriKind.Relative), cancellation)).Contains(Replacement.ToString(), StringComparison.Ordinal), 15_000, cancellation);
        await rack.PowerOnAsync(Replacement, cancellation);
        await UntilAllAreHealthyAsync(client, InstallMilliseconds, cancellation);
        await UntilAsync("the new member votes", async () => (await MembersAsync(cancellation)) is { Count: 3 } members && members.All(member => !member.Learner), 60_000, cancellation);
        var before = Written();
        await UntilAsync("writing goes on", () => Task.FromResult(Written() > before + 20), 60_000, cancellation);
        await writer.StopAsync(TimeSpan.FromSeconds(10), cancellation);

        var members = await MembersAsync(cancellation);
        Assert.That(members.Select(member => member.Name), Is.EquivalentTo(founders.Select(member => member.Name)));
        Assert.That(members.Select(member => member.Id).Except(founders.Select(member => member.Id)).Count(), Is.EqualTo(1), "one member is new");
        var acknowledged = await File.ReadAllLinesAsync(Acknowledged, cancellation);
        await TestContext.Out.WriteLineAsync($"{acknowledged.Length} keys acknowledged, {before - atDeath} of them while a member was dead or joined");
        Assert.That(before - atDeath, Is.GreaterThan(20), "two members went on");
        foreach (var node in cluster.Nodes)
        {
            var stored = await EtcdAsync($"https://{node.Address}:2379", ["get", Prefix, "--prefix", "--keys-only", "--consistency=s"], cancellation);
            Assert.That(acknowledged.Except(stored.Split('\n', StringSplitOptions.RemoveEmptyEntries)), Is.Empty, $"keys missing on {node.Hostname}");
        }
        var (status, journal) = await shell.RunAsync(rack, dead.Address!.Value, "journalctl -o cat -u etcd -u sextant-etcd-promote; systemctl is-failed sextant-etcd-promote", cancellation);
        await TestContext.Out.WriteLineAsync(string.Join('\n', journal.Split('\n').Where(line => !line.StartsWith('{'))));
        Assert.That(status, Is.Not.Zero, "is-failed says no");
        Assert.That(journal, Does.Contain("its data is gone: removed member").And.Contain("added to the running cluster").And.Contain("joining the running cluster").And.Contain("this member votes now"));
    }

    /// <summary>The rack has a fourth machine, which the file does not name.</summary>
    private static ClusterDescription WithSpare(ClusterDescription cluster) =>
        cluster with { Nodes = [.. cluster.Nodes, cluster.Nodes[2] with { Mac = Replacement, Hostname = "spare", Roles = [NodeRole.Worker] }] };

    private static async Task UntilAllAreHealthyAsync(HttpClient client, int milliseconds, CancellationToken cancellation) =>
        await UntilAsync("all members are healthy", async () =>
        {
            using var cluster = JsonDocument.Parse(await client.GetStringAsync(new Uri("api/v1/cluster", UriKind.Relative), cancellation));
            return cluster.RootElement.GetProperty("etcd_healthy").GetInt32() == 3;
        }, milliseconds, cancellation);

    private static async Task UntilAsync(string what, Func<Task<bool>> isSo, int milliseconds, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(milliseconds);
        try
        {
            while (!await isSo()) await Task.Delay(500, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Assert.Fail($"not within {milliseconds / 1000} s: {what}");
        }
    }

    private int Written() => File.Exists(Acknowledged) ? File.ReadLines(Acknowledged).Count() : 0;

    /// <summary>A client of the site's etcd authority, as an API server is one.</summary>
    private void WriteClientCertificate()
    {
        var authority = Path.Combine(rack.Folder.BootstrapperState, "pki", "etcd");
        using var etcd = CertificateAuthority.Open(CertificateAuthorityName.Etcd, File.ReadAllText(Path.Combine(authority, "ca.crt")), File.ReadAllText(Path.Combine(authority, "ca.key")));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = etcd.Issue(new CertificateProfile("writer", null, [], [], ServerAuth: false, ClientAuth: true), new PublicKey(key), DateTimeOffset.UtcNow);
        folder.Write("ca.crt", etcd.CertificatePem);
        folder.Write("client.crt", issued.ExportCertificatePem());
        folder.Write("client.key", key.ExportPkcs8PrivateKeyPem());
    }

    private string[] Etcdctl(string endpoints) =>
    [
        "etcdctl", $"--endpoints={endpoints}", "--dial-timeout=2s", "--command-timeout=5s",
        $"--cacert={folder.At("ca.crt")}", $"--cert={folder.At("client.crt")}", $"--key={folder.At("client.key")}",
    ];

    private static string AllEndpoints => string.Join(',', Enumerable.Range(11, 3).Select(last => $"https://10.0.0.{last}:2379"));

    /// <summary>Writes one key after the other, and notes each that was acknowledged.</summary>
    private Task<ProcessIdentity> StartWriterAsync(CancellationToken cancellation)
    {
        var put = string.Join(' ', Etcdctl(AllEndpoints));
        var loop = $"i=0; while :; do i=$((i+1)); {put} put {Prefix}$i $i >/dev/null 2>&1 && echo {Prefix}$i >>{Acknowledged}; sleep 0.2; done";
        return LabCommandLine.StartDetachedAsync(Network.Wrap(["sh", "-c", loop]), folder.At("writer.log"), cancellation);
    }

    private async Task<string> EtcdAsync(string endpoints, string[] arguments, CancellationToken cancellation)
    {
        var (status, output, error) = await LabCommandLine.TryRunAsync(Network.Wrap([.. Etcdctl(endpoints), .. arguments]), cancellation);
        Assert.That(status, Is.Zero, output + error);
        return output;
    }

    private async Task<IReadOnlyList<(string Id, string Name, bool Learner)>> MembersAsync(CancellationToken cancellation) =>
        [.. (await EtcdAsync("https://10.0.0.11:2379", ["member", "list"], cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(", ")).Select(fields => (fields[0], fields[2], fields[5] == "true"))];
}
