using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>How a member with an empty disk starts, by what the other members say of it.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
public sealed class EtcdJoinScriptTests
{
    private const string Two = "aa, started, m2, https://10.0.0.12:2380, https://10.0.0.12:2379, false\nbb, started, m3, https://10.0.0.13:2380, https://10.0.0.13:2379, false\n";
    private const string Joining = "ETCD_INITIAL_CLUSTER=m2=https://10.0.0.12:2380,m3=https://10.0.0.13:2380,m1=https://10.0.0.11:2380\nETCD_INITIAL_CLUSTER_STATE=existing\n";

    private static IEnumerable<TestCaseData> Situations()
    {
        const string add = "member add m1 --peer-urls=https://10.0.0.11:2380";
        yield return new TestCaseData(null, null, Array.Empty<string>()).SetArgDisplayNames("nobody answers: founder");
        yield return new TestCaseData(Two + "cc, started, m1, https://10.0.0.11:2380, , false\n", null, Array.Empty<string>()).SetArgDisplayNames("the others founded it: founder");
        yield return new TestCaseData(Two + "cc, started, m1, https://10.0.0.11:2380, https://10.0.0.11:2379, false\n", Joining, new[] { "member remove cc", add })
            .SetArgDisplayNames("reinstalled: replaces itself");
        yield return new TestCaseData(Two, Joining, new[] { add }).SetArgDisplayNames("not listed: is added");
        yield return new TestCaseData(Two + "dd, unstarted, , https://10.0.0.11:2380, , false\n", Joining, Array.Empty<string>()).SetArgDisplayNames("added before: joins");
        yield return new TestCaseData(Two + "ee, started, m4, https://10.0.0.111:2380, https://10.0.0.111:2379, false\n",
            Joining.Replace(",m1=", ",m4=https://10.0.0.111:2380,m1=", StringComparison.Ordinal), new[] { add }).SetArgDisplayNames("an address that begins alike is another member");
    }

    [TestCaseSource(nameof(Situations))]
    public void A_member_without_data_asks_the_others(string? members, string? answer, string[] changes)
    {
        using var folder = new TemporaryFolder();
        var result = Run(folder, members);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.Exists(folder.At("join.env")) ? File.ReadAllText(folder.At("join.env")) : null, Is.EqualTo(answer), result.ToString());
        Assert.That(Changes(folder), Is.EqualTo(changes));
    }

    [Test]
    public void A_member_with_data_asks_nobody_and_forgets_an_earlier_answer()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data/member/wal/0.wal", "");
        folder.Write("join.env", "ETCD_INITIAL_CLUSTER_STATE=existing\n");
        var result = Run(folder, Two);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.Exists(folder.At("join.env")), Is.False);
        Assert.That(File.Exists(folder.At("calls")), Is.False);
    }

    [Test]
    public void A_change_that_the_cluster_refuses_stops_the_start()
    {
        using var folder = new TemporaryFolder();
        folder.Write("refuse", "");
        var result = Run(folder, Two);
        Assert.That(result.Status, Is.EqualTo(1), result.ToString());
        Assert.That(File.Exists(folder.At("join.env")), Is.False);
    }

    private static string[] Changes(TemporaryFolder folder) =>
        File.Exists(folder.At("calls")) ? [.. File.ReadAllLines(folder.At("calls")).Where(call => !call.StartsWith("member list", StringComparison.Ordinal))] : [];

    /// <summary>Runs m1's script with an etcdctl that keeps the member list in a file; the first of the others is down.</summary>
    private static Tool.Result Run(TemporaryFolder folder, string? members)
    {
        if (members is not null) folder.Write("members", members);
        var etcdctl = folder.Write("bin/etcdctl", $$"""
            #!/bin/sh
            cd '{{folder.Path}}' || exit 9
            endpoint=${1#--endpoints=}
            while [ "${1#--}" != "$1" ]; do shift; done
            echo "$*" >>calls
            [ -e members ] && [ "$endpoint" = https://10.0.0.13:2379 ] || exit 1
            case $2 in
                list) cat members ;;
                remove) [ ! -e refuse ] && grep -v "^$3," members >left; mv left members ;;
                add) [ ! -e refuse ] && echo "ff, unstarted, , ${4#--peer-urls=}, , false" >>members ;;
            esac
            """);
        File.SetUnixFileMode(etcdctl, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var script = PlannedClusters.PlanOf(PlannedClusters.Three, 1).Files.Single(file => file.Path == "/etc/etcd/join").Content;
        return Tool.Run("sh", ["-c", script], "", new Dictionary<string, string>
        {
            ["SEXTANT_ETCD_DATA"] = folder.At("data"),
            ["SEXTANT_ETCD_ANSWER"] = folder.At("join.env"),
            ["PATH"] = $"{folder.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
        });
    }
}
