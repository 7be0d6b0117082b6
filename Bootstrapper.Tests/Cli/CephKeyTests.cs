using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

/// <summary>The key of a Ceph user comes out of its file, and out of nothing that could be taken for one.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
public sealed class CephKeyTests
{
    private const string Section = "\naddons: [ceph-csi-rbd]\nceph:\n  cluster_id: b9127830-b0cc-4e34-aa47-9d1a2e9949a8\n  monitors: [\"10.0.0.31:6789\"]\n  key_file: ceph-key\n";

    [TestCase("\n")]
    [TestCase("")]
    [TestCase("\r\n")]
    public void The_key_is_the_files_one_line(string end)
    {
        var (files, problems) = Read(PlannedClusters.CephKey + end);
        Assert.That(problems, Is.Empty);
        Assert.That(files.CephKey, Is.EqualTo(PlannedClusters.CephKey));
    }

    [TestCase(null, "does not exist")]
    [TestCase("", "is empty; it must hold the key")]
    [TestCase("[client.kubernetes]\n\tkey = AQBrZXkgb2YgY2VwaCBmb3IgdGVzdHMsIG5vIHNlY3JldA==\n", "is a whole keyring")]
    [TestCase("secret of the people", "holds no key of Ceph")]
    [TestCase("AQBrZXk=", "holds no key of Ceph")]
    [TestCase("AQBrZXkgb2YgY2VwaCBmb3IgdGVzdHMsIG5vIHNlY3JldA==\nAQBrZXkgb2YgY2VwaCBmb3IgdGVzdHMsIG5vIHNlY3JldA==\n", "more than one line")]
    public void Anything_else_is_a_problem_where_the_file_is_named_and_is_not_repeated(string? content, string fault)
    {
        var (files, problems) = Read(content);
        Assert.That(problems.Single().Message, Does.Contain(fault).And.Not.Contain("AQBrZXk").And.Not.Contain("secret of"));
        Assert.That(problems.Single(), Has.Property(nameof(Problem.Severity)).EqualTo(Severity.Error).And.Property(nameof(Problem.Path)).EqualTo("ceph.key_file"));
        Assert.That(files.CephKey, Is.Null);
    }

    [Test]
    public void A_key_that_others_may_read_is_warned_of()
    {
        var (files, problems) = Read(PlannedClusters.CephKey, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.That(files.CephKey, Is.EqualTo(PlannedClusters.CephKey));
        Assert.That(problems.Single().Message, Does.Contain("chmod 600 keeps the key from them"));
    }

    [TestCase(nameof(AddonsForm.Table), "│ ceph-csi-rbd")]
    [TestCase(nameof(AddonsForm.Json), "\"name\": \"ceph-csi-rbd\"")]
    [TestCase(nameof(AddonsForm.Yaml), "userKey: \"AQBrZXk")]
    public void The_command_line_shows_the_addons(string name, string part)
    {
        var form = Enum.Parse<AddonsForm>(name);
        using var folder = new TemporaryFolder();
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var status = AddonsCommand.Run(Write(folder, PlannedClusters.CephKey, null), form, Repository.PathOf("pxe-assets"), TemplateFolder.DefaultPath, output, errors);
        Assert.That(status, Is.Zero, errors.ToString());
        Assert.That(output.ToString(), Does.Contain(part).And.Contain("kube-proxy"));
        if (form is not AddonsForm.Yaml) Assert.That(output.ToString(), Does.Not.Contain(PlannedClusters.CephKey));
    }

    private static (SiteFiles Files, IReadOnlyList<Problem> Problems) Read(string? key, UnixFileMode? mode = null)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, key, mode);
        var description = ClusterFile.Load(path).Description ?? throw new InvalidOperationException(string.Join('\n', ClusterFile.Load(path).Problems));
        return SiteFileReader.Read(path, description);
    }

    private static string Write(TemporaryFolder folder, string? key, UnixFileMode? mode)
    {
        if (key is not null) File.SetUnixFileMode(folder.Write("ceph-key", key), mode ?? (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        return folder.Write("cluster-desc.yaml", Repository.Read("cluster-desc.example.yaml").TrimEnd('\n') + Section);
    }
}
