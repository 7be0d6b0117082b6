using System.Text.Json;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lab;
using Sextant.Primitives;

namespace Sextant.Tests.Machines;

/// <summary>
/// A real Kubernetes on the rack, from power-on to pods that reach each other. Needs a build of Kubernetes, flannel and what belongs to them in the folder that
/// <c>SEXTANT_KUBERNETES_DIR</c> names (docs/kubernetes.md says which programs); build.sh leaves these tests out, and says so, when none is named. The tests share the rack
/// and run in order.
/// </summary>
[Category("Kubernetes"), NonParallelizable, FixtureLifeCycle(LifeCycle.SingleInstance)]
public abstract class KubernetesTests : IDisposable
{
    private const int InstallMilliseconds = 60 * 60_000;
    protected const int RecoveryMilliseconds = 20 * 60_000;
    protected const string Worker = "w1";

    // Each look is a TLS handshake, which an emulated API server feels.
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(5);

    private protected Rack Rack { get; } = new(MachineLab.NewFolder("kubernetes"), TimeProvider.System);
    private readonly NodeShell shell = new($"/var/tmp/sextant-test-kubernetes-shell-{Environment.ProcessId}");
    private protected KubernetesSite Site { get; } = new();
    private readonly INodePower power;
    private string description = "";

    /// <param name="masters">How many of the machines are masters and members of etcd; one more is a worker.</param>
    /// <param name="power">What the machines are.</param>
    private protected KubernetesTests(int masters, INodePower power)
    {
        this.power = power;
        Masters = [.. Enumerable.Range(1, masters).Select(number => $"m{number}")];
        Addresses = Masters.Select((name, index) => (name, $"10.0.0.{11 + index}")).Append((Worker, "10.0.0.21")).ToDictionary(StringComparer.Ordinal);
    }

    protected IReadOnlyList<string> Masters { get; }

    protected IReadOnlyDictionary<string, string> Addresses { get; }

    [OneTimeSetUp]
    public async Task BuildTheRack()
    {
        if (power.Obstacle(Addresses.Count) is { } obstacle) Assert.Ignore(obstacle);
        await Site.PrepareAsync(MachineLab.Assets);
        description = await shell.AdmitAsync(Site.Write("description.yaml", Description(Site.Version)));
        var read = ClusterFile.Load(description);
        Assert.That(read.Description, Is.Not.Null, string.Join(Environment.NewLine, read.Problems));
        var plan = RackPlanner.Plan(read.Description!, new RackRequest
        {
            DescriptionFile = description,
            AssetFolder = Site.Assets,
            Program = MachineLab.Program,
            Name = $"kubernetes-{Environment.ProcessId}",
            Firmware = FirmwareChoice.Bios,
            Size = new MachineSize(4096, 2),
            Port = MachineLab.Port,
        }, Rack.Folder, TimeProvider.System.GetUtcNow());
        Prerequisites.Check(plan.Machines.Select(machine => machine.Firmware));
        await Rack.BuildAsync(plan);
        await Rack.StopBootstrapperAsync();
        Site.MoveRegistryTo(Rack.Folder.BootstrapperState);
        await Rack.StartBootstrapperAsync();
    }

    [TearDown]
    public async Task ReportFailure()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == NUnit.Framework.Interfaces.TestStatus.Failed && Rack.Exists)
        {
            foreach (var node in Addresses.Keys)
            {
                var (_, output) = await shell.RunAsync(Rack, Ipv4Address.Parse(Addresses[node]),
                    "systemctl --failed --no-legend; /opt/bin/crictl ps -a; journalctl --no-pager -n 40 -u sextant-fetch -u sextant-enroll -u kubelet -u etcd -u sextant-addons", CancellationToken.None);
                await TestContext.Out.WriteLineAsync($"--- {node} ---{Environment.NewLine}{output}");
            }
        }
        await MachineLab.ReportFailureAsync(Rack);
    }

    [OneTimeTearDown]
    public async Task RemoveTheRack()
    {
        shell.Remove();
        if (!Rack.Exists) return;
        foreach (var machine in Rack.State.Machines) await power.OffAsync(Rack, machine, CancellationToken.None);
        await Rack.TakeDownAsync(keepFolder: false);
    }

    public void Dispose()
    {
        Site.Dispose();
        GC.SuppressFinalize(this);
    }

    [Test, CancelAfter(InstallMilliseconds)]
    public async Task Every_node_is_ready_from_power_on_with_the_roles_labels_and_taints_of_the_file(CancellationToken cancellation)
    {
        foreach (var node in Addresses.Keys) await PowerOnAsync(node, cancellation);
        Site.WriteKubeconfig(description, Rack.Folder.BootstrapperState, Addresses["m1"]);
        await EveryNodeIsReadyAsync(cancellation);
        await UntilAsync(async () => (await KubectlAsync("get nodes", cancellation)).Split('\n').Count(line => line.Contains(" control-plane ", StringComparison.Ordinal)) == Masters.Count, cancellation);
        await TestContext.Out.WriteLineAsync(await KubectlAsync("get nodes -o wide --show-labels", cancellation));
        using var nodes = JsonDocument.Parse(await KubectlAsync("get nodes -o json", cancellation));
        foreach (var node in nodes.RootElement.GetProperty("items").EnumerateArray())
        {
            var name = node.GetProperty("metadata").GetProperty("name").GetString()!;
            var labels = node.GetProperty("metadata").GetProperty("labels").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString());
            var taints = node.GetProperty("spec").TryGetProperty("taints", out var given)
                ? given.EnumerateArray().Where(IsOfTheFile).Select(taint => $"{taint.GetProperty("key")}={(taint.TryGetProperty("value", out var value) ? value.GetString() : "")}:{taint.GetProperty("effect")}").ToArray()
                : [];
            Assert.Multiple(() =>
            {
                if (name == Worker)
                {
                    Assert.That(labels, Does.ContainKey("node-role.kubernetes.io/worker").And.ContainKey("example.com/rack"));
                    Assert.That(labels["example.com/rack"], Is.EqualTo("r7"));
                    Assert.That(taints, Is.EqualTo(new[] { "example.com/test=yes:PreferNoSchedule" }));
                }
                else
                {
                    Assert.That(labels, Does.ContainKey("node-role.kubernetes.io/control-plane").And.Not.ContainKey("node-role.kubernetes.io/worker"));
                    Assert.That(taints, Is.EqualTo(new[] { "node-role.kubernetes.io/control-plane=:NoSchedule" }));
                }
                Assert.That(node.GetProperty("status").GetProperty("nodeInfo").GetProperty("kubeletVersion").GetString(), Is.EqualTo($"v{Site.Version}"));
            });
        }
    }

    [Test, DependsOnTest(nameof(Every_node_is_ready_from_power_on_with_the_roles_labels_and_taints_of_the_file)), CancelAfter(RecoveryMilliseconds)]
    public async Task A_pod_reaches_another_by_plain_routes_and_a_service_by_its_address_and_name(CancellationToken cancellation)
    {
        await ApplyAsync(KubernetesSite.Pod("server", Worker) + "---\n" + KubernetesSite.Pod("client", Masters[^1]) + "---\n" + KubernetesSite.Service, cancellation);
        await KubectlAsync("wait --for=condition=Ready pod/server pod/client --timeout=300s", cancellation);
        var address = await KubectlAsync("get pod server -o jsonpath={.status.podIP}", cancellation);
        Assert.That(await FromClientAsync($"http://{address}:8080/hostname", cancellation), Is.EqualTo("server"), "from a master's pod to the worker's");

        foreach (var (node, own) in Addresses)
        {
            var routes = await OnNodeAsync(node, "ip route", cancellation);
            foreach (var (other, hop) in Addresses.Where(one => one.Key != node))
            {
                var range = await KubectlAsync($"get node {other} -o jsonpath={{.spec.podCIDR}}", cancellation);
                Assert.That(routes.Split('\n'), Has.One.StartWith($"{range} via {hop} "), $"{node} ({own}) reaches the pods of {other} through it");
            }
        }

        var service = await KubectlAsync("get service server -o jsonpath={.spec.clusterIP}", cancellation);
        Assert.That(await FromClientAsync($"http://{service}/hostname", cancellation), Is.EqualTo("server"), "the service's address");
        Assert.That(await FromClientAsync("http://server.default.svc.cluster.local/hostname", cancellation), Is.EqualTo("server"), "the service's name, by CoreDNS");
    }

    [Test, DependsOnTest(nameof(A_pod_reaches_another_by_plain_routes_and_a_service_by_its_address_and_name)), CancelAfter(RecoveryMilliseconds)]
    public async Task Secrets_are_encrypted_in_etcd_and_the_API_reads_them(CancellationToken cancellation)
    {
        await KubectlAsync("create secret generic known --from-literal=word=in-plain-sight", cancellation);
        Assert.That(await KubectlAsync("get secret known -o jsonpath={.data.word}", cancellation), Is.EqualTo(Convert.ToBase64String("in-plain-sight"u8)));
        var stored = await OnNodeAsync(Masters[^1], ". /etc/profile.d/sextant-etcdctl.sh; etcdctl get /registry/secrets/default/known --print-value-only", cancellation);
        Assert.That(stored, Does.StartWith("k8s:enc:secretbox:v1:key1:").And.Not.Contain("in-plain-sight"));
    }

    [Test, DependsOnTest(nameof(Secrets_are_encrypted_in_etcd_and_the_API_reads_them)), CancelAfter(RecoveryMilliseconds)]
    public async Task API_servers_and_kubelets_know_each_other_by_their_certificates(CancellationToken cancellation)
    {
        // The API server asks the kubelet for a log, and takes no certificate that the cluster's authority did not sign.
        Assert.That(await KubectlAsync("logs server", cancellation), Is.Not.Null);
        foreach (var (node, address) in Addresses) Assert.That(await VerificationAsync(node, address, 10250, cancellation), Does.Contain("Verification: OK"), node);
        foreach (var master in Masters)
        {
            Assert.That(await VerificationAsync(Worker, Addresses[master], 6443, cancellation), Does.Contain("Verification: OK"), master);
            var stranger = await OnNodeAsync(Worker, $"curl -s --cacert /etc/kubernetes/pki/ca.crt https://{Addresses[master]}:6443/api/v1/nodes -o /dev/null -w '%{{http_code}}'", cancellation);
            Assert.That(stranger, Is.EqualTo("401"), "nobody reads nodes without a name");
        }
    }

    // Emulated machines that wait for a processor look to Linux as if their clock ticked unevenly; it would leave the counter for a clock that costs sixteen times as much to
    // read. And nobody attacks these through their processor.
    private string Description(string version) => $$"""
        version: 1
        name: kubernetes
        bootstrapper: {address: 10.0.0.1, interface: sextant0}
        network: {subnet: 10.0.0.0/24, dynamic_range: 10.0.0.100-10.0.0.199, domain: kube.example}
        os: {name: debian, kernel_arguments: [tsc=reliable, mitigations=off, console=tty0, "console=ttyS0,115200n8"]}
        kubernetes: {version: {{version}}}
        ssh_authorized_keys: []
        nodes:
        {{string.Join("\n", Masters.Select((name, index) => $"  - {{mac: \"52:54:00:00:00:{index + 1:00}\", hostname: {name}, ip: {Addresses[name]}, roles: [kube_master, etcd_member]}}"))}}
          - {mac: "52:54:00:00:00:09", hostname: w1, ip: 10.0.0.21, roles: [worker], labels: {example.com/rack: r7}, taints: ["example.com/test=yes:PreferNoSchedule"]}

        """;

    /// <summary>What Kubernetes itself marks nodes with comes and goes with their state.</summary>
    private static bool IsOfTheFile(JsonElement taint) => !taint.GetProperty("key").GetString()!.StartsWith("node.kubernetes.io/", StringComparison.Ordinal);

    private protected Task PowerOnAsync(string node, CancellationToken cancellation) => power.OnAsync(Rack, Machine(node), cancellation);

    private protected Task PowerOffAsync(string node, CancellationToken cancellation) => power.OffAsync(Rack, Machine(node), cancellation);

    /// <summary>Writes another MAC for a machine into the description, as an operator who replaces it does, and powers the new one on.</summary>
    private protected async Task ReplaceAsync(string node, MacAddress mac, CancellationToken cancellation)
    {
        var dead = Machine(node);
        var text = await File.ReadAllTextAsync(description, cancellation);
        Assert.That(text, Does.Contain(dead.Mac.ToString()));
        await File.WriteAllTextAsync(description, text.Replace(dead.Mac.ToString(), mac.ToString(), StringComparison.Ordinal), cancellation);
        using var bootstrapper = new StatusClient(Rack.Folder.HttpSocket);
        await UntilAsync(async () => (await bootstrapper.NodesAsync(cancellation))?.Any(one => one.Mac == mac) == true, cancellation);
        await power.OnAsync(Rack, dead with { Mac = mac }, cancellation);
    }

    private RackMachine Machine(string node) => Rack.State.Machines.Single(machine => machine.Hostname == node);

    private protected Task EveryNodeIsReadyAsync(CancellationToken cancellation) => UntilAsync(async () =>
    {
        var (status, output) = await TryKubectlAsync("get nodes --no-headers", cancellation);
        return status == 0 && output.Split('\n').Count(line => line.Contains(" Ready ", StringComparison.Ordinal)) == Addresses.Count;
    }, cancellation);

    private async Task<string> FromClientAsync(string url, CancellationToken cancellation)
    {
        var answer = "";
        await UntilAsync(async () =>
        {
            var (status, output) = await TryKubectlAsync($"exec client -- /bin/busybox timeout 5 /bin/busybox wget -q -O - {url}", cancellation);
            answer = output.Trim();
            return status == 0;
        }, cancellation);
        return answer;
    }

    private Task<string> VerificationAsync(string node, string address, int port, CancellationToken cancellation) => OnNodeAsync(
        node, $"openssl s_client -connect {address}:{port} -CAfile /etc/kubernetes/pki/ca.crt -verify_return_error -verify_ip {address} </dev/null 2>&1 | grep Verif", cancellation);

    private protected async Task<string> OnNodeAsync(string node, string command, CancellationToken cancellation)
    {
        var (status, output) = await shell.RunAsync(Rack, Ipv4Address.Parse(Addresses[node]), command, cancellation);
        Assert.That(status, Is.Zero, $"{node}: {command}: {output}");
        return output.TrimEnd('\n');
    }

    private protected Task ApplyAsync(string manifests, CancellationToken cancellation) => KubectlAsync($"apply -f {Site.Write("manifests.yaml", manifests)}", cancellation);

    private protected async Task<string> KubectlAsync(string arguments, CancellationToken cancellation)
    {
        var (status, output) = await TryKubectlAsync(arguments, cancellation);
        Assert.That(status, Is.Zero, $"kubectl {arguments}: {output}");
        return output;
    }

    private protected async Task<(int Status, string Output)> TryKubectlAsync(string arguments, CancellationToken cancellation)
    {
        var (status, output, errors) = await LabCommandLine.TryRunAsync(new NetworkNamespace(Rack.State.Namespace).Wrap(Site.Kubectl(arguments)), cancellation);
        return (status, status == 0 ? output : output + errors);
    }

    /// <summary>A cluster that comes to rest by itself is looked at now and then; the test's own time limit bounds it.</summary>
    private protected static async Task UntilAsync(Func<Task<bool>> isSo, CancellationToken cancellation)
    {
        while (!await isSo()) await Task.Delay(LookPause, cancellation);
    }
}
