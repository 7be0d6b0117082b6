using NUnit.Framework;

namespace Sextant.Tests.Machines;

/// <summary>The smallest cluster with two nodes: one master and a worker.</summary>
[TestFixture]
public sealed class KubernetesPairTests() : KubernetesTests(masters: 1);

/// <summary>Three masters and a worker: a cluster that survives the loss of any one master and of the bootstrapper.</summary>
[TestFixture]
public sealed class KubernetesClusterTests() : KubernetesTests(masters: 3)
{
    [Test, DependsOnTest(nameof(API_servers_and_kubelets_know_each_other_by_their_certificates)), CancelAfter(3 * RecoveryMilliseconds)]
    public async Task The_cluster_goes_on_without_the_bootstrapper_and_without_any_one_master(CancellationToken cancellation)
    {
        await Rack.KillBootstrapperAsync(cancellation);
        foreach (var lost in Masters)
        {
            var machine = Rack.State.Machines.Single(one => one.Hostname == lost);
            await Rack.PowerOffAsync(machine.Mac, cancellation);
            Site.Server = Addresses[Masters.First(one => one != lost)];
            // Writes, and reads what was written; a new pod on the worker, whose kubelet has to find another API server; the service goes on.
            await UntilAsync(async () => (await TryKubectlAsync($"create configmap without-{lost} --from-literal=key=value", cancellation)).Status == 0, cancellation);
            Assert.That(await KubectlAsync($"get configmap without-{lost} -o jsonpath={{.data.key}}", cancellation), Is.EqualTo("value"));
            await ApplyAsync(KubernetesSite.Pod($"after-{lost}", Worker), cancellation);
            await UntilAsync(async () => (await TryKubectlAsync($"wait --for=condition=Ready pod/after-{lost} --timeout=60s", cancellation)).Status == 0, cancellation);
            await UntilAsync(async () => (await TryKubectlAsync($"get node {lost} -o jsonpath={{.status.conditions[?(@.type==\"Ready\")].status}}", cancellation)).Output == "Unknown", cancellation);
            Assert.That(await KubectlAsync($"get node {Worker} -o jsonpath={{.status.conditions[?(@.type==\"Ready\")].status}}", cancellation), Is.EqualTo("True"));
            await Rack.PowerOnAsync(machine.Mac, cancellation);
            await EveryNodeIsReadyAsync(cancellation);
        }
        await Rack.StartBootstrapperAsync(cancellation);
    }
}
