using NUnit.Framework;
using Sextant.Dns;
using Sextant.Dns.Wire;
using Sextant.Primitives;
using Sextant.Tests.Dns.Wire;

namespace Sextant.Tests.Dns;

/// <summary>Asking upstreams, with neither sockets nor time: two upstreams that do what each test says.</summary>
[TestFixture]
public sealed class ForwarderTests
{
    private static readonly Ipv4Address First = Ipv4Address.Parse("192.0.2.53"), Second = Ipv4Address.Parse("192.0.2.54");

    private DnsCache cache = null!;
    private UpstreamBoard board = null!;
    private Forwarder<string> forwarder = null!;
    private DateTimeOffset now;
    private uint dice;
    private readonly List<ForwardStep<string>.Send> sent = [];
    private readonly List<string> told = [];

    [SetUp]
    public void Two_upstreams()
    {
        now = Names.Now;
        dice = 1;
        sent.Clear();
        told.Clear();
        cache = new DnsCache();
        board = new UpstreamBoard([First, Second]);
        forwarder = new Forwarder<string>(board, cache, () => dice = dice * 1664525 + 1013904223);
    }

    [Test]
    public void A_question_is_asked_and_its_answer_told_and_kept()
    {
        Ask("www.example.org", "anna");
        Answer(sent.Single());
        Assert.That(told, Is.EqualTo(["anna: 1 Forwarded", "closed"]));
        Ask("WWW.example.org", "bert");
        Assert.That(told.Last(), Is.EqualTo("bert: 1 Cached"));
        Assert.That((sent.Count, forwarder.OpenCount), Is.EqualTo((1, 0)));
    }

    [Test]
    public void RFC_5452_4_5_identical_questions_are_asked_once()
    {
        for (var i = 0; i < 20; i++) Ask(i % 2 == 0 ? "www.example.org" : "WWW.EXAMPLE.ORG", $"client {i}");
        Assert.That(sent, Has.Count.EqualTo(1));
        Answer(sent[0]);
        Assert.That(told.Count(line => line.EndsWith("1 Forwarded", StringComparison.Ordinal)), Is.EqualTo(20));
    }

    [Test]
    public void RFC_5452_9_2_ids_and_letters_are_others_each_time()
    {
        for (var i = 0; i < 50; i++) Ask($"name{i}.example.org", "anna");
        Assert.That(sent.Select(send => DnsHeader.Read(send.Message).Id), Is.Unique);
        var written = sent.Select(send => DnsName.Print(send.Message.AsSpan(DnsHeader.Length, 20))[^11..]).Distinct().Count();
        Assert.That(written, Is.GreaterThan(30), "the case of letters is chosen by chance");
    }

    [Test]
    public void RFC_5452_9_1_what_is_no_answer_to_the_query_is_not_taken()
    {
        Ask("www.example.org", "anna");
        var send = sent.Single();
        var right = Response(send);
        var otherId = right.ToArray();
        otherId[0] ^= 1;
        Reply(send, otherId);
        Reply(send, Response(send, name: "evil.example.org"));
        Reply(send, send.Message);
        Reply(send, []);
        Reply(send, right[..5]);
        Assert.That(told, Is.Empty);
        Reply(send, right);
        Assert.That(told[0], Is.EqualTo("anna: 1 Forwarded"));
    }

    [Test]
    public void An_answer_with_other_letters_is_asked_for_over_TCP()
    {
        Ask("www.example.org", "anna");
        Reply(sent[0], Response(sent[0], lower: true));
        Assert.That((sent.Count, sent[1].IsTcp, sent[1].Upstream), Is.EqualTo((2, true, First)));
        Answer(sent[1]);
        Assert.That(told[0], Is.EqualTo("anna: 1 Forwarded"));
    }

    [Test]
    public void RFC_7766_5_a_truncated_answer_is_asked_for_over_TCP_from_the_same_upstream()
    {
        Ask("www.example.org", "anna");
        Reply(sent[0], Response(sent[0], flags: DnsHeader.Truncated));
        Assert.That((sent[1].IsTcp, sent[1].Upstream), Is.EqualTo((true, First)));
        Answer(sent[1]);
        Assert.That(told[0], Is.EqualTo("anna: 1 Forwarded"));
    }

    [TestCase(DnsResponseCode.ServFail)]
    [TestCase(DnsResponseCode.Refused)]
    public void An_upstream_that_does_not_know_is_followed_by_the_next_at_once(DnsResponseCode code)
    {
        Ask("www.example.org", "anna");
        Reply(sent[0], Response(sent[0], code: code));
        Assert.That((sent[0].Upstream, sent[1].Upstream), Is.EqualTo((First, Second)));
        Answer(sent[1]);
        Assert.That(told[0], Is.EqualTo("anna: 1 Forwarded"));
    }

    [Test]
    public void A_lame_upstream_that_sends_elsewhere_is_followed_by_the_next()
    {
        Ask("www.example.org", "anna");
        var referral = DnsWireTests.Response(NameOf(sent[0]), DnsType.A, [], [DnsWireTests.Record("org", DnsType.Ns, 60, DnsName.Encode("ns.org"))], id: IdOf(sent[0]));
        referral[3] &= 0x7f; // no recursion there
        NameBytes(sent[0]).CopyTo(referral.AsSpan(DnsHeader.Length));
        Reply(sent[0], referral);
        Assert.That(sent[1].Upstream, Is.EqualTo(Second));
    }

    [Test]
    public void A_silent_upstream_is_followed_by_the_next_and_may_still_answer()
    {
        Ask("www.example.org", "anna");
        Pass(0.79);
        Assert.That(sent, Has.Count.EqualTo(1));
        Pass(0.02);
        Assert.That(sent[1].Upstream, Is.EqualTo(Second));
        Answer(sent[0]);
        Assert.That(told[0], Is.EqualTo("anna: 1 Forwarded"));
    }

    [Test]
    public void An_upstream_that_was_silent_twice_rests_and_is_asked_after_the_other()
    {
        foreach (var name in new[] { "a.example", "b.example" })
        {
            Ask(name, "anna");
            Pass(0.81);
            Answer(sent[^1]);
        }
        Ask("c.example", "anna");
        Assert.That(sent[^1].Upstream, Is.EqualTo(Second));
        Answer(sent[^1]);
        Pass(61);
        Ask("d.example", "anna");
        Assert.That(sent[^1].Upstream, Is.EqualTo(First), "after its rest it is tried again");
    }

    [Test]
    public void An_unreachable_upstream_is_not_waited_for()
    {
        Ask("www.example.org", "anna");
        forwarder.OnUnreachable(sent[0].Resolution, sent[0].Attempt, now);
        Drain();
        Assert.That(sent[1].Upstream, Is.EqualTo(Second));
        forwarder.OnUnreachable(sent[1].Resolution, sent[1].Attempt, now);
        Drain();
        Assert.That(told[0], Is.EqualTo("anna: NoAnswer"));
    }

    [Test]
    public void RFC_9520_when_nobody_answers_the_client_is_told_within_its_patience_and_the_failure_is_remembered()
    {
        Ask("www.example.org", "anna");
        for (var i = 0; i < 46 && told.Count == 0; i++) Pass(0.1);
        Assert.That(told[0], Is.EqualTo("anna: NoAnswer"));
        Assert.That(now - Names.Now, Is.LessThan(TimeSpan.FromSeconds(5)));
        var before = sent.Count;
        Assert.That(before, Is.InRange(3, 16), "both were asked more than once");
        Ask("www.example.org", "bert");
        Assert.That((told.Last(), sent.Count), Is.EqualTo(("bert: Remembered", before)));
        Pass(1.1);
        Ask("www.example.org", "carl");
        Assert.That(sent, Has.Count.EqualTo(before + 1));
    }

    [Test]
    public void RFC_8767_5_while_no_upstream_answers_the_old_answer_is_told_after_less_than_two_seconds()
    {
        Ask("www.example.org", "anna");
        Answer(sent[0], life: 60);
        Pass(100);
        told.Clear();
        Ask("www.example.org", "bert");
        Pass(1.7);
        Assert.That(told, Is.Empty);
        Pass(0.2);
        Assert.That(told, Is.EqualTo(["bert: 1 Stale"]));
        Ask("www.example.org", "carl");
        Assert.That(told.Last(), Is.EqualTo("carl: 1 Stale"), "who asks meanwhile does not wait");
        for (var i = 0; i < 40; i++) Pass(0.1);
        Assert.That(forwarder.OpenCount, Is.Zero);
        var before = sent.Count;
        Ask("www.example.org", "dora");
        Assert.That((told.Last(), sent.Count), Is.EqualTo(("dora: 1 Stale", before)), "for half a minute nobody is asked");
        Pass(31);
        Ask("www.example.org", "emil");
        Answer(sent[^1]);
        Assert.That(told, Has.Member("emil: 1 Forwarded"), "and then the upstream is back");
    }

    [TestCase(DnsResponseCode.FormErr)]
    [TestCase(DnsResponseCode.NotImp)]
    public void RFC_6891_7_an_upstream_without_EDNS_is_asked_without(DnsResponseCode code)
    {
        Ask("www.example.org", "anna");
        Assert.That(DnsHeader.Read(sent[0].Message).Additionals, Is.EqualTo(1));
        byte[] header = new byte[12];
        new DnsHeader(IdOf(sent[0]), (ushort)(DnsHeader.Response | (int)code), 0, 0, 0, 0).Write(header);
        Reply(sent[0], header);
        Assert.That((sent[1].Upstream, DnsHeader.Read(sent[1].Message).Additionals), Is.EqualTo((First, 0)));
        Answer(sent[1]);
        Ask("other.example.org", "bert");
        Assert.That(DnsHeader.Read(sent[2].Message).Additionals, Is.Zero, "it is remembered");
    }

    [Test]
    public void RFC_2308_a_denial_is_told_and_kept()
    {
        Ask("gone.example.org", "anna");
        Reply(sent[0], Denial(sent[0]));
        Ask("gone.example.org", "bert");
        Assert.That(told, Is.EqualTo(["anna: 0 Forwarded", "closed", "bert: 0 Cached"]));
    }

    [Test]
    public void An_upstream_that_asks_back_what_it_was_asked_is_refused_at_once()
    {
        Ask("www.example.org", "anna");
        forwarder.Ask(ForwardQuestion.Of(NameBytes(sent[0]), DnsType.A, false, false), First, "upstream", now);
        Drain();
        Assert.That(told, Is.EqualTo(["upstream: Loop"]));
        Assert.That(sent, Has.Count.EqualTo(1));
        Ask("WWW.example.org", "bert");
        Answer(sent[0]);
        Assert.That(told, Has.Member("bert: 1 Forwarded"), "others wait for the answer");
    }

    [Test]
    public void What_is_open_is_bounded()
    {
        for (var i = 0; i < Forwarder<string>.OpenLimit + 10; i++) Ask($"n{i}.example", "anna");
        Assert.That((forwarder.OpenCount, told.Count(line => line == "anna: Overloaded")), Is.EqualTo((Forwarder<string>.OpenLimit, 10)));
        for (var i = 0; i < Forwarder<string>.WaiterLimit; i++) Ask("n0.example", "bert");
        Assert.That(told.Count(line => line == "bert: Overloaded"), Is.EqualTo(1));
    }

    [Test]
    public void No_response_however_broken_stops_it()
    {
        var random = new Random(5452);
        for (var i = 0; i < 3000; i++)
        {
            Ask($"n{i}.example", "anna");
            var octets = Response(sent[^1]);
            for (var changes = random.Next(4); changes > 0; changes--) octets[random.Next(2, octets.Length)] = (byte)random.Next(256);
            Reply(sent[^1], octets[..random.Next(octets.Length + 1)]);
            Pass(0.01);
        }
        for (var i = 0; i < 60; i++) Pass(0.1);
        Assert.That(forwarder.OpenCount, Is.Zero);
        Assert.That(told.Count(line => line.StartsWith("anna", StringComparison.Ordinal)), Is.EqualTo(3000), "everybody is told something");
    }

    [Test]
    public void An_alias_that_leads_elsewhere_is_answered_whole()
    {
        var reply = new byte[DnsResponder.PayloadLimit];
        var message = Names.Question("docs.lab.example", DnsType.A, payload: 1232);
        var outcome = new DnsResponder(cache).Answer(message, Names.Udp, Names.View(), now, reply);
        var partial = reply[..outcome.Length];
        var upstream = DnsWireTests.Response("docs.example.com", DnsType.A,
            [DnsWireTests.Record("docs.example.com", DnsType.Cname, 300, DnsName.Encode("cdn.example.net")), DnsWireTests.Record("cdn.example.net", DnsType.A, 20, [192, 0, 2, 80])]);
        DnsReplyReader.TryRead(upstream, out var read, out _);
        outcome = AliasAnswer.Write(partial, outcome.Query, outcome.Target!, CachedReply.Of(upstream, read, now), Names.Udp, DnsReason.Forwarded, now.AddSeconds(5), reply);
        var whole = Told.Of(reply.AsSpan(0, outcome.Length));
        Assert.That(whole.Answers, Is.EqualTo(["docs.lab.example 60 CNAME docs.example.com", "docs.example.com 295 CNAME cdn.example.net", "cdn.example.net 15 A 192.0.2.80"]));
        Assert.That((whole.Code, whole.Edns), Is.EqualTo(("NoError", "1232 v0")));
    }

    private void Ask(string name, string who)
    {
        forwarder.Ask(ForwardQuestion.Of(DnsName.Encode(name), DnsType.A, false, false), Names.Machine, who, now);
        Drain();
    }

    private void Pass(double seconds)
    {
        now = now.AddSeconds(seconds);
        forwarder.OnTimer(now);
        Drain();
    }

    private void Reply(ForwardStep<string>.Send send, byte[] message)
    {
        forwarder.OnReply(send.Resolution, send.Attempt, message, now);
        Drain();
    }

    private void Answer(ForwardStep<string>.Send send, uint life = 300) => Reply(send, Response(send, life: life));

    private void Drain()
    {
        while (forwarder.TryTake(out var step))
        {
            switch (step)
            {
                case ForwardStep<string>.Send send:
                    sent.Add(send);
                    break;
                case ForwardStep<string>.Answer answer:
                    told.Add($"{answer.Waiter}: {answer.Reply.Answers} {answer.Reason}");
                    break;
                case ForwardStep<string>.Fail fail:
                    told.Add($"{fail.Waiter}: {fail.Failure}");
                    break;
                default:
                    told.Add("closed");
                    break;
            }
        }
    }

    private static ushort IdOf(ForwardStep<string>.Send send) => DnsHeader.Read(send.Message).Id;

    private static byte[] NameBytes(ForwardStep<string>.Send send)
    {
        DnsQueryReader.TryRead(send.Message, out var query, out _);
        return query.Name(send.Message).ToArray();
    }

    private static string NameOf(ForwardStep<string>.Send send) => DnsName.Print(NameBytes(send));

    private static byte[] Denial(ForwardStep<string>.Send send) => DnsWireTests.Response(
        NameOf(send), DnsType.A, [], [DnsWireTests.Record("example.org", DnsType.Soa, 900, DnsWriter.SoaData(DnsName.Root, DnsName.Root, 1, 120))], DnsResponseCode.NxDomain, id: IdOf(send));

    private static byte[] Response(ForwardStep<string>.Send send, string? name = null, bool lower = false, ushort flags = 0, DnsResponseCode code = DnsResponseCode.NoError, uint life = 300)
    {
        var asked = name ?? (lower ? NameOf(send).ToUpperInvariant() : NameOf(send));
        var answers = code is DnsResponseCode.NoError ? new[] { DnsWireTests.Record(asked, DnsType.A, life, [192, 0, 2, 1]) } : [];
        return DnsWireTests.Response(asked, DnsType.A, answers, code: code, flags: flags, id: IdOf(send));
    }
}
