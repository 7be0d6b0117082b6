using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Primitives;

namespace Sextant.Tests.Pki;

[TestFixture]
public sealed class TicketDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");
    private static readonly Ipv4Address Address = Ipv4Address.Parse("10.0.0.11");

    private static readonly TicketRecord Fresh = new() { Mac = Mac, Address = Address, Attempt = 2, Minted = Now.AddHours(-1), Expires = Now.AddHours(23) };
    private static readonly TicketRecord Used = Fresh with { Keys = Fresh.Keys.Add("etcd-server", "aa") };
    private static readonly TicketUse Use = new(Mac, Address, 2, "etcd-server", "aa");

    private static IEnumerable<TestCaseData> Table()
    {
        static TestCaseData Case(string name, TicketRecord? ticket, TicketUse use, TicketDecision expected, double hours = 0) =>
            new TestCaseData(ticket, use, Now.AddHours(hours), expected).SetArgDisplayNames(name);
        static TicketDecision No(RefusalReason reason) => new TicketDecision.Refuse(reason);

        yield return Case("first use", Fresh, Use, new TicketDecision.Issue(Used));
        yield return Case("same name, same key", Used, Use, new TicketDecision.Reissue());
        yield return Case("same name, other key", Used, Use with { KeyDigest = "bb" }, No(RefusalReason.TicketSpent));
        yield return Case("other name, same key", Used, Use with { Certificate = "etcd-peer" }, new TicketDecision.Issue(Used with { Keys = Used.Keys.Add("etcd-peer", "aa") }));
        yield return Case("never minted", null, Use, No(RefusalReason.TicketUnknown));
        yield return Case("another machine", Fresh, Use with { Mac = MacAddress.Parse("52:54:00:00:00:02") }, No(RefusalReason.TicketOfAnotherMachine));
        yield return Case("another address", Fresh, Use with { Peer = Ipv4Address.Parse("10.0.0.12") }, No(RefusalReason.WrongAddress));
        yield return Case("the address the file fixes, after an installation with another server's", Fresh with { Address = Ipv4Address.Parse("10.0.0.77") }, Use with { Fixed = Address }, new TicketDecision.Issue(Used with { Address = Ipv4Address.Parse("10.0.0.77") }));
        yield return Case("another address than the file fixes", Fresh, Use with { Peer = Ipv4Address.Parse("10.0.0.12"), Fixed = Address }, No(RefusalReason.WrongAddress));
        yield return Case("another address, key bound", Used, Use with { Peer = Ipv4Address.Parse("10.0.0.12") }, No(RefusalReason.WrongAddress));
        yield return Case("later attempt", Fresh, Use with { Attempt = 3 }, No(RefusalReason.TicketSuperseded));
        yield return Case("later attempt, key bound", Used, Use with { Attempt = 3 }, No(RefusalReason.TicketSuperseded));
        yield return Case("attempt that is yet to come", Fresh, Use with { Attempt = 1 }, No(RefusalReason.TicketSuperseded));
        yield return Case("a later ticket was minted", Fresh with { Superseded = true }, Use, No(RefusalReason.TicketSuperseded));
        yield return Case("last moment", Fresh, Use, new TicketDecision.Issue(Used), 22.999);
        yield return Case("expired", Fresh, Use, No(RefusalReason.TicketExpired), 23);
        yield return Case("expired, key bound", Used, Use, No(RefusalReason.TicketExpired), 23);
        yield return Case("another machine's, expired, from elsewhere", Fresh,
            Use with { Mac = MacAddress.Parse("52:54:00:00:00:02"), Peer = Ipv4Address.Any }, No(RefusalReason.TicketOfAnotherMachine), 100);
    }

    [TestCaseSource(nameof(Table))]
    public void A_ticket_is_good_for_one_machine_one_place_one_attempt_one_day_and_one_key_a_name(
        TicketRecord? ticket, TicketUse use, DateTimeOffset now, TicketDecision expected)
    {
        var actual = TicketDecision.Decide(ticket, use, now);
        if (actual is TicketDecision.Issue(var bound) && expected is TicketDecision.Issue(var expectedBound))
        {
            Assert.That(bound.Keys, Is.EqualTo(expectedBound.Keys));
            Assert.That(bound with { Keys = expectedBound.Keys }, Is.EqualTo(expectedBound));
        }
        else Assert.That(actual, Is.EqualTo(expected));
    }
}
