using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>How a cluster is founded, and how dead members are replaced while somebody writes: the planned scripts with the distribution's etcd and the real bootstrapper.</summary>
[TestFixture, Category("Etcd"), NonParallelizable]
[SupportedOSPlatform("linux")]
public sealed class EtcdMembershipTests
{
    private EtcdSite site = null!;

    [TearDown]
    public async Task Stop()
    {
        var failures = site.Failures;
        await site.DisposeAsync();
        Assert.That(failures, Is.Empty);
    }

    [TestCase(3, TestName = "A dead member of three is replaced under its own name and address")]
    [TestCase(4, TestName = "A dead member of three is replaced by a machine of another name and address")]
    public async Task A_dead_member_is_replaced(int address)
    {
        site = await EtcdSite.CreateAsync(3);
        var founders = await site.FoundAsync();
        var before = await site.MembersAsync();
        await using var writer = new EtcdWriter(site);
        await writer.GoesOn();
        await founders[2].KillAsync();
        await writer.GoesOn();

        site.Name((1, 1), (2, 2), (9, address));
        var replacement = await site.InstallAsync(9);
        replacement.Start();
        await site.UntilComplete();
        await writer.GoesOn();
        await writer.NothingIsLost();

        var after = await site.MembersAsync();
        Assert.That(after.Select(member => member.Id).Intersect(before.Select(member => member.Id)).Count(), Is.EqualTo(2), "two stayed, one is new");
        Assert.That(replacement.Said, Does.Contain("removed member").And.Contain("added to the running cluster").And.Contain("joining the running cluster").And.Contain("this member votes now"));
        Assert.That(replacement.Said, Does.Contain(address == 3 ? "its data is gone" : "is not in the description, and is dead"));
    }

    [Test]
    public async Task A_replacement_that_dies_on_its_way_goes_on_from_there()
    {
        site = await EtcdSite.CreateAsync(3);
        var founders = await site.FoundAsync();
        await using var writer = new EtcdWriter(site);
        await founders[2].KillAsync();
        site.Name((1, 1), (2, 2), (9, 3));
        var replacement = await site.InstallAsync(9);

        Assert.That(await replacement.JoinAsync(), Is.Zero, replacement.Said);
        var added = (await site.MembersAsync()).Single(member => member.PeerUrl == replacement.PeerUrl);
        Assert.That((added.Name, added.Learner), Is.EqualTo(("", true)), "added, and never started");

        replacement.Start(promotes: false);
        await site.UntilAsync("it learns", async () => (await site.MembersAsync()).Single(member => member.Id == added.Id).Name.Length > 0);
        await replacement.KillAsync();
        Assert.That((await site.MembersAsync()).Single(member => member.Id == added.Id).Learner, Is.True, "started, and not promoted");

        replacement.Start();
        await site.UntilComplete();
        Assert.That((await site.MembersAsync()).Select(member => member.Id), Does.Contain(added.Id), "it is the member that was added first");
        await writer.NothingIsLost();
    }

    [Test]
    public async Task A_learner_whose_disk_is_gone_is_replaced_too()
    {
        site = await EtcdSite.CreateAsync(3);
        var founders = await site.FoundAsync();
        await founders[2].KillAsync();
        founders[2].Wipe();
        founders[2].Start(promotes: false);
        await site.UntilAsync("it learns", async () => (await site.MembersAsync()).Any(member => member is { Learner: true, Name.Length: > 0 }));
        await founders[2].KillAsync();
        founders[2].Wipe();
        founders[2].Start();
        await site.UntilComplete();
        Assert.That(founders[2].Said.Split("removed member").Length - 1, Is.EqualTo(2));
    }

    [Test]
    public async Task Two_dead_members_of_five_are_replaced_at_the_same_time()
    {
        site = await EtcdSite.CreateAsync(5);
        var founders = await site.FoundAsync();
        await using var writer = new EtcdWriter(site);
        await founders[3].KillAsync();
        await founders[4].KillAsync();
        await writer.GoesOn();

        site.Name((1, 1), (2, 2), (3, 3), (8, 4), (9, 6));
        var replacements = new[] { await site.InstallAsync(8), await site.InstallAsync(9) };
        foreach (var replacement in replacements) replacement.Start();
        await site.UntilComplete();
        await writer.GoesOn();
        await writer.NothingIsLost();
    }

    [Test]
    public async Task A_founder_that_is_late_is_a_founder_all_the_same()
    {
        site = await EtcdSite.CreateAsync(3);
        var first = await site.InstallAsync(1);
        var second = await site.InstallAsync(2);
        first.Start();
        second.Start();
        await using var writer = new EtcdWriter(site);
        await writer.GoesOn();
        var founding = await site.MembersAsync();
        var third = await site.InstallAsync(3);
        third.Start();
        await site.UntilComplete();
        Assert.That((await site.MembersAsync()).Select(member => member.Id), Is.EquivalentTo(founding.Select(member => member.Id)));
        Assert.That(third.Said, Is.Empty, "nothing had to be changed");
        await writer.NothingIsLost();
    }

    [Test]
    public async Task A_machine_that_is_no_member_any_more_does_not_come_back()
    {
        site = await EtcdSite.CreateAsync(3);
        var founders = await site.FoundAsync();
        await founders[2].KillAsync();
        founders[2].Wipe();
        site.Name((1, 1), (2, 2), (9, 4));
        founders[2].Start();
        await site.UntilAsync("it is told so", () => Task.FromResult(founders[2].Said.Contains("does not name it as an etcd member", StringComparison.Ordinal)));
        Assert.That(Directory.Exists(founders[2].Data), Is.False);
    }

    [Test]
    public async Task Nobody_founds_a_second_cluster_while_the_data_of_the_first_may_come_back()
    {
        site = await EtcdSite.CreateAsync(3);
        var founders = await site.FoundAsync();
        await using var writer = new EtcdWriter(site);
        await writer.GoesOn();
        foreach (var machine in founders) await machine.KillAsync();
        founders[2].Wipe();
        founders[2].Start();
        await site.UntilAsync("it waits", () => Task.FromResult(founders[2].Said.Contains("waiting: the cluster was founded before", StringComparison.Ordinal)));
        Assert.That(Directory.Exists(founders[2].Data), Is.False, "etcd did not start");
        Assert.That(founders[2].Said, Does.Contain($"m1 ({PlannedClusters.Mac(1)}), m2 ({PlannedClusters.Mac(2)})"));

        founders[0].Start();
        founders[1].Start();
        await site.UntilComplete();
        await writer.NothingIsLost();
    }

    [Test]
    public async Task A_majority_that_is_lost_is_restored_from_a_snapshot_as_the_documentation_says()
    {
        site = await EtcdSite.CreateAsync(3);
        var members = await site.FoundAsync();
        await using (var writer = new EtcdWriter(site))
        {
            await writer.GoesOn();
            await writer.NothingIsLost();
        }
        var before = await site.KeysAsync(1, "/written/");
        members[0].Run(Documented("snapshot save"));
        foreach (var machine in members) await machine.KillAsync();

        members[0].Run(Documented("snapshot restore"));
        members[0].Start();
        await site.UntilAsync("the restored member is the cluster", async () => (await site.MembersAsync()).Count == 1);
        foreach (var machine in members.Skip(1))
        {
            machine.Run(Documented("rm -rf", without: "snapshot restore"));
            machine.Start();
        }
        await site.UntilComplete();
        await using var again = new EtcdWriter(site);
        await again.GoesOn();
        await again.NothingIsLost();
        Assert.That(before.Except(await site.KeysAsync(2, "/written/")), Is.Empty);
    }

    /// <summary>The example of docs/operations.md that has one text and not the other.</summary>
    private static string Documented(string with, string without = "\0") => Docs.DocumentedExamples.Of("text")
        .Single(example => example.File == "docs/operations.md" && example.Text.Contains(with, StringComparison.Ordinal) && !example.Text.Contains(without, StringComparison.Ordinal)).Text;

    [Test]
    public async Task When_the_operator_gave_up_every_copy_the_members_found_anew()
    {
        site = await EtcdSite.CreateAsync(3);
        var founders = await site.FoundAsync();
        var before = await site.MembersAsync();
        foreach (var machine in founders) await machine.KillAsync();
        foreach (var number in new[] { 1, 2, 3 })
        {
            await site.GiveUpAsync(number);
            founders[number - 1].Wipe();
            (await site.InstallAsync(number)).Start();
        }
        await site.UntilComplete();
        Assert.That((await site.MembersAsync()).Select(member => member.Id), Is.EquivalentTo(before.Select(member => member.Id)), "ids come from addresses and token, so they are the same");
        Assert.That(await site.KeysAsync(1, "/written/"), Is.Empty);
    }
}
