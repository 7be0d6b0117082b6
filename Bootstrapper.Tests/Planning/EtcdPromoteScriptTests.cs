using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>How a member that joined gets its vote, by what the others say; they are stand-ins here.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
public sealed class EtcdPromoteScriptTests
{
    private const string Others = "a2, started, m2, https://10.0.0.12:2380, https://10.0.0.12:2379, false\n";
    private const string Learner = "a1, started, m1, https://10.0.0.11:2380, https://10.0.0.11:2379, true\n";
    private const string Voter = "a1, started, m1, https://10.0.0.11:2380, https://10.0.0.11:2379, false\n";
    private const string List = "https://10.0.0.12:2379 member list";
    private const string Promote = "https://10.0.0.12:2379 member promote a1";

    private static readonly TestCaseData[] Ends =
    [
        new TestCaseData(Others + Learner, 0, "promoted: this member votes now\n", new[] { List, Promote }).SetArgDisplayNames("in sync"),
        new TestCaseData(Others + Voter, 0, "", new[] { List }).SetArgDisplayNames("it votes already"),
        new TestCaseData(Others + Learner, 2, "not promoted yet: etcdserver: not in sync\npromoted: this member votes now\n",
            new[] { List, Promote, List, Promote, List, Promote }).SetArgDisplayNames("in sync after a while"),
    ];

    private static readonly TestCaseData[] Waits =
    [
        new TestCaseData(Others, "https://10.0.0.12:2379 does not know this member\n").SetArgDisplayNames("it is no member"),
        new TestCaseData("", "no other member answers\n").SetArgDisplayNames("nobody answers"),
    ];

    [TestCaseSource(nameof(Ends))]
    public void A_learner_asks_until_it_votes(string members, int refusals, string says, string[] calls)
    {
        using var folder = new TemporaryFolder();
        var result = Run(folder, PlannedClusters.Three, members, refusals);
        Assert.That((result.Status, result.Output), Is.EqualTo((0, says)), result.ToString());
        Assert.That(File.ReadAllLines(folder.At("calls")), Is.EqualTo(calls));
    }

    [TestCaseSource(nameof(Waits))]
    public void What_it_waits_for_is_said_once(string members, string says)
    {
        using var folder = new TemporaryFolder();
        var result = Run(folder, PlannedClusters.Three, members, refusals: 0);
        Assert.That((result.Status, result.Output), Is.EqualTo((99, says)), "it was still waiting: " + result);
    }

    [Test]
    public void A_member_without_others_has_its_vote()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Run(folder, PlannedClusters.One, "", refusals: 0).Status, Is.Zero);
        Assert.That(File.Exists(folder.At("calls")), Is.False);
    }

    /// <summary>Runs m1's script with an etcdctl that refuses the first promotions; the third pause ends the script with 99.</summary>
    private static Tool.Result Run(TemporaryFolder folder, ClusterDescription cluster, string members, int refusals)
    {
        if (members.Length > 0) folder.Write("members", members);
        Program(folder, "etcdctl", $$"""
            endpoint=${1#--endpoints=}
            while [ "${1#--}" != "$1" ]; do shift; done
            case $* in 'member list --write-out=simple') call='member list' ;; *) call="$*" ;; esac
            echo "$endpoint $call" >>calls
            [ -e members ] || exit 1
            case $2 in
                list) cat members ;;
                promote)
                    echo x >>promotions
                    [ "$(wc -l <promotions)" -gt {{refusals}} ] || { echo 'Error: etcdserver: not in sync' >&2; exit 1; }
                    ;;
            esac
            """);
        Program(folder, "sleep", """
            echo "$1" >>pauses
            [ "$(wc -l <pauses)" -lt 3 ] || kill "$PPID"
            """);
        var script = PlannedClusters.PlanOf(cluster, 1).Files.Single(file => file.Path == "/etc/etcd/promote").Content;
        return Tool.Run("sh", ["-c", "trap 'exit 99' TERM\n" + script], "", new Dictionary<string, string>
        {
            ["PATH"] = $"{folder.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
        });
    }

    private static void Program(TemporaryFolder folder, string name, string text)
    {
        var path = folder.Write($"bin/{name}", $"#!/bin/sh\ncd '{folder.Path}' || exit 9\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
