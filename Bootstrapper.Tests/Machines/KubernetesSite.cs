using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Builds;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Machines;

/// <summary>A site with a build of Kubernetes of its own, taken in with <c>sextant assets add</c>, an image for test pods, and kubectl on this machine.</summary>
internal sealed partial class KubernetesSite : IDisposable
{
    private const string PodImage = "registry.example/test/tools:1";

    /// <summary>A web server on port 8080 whose pages are its machine's names.</summary>
    public const string Service = """
        apiVersion: v1
        kind: Service
        metadata: {name: server}
        spec:
          selector: {app: server}
          ports:
            - {port: 80, targetPort: 8080}

        """;

    private readonly TemporaryFolder folder = new();

    /// <summary>The asset folder.</summary>
    public string Assets => folder.At("assets");

    /// <summary>The release of the build, <c>1.36.4</c>.</summary>
    public string Version { get; private set; } = "";

    /// <summary>The address of the API server that kubectl asks.</summary>
    public string Server { get; set; } = "";

    private static string Build => Environment.GetEnvironmentVariable("SEXTANT_KUBERNETES_DIR") is { Length: > 0 } named
        ? named
        : throw new InvalidOperationException("SEXTANT_KUBERNETES_DIR names no build of Kubernetes; docs/kubernetes.md says what it holds");

    private string Kubeconfig => folder.At("kubeconfig");

    /// <summary>Takes in every set that the build has.</summary>
    public async Task PrepareAsync(string builtAssets)
    {
        var copied = Tool.Run("cp", ["-a", builtAssets, Assets]);
        Assert.That(copied.Status, Is.Zero, copied.ToString());
        Version = ReleasePattern().Match(Tool.Run(Path.Combine(Build, "kubernetes", "kubelet"), ["--version"]).Output).Value;
        foreach (var set in BuildSets.All.Select(set => set.Name))
        {
            var programs = Path.Combine(Build, set);
            if (!Directory.Exists(programs)) continue;
            // A build of another release than the manifest names for this Kubernetes stands in for it.
            var added = Product.Run(["assets", "add", set, programs, "--assets", Assets, "--state", folder.At("state"), .. set == "coredns" ? ["--version", PinnedVersion("coredns/coredns")] : Array.Empty<string>()]);
            Assert.That(added.Status, Is.Zero, added.ToString());
            await TestContext.Out.WriteLineAsync(added.Output);
        }
        await StorePodImageAsync();
    }

    /// <summary>Puts the images into the state folder of a bootstrapper that is not running.</summary>
    public void MoveRegistryTo(string state)
    {
        var registry = RegistryService.FolderIn(state);
        Directory.Delete(registry, recursive: true);
        Directory.Move(RegistryService.FolderIn(folder.At("state")), registry);
    }

    /// <summary>Gives this test access to the cluster for some hours.</summary>
    public void WriteKubeconfig(string description, string state, string server)
    {
        Server = server;
        var made = Product.Run("kubeconfig", description, "--state", state, "--server", server);
        Assert.That(made.Status, Is.Zero, made.ToString());
        File.WriteAllText(Kubeconfig, made.Output);
    }

    /// <summary>A command line of kubectl; blanks part the arguments.</summary>
    public IReadOnlyList<string> Kubectl(string arguments) =>
        [Path.Combine(Build, "kubernetes", "kubectl"), "--kubeconfig", Kubeconfig, "--server", $"https://{Server}:6443", "--request-timeout=30s", .. arguments.Split(' ')];

    /// <summary>Writes a file of the test and gives its path.</summary>
    public string Write(string name, string text) => folder.Write(name, text);

    /// <summary>A pod with a web server on port 8080 that says its name; it keeps to one node.</summary>
    public static string Pod(string name, string node) => $$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: "{{name}}", labels: {app: "{{name}}" } }
        spec:
          nodeSelector: {kubernetes.io/hostname: "{{node}}" }
          tolerations: [{operator: Exists}]
          terminationGracePeriodSeconds: 0
          containers:
            - name: tools
              image: {{PodImage}}
              imagePullPolicy: IfNotPresent
              command: [/bin/busybox, httpd, -f, -v, -p, "8080", -h, /etc]

        """;

    public void Dispose() => folder.Dispose();

    private async Task StorePodImageAsync()
    {
        var closure = await ToolClosure.CollectAsync([], ["/bin/busybox"], "", CancellationToken.None);
        Assert.That(closure.Problems, Is.Empty);
        var shape = new ImageShape("registry.example/test/tools", "/bin/busybox", "Tools for test pods.");
        var layout = folder.At("tools");
        await BuiltImage.WriteAsync(layout, shape, BuiltImage.LayerOf(shape, "/bin/busybox", [], closure.Entries), version: null, DateTimeOffset.UnixEpoch, _ => { }, CancellationToken.None);
        var store = RegistryStore.Open(RegistryService.FolderIn(folder.At("state")));
        var outcome = await new ImageLoader(store, new Progress<WorkProgress>()).LoadAsync(layout, ImageReference.Parse(PodImage), CancellationToken.None);
        Assert.That(outcome, Is.InstanceOf<IntakeOutcome.Taken>());
    }

    private string PinnedVersion(string repository) => Sextant.Assets.AssetManifest.Load(Assets).Images
        .First(image => image.Reference.Contains($"/{repository}:", StringComparison.Ordinal) && image.For.IsForKubernetes(Version)).Reference.Split(":v")[^1];

    [GeneratedRegex("[0-9]+\\.[0-9]+\\.[0-9]+")]
    private static partial Regex ReleasePattern();
}
