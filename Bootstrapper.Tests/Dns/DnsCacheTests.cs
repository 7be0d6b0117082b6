using NUnit.Framework;
using Sextant.Dns;
using Sextant.Dns.Wire;
using Sextant.Tests.Dns.Wire;

namespace Sextant.Tests.Dns;

[TestFixture]
public sealed class DnsCacheTests
{
    private static readonly DateTimeOffset Now = Names.Now;

    private DnsCache cache = null!;

    [SetUp]
    public void An_empty_cache() => cache = new DnsCache();

    [Test]
    public void RFC_1035_7_4_answers_grow_old_and_then_are_gone()
    {
        Keep("a.example", Answer("a.example", 60));
        Assert.That(Find("A.Example", Now.AddSeconds(59), out var kept), Is.EqualTo(CacheFinding.Fresh));
        Assert.That(Life(kept!, Now.AddSeconds(45)), Is.EqualTo(15));
        Assert.That(Find("a.example", Now.AddSeconds(60), out _), Is.EqualTo(CacheFinding.Missing));
        Assert.That(Find("b.example", Now, out _), Is.EqualTo(CacheFinding.Missing));
    }

    [Test]
    public void A_time_to_live_of_zero_is_for_the_askers_of_the_moment()
    {
        Keep("a.example", Answer("a.example", 0));
        Assert.That((Find("a.example", Now, out _), cache.Count), Is.EqualTo((CacheFinding.Missing, 0)));
    }

    [Test]
    public void Nothing_is_kept_for_more_than_a_day()
    {
        var kept = Kept(Answer("a.example", 10_000_000));
        Assert.That((kept.Life, Life(kept, Now)), Is.EqualTo((86_400u, 86_400u)));
    }

    [TestCase(900u, 120u, 120u)]
    [TestCase(60u, 120u, 60u)]
    [TestCase(9000u, 9000u, 300u)]
    public void RFC_2308_5_a_denial_is_kept_for_the_lesser_of_SOA_and_MINIMUM_and_at_most_five_minutes(uint life, uint minimum, uint expected)
    {
        var soa = DnsWireTests.Record("example", DnsType.Soa, life, DnsWriter.SoaData(DnsName.Root, DnsName.Root, 1, minimum));
        Assert.That(Kept(DnsWireTests.Response("a.example", DnsType.A, [], [soa], DnsResponseCode.NxDomain)).Life, Is.EqualTo(expected));
        Assert.That(Kept(DnsWireTests.Response("a.example", DnsType.A, [], [soa])).Life, Is.EqualTo(expected));
    }

    [Test]
    public void RFC_2308_5_a_denial_without_SOA_is_not_kept() =>
        Assert.That(Kept(DnsWireTests.Response("a.example", DnsType.A, [], [], DnsResponseCode.NxDomain)).Life, Is.Zero);

    [Test]
    public void RFC_9520_3_2_a_failure_is_remembered_for_a_second_and_longer_each_time_up_to_half_a_minute()
    {
        var key = KeyOf("a.example");
        var at = Now;
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            cache.KeepFailure(key, at);
            Assert.That(Find("a.example", at.AddSeconds(seconds - 0.1), out _), Is.EqualTo(CacheFinding.Failed));
            Assert.That(Find("a.example", at.AddSeconds(seconds), out _), Is.EqualTo(CacheFinding.Missing));
            at = at.AddSeconds(seconds);
        }
        Keep("a.example", Answer("a.example", 60), at);
        cache.KeepFailure(key, at.AddSeconds(100));
        Assert.That(Find("a.example", at.AddSeconds(101), out _), Is.EqualTo(CacheFinding.Stale));
    }

    [Test]
    public void RFC_8767_5_after_a_failure_the_old_answer_is_given_with_half_a_minute_and_for_a_day_at_most()
    {
        Keep("a.example", Answer("a.example", 60));
        cache.KeepFailure(KeyOf("a.example"), Now.AddSeconds(100));
        Assert.That(Find("a.example", Now.AddSeconds(129), out var kept), Is.EqualTo(CacheFinding.Stale));
        var copy = kept!.Records.ToArray();
        kept.Age(copy, Now.AddSeconds(129), stale: true);
        Assert.That(LifeIn(copy, kept), Is.EqualTo(30));
        Assert.That(Find("a.example", Now.AddSeconds(130), out _), Is.EqualTo(CacheFinding.Missing), "the upstreams are asked again");
        cache.KeepFailure(KeyOf("a.example"), Now.AddDays(2));
        Assert.That(Find("a.example", Now.AddDays(2), out _), Is.EqualTo(CacheFinding.Failed));
    }

    [Test]
    public void Questions_for_signatures_and_without_checking_are_other_questions()
    {
        Keep("a.example", Answer("a.example", 60));
        foreach (var (dnssecOk, unchecking) in new[] { (true, false), (false, true), (true, true) })
            Assert.That(cache.Find(new DnsQuestionKey(new byte[DnsQuestionKey.Limit], DnsName.Encode("a.example"), DnsType.A, dnssecOk, unchecking), Now, out _), Is.EqualTo(CacheFinding.Missing));
    }

    [Test]
    public void It_never_holds_more_than_it_may_and_keeps_what_is_asked_for()
    {
        cache = new DnsCache(entryLimit: 100, octetLimit: 1 << 20);
        Keep("wanted.example", Answer("wanted.example", 3600));
        for (var i = 0; i < 1000; i++)
        {
            Keep($"n{i}.example", Answer($"n{i}.example", 3600));
            Find("wanted.example", Now, out _);
            Assert.That(cache.Count, Is.LessThanOrEqualTo(100));
        }
        Assert.That(Find("wanted.example", Now, out _), Is.EqualTo(CacheFinding.Fresh));
        cache = new DnsCache(entryLimit: 10_000, octetLimit: 20_000);
        for (var i = 0; i < 1000; i++) Keep($"n{i}.example", Answer($"n{i}.example", 3600));
        Assert.That(cache.Octets, Is.LessThanOrEqualTo(20_000));
        cache.Clear();
        Assert.That((cache.Count, cache.Octets), Is.EqualTo((0, 0L)));
    }

    private static byte[] Answer(string name, uint life) => DnsWireTests.Response(name, DnsType.A, [DnsWireTests.Record(name, DnsType.A, life, [192, 0, 2, 1])]);

    private static CachedReply Kept(byte[] message, DateTimeOffset? now = null)
    {
        Assert.That(DnsReplyReader.TryRead(message, out var reply, out var error), Is.True, $"{error}");
        return CachedReply.Of(message, reply, now ?? Now);
    }

    private static byte[] KeyOf(string name) => ForwardQuestion.Of(DnsName.Encode(name), DnsType.A, false, false).Key;

    private void Keep(string name, byte[] message, DateTimeOffset? now = null) => cache.Keep(KeyOf(name), Kept(message, now), now ?? Now);

    private CacheFinding Find(string name, DateTimeOffset now, out CachedReply? kept) =>
        cache.Find(new DnsQuestionKey(new byte[DnsQuestionKey.Limit], DnsName.Encode(name), DnsType.A, false, false), now, out kept);

    private static uint Life(CachedReply kept, DateTimeOffset now)
    {
        var copy = kept.Records.ToArray();
        kept.Age(copy, now, stale: false);
        return LifeIn(copy, kept);
    }

    /// <summary>The time to live of the one address.</summary>
    private static uint LifeIn(byte[] records, CachedReply kept)
    {
        Assert.That(kept.Answers, Is.EqualTo(1));
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(records.AsSpan(records.Length - 10));
    }
}
