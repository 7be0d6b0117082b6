using System.Diagnostics;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Addons;

/// <summary>
/// What a real API server says of the manifests: the strictest reader there is. It needs kube-apiserver and kubectl in the folder that
/// <c>SEXTANT_KUBERNETES_DIR</c> names, and etcd there or on the path; without them the manifests are only read by kubectl's rules that this project knows.
/// </summary>
[TestFixture]
public sealed class AddonServerTests
{
    private const string Variable = "SEXTANT_KUBERNETES_DIR";

    private static readonly Dictionary<string, ClusterDescription> Clusters = new()
    {
        ["every addon, with volumes and an address"] = AddonManifestTests.Whole(PlannedClusters.Everything) with { Ingress = new IngressDescription(Ipv4Address.Parse("10.0.0.6")) },
        ["every addon but volumes"] = AddonManifestTests.Whole(PlannedClusters.Five) with { Addons = ["dashboard", "ingress", "logging", "metrics-server", "monitoring"], Ceph = null },
        ["one machine, nothing switched on"] = PlannedClusters.One,
    };

    [Test]
    public async Task An_API_server_takes_the_manifests_and_one_set_after_the_other()
    {
        foreach (var (name, cluster) in Clusters) Assert.That(KubernetesManifests.Faults(PlannedClusters.Plan(cluster).AddonManifests()), Is.Empty, name);
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } programs)
        {
            await TestContext.Progress.WriteLineAsync($"{Variable} names no folder with kube-apiserver and kubectl: no server was asked about the addons");
            return;
        }
        using var folder = new TemporaryFolder();
        var (store, peers, api) = (FreePort.Take(), FreePort.Take(), FreePort.Take());
        var etcd = File.Exists(Path.Combine(programs, "etcd")) ? Path.Combine(programs, "etcd") : "etcd";
        using var stored = Start(etcd, "--data-dir", folder.At("etcd"), "--listen-client-urls", $"http://127.0.0.1:{store}", "--advertise-client-urls", $"http://127.0.0.1:{store}",
            "--listen-peer-urls", $"http://127.0.0.1:{peers}", "--log-level", "error");
        folder.Write("tokens", "token,administrator,1,system:masters\n");
        Assert.That(Tool.Run("openssl", ["genrsa", "-out", folder.At("key"), "2048"]).Status, Is.Zero);
        using var server = Start(Path.Combine(programs, "kube-apiserver"), $"--etcd-servers=http://127.0.0.1:{store}", $"--secure-port={api}", "--bind-address=127.0.0.1",
            $"--cert-dir={folder.At("certificates")}", $"--service-account-key-file={folder.At("key")}", $"--service-account-signing-key-file={folder.At("key")}",
            "--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.96.0.0/16", $"--token-auth-file={folder.At("tokens")}",
            "--authorization-mode=RBAC", "--allow-privileged=true");
        try
        {
            string[] connection = ["--server", $"https://127.0.0.1:{api}", "--token", "token", "--insecure-skip-tls-verify", "--cache-dir", folder.At("cache")];
            Tool.Result Control(params string[] arguments) => Tool.Run(Path.Combine(programs, "kubectl"), [.. connection, .. arguments]);
            for (var attempt = 0; Control("get", "--raw=/readyz").Status != 0; attempt++)
            {
                Assert.That(attempt, Is.LessThan(150), "the API server does not get ready");
                await Task.Delay(200);
            }
            // One after the other, as a cluster whose description changes gets them: nothing may be in the next that the server lets nobody change.
            foreach (var (name, cluster) in Clusters)
            {
                var file = folder.Write("addons.yaml", PlannedClusters.Plan(cluster).AddonManifests());
                var result = Control("apply", "--server-side", "--force-conflicts", "--field-manager=sextant", "--validate=strict", "-f", file);
                Assert.That(result.Status, Is.Zero, $"{name}: {result}");
                Assert.That(result.Errors, Does.Not.Contain("unknown field"), name);
            }
        }
        finally
        {
            foreach (var process in new[] { server, stored })
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }
    }

    private static Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Read, so that it does not wait for a reader.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
