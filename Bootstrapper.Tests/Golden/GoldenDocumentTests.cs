using NUnit.Framework;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Golden;

/// <summary>Every document of chosen machines, byte for byte, as the machines get them.</summary>
[TestFixture]
public sealed class GoldenDocumentTests
{
    /// <summary>Clusters of <see cref="PlannedClusters.All"/> with every machine, or with those that show what is different.</summary>
    private static readonly (string Name, string[] Hostnames)[] Chosen =
    [
        ("three", []), ("one", []), ("five-etcd", []), ("flatcar", ["m1"]), ("flatcar-cloud-config", ["m1", "m4", "stranger"]), ("fedora-coreos", ["m1", "m6"]),
        ("rocky", ["m1", "m4"]),
    ];

    private static IEnumerable<TestCaseData> Nodes() =>
        from chosen in Chosen
        let cluster = PlannedClusters.All[chosen.Name]
        from node in PlannedClusters.NodesOf(cluster)
        where chosen.Hostnames.Length == 0 || chosen.Hostnames.Contains(node.Name)
        select new TestCaseData($"{chosen.Name}/{node.Name}", PlannedClusters.Plan(cluster), node.Node).SetArgDisplayNames(chosen.Name, node.Name);

    [TestCaseSource(nameof(Nodes))]
    public void Every_document_of_a_node_is_the_golden_one(string name, ClusterPlan cluster, NodePlan node)
    {
        Assert.Multiple(() =>
        {
            foreach (var format in ConfigFormat.All.Where(format => format.Has(node))) Check($"{name}.{format.FileName}", format.Render(Request(cluster, node)));
        });
    }

    [Test]
    public void Scripts_that_install_nothing_are_the_golden_ones()
    {
        var plan = PlannedClusters.Plan(PlannedClusters.Three);
        (string Name, ScriptAction Action)[] scripts =
        [
            ("local-disk", new ScriptAction.LocalDisk()), ("discover", new ScriptAction.Discover()),
            ("hold", new ScriptAction.Hold("it began too many installs in a short time")),
        ];
        Assert.Multiple(() =>
        {
            foreach (var (name, action) in scripts)
                foreach (var dialect in new[] { ScriptDialect.Ipxe, ScriptDialect.Grub, ScriptDialect.Pxelinux })
                    Check($"three/{name}.{(dialect == ScriptDialect.Ipxe ? "" : dialect.Folder + ".")}{dialect.Extension}", BootScript.Render(dialect, action, PlannedClusters.Stranger, plan.Network, plan.Templates));
            Check("three/find.grub.cfg", new RenderedDocument.Text(BootScript.FindGrub(plan.Network, plan.Templates)));
            Check("three/autoexec.ipxe", new RenderedDocument.Text(BootScript.FindIpxe(plan.Network, plan.Templates)));
        });
    }

    [Test]
    public void Documents_of_a_machine_that_is_to_be_wiped_are_the_golden_ones()
    {
        Assert.Multiple(() =>
        {
            foreach (var name in Enum.GetValues<Sextant.Cluster.OperatingSystemName>())
            {
                var cluster = PlannedClusters.Plan(PlannedClusters.Three.On(name));
                var node = cluster.For(PlannedClusters.Mac(1), null)!;
                var request = Request(cluster, node) with { Ticket = "", Task = LiveTask.Wipe };
                var folder = $"wipe/{name.ToString().ToLowerInvariant()}";
                foreach (var format in ((ConfigFormat[])[ConfigFormat.InstallEnv, ConfigFormat.InstallIgn, ConfigFormat.KickstartFile]).Where(format => format.Has(node)))
                    Check($"{folder}.{format.FileName}", format.Render(request));
                Check($"{folder}.script.ipxe", BootScript.Render(ScriptDialect.Ipxe, new ScriptAction.Wipe(node), node.Mac, cluster.Network, cluster.Templates));
            }
        });
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

    private static RenderRequest Request(ClusterPlan cluster, NodePlan node) => new(
        node, cluster.Network, cluster.Templates, PlannedClusters.Ticket, 1,
        InstallImage.Debian(cluster.Network, "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550", 227_541_302));

    private static void Check(string name, RenderedDocument document)
    {
        if (document is not RenderedDocument.Text(var text)) Assert.Fail($"{name}: {document}");
        else GoldenFile.Check(name, text);
    }
}
