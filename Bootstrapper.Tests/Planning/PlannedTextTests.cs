using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>What systemd and the shell say of the planned units and scripts.</summary>
[TestFixture]
public sealed class PlannedTextTests
{
    [Test]
    public void Systemd_finds_nothing_wrong_with_the_planned_units()
    {
        using var folder = new TemporaryFolder();
        var plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1);
        // The programs are on the nodes, not here; the verifier wants to see them.
        var paths = plan.Units.Where(unit => unit.Content is not null).Select(unit => folder.Write(unit.Name, unit.Content!
            .Replace("ExecStart=/usr/bin/etcd", "ExecStart=/bin/true", StringComparison.Ordinal)
            .Replace("ExecStart=/etc/etcd/promote", "ExecStart=/bin/true", StringComparison.Ordinal)
            .Replace("ExecStartPre=/etc/etcd/join", "ExecStartPre=/bin/true", StringComparison.Ordinal)
            .Replace("ExecStart=/etc/sextant/addons", "ExecStart=/bin/true", StringComparison.Ordinal)
            .Replace("ExecStart=/etc/sextant/enroll", "ExecStart=/bin/true", StringComparison.Ordinal))).ToArray();
        var result = Tool.Run("systemd-analyze", ["verify", "--man=no", .. paths]);
        var own = result.Errors.Split('\n').Where(line => line.Contains(folder.Path, StringComparison.Ordinal) || line.Contains("etcd", StringComparison.Ordinal));
        Assert.That(own, Is.Empty, result.ToString());
    }

    [Test]
    public void Systemds_verifier_would_have_seen_a_misspelt_setting()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("bad.service", "[Service]\nExecStart=/bin/true\nRestrat=always\n");
        Assert.That(Tool.Run("systemd-analyze", ["verify", "--man=no", path]).Errors, Does.Contain("Restrat"));
    }

    [TestCase("/etc/sextant/enroll")]
    [TestCase("/etc/etcd/join")]
    [TestCase("/etc/sextant/addons")]
    [TestCase("/etc/etcd/promote")]
    [TestCase("/etc/profile.d/sextant-etcdctl.sh")]
    public void The_shell_parses_the_planned_scripts(string path)
    {
        var script = PlannedClusters.PlanOf(PlannedClusters.Three, 1).Files.Single(file => file.Path == path);
        foreach (var shell in new[] { "dash", "bash" })
        {
            var result = Tool.Run(shell, ["-n"], script.Content);
            Assert.That(result.Status, Is.Zero, result.ToString());
        }
    }

    [Test]
    public void Etcdctl_finds_its_certificate_for_root_only()
    {
        var script = PlannedClusters.PlanOf(PlannedClusters.Three, 1).Files.Single(file => file.Path == "/etc/profile.d/sextant-etcdctl.sh").Content;
        foreach (var (user, expected) in new[] { ("0", "/etc/etcd/pki/healthcheck-client.key"), ("1000", "") })
        {
            var result = Tool.Run("sh", ["-c", $"id() {{ echo {user}; }}\n{script}\nprintf '%s' \"${{ETCDCTL_KEY:-}}\""]);
            Assert.That(result.Output, Is.EqualTo(expected), result.ToString());
        }
    }
}
