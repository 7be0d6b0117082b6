using NUnit.Framework;
using Sextant.Primitives;

namespace Sextant.Tests.Machines;

/// <summary>The smallest cluster with two nodes: one master and a worker, emulated.</summary>
[TestFixture]
public sealed class KubernetesPairTests() : KubernetesTests(masters: 1, new EmulatedPower(processorsPerMachine: 1));

/// <summary>Three masters and a worker, emulated.</summary>
[TestFixture]
public sealed class KubernetesClusterTests() : AvailableClusterTests(new EmulatedPower(processorsPerMachine: 2));

/// <summary>Three masters and a worker that share this host's kernel, and so run on any host.</summary>
[TestFixture]
public sealed class KubernetesSharedKernelTests() : AvailableClusterTests(new SharedKernelPower())
{
    [Test, DependsOnTest(nameof(The_cluster_goes_on_without_the_bootstrapper_and_without_any_one_master)), CancelAfter(RecoveryMilliseconds)]
    public async Task A_dead_master_is_replaced_by_another_machine_and_no_write_is_lost(CancellationToken cancellation)
    {
        var (dead, alive) = (Masters[^1], Masters[0]);
        Site.Server = Addresses[alive];
        var before = await OnNodeAsync(alive, Members, cancellation);
        await PowerOffAsync(dead, cancellation);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writing = WriteAsync(enough);
        await ReplaceAsync(dead, MacAddress.Parse("52:54:00:00:00:33"), cancellation);

        // Another member of the same name and address, and it votes.
        await UntilAsync(async () => await OnNodeAsync(alive, Members, cancellation) is var now && now != before && now.Split('\n') is var members
            && members.Length == Masters.Count && members.All(member => member.Contains(", started,", StringComparison.Ordinal) && member.EndsWith(", false", StringComparison.Ordinal)), cancellation);
        await EveryNodeIsReadyAsync(cancellation);
        await enough.CancelAsync();
        var written = await writing;
        Site.Server = Addresses[dead];
        await UntilAsync(async () => (await TryKubectlAsync("get --raw /readyz", cancellation)).Status == 0, cancellation);
        var stored = (await KubectlAsync("get configmaps -o name", cancellation)).Split('\n').ToHashSet(StringComparer.Ordinal);
        Assert.That(written, Has.Count.GreaterThan(10), "writes ran throughout");
        Assert.That(written.Where(name => !stored.Contains($"configmap/{name}")), Is.Empty, "the new master has every acknowledged write");
    }

    private const string Members = ". /etc/profile.d/sextant-etcdctl.sh; etcdctl member list";

    /// <summary>Writes one object after the other until it is enough; gives the names of those that were acknowledged.</summary>
    private async Task<List<string>> WriteAsync(CancellationTokenSource enough)
    {
        List<string> acknowledged = [];
        // Each try has its own name: one that failed may have been stored all the same.
        for (var number = 0; !enough.IsCancellationRequested; number++)
        {
            var name = $"write-{number}";
            if ((await TryKubectlAsync($"create configmap {name} --from-literal=key=value", CancellationToken.None)).Status == 0) acknowledged.Add(name);
            await Task.Delay(100, CancellationToken.None);
        }
        return acknowledged;
    }
}

/// <summary>A cluster that survives the loss of any one master and of the bootstrapper.</summary>
public abstract class AvailableClusterTests : KubernetesTests
{
    private protected AvailableClusterTests(INodePower power) : base(masters: 3, power)
    {
    }

    [Test, DependsOnTest(nameof(API_servers_and_kubelets_know_each_other_by_their_certificates)), CancelAfter(3 * RecoveryMilliseconds)]
    public async Task The_cluster_goes_on_without_the_bootstrapper_and_without_any_one_master(CancellationToken cancellation)
    {
        await Rack.KillBootstrapperAsync(cancellation);
        foreach (var lost in Masters)
        {
            await PowerOffAsync(lost, cancellation);
            Site.Server = Addresses[Masters.First(one => one != lost)];
            // Writes, and reads what was written; a new pod on the worker, whose kubelet has to find another API server; the service goes on.
            await UntilAsync(async () => (await TryKubectlAsync($"create configmap without-{lost} --from-literal=key=value", cancellation)).Status == 0, cancellation);
            Assert.That(await KubectlAsync($"get configmap without-{lost} -o jsonpath={{.data.key}}", cancellation), Is.EqualTo("value"));
            await ApplyAsync(KubernetesSite.Pod($"after-{lost}", Worker), cancellation);
            await UntilAsync(async () => (await TryKubectlAsync($"wait --for=condition=Ready pod/after-{lost} --timeout=60s", cancellation)).Status == 0, cancellation);
            await UntilAsync(async () => (await TryKubectlAsync($"get node {lost} -o jsonpath={{.status.conditions[?(@.type==\"Ready\")].status}}", cancellation)).Output == "Unknown", cancellation);
            Assert.That(await KubectlAsync($"get node {Worker} -o jsonpath={{.status.conditions[?(@.type==\"Ready\")].status}}", cancellation), Is.EqualTo("True"));
            await PowerOnAsync(lost, cancellation);
            await EveryNodeIsReadyAsync(cancellation);
        }
        await Rack.StartBootstrapperAsync(cancellation);
    }
}
