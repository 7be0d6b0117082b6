using System.Buffers.Binary;
using NUnit.Framework;
using Sextant.Dns;
using Sextant.Dns.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Dns;

/// <summary>What is answered, row by row of the RFCs.</summary>
[TestFixture]
public sealed class DnsResponderTests
{
    private readonly DnsView view = Names.View();
    private readonly byte[] reply = new byte[DnsResponder.MessageLimit];

    [TestCase("node1.lab.example", DnsType.A, "node1.lab.example 60 A 10.0.0.11")]
    [TestCase("NODE1.Lab.Example", DnsType.A, "NODE1.Lab.Example 60 A 10.0.0.11", TestName = "RFC_4343_3_names_match_in_any_case")]
    [TestCase("bootstrapper.lab.example", DnsType.A, "bootstrapper.lab.example 60 A 10.0.0.1")]
    [TestCase("registry.lab.example", DnsType.A, "registry.lab.example 60 A 10.0.0.1")]
    [TestCase("node1.lab.example", DnsType.Aaaa, "node1.lab.example 60 AAAA 2001:db8:1::11", TestName = "RFC_3596_2_1_AAAA")]
    [TestCase("node1.lab.example", DnsType.Txt, "node1.lab.example 60 TXT rack 7")]
    [TestCase("11.0.0.10.in-addr.arpa", DnsType.Ptr, "11.0.0.10.in-addr.arpa 60 PTR node1.lab.example", TestName = "RFC_1035_3_5_reverse_names")]
    [TestCase("1.0.0.10.in-addr.arpa", DnsType.Ptr, "1.0.0.10.in-addr.arpa 60 PTR bootstrapper.lab.example")]
    [TestCase("1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", DnsType.Ptr,
        "1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa 60 PTR node1.lab.example", TestName = "RFC_3596_2_5_ip6_arpa")]
    [TestCase("localhost", DnsType.A, "localhost 3600 A 127.0.0.1", TestName = "RFC_6761_6_3_localhost")]
    [TestCase("1.0.0.127.in-addr.arpa", DnsType.Ptr, "1.0.0.127.in-addr.arpa 3600 PTR localhost")]
    [TestCase("any.thing.apps.lab.example", DnsType.A, "any.thing.apps.lab.example 60 A 10.0.0.60", TestName = "RFC_4592_2_1_a_wildcard_stands_for_what_is_not_there")]
    [TestCase("_ldap._tcp.lab.example", DnsType.Srv, "_ldap._tcp.lab.example 60 SRV 0 5 389 node1.lab.example", TestName = "RFC_2782_SRV")]
    public void The_zone_answers(string name, DnsType type, string answer)
    {
        var told = Ask(name, type);
        Assert.That((told.Code, told.Has(DnsHeader.Authoritative)), Is.EqualTo(("NoError", true)));
        Assert.That(told.Answers, Is.EqualTo([answer]));
    }

    [Test]
    public void RFC_2782_SRV_of_etcd_leads_to_its_members_with_their_addresses()
    {
        var told = Ask("_etcd-server-ssl._tcp.lab.example", DnsType.Srv, payload: 1232);
        Assert.That(told.Answers, Is.EquivalentTo(Enumerable.Range(1, 3).Select(i => $"_etcd-server-ssl._tcp.lab.example 60 SRV 0 0 2380 node{i}.lab.example")));
        Assert.That(told.Additionals, Has.Member("node2.lab.example 60 A 10.0.0.12").And.Member("node1.lab.example 60 AAAA 2001:db8:1::11"));
        Assert.That(Ask("_etcd-client-ssl._tcp.lab.example", DnsType.Srv).Answers, Has.Member("_etcd-client-ssl._tcp.lab.example 60 SRV 0 0 2379 node3.lab.example"));
    }

    [Test]
    public void RFC_1034_4_1_the_apex_has_SOA_and_NS_with_the_servers_address()
    {
        Assert.That(Ask("lab.example", DnsType.Soa).Answers, Is.EqualTo(["lab.example 3600 SOA bootstrapper.lab.example hostmaster.lab.example 20260304"]));
        var told = Ask("lab.example", DnsType.Ns);
        Assert.That(told.Answers, Is.EqualTo(["lab.example 3600 NS bootstrapper.lab.example"]));
        Assert.That(told.Additionals, Is.EqualTo(["bootstrapper.lab.example 60 A 10.0.0.1"]));
    }

    [Test]
    public void RFC_1794_each_address_of_a_set_comes_first_in_its_turn()
    {
        var responder = new DnsResponder(new DnsCache());
        var firsts = Enumerable.Range(0, 3).Select(_ => Told.Of(Reply(responder, Names.Question("wiki.lab.example", DnsType.A))).Answers[0]);
        Assert.That(firsts, Is.Unique);
    }

    [TestCase("nobody.lab.example", DnsType.A, "NxDomain", "lab.example")]
    [TestCase("nobody.node1.lab.example", DnsType.A, "NxDomain", "lab.example", TestName = "RFC_8020_2_nothing_is_below_a_name_without_children")]
    [TestCase("node1.lab.example", DnsType.Mx, "NoError", "lab.example", TestName = "RFC_2308_2_2_no_data_has_SOA")]
    [TestCase("er.down.lab.example", DnsType.A, "NoError", "lab.example", TestName = "RFC_8020_3_an_empty_non_terminal_exists")]
    [TestCase("apps.lab.example", DnsType.A, "NoError", "lab.example", TestName = "RFC_4592_2_2_2_the_name_above_a_wildcard_exists")]
    [TestCase("99.0.0.10.in-addr.arpa", DnsType.Ptr, "NxDomain", "0.0.10.in-addr.arpa")]
    [TestCase("1.2.168.192.in-addr.arpa", DnsType.Ptr, "NxDomain", "168.192.in-addr.arpa", TestName = "RFC_6303_4_private_reverse_names_are_not_forwarded")]
    [TestCase("9.9.9.10.in-addr.arpa", DnsType.Ptr, "NxDomain", "10.in-addr.arpa")]
    [TestCase("0.10.in-addr.arpa", DnsType.Ptr, "NoError", "10.in-addr.arpa", TestName = "RFC_8020_names_above_our_reverse_zone_exist")]
    [TestCase("x.invalid", DnsType.A, "NxDomain", "invalid", TestName = "RFC_6761_6_4_invalid")]
    [TestCase("x.test", DnsType.A, "NxDomain", "test", TestName = "RFC_6761_6_2_test")]
    [TestCase("x.onion", DnsType.A, "NxDomain", "onion", TestName = "RFC_7686_2_onion")]
    [TestCase("printer.local", DnsType.A, "NxDomain", "local", TestName = "RFC_6762_22_1_local")]
    [TestCase("x.home.arpa", DnsType.A, "NxDomain", "home.arpa", TestName = "RFC_8375_4_home_arpa")]
    [TestCase("1.0.64.100.in-addr.arpa", DnsType.Ptr, "NxDomain", "64.100.in-addr.arpa", TestName = "RFC_7793_3_shared_address_space")]
    public void RFC_2308_3_a_denial_carries_SOA_with_its_own_time_to_live(string name, DnsType type, string code, string zone)
    {
        var told = Ask(name, type);
        Assert.That((told.Code, told.Answers.Count, told.Has(DnsHeader.Authoritative)), Is.EqualTo((code, 0, true)));
        Assert.That(told.Authorities, Is.EqualTo([$"{zone} 30 SOA bootstrapper.lab.example hostmaster.lab.example 20260304"]));
    }

    [Test]
    public void RFC_1034_3_6_2_an_alias_is_answered_with_what_it_leads_to()
    {
        var told = Ask("www.lab.example", DnsType.A);
        Assert.That(told.Answers, Has.Count.EqualTo(4));
        Assert.That(told.Answers[0], Is.EqualTo("www.lab.example 60 CNAME wiki.lab.example"));
        Assert.That(told.Answers.Skip(1), Is.EquivalentTo(Enumerable.Range(50, 3).Select(i => $"wiki.lab.example 300 A 10.0.0.{i}")));
        Assert.That(Ask("www.lab.example", DnsType.Cname).Answers, Is.EqualTo(["www.lab.example 60 CNAME wiki.lab.example"]));
        var none = Ask("www.lab.example", DnsType.Aaaa);
        Assert.That((none.Answers.Count, none.Authorities.Count, none.Code), Is.EqualTo((1, 1, "NoError")));
    }

    [Test]
    public void An_alias_that_leads_elsewhere_is_followed_for_those_who_may_ask_and_told_alone_to_others()
    {
        var outcome = new DnsResponder(new DnsCache()).Answer(Names.Question("docs.lab.example", DnsType.A), Names.Udp, view, Names.Now, reply);
        Assert.That((outcome.Verdict, DnsName.Print(outcome.Target)), Is.EqualTo((DnsVerdict.Forward, "docs.example.com")));
        var told = Ask("docs.lab.example", DnsType.A, client: Names.Udp with { Address = Names.Stranger });
        Assert.That(told.Answers, Is.EqualTo(["docs.lab.example 60 CNAME docs.example.com"]));
    }

    [TestCase("node1.lab.example", "NoError")]
    [TestCase("example.org", "NoError")]
    [TestCase("nobody.lab.example", "NxDomain")]
    public void RFC_8482_4_2_ANY_is_answered_with_HINFO(string name, string code)
    {
        var told = Ask(name, DnsType.Any);
        Assert.That(told.Code, Is.EqualTo(code));
        if (code == "NoError") Assert.That(told.Answers, Is.EqualTo([$"{name} 3789 HINFO RFC8482"]));
    }

    [Test]
    public void RFC_1035_4_1_1_the_header_is_echoed_and_the_question_byte_by_byte()
    {
        var question = Names.Question("NoDe1.lAb.exAMPle", DnsType.A, flags: DnsHeader.RecursionDesired | DnsHeader.CheckingDisabled, id: 0xbeef);
        var told = Told.Of(Reply(new DnsResponder(new DnsCache()), question));
        Assert.That(told.Header.Flags, Is.EqualTo(DnsHeader.Response | DnsHeader.Authoritative | DnsHeader.RecursionDesired | DnsHeader.RecursionAvailable | DnsHeader.CheckingDisabled));
        Assert.That((told.Header.Id, told.Header.Questions), Is.EqualTo((0xbeef, 1)));
        Assert.That(told.Octets.AsSpan(12, question.Length - 12).SequenceEqual(question.AsSpan(12)), Is.True);
        Assert.That(Told.Of(Reply(new DnsResponder(new DnsCache()), Names.Question("node1.lab.example", DnsType.A, flags: 0))).Has(DnsHeader.RecursionDesired), Is.False);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(5)]
    [TestCase(15)]
    public void RFC_8906_3_1_4_other_operations_are_not_implemented_and_answered_by_a_header(int opcode)
    {
        var question = Names.Question("node1.lab.example", DnsType.A, flags: (ushort)(opcode << 11));
        var octets = Reply(new DnsResponder(new DnsCache()), question);
        Assert.That(octets, Has.Length.EqualTo(12));
        Assert.That((DnsHeader.Read(octets).ResponseCode, (int)DnsHeader.Read(octets).Opcode), Is.EqualTo(((int)DnsResponseCode.NotImp, opcode)));
    }

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(65535)]
    public void RFC_9619_2_a_number_of_questions_other_than_one_is_a_format_error(int count)
    {
        var question = Names.Question("node1.lab.example", DnsType.A);
        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(4), (ushort)count);
        var octets = Reply(new DnsResponder(new DnsCache()), question);
        Assert.That((octets.Length, DnsHeader.Read(octets).ResponseCode), Is.EqualTo((12, (int)DnsResponseCode.FormErr)));
    }

    [TestCase(0, false)]
    [TestCase(11, false)]
    [TestCase(12, true)]
    public void Fewer_octets_than_a_header_get_no_answer_and_a_header_alone_a_format_error(int length, bool answered)
    {
        var outcome = Outcome(Names.Question("node1.lab.example", DnsType.A)[..length]);
        Assert.That(outcome.Verdict, Is.EqualTo(answered ? DnsVerdict.Reply : DnsVerdict.Drop));
        if (answered) Assert.That(DnsHeader.Read(reply).ResponseCode, Is.EqualTo((int)DnsResponseCode.FormErr));
    }

    [Test]
    public void RFC_8906_a_response_is_never_answered()
    {
        var outcome = Outcome(Names.Question("node1.lab.example", DnsType.A, flags: DnsHeader.Response));
        Assert.That((outcome.Verdict, outcome.Reason), Is.EqualTo((DnsVerdict.Drop, DnsReason.IsResponse)));
    }

    [TestCase(0, "10.0.0.77")]
    [TestCase(53, "10.0.0.1")]
    public void A_source_whose_answer_would_come_back_gets_none(int port, string address)
    {
        var outcome = Outcome(Names.Question("node1.lab.example", DnsType.A), new DnsClient(Ipv4Address.Parse(address), port, false));
        Assert.That((outcome.Verdict, outcome.Reason), Is.EqualTo((DnsVerdict.Drop, DnsReason.BadSource)));
    }

    [TestCase((DnsType)252, "Refused", TestName = "RFC_5936_AXFR_is_refused")]
    [TestCase((DnsType)251, "Refused", TestName = "RFC_1995_IXFR_is_refused")]
    [TestCase((DnsType)250, "NotImp", TestName = "RFC_6895_3_1_meta_types_are_not_implemented")]
    [TestCase((DnsType)41, "NotImp", TestName = "RFC_6891_OPT_is_no_question")]
    [TestCase((DnsType)999, "NoError", TestName = "RFC_3597_unknown_types_are_no_data")]
    [TestCase((DnsType)65280, "NoError", TestName = "RFC_8906_3_1_2_private_types_are_no_data")]
    public void Types_that_are_no_records(DnsType type, string code) => Assert.That(Ask("node1.lab.example", type).Code, Is.EqualTo(code));

    [TestCase(3)]
    [TestCase(4)]
    [TestCase(255)]
    public void RFC_1035_3_2_4_other_classes_are_refused(int number)
    {
        var question = Names.Question("version.bind", DnsType.Txt);
        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(question.Length - 2), (ushort)number);
        Assert.That(Told.Of(Reply(new DnsResponder(new DnsCache()), question)).Code, Is.EqualTo("Refused"));
    }

    [Test]
    public void RFC_6891_6_1_1_OPT_is_answered_exactly_when_it_was_asked_with()
    {
        Assert.That(Ask("node1.lab.example", DnsType.A).Edns, Is.Null);
        Assert.That(Ask("node1.lab.example", DnsType.A, payload: 4096).Edns, Is.EqualTo("1232 v0"));
        Assert.That(Ask("node1.lab.example", DnsType.A, payload: 4096, dnssecOk: true).Edns, Is.EqualTo("1232 v0 do"), "RFC 3225: DO is copied");
        Assert.That(Ask("nobody.lab.example", DnsType.A, payload: 512).Edns, Is.EqualTo("1232 v0"));
    }

    [Test]
    public void RFC_6891_6_1_3_another_version_is_answered_BADVERS()
    {
        var question = Names.Question("node1.lab.example", DnsType.A, payload: 1232);
        question[^5] = 1;
        var told = Told.Of(Reply(new DnsResponder(new DnsCache()), question));
        Assert.That((told.Code, told.Answers.Count, told.Edns), Is.EqualTo(("BadVers", 0, "1232 v0")));
    }

    [Test]
    public void RFC_6891_6_1_1_two_OPTs_are_a_format_error()
    {
        var one = Names.Question("node1.lab.example", DnsType.A, payload: 1232);
        byte[] two = [.. one, .. one[^DnsWriter.OptLength..]];
        two[11] = 2;
        Assert.That(DnsHeader.Read(Reply(new DnsResponder(new DnsCache()), two)).ResponseCode, Is.EqualTo((int)DnsResponseCode.FormErr));
    }

    [Test]
    public void RFC_6891_6_1_2_an_OPT_that_is_not_the_roots_is_a_format_error_and_unknown_options_are_nothing()
    {
        var question = Names.Question("node1.lab.example", DnsType.A);
        byte[] owned = [.. question, 1, (byte)'x', 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0];
        owned[11] = 1;
        Assert.That(DnsHeader.Read(Reply(new DnsResponder(new DnsCache()), owned)).ResponseCode, Is.EqualTo((int)DnsResponseCode.FormErr));
        byte[] unknown = [.. question, 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 6, 0xfd, 0xe8, 0, 2, 1, 2];
        unknown[11] = 1;
        Assert.That(Told.Of(Reply(new DnsResponder(new DnsCache()), unknown)).Answers, Has.Count.EqualTo(1));
    }

    [TestCase(0, false, true, TestName = "RFC_1035_4_2_1_512_octets_without_EDNS")]
    [TestCase(200, false, true, TestName = "RFC_6891_6_2_3_less_than_512_is_512")]
    [TestCase(65535, false, true, TestName = "RFC_9715_more_than_1232_is_1232")]
    [TestCase(0, true, false, TestName = "RFC_7766_5_everything_fits_over_TCP")]
    public void RFC_2181_9_what_does_not_fit_is_left_out_whole_and_TC_says_so(int payload, bool tcp, bool truncated)
    {
        var many = Names.Plan(Names.Cluster("    - {name: many, a: [" + string.Join(", ", Enumerable.Range(1, 100).Select(i => $"10.0.1.{i}")) + "]}"));
        var message = Names.Question("many.lab.example", DnsType.A, payload);
        var outcome = new DnsResponder(new DnsCache()).Answer(message, tcp ? Names.Tcp : Names.Udp, Names.View(many), Names.Now, reply);
        var told = Told.Of(reply.AsSpan(0, outcome.Length));
        Assert.That((told.Has(DnsHeader.Truncated), told.Answers.Count), Is.EqualTo((truncated, truncated ? 0 : 100)));
        Assert.That(told.Length, Is.LessThanOrEqualTo(tcp ? 65535 : Math.Clamp(payload, 512, 1232)));
    }

    [Test]
    public void No_recursion_for_strangers()
    {
        foreach (var (address, may) in new[] { ("10.0.0.99", true), ("10.8.3.4", true), ("127.0.0.1", true), ("10.244.1.9", true), ("203.0.113.9", false), ("10.9.0.1", false) })
        {
            var client = Names.Udp with { Address = Ipv4Address.Parse(address) };
            var outcome = Outcome(Names.Question("example.org", DnsType.A, payload: 1232), client);
            Assert.That(outcome.Verdict, Is.EqualTo(may ? DnsVerdict.Forward : DnsVerdict.Reply), address);
            if (!may)
            {
                var told = Told.Of(reply.AsSpan(0, outcome.Length));
                Assert.That((told.Code, told.Has(DnsHeader.RecursionAvailable), told.Edns), Is.EqualTo(("Refused", false, "1232 v0 ede=18")));
            }
            Assert.That(Ask("node1.lab.example", DnsType.A, client: client).Answers, Has.Count.EqualTo(1), "the cluster's own names are for everybody");
        }
    }

    [Test]
    public void Without_RD_nobody_is_asked() =>
        Assert.That(Told.Of(Reply(new DnsResponder(new DnsCache()), Names.Question("example.org", DnsType.A, flags: 0))).Code, Is.EqualTo("Refused"));

    [Test]
    public void Without_upstreams_other_names_do_not_exist_and_that_may_be_kept()
    {
        var offline = Names.View(Names.Plan(Names.Cluster(upstreams: null)));
        var outcome = new DnsResponder(new DnsCache()).Answer(Names.Question("example.org", DnsType.A, payload: 1232), Names.Udp, offline, Names.Now, reply);
        var told = Told.Of(reply.AsSpan(0, outcome.Length));
        Assert.That((told.Code, told.Authorities.Single(), told.Edns), Is.EqualTo(("NxDomain", ". 60 SOA . . 1", "1232 v0 ede=20")));
    }

    [Test]
    public void The_APIs_name_leads_to_the_masters_that_answer_and_to_all_of_them_when_none_does()
    {
        var plan = Names.Plan();
        string[] Api(NamePlan names, params string[] answering) => [.. Told.Of(Reply(new DnsResponder(new DnsCache()), Names.Question("api.lab.example", DnsType.A), view: Names.View(names, answering: answering))).Answers
            .Select(answer => answer.Split(' ')[^1]).Order()];
        Assert.That(Api(plan, "10.0.0.11", "10.0.0.13"), Is.EqualTo(["10.0.0.11", "10.0.0.13"]));
        Assert.That(Api(plan), Is.EqualTo(["10.0.0.11", "10.0.0.12", "10.0.0.13"]));
        var held = Names.Plan(Names.Cluster(extra: "api: {vip: 10.0.0.5}"));
        Assert.That(Api(held, "10.0.0.5", "10.0.0.11"), Is.EqualTo(["10.0.0.5"]));
        Assert.That(Api(held, "10.0.0.11"), Is.EqualTo(["10.0.0.11"]));
        Assert.That(Api(held), Is.EqualTo(["10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.5"]));
        Assert.That(Ask("masters.lab.example", DnsType.A).Answers, Has.Count.EqualTo(3), "all masters, whether they answer or not");
    }

    [Test]
    public void An_answer_allocates_nothing()
    {
        var cache = new DnsCache();
        var upstream = Wire.DnsWireTests.Response("www.example.org", DnsType.A, [Wire.DnsWireTests.Record("www.example.org", DnsType.A, 300, [192, 0, 2, 1])]);
        Assert.That(DnsReplyReader.TryRead(upstream, out var read, out _), Is.True);
        cache.Keep(ForwardQuestion.Of(DnsName.Encode("www.example.org"), DnsType.A, false, false).Key, CachedReply.Of(upstream, read, Names.Now), Names.Now);
        var responder = new DnsResponder(cache);
        byte[][] questions =
        [
            Names.Question("node1.lab.example", DnsType.A), Names.Question("11.0.0.10.in-addr.arpa", DnsType.Ptr, payload: 1232), Names.Question("nobody.lab.example", DnsType.A),
            Names.Question("www.lab.example", DnsType.A), Names.Question("x.apps.lab.example", DnsType.A), Names.Question("www.example.org", DnsType.A), Names.Question("wiki.lab.example", DnsType.A),
        ];
        for (var i = 0; i < 100; i++)
            foreach (var question in questions) responder.Answer(question, Names.Udp, view, Names.Now, reply);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            foreach (var question in questions) responder.Answer(question, Names.Udp, view, Names.Now, reply);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private Told Ask(string name, DnsType type, int payload = 0, bool dnssecOk = false, DnsClient? client = null) =>
        Told.Of(Reply(new DnsResponder(new DnsCache()), Names.Question(name, type, payload, dnssecOk), client));

    private DnsOutcome Outcome(byte[] message, DnsClient? client = null) => new DnsResponder(new DnsCache()).Answer(message, client ?? Names.Udp, view, Names.Now, reply);

    private byte[] Reply(DnsResponder responder, byte[] message, DnsClient? client = null, DnsView? view = null)
    {
        var outcome = responder.Answer(message, client ?? Names.Udp, view ?? this.view, Names.Now, reply);
        Assert.That(outcome.Verdict, Is.EqualTo(DnsVerdict.Reply));
        return reply[..outcome.Length];
    }
}
