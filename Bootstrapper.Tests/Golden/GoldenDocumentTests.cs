using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Golden;

/// <summary>Every document of every node of four clusters, byte for byte, and what the documents' own readers say of them.</summary>
[TestFixture]
public sealed class GoldenDocumentTests
{
    private static readonly (string Name, ClusterDescription Cluster)[] Clusters =
        [("three", PlannedClusters.Three), ("one", PlannedClusters.One), ("five-etcd", PlannedClusters.Five)];

    private static IEnumerable<TestCaseData> Nodes()
    {
        foreach (var (name, cluster) in Clusters)
        {
            var plan = PlannedClusters.Plan(cluster);
            foreach (var node in cluster.Nodes)
                yield return new TestCaseData($"{name}/{node.Hostname}", plan, plan.For(node.Mac, null)).SetArgDisplayNames(name, node.Hostname);
            if (cluster.UnknownMachines is UnknownMachines.Worker)
                yield return new TestCaseData($"{name}/stranger", plan, plan.For(PlannedClusters.Stranger, Ipv4Address.Parse("10.0.0.150")))
                    .SetArgDisplayNames(name, "stranger");
        }
    }

    [TestCaseSource(nameof(Nodes))]
    public void Every_document_of_a_node_is_the_golden_one(string name, ClusterPlan cluster, NodePlan node)
    {
        Assert.Multiple(() =>
        {
            foreach (var format in ConfigFormat.All) Check($"{name}.{format.FileName}", format.Render(Request(cluster, node)));
        });
    }

    [Test]
    public void Scripts_that_install_nothing_are_the_golden_ones()
    {
        var plan = PlannedClusters.Plan(PlannedClusters.Three);
        (string Name, IpxeAction Action)[] scripts =
        [
            ("local-disk", new IpxeAction.LocalDisk()), ("discover", new IpxeAction.Discover()),
            ("hold", new IpxeAction.Hold("it began too many installs in a short time")),
        ];
        foreach (var (name, action) in scripts)
            Check($"three/{name}.ipxe", IpxeScript.Render(action, PlannedClusters.Stranger, plan.Network, plan.Templates));
    }

    [Test]
    public void Every_golden_user_data_satisfies_cloud_inits_own_schema()
    {
        var documents = Directory.GetFiles(GoldenFile.Folder, "*.user-data", SearchOption.AllDirectories);
        Assert.That(documents, Has.Length.EqualTo(Nodes().Count()));
        foreach (var document in documents)
        {
            var result = Tool.Run("cloud-init", ["schema", "--config-file", document]);
            Assert.That(result.Status, Is.Zero, result.ToString());
            Assert.That(result.Output, Does.Contain("Valid"), result.ToString());
        }
    }

    [TestCaseSource(nameof(Nodes))]
    public void Cloud_inits_YAML_reader_finds_exactly_the_planned_files(string name, ClusterPlan cluster, NodePlan node)
    {
        Assert.That(cluster.For(node.Mac, node.Address), Is.Not.Null);
        const string print = """
            import sys, yaml, base64
            for f in yaml.safe_load(sys.stdin)["write_files"]:
                print(f["path"], f["permissions"], f["owner"], base64.b64encode(f["content"].encode()).decode())
            """;
        var text = File.ReadAllText(Path.Combine(GoldenFile.Folder, name + ".user-data"));
        var result = Tool.Run("/usr/bin/python3", ["-c", print], text);
        Assert.That(result.Status, Is.Zero, result.ToString());
        var expected = node.Files.Select(file => Line(file.Path, "0" + Convert.ToString(file.Mode, 8), file.Owner, file.Content))
            .Concat(node.Units.Where(unit => unit.Content is not null).Select(unit => Line("/etc/systemd/system/" + unit.Name, "0644", "root:root", unit.Content!)))
            .Append(Line("/etc/sextant/ticket", "0600", "root:root", PlannedClusters.Ticket + "\n"));
        Assert.That(result.Output.TrimEnd().Split('\n'), Is.EqualTo(expected));
    }

    [Test]
    public void No_golden_document_holds_a_private_key()
    {
        foreach (var document in Directory.GetFiles(GoldenFile.Folder, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".cs", StringComparison.Ordinal)))
            Assert.That(File.ReadAllText(document), Does.Not.Contain("PRIVATE KEY"), document);
    }

    [Test]
    public void No_golden_document_holds_the_password_at_the_registry()
    {
        var account = System.Text.Encoding.UTF8.GetBytes($"cluster-pull:{PlannedClusters.RegistryPassword}");
        foreach (var document in Directory.GetFiles(GoldenFile.Folder, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".cs", StringComparison.Ordinal)))
            Assert.That(File.ReadAllText(document), Does.Not.Contain(PlannedClusters.RegistryPassword).And.Not.Contain(Convert.ToBase64String(account)).And.Not.Contain("Basic "), document);
        Assert.That(PlannedClusters.Plan(PlannedClusters.One).ContentOf(PlannedClusters.PlanOf(PlannedClusters.One, 1).Secrets.Single(secret => secret.Name == "registry-credentials")), Does.Contain(Convert.ToBase64String(account)),
            "what is looked for is what would be there");
    }

    private static string Line(string path, string mode, string owner, string content) =>
        $"{path} {mode} {owner} {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(content))}";

    private static RenderRequest Request(ClusterPlan cluster, NodePlan node) => new(
        node, cluster.Network, cluster.Templates, PlannedClusters.Ticket, 1,
        InstallImage.Debian(cluster.Network, "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550", 227_541_302));

    private static void Check(string name, RenderedDocument document)
    {
        if (document is not RenderedDocument.Text(var text)) Assert.Fail($"{name}: {document}");
        else GoldenFile.Check(name, text);
    }
}
