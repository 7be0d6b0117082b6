using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>How a member with an empty disk starts, by what the bootstrapper and the other members say of it; both are stand-ins here.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
public sealed class EtcdJoinScriptTests
{
    private const string Described =
        "member m1 https://10.0.0.11:2380 https://10.0.0.11:2379\nmember m2 https://10.0.0.12:2380 https://10.0.0.12:2379\nmember m3 https://10.0.0.13:2380 https://10.0.0.13:2379\n";

    private const string New = "state new\n" + Described;
    private const string Founded = "state founded\n" + Described + "holder 52:54:00:00:00:02 m2\nholder 52:54:00:00:00:77 unnamed\n";
    private const string M2 = "a2, started, m2, https://10.0.0.12:2380, https://10.0.0.12:2379, false\n";
    private const string M3 = "a3, started, m3, https://10.0.0.13:2380, https://10.0.0.13:2379, false\n";
    private const string Lost = "a1, started, m1, https://10.0.0.11:2380, https://10.0.0.11:2379, false\n";
    private const string Founder = "a1, started, m1, https://10.0.0.11:2380, , false\n";
    private const string Added = "a1, unstarted, , https://10.0.0.11:2380, , true\n";
    private const string Former = "a9, started, m9, https://10.0.0.19:2380, https://10.0.0.19:2379, false\n";
    private const string NeverStarted = "a9, unstarted, , https://10.0.0.19:2380, , true\n";
    private const string Add = "member add m1 --learner --peer-urls=https://10.0.0.11:2380";
    private const string Joins = "ETCD_INITIAL_CLUSTER=m2=https://10.0.0.12:2380,m3=https://10.0.0.13:2380,m1=https://10.0.0.11:2380\nETCD_INITIAL_CLUSTER_STATE=existing\n";

    private static IEnumerable<TestCaseData> Starting()
    {
        static TestCaseData Case(string name, string site, string members, string? answer, params string[] changes) =>
            new TestCaseData(site, members, "", answer, changes).SetArgDisplayNames(name);
        static TestCaseData WithDead(string name, string members, string dead, string? answer, params string[] changes) =>
            new TestCaseData(Founded, members, dead, answer, changes).SetArgDisplayNames(name);

        yield return Case("a new site, nobody answers: founder", New, "", null);
        yield return Case("a new site of one: founder", "state new\nmember m1 https://10.0.0.11:2380 https://10.0.0.11:2379\n", M2, null);
        yield return Case("the others founded it: a late founder", Founded, M2 + M3 + Founder, null);
        yield return Case("a founder that is late, and the members are others by now", Founded, M2 + "a4, started, m4, https://10.0.0.14:2380, https://10.0.0.14:2379, false\n" + Founder,
            Joins.Replace("m3=https://10.0.0.13", "m4=https://10.0.0.14", StringComparison.Ordinal), "member remove a1", Add);
        yield return Case("its data is gone: it replaces itself", Founded, M2 + M3 + Lost, Joins, "member remove a1", Add);
        yield return Case("not a member: is added", Founded, M2 + M3, Joins, Add);
        yield return Case("not a member, and the bootstrapper never saw the cluster healthy: is added all the same", New, M2 + M3, Joins, Add);
        yield return Case("added before, and stopped then: joins", Founded, M2 + M3 + Added, Joins);
        yield return Case("an address that begins alike is another member", Founded.Replace("holder", "member m4 https://10.0.0.111:2380 https://10.0.0.111:2379\nholder", StringComparison.Ordinal),
            M2 + M3 + "a4, started, m4, https://10.0.0.111:2380, https://10.0.0.111:2379, false\n",
            Joins.Replace(",m1=", ",m4=https://10.0.0.111:2380,m1=", StringComparison.Ordinal), Add);
        yield return WithDead("one the file does not name, dead: is removed first", M2 + M3 + Former, "10.0.0.19", Joins, "member remove a9", Add);
        yield return Case("one the file does not name, alive: stays", Founded, M2 + M3 + Former,
            Joins.Replace(",m1=", ",m9=https://10.0.0.19:2380,m1=", StringComparison.Ordinal), Add);
        yield return WithDead("one that was added for a machine that is gone: is removed first", M2 + M3 + NeverStarted, "10.0.0.19", Joins, "member remove a9", Add);
        yield return WithDead("both: itself, then the other", M2 + M3 + Lost + Former, "10.0.0.19", Joins, "member remove a1", "member remove a9", Add);
        yield return WithDead("a dead one that the file names stays", M2 + M3, "10.0.0.12", Joins, Add);
        yield return WithDead("two dead of five", M2 + M3 + "a4, started, m4, https://10.0.0.14:2380, https://10.0.0.14:2379, false\n" + Former + "a8, started, m8, https://10.0.0.18:2380, https://10.0.0.18:2379, false\n",
            "10.0.0.18 10.0.0.19", Joins.Replace(",m1=", ",m4=https://10.0.0.14:2380,m1=", StringComparison.Ordinal), "member remove a9", "member remove a8", Add);
    }

    [TestCaseSource(nameof(Starting))]
    public void A_member_without_data_asks_the_bootstrapper_and_the_others(string site, string members, string dead, string? answer, string[] changes)
    {
        using var folder = new TemporaryFolder();
        folder.Write("dead", dead);
        var result = Run(folder, site, members);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.Exists(folder.At("join.env")) ? File.ReadAllText(folder.At("join.env")) : null, Is.EqualTo(answer), result.ToString());
        Assert.That(Changes(folder), Is.EqualTo(changes), result.ToString());
    }

    private static IEnumerable<TestCaseData> Waiting()
    {
        static TestCaseData Case(string name, string? site, string members, string dead, string refusal, string says, params string[] changes) =>
            new TestCaseData(site, members, dead, refusal, says, changes).SetArgDisplayNames(name);
        const string outvoted = "a8, started, m8, https://10.0.0.18:2380, https://10.0.0.18:2379, false\n";

        yield return Case("the bootstrapper does not answer", null, "", "", "", "waiting for the bootstrapper: curl: (7) Failed to connect");
        yield return Case("the bootstrapper does not answer, and the others do", null, M2 + M3, "", "", "waiting for the bootstrapper: curl: (7) Failed to connect");
        yield return Case("the bootstrapper refuses, and its words are told", "Refused for 52:54:00:00:00:01: it is none.\n", M2 + M3, "", "", "waiting for the bootstrapper: Refused for 52:54:00:00:00:01: it is none.");
        yield return Case("an answer that is something else", "<html>\n", M2 + M3, "", "", "waiting for the bootstrapper: not understood: <html>");
        yield return Case("founded, and nobody answers", Founded, "", "", "", "Its data is on m2 (52:54:00:00:00:02), unnamed (52:54:00:00:00:77).");
        yield return Case("founded by this machine alone, and its data is gone", "state founded\nmember m1 https://10.0.0.11:2380 https://10.0.0.11:2379\nholder 52:54:00:00:00:01 m1\n",
            "", "", "", "Its data is on m1 (52:54:00:00:00:01).");
        yield return Case("another one is joining", Founded, M2 + M3.Replace("false", "true", StringComparison.Ordinal), "", "too many learner members in cluster",
            "waiting: m3 at https://10.0.0.13:2380 joins first", Add);
        yield return Case("a member is down", Founded, M2 + M3, "10.0.0.12", "unhealthy cluster", "members are added only while all others are connected", Add);
        yield return Case("the cluster refuses for another reason", Founded, M2 + M3, "", "no leader", "not added yet: etcdserver: no leader", Add);
        yield return Case("a removal that would leave no majority", Founded, M2 + M3 + Former + outvoted, "10.0.0.12 10.0.0.18 10.0.0.19", "unhealthy cluster",
            "member m9 at https://10.0.0.19:2380 is not in the description, and is dead: it stays, because only 1 of the other 3 members are healthy", Add);
        yield return Case("its own removal, with no majority behind it", Founded, M2 + M3 + Lost, "10.0.0.12", "",
            "its data is gone: it stays, because only 1 of the other 2 members are healthy");
        yield return Case("a removal is refused", Founded, M2 + M3 + Lost, "", "no leader", "its data is gone: not removed yet: etcdserver: no leader", "member remove a1");
        yield return Case("one the file does not name, alive, is told", Founded, M2 + M3 + Former, "", "no leader",
            "member m9 at https://10.0.0.19:2380 is not in the description, and answers: it is left alone; take it out with 'etcdctl member remove a9' when it is to go", Add);
    }

    [TestCaseSource(nameof(Waiting))]
    public void A_member_that_must_not_start_yet_says_why_once_and_goes_on_trying(string? site, string members, string dead, string refusal, string says, string[] changes)
    {
        using var folder = new TemporaryFolder();
        folder.Write("dead", dead);
        if (refusal.Length > 0) folder.Write("refuse", refusal);
        var result = Run(folder, site, members, rounds: 3);
        Assert.That(result.Status, Is.EqualTo(99), "it was still waiting: " + result);
        Assert.That(File.Exists(folder.At("join.env")), Is.False);
        Assert.That(result.Output.Split(says).Length - 1, Is.EqualTo(1), result.ToString());
        Assert.That(Changes(folder).Distinct(), Is.EqualTo(changes), result.ToString());
    }

    [Test]
    public void A_member_with_data_asks_nobody_and_forgets_an_earlier_answer()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data/member/wal/0.wal", "");
        folder.Write("join.env", "ETCD_INITIAL_CLUSTER_STATE=existing\n");
        var result = Run(folder, Founded, M2 + M3);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.Exists(folder.At("join.env")), Is.False);
        Assert.That(File.Exists(folder.At("calls")), Is.False);
    }

    [Test]
    public void The_bootstrapper_is_asked_from_the_machines_own_address_with_its_authority_alone()
    {
        using var folder = new TemporaryFolder();
        Run(folder, New, "");
        Assert.That(File.ReadAllText(folder.At("asked")).Split('\n')[0], Does.StartWith("--silent --show-error --fail-with-body --noproxy * --proto =https --interface 10.0.0.11 ")
            .And.EndWith($" --cacert /etc/sextant/sextant-ca.crt --capath {folder.Path} https://10.0.0.1/boot/52-54-00-00-00-01/etcd"));
    }

    private static string[] Changes(TemporaryFolder folder) => File.Exists(folder.At("calls"))
        ? [.. File.ReadAllLines(folder.At("calls")).Where(call => call.StartsWith("member ", StringComparison.Ordinal) && !call.StartsWith("member list", StringComparison.Ordinal))]
        : [];

    /// <summary>
    /// Runs m1's script with an etcdctl that keeps the member list in a file, and a curl that is the bootstrapper. The first of the others is down where
    /// the member list is asked for. A pause ends the script with 99 when it was the last of <paramref name="rounds"/>.
    /// </summary>
    private static Tool.Result Run(TemporaryFolder folder, string? site, string members, int rounds = 20)
    {
        if (members.Length > 0) folder.Write("members", members);
        if (site is not null) folder.Write("site", site);
        Program(folder, "curl", """
            echo "$*" >>asked
            [ -e site ] || { echo 'curl: (7) Failed to connect to 10.0.0.1 port 443' >&2; exit 7; }
            case $(cat site) in Refused*) echo 'curl: (22) The requested URL returned error: 403' >&2; cat site; exit 22 ;; esac
            cat site
            """);
        Program(folder, "etcdctl", """
            endpoint=${1#--endpoints=https://}
            endpoint=${endpoint%:2379}
            while [ "${1#--}" != "$1" ]; do shift; done
            echo "$*" >>calls
            [ -e members ] || exit 1
            refused() { [ -e refuse ] && echo "Error: etcdserver: $(cat refuse)" >&2; }
            case $1-$2 in
                endpoint-*) case " $(cat dead 2>/dev/null) " in *" $endpoint "*) exit 1 ;; esac ;;
                member-list) [ "$endpoint" = 10.0.0.13 ] && cat members ;;
                member-remove) refused && exit 1; grep -v "^$3," members >left; mv left members ;;
                member-add) refused && exit 1; echo "a1, unstarted, , ${5#--peer-urls=}, , true" >>members ;;
            esac
            """);
        Program(folder, "sleep", $$"""
            echo "$1" >>pauses
            [ "$(wc -l <pauses)" -lt {{rounds}} ] || kill "$PPID"
            """);
        var script = PlannedClusters.PlanOf(PlannedClusters.Three, 1).Files.Single(file => file.Path == "/etc/etcd/join").Content;
        return Tool.Run("sh", ["-c", "trap 'exit 99' TERM\n" + script], "", new Dictionary<string, string>
        {
            ["SEXTANT_ETCD_DATA"] = folder.At("data"),
            ["SEXTANT_ETCD_ANSWER"] = folder.At("join.env"),
            ["SEXTANT_ETCD_PROBES"] = "1",
            ["PATH"] = $"{folder.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
        });
    }

    private static void Program(TemporaryFolder folder, string name, string text)
    {
        var path = folder.Write($"bin/{name}", $"#!/bin/sh\ncd '{folder.Path}' || exit 9\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
