using NUnit.Framework;

namespace Sextant.Tests.Machines;

/// <summary>The smallest cluster with two nodes: one master and a worker, emulated.</summary>
[TestFixture]
public sealed class KubernetesPairTests() : KubernetesTests(masters: 1, new EmulatedPower(processorsPerMachine: 1));

/// <summary>Three masters and a worker, emulated.</summary>
[TestFixture]
public sealed class KubernetesClusterTests() : AvailableClusterTests(new EmulatedPower(processorsPerMachine: 2));

/// <summary>Three masters and a worker that share this host's kernel, and so run on any host.</summary>
[TestFixture]
public sealed class KubernetesSharedKernelTests() : AvailableClusterTests(new SharedKernelPower());

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
