using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

/// <summary>What a member with an empty disk is told of the cluster, over real connections.</summary>
[TestFixture]
public sealed class EtcdEndpointTests : ServedApplianceTests
{
    private static readonly string Members = string.Concat(Enumerable.Range(1, 3).Select(number =>
        $"member m{number} https://{ServedAppliance.AddressOf(number)}:2380 https://{ServedAppliance.AddressOf(number)}:2379\n"));

    [Test]
    public async Task A_cluster_is_new_until_a_member_was_healthy_and_new_again_when_the_operator_gave_up_every_copy_of_its_data()
    {
        await Appliance.LeaseAsync(1);
        Assert.That(await AskAsync(1), Is.EqualTo((200, "state new\n" + Members)));
        await HealthAsync(2, healthy: true);
        await HealthAsync(3, healthy: true);
        Assert.That(await AskAsync(1), Is.EqualTo((200, $"state founded\n{Members}holder {ServedAppliance.Mac(2)} m2\nholder {ServedAppliance.Mac(3)} m3\n")));
        await HealthAsync(2, healthy: false);
        Assert.That((await AskAsync(1)).Text, Does.Contain($"holder {ServedAppliance.Mac(2)} m2\n"), "a member that is down has its data all the same");
        await ReinstallAsync(2);
        Assert.That(await AskAsync(1), Is.EqualTo((200, $"state founded\n{Members}holder {ServedAppliance.Mac(3)} m3\n")));
        await ReinstallAsync(3);
        Assert.That(await AskAsync(1), Is.EqualTo((200, "state new\n" + Members)));
    }

    [Test]
    public async Task A_dead_machine_that_the_file_does_not_name_any_more_still_keeps_the_cluster_from_being_founded_again()
    {
        await HealthAsync(1, healthy: true);
        Replace(1, 9);
        await Appliance.Machines.RecordAsync(new Leased(ServedAppliance.Mac(9), Appliance.Time.GetUtcNow(), ServedAppliance.AddressOf(1), "iPXE"));
        var (status, text) = await AskAsync(9, from: 1);
        Assert.That(status, Is.EqualTo(200), text);
        Assert.That(text, Is.EqualTo($"state founded\n{Members}holder {ServedAppliance.Mac(1)} unnamed\n"));
    }

    [Test]
    public async Task A_machine_that_is_no_member_any_more_is_told_so()
    {
        await Appliance.LeaseAsync(1);
        Replace(1, 9);
        var (status, text) = await AskAsync(1);
        Assert.That(status, Is.EqualTo(403));
        Assert.That(text, Does.Contain("does not name it as an etcd member").And.Contain(ServedAppliance.Mac(1).ToString()));
        Assert.That(((Refused)Appliance.LastEvent(1)!).Reason, Is.EqualTo(RefusalReason.NotEtcdMember));
    }

    [Test]
    public async Task Nobody_asks_in_another_machines_name()
    {
        await Appliance.LeaseAsync(1);
        await Appliance.LeaseAsync(2);
        Assert.That((await AskAsync(1, from: 2)).Status, Is.EqualTo(403));
        Assert.That(((Refused)Appliance.LastEvent(1)!).Reason, Is.EqualTo(RefusalReason.WrongAddress));
    }

    private Task HealthAsync(int number, bool healthy) =>
        Appliance.Machines.RecordAsync(new EtcdHealthChanged(ServedAppliance.Mac(number), Appliance.Time.GetUtcNow(), healthy, healthy ? "" : "unreachable"));

    private Task ReinstallAsync(int number) => Appliance.Machines.RecordAsync(new ReinstallRequested(ServedAppliance.Mac(number), Appliance.Time.GetUtcNow()));

    /// <summary>Another machine takes over name and address in the file.</summary>
    private void Replace(int dead, int replacement)
    {
        var cluster = Appliance.Plan.Value.Description;
        Appliance.Plan.Value = PlannedClusters.Plan(cluster with
        {
            Nodes = [.. cluster.Nodes.Select(node => node.Mac == ServedAppliance.Mac(dead) ? node with { Mac = ServedAppliance.Mac(replacement) } : node)],
        }, Appliance.Authorities.Anchors);
    }

    private async Task<(int Status, string Text)> AskAsync(int number, int? from = null)
    {
        using var answer = await Appliance.Client(from ?? number).GetAsync(new Uri($"{Appliance.HttpsBase}/boot/{ServedAppliance.Mac(number).ToHyphenString()}/etcd"));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
