using System.Text;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Pki;

[TestFixture]
public sealed class EnrolmentTicketsTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");
    private static readonly Ipv4Address Address = Ipv4Address.Parse("10.0.0.11");
    private static readonly TicketUse Use = new(Mac, Address, 1, "etcd-server", "aa");

    [Test]
    public async Task The_store_holds_no_ticket_and_tickets_differ()
    {
        var store = new MemoryStore();
        using var tickets = new EnrolmentTickets(store, EnrolmentTickets.DefaultLifetime);
        var minted = new List<string>();
        for (var i = 0; i < 20; i++) minted.Add(await tickets.MintAsync(Mac, Address, 1, Now));
        var stored = string.Concat(store.Read("").Select(pair => pair.Key + Encoding.UTF8.GetString(pair.Value)));
        Assert.That(minted, Is.Unique.And.All.Length.EqualTo(43));
        Assert.That(minted.Where(ticket => stored.Contains(ticket, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task A_bound_key_is_durable_before_the_answer()
    {
        var store = new MemoryStore();
        using var tickets = new EnrolmentTickets(store, EnrolmentTickets.DefaultLifetime);
        var ticket = await tickets.MintAsync(Mac, Address, 1, Now);
        store.Fails = true;
        Assert.That(async () => await tickets.RedeemAsync(ticket, Use, Now), Throws.TypeOf<IOException>());
        store.Fails = false;
        Assert.That(await tickets.RedeemAsync(ticket, Use with { KeyDigest = "bb" }, Now), Is.TypeOf<TicketDecision.Issue>(), "nothing was bound by the failed one");

        using var restarted = new EnrolmentTickets(store, EnrolmentTickets.DefaultLifetime);
        Assert.That(await restarted.RedeemAsync(ticket, Use with { KeyDigest = "bb" }, Now), Is.TypeOf<TicketDecision.Reissue>());
        Assert.That(await restarted.RedeemAsync(ticket, Use, Now), Is.EqualTo(new TicketDecision.Refuse(RefusalReason.TicketSpent)));
        Assert.That(restarted.CertificatesOf(ticket), Is.EqualTo(new[] { "etcd-server" }));
    }

    [Test]
    public async Task Of_many_keys_that_race_for_one_name_one_wins()
    {
        using var tickets = new EnrolmentTickets(new MemoryStore(), EnrolmentTickets.DefaultLifetime);
        var ticket = await tickets.MintAsync(Mac, Address, 1, Now);
        var decisions = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => tickets.RedeemAsync(ticket, Use with { KeyDigest = $"key{i}" }, Now))));
        Assert.That(decisions.OfType<TicketDecision.Issue>().Count(), Is.EqualTo(1));
        Assert.That(decisions.OfType<TicketDecision.Refuse>().Select(refusal => refusal.Reason), Has.Exactly(49).EqualTo(RefusalReason.TicketSpent));
    }

    [Test]
    public async Task A_new_ticket_supersedes_the_machines_earlier_ones_and_nobody_elses()
    {
        using var tickets = new EnrolmentTickets(new MemoryStore(), EnrolmentTickets.DefaultLifetime);
        var other = MacAddress.Parse("52:54:00:00:00:02");
        var first = await tickets.MintAsync(Mac, Address, 1, Now);
        var ofOther = await tickets.MintAsync(other, Address, 1, Now);
        var second = await tickets.MintAsync(Mac, Address, 1, Now);
        Assert.That(await tickets.RedeemAsync(first, Use, Now), Is.EqualTo(new TicketDecision.Refuse(RefusalReason.TicketSuperseded)));
        Assert.That(await tickets.RedeemAsync(second, Use, Now), Is.TypeOf<TicketDecision.Issue>());
        Assert.That(await tickets.RedeemAsync(ofOther, Use with { Mac = other }, Now), Is.TypeOf<TicketDecision.Issue>());
        Assert.That(await tickets.RedeemAsync(ofOther, Use, Now), Is.EqualTo(new TicketDecision.Refuse(RefusalReason.TicketOfAnotherMachine)));
    }

    [Test]
    public async Task An_expired_ticket_is_remembered_for_a_week()
    {
        var store = new MemoryStore();
        using var tickets = new EnrolmentTickets(store, TimeSpan.FromHours(1));
        var ticket = await tickets.MintAsync(Mac, Address, 1, Now);
        var other = MacAddress.Parse("52:54:00:00:00:02");
        await tickets.MintAsync(other, Address, 1, Now.AddDays(6));
        Assert.That(await tickets.RedeemAsync(ticket, Use, Now.AddDays(6)), Is.EqualTo(new TicketDecision.Refuse(RefusalReason.TicketExpired)));
        await tickets.MintAsync(other, Address, 1, Now.AddDays(8));
        Assert.That(await tickets.RedeemAsync(ticket, Use, Now.AddDays(8)), Is.EqualTo(new TicketDecision.Refuse(RefusalReason.TicketUnknown)));
        Assert.That(store.Read("ticket/"), Has.Count.EqualTo(2));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("../../etc/passwd")]
    public async Task Any_other_text_is_no_ticket(string text)
    {
        using var tickets = new EnrolmentTickets(new MemoryStore(), EnrolmentTickets.DefaultLifetime);
        await tickets.MintAsync(Mac, Address, 1, Now);
        Assert.That(await tickets.RedeemAsync(text, Use, Now), Is.EqualTo(new TicketDecision.Refuse(RefusalReason.TicketUnknown)));
    }
}
