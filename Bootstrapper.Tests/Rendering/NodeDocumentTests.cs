using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Rendering;

/// <summary>The document of every machine of every test cluster: its own reader accepts it, it says what the plan says, and systemd understands its units.</summary>
[TestFixture]
public sealed partial class NodeDocumentTests
{
    private sealed record Document(string Name, NodePlan Plan, ConfigFormat Format, string Text);

    private static readonly Lazy<IReadOnlyList<Document>> All = new(() =>
    [
        .. from cluster in PlannedClusters.All
           from node in PlannedClusters.NodesOf(cluster.Value)
           select new Document(
               $"{cluster.Key}/{node.Name}", node.Node, NodeDocument.For(node.Node), ((RenderedDocument.Text)NodeDocument.Render(node.Node, PlannedClusters.Ticket)).Content),
    ]);

    [Test]
    public void Every_operating_system_has_its_format()
    {
        static string Of(OperatingSystemName system, NodeConfigFormat format) =>
            NodeDocument.For(PlannedClusters.PlanOf(PlannedClusters.Three.On(system, format), 1)).Name;
        foreach (var system in Enum.GetValues<OperatingSystemName>())
        {
            Assert.That(Of(system, NodeConfigFormat.Ignition), Is.EqualTo(system is OperatingSystemName.Flatcar or OperatingSystemName.FedoraCoreos ? "ignition" : "cloud-init"));
            Assert.That(Of(system, NodeConfigFormat.CloudConfig), Is.EqualTo(system is OperatingSystemName.Flatcar ? "cloud-config" : Of(system, NodeConfigFormat.Ignition)));
        }
    }

    [Test]
    public void The_test_clusters_have_documents_of_every_format_and_every_operating_system()
    {
        Assert.That(All.Value.Select(document => document.Format.Name).Distinct(), Is.EquivalentTo(new[] { "cloud-init", "ignition", "cloud-config" }));
        Assert.That(All.Value.Select(document => document.Plan.OperatingSystem).Distinct(), Is.EquivalentTo(Enum.GetValues<OperatingSystemName>()));
    }

    [Test]
    public void Every_document_says_exactly_what_the_plan_says()
    {
        foreach (var document in All.Value)
        {
            var expected = ReadDocument.OfPlan(document.Plan, PlannedClusters.Ticket);
            var read = ReadDocument.Of(document.Format, document.Text);
            if (document.Format != ConfigFormat.CloudInit)
            {
                // cloud-init has words for these two.
                expected.Files.Add("/etc/sudoers.d/sextant", ReadDocument.Line(0x120, "root:root", "sextant ALL=(ALL) NOPASSWD:ALL\n"));
                if (document.Format == ConfigFormat.Ignition) expected.Files.Add("/etc/hostname", ReadDocument.Line(0x1A4, "root:root", document.Plan.Hostname + "\n"));
            }
            Assert.Multiple(() =>
            {
                Assert.That(read.Files, Is.EqualTo(expected.Files), document.Name);
                Assert.That(read.Enabled, Is.EqualTo(expected.Enabled), document.Name);
                Assert.That(read.Masked, Is.EqualTo(expected.Masked), document.Name);
                Assert.That(read.Accounts, Is.EqualTo(expected.Accounts), document.Name);
                Assert.That(read.Hostname, Is.EqualTo(expected.Hostname), document.Name);
                Assert.That(read.Keys, Is.EqualTo(expected.Keys), document.Name);
            });
        }
    }

    [Test]
    public void Every_Ignition_configuration_satisfies_Ignitions_own_validator()
    {
        foreach (var document in Having(ConfigFormat.Ignition))
        {
            var result = Tool.Run("ignition-validate", ["-"], document.Text);
            Assert.That((result.Status, result.Output + result.Errors), Is.EqualTo((0, "")), document.Name);
        }
        Assert.That(Tool.Run("ignition-validate", ["-"], """{"ignition": {"version": "3.3.0"}, "storage": {"files": [{"path": "relative"}]}}""").Status, Is.Not.Zero, "the validator bites");
    }

    [Test]
    public void Every_user_data_satisfies_cloud_inits_own_schema()
    {
        // One interpreter for all of them: it takes longer to start than to check.
        const string check = """
            import json, sys, yaml
            from cloudinit.config.schema import get_schema, validate_cloudconfig_schema
            schema = get_schema()
            for name, text in json.load(sys.stdin).items():
                try:
                    validate_cloudconfig_schema(yaml.safe_load(text), schema, strict=True)
                except Exception as problem:
                    print(name, problem)
            """;
        var documents = Having(ConfigFormat.CloudInit).ToDictionary(document => document.Name, document => document.Text);
        documents.Add("planted", "#cloud-config\nusers: [{name: a, shoe_size: 43}]\nwrite_files: 7\n");
        var result = Tool.Run("/usr/bin/python3", ["-c", check], JsonSerializer.Serialize(documents));
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(result.Output.TrimEnd().Split('\n'), Has.One.StartsWith("planted ").And.None.Contains("/"), result.ToString());
    }

    [Test]
    public void Every_cloud_config_speaks_the_dialect_of_CoreOS()
    {
        foreach (var document in Having(ConfigFormat.CloudConfig)) Assert.That(CoreosDialect.Problems(document.Text), Is.Empty, document.Name);
    }

    [Test]
    public void Systemd_understands_every_unit()
    {
        using var folder = new TemporaryFolder();
        var targets = folder.At("usr/lib/systemd/system");
        Directory.CreateDirectory(targets);
        foreach (var target in Directory.GetFiles("/lib/systemd/system", "*.target")) File.Copy(target, Path.Combine(targets, Path.GetFileName(target)));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var document in All.Value)
        {
            var units = ReadDocument.Of(document.Format, document.Text).Files.Where(file => file.Key.StartsWith("/etc/systemd/system/", StringComparison.Ordinal)).ToArray();
            // Most machines of a cluster have the same units; each set is verified once.
            if (!seen.Add(string.Join('\0', units.Select(unit => unit.Key + unit.Value)))) continue;
            var root = folder.At(document.Name);
            folder.Write($"{document.Name}/etc/os-release", "ID=stand-in\n");
            Directory.CreateDirectory(Path.Combine(root, "usr/lib/systemd"));
            Directory.CreateSymbolicLink(Path.Combine(root, "usr/lib/systemd/system"), targets);
            foreach (var (path, line) in units)
            {
                var content = line[(line.IndexOf('\n', StringComparison.Ordinal) + 1)..];
                folder.Write(document.Name + path, content);
                foreach (Match program in Program().Matches(content)) StandIn(Path.Combine(root, program.Groups["path"].Value.TrimStart('/')));
            }
            foreach (var shipped in document.Plan.Units.Where(unit => unit.Content is null))
                folder.Write($"{document.Name}/etc/systemd/system/{shipped.Name}", "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
            StandIn(Path.Combine(root, "bin/true"));
            var result = Tool.Run("systemd-analyze", ["verify", $"--root={root}", "--man=no", .. document.Plan.Units.Select(unit => unit.Name)]);
            Assert.That((result.Status, result.Output + result.Errors), Is.EqualTo((0, "")), document.Name);
        }
        Assert.That(seen, Has.Count.GreaterThan(PlannedClusters.All.Count));
    }

    private static IEnumerable<Document> Having(ConfigFormat format) => All.Value.Where(document => document.Format == format);

    private static void StandIn(string path)
    {
        if (File.Exists(path)) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "#!/bin/sh\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [GeneratedRegex("^Exec[A-Za-z]+=[-+!@:]*(?<path>/[^\\s]+)", RegexOptions.Multiline)]
    private static partial Regex Program();
}
