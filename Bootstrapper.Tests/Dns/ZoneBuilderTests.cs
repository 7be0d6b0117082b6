using NUnit.Framework;
using Sextant.Dns;
using Sextant.Dns.Wire;
using Sextant.Primitives;

namespace Sextant.Tests.Dns;

/// <summary>What the zones hold: reverse zones of every kind of subnet, and the names of leases.</summary>
[TestFixture]
public sealed class ZoneBuilderTests
{
    private readonly byte[] reply = new byte[DnsResponder.PayloadLimit];

    [TestCase("10.0.0.0/24", "0.0.10.in-addr.arpa")]
    [TestCase("10.0.4.0/22", "4.0.10.in-addr.arpa 5.0.10.in-addr.arpa 6.0.10.in-addr.arpa 7.0.10.in-addr.arpa")]
    [TestCase("10.4.0.0/15", "4.10.in-addr.arpa 5.10.in-addr.arpa")]
    [TestCase("10.0.0.0/8", "10.in-addr.arpa")]
    [TestCase("10.0.0.64/26", "0.0.10.in-addr.arpa")]
    public void RFC_1035_3_5_the_reverse_zones_of_a_subnet_are_cut_at_octets(string subnet, string zones) =>
        Assert.That(ReverseNames.ZonesOf(Ipv4Network.Parse(subnet)), Is.EqualTo(zones.Split(' ')));

    [Test]
    public void RFC_2317_of_a_zone_that_is_larger_than_its_subnet_only_the_subnet_is_denied()
    {
        // A public subnet, whose neighbours belong to somebody else.
        var plan = Names.Plan() with { Subnets = [Ipv4Network.Parse("198.18.7.64/26")] };
        var view = Names.View(plan, [new LeasedName(Names.Floating, Ipv4Address.Parse("198.18.7.70"), "", Names.Now, Names.Now.AddHours(1))]);
        Assert.That(Ask(view, "70.7.18.198.in-addr.arpa", DnsType.Ptr).Answers, Is.EqualTo(["70.7.18.198.in-addr.arpa 60 PTR node4.lab.example"]));
        Assert.That(Ask(view, "71.7.18.198.in-addr.arpa", DnsType.Ptr).Code, Is.EqualTo("NxDomain"));
        Assert.That(Ask(view, "7.18.198.in-addr.arpa", DnsType.Soa).Answers, Has.Count.EqualTo(1));
        Assert.That(Outcome(view, "1.7.18.198.in-addr.arpa", DnsType.Ptr).Verdict, Is.EqualTo(DnsVerdict.Forward));
        Assert.That(Outcome(view, "70.8.18.198.in-addr.arpa", DnsType.Ptr).Verdict, Is.EqualTo(DnsVerdict.Forward));
    }

    [Test]
    public void Several_subnets_have_a_reverse_zone_each()
    {
        var view = Names.View(Names.Plan() with { Subnets = [Ipv4Network.Parse("10.0.0.0/24"), Ipv4Network.Parse("10.1.0.0/25"), Ipv4Network.Parse("10.1.0.128/25"), Ipv4Network.Parse("172.20.0.0/16")] });
        foreach (var zone in new[] { "0.0.10.in-addr.arpa", "0.1.10.in-addr.arpa", "20.172.in-addr.arpa" }) Assert.That(Ask(view, zone, DnsType.Soa).Answers, Has.Count.EqualTo(1), zone);
        Assert.That(Ask(view, "5.0.1.10.in-addr.arpa", DnsType.Ptr).Authorities[0], Does.StartWith("0.1.10.in-addr.arpa 30 SOA"));
        Assert.That(Ask(view, "200.0.1.10.in-addr.arpa", DnsType.Ptr).Authorities[0], Does.StartWith("0.1.10.in-addr.arpa 30 SOA"));
    }

    [Test]
    public void Of_an_IPv6_network_only_known_addresses_are_answered_and_others_are_asked_for_elsewhere()
    {
        var view = Names.View(Names.Plan(Names.Cluster("    - {name: six, aaaa: [\"2600:1::5\"]}")));
        Assert.That(Ask(view, ReverseNames.Of(Ipv6Address.Parse("2600:1::5")), DnsType.Ptr).Answers[0], Does.EndWith("PTR six.lab.example"));
        Assert.That(Outcome(view, ReverseNames.Of(Ipv6Address.Parse("2600:1::6")), DnsType.Ptr).Verdict, Is.EqualTo(DnsVerdict.Forward));
        Assert.That(Ask(view, ReverseNames.Of(Ipv6Address.Parse("fd00::1")), DnsType.Ptr).Code, Is.EqualTo("NxDomain"), "unique local addresses: RFC 6303 §4.4");
    }

    [Test]
    public void A_planned_machine_with_a_leased_address_has_its_planned_name_both_ways()
    {
        var view = Names.View(leases: [Names.Lease(41, "liar", TimeSpan.FromHours(1), Names.Floating)]);
        Assert.That(Ask(view, "node4.lab.example", DnsType.A).Answers, Is.EqualTo(["node4.lab.example 60 A 10.0.0.41"]));
        Assert.That(Ask(view, "41.0.0.10.in-addr.arpa", DnsType.Ptr).Answers, Is.EqualTo(["41.0.0.10.in-addr.arpa 60 PTR node4.lab.example"]));
        Assert.That(Ask(view, "liar.lab.example", DnsType.A).Code, Is.EqualTo("NxDomain"));
    }

    [TestCase("printer", "printer")]
    [TestCase("Printer.Office.Example.COM", "printer")]
    [TestCase("a b_c", "a-b-c")]
    [TestCase("--x--", "x")]
    [TestCase("node1", "node-52-54-00-01-00-2a", TestName = "A_client_cannot_take_a_planned_machines_name")]
    [TestCase("node4", "node-52-54-00-01-00-2a", TestName = "A_client_cannot_take_the_name_of_a_planned_machine_that_is_not_there")]
    [TestCase("api", "node-52-54-00-01-00-2a", TestName = "A_client_cannot_take_a_services_name")]
    [TestCase("wiki", "node-52-54-00-01-00-2a", TestName = "A_client_cannot_take_a_name_of_the_operators")]
    [TestCase("down", "node-52-54-00-01-00-2a", TestName = "A_client_cannot_take_a_name_that_others_are_below_of")]
    [TestCase("wpad", "node-52-54-00-01-00-2a", TestName = "A_client_cannot_become_the_proxy_of_all_others")]
    [TestCase("localhost", "node-52-54-00-01-00-2a")]
    [TestCase("", "node-52-54-00-01-00-2a")]
    [TestCase("???", "node-52-54-00-01-00-2a")]
    public void A_client_is_called_by_what_it_calls_itself_as_far_as_that_is_a_name_and_free(string own, string name)
    {
        var view = Names.View(leases: [Names.Lease(42, own, TimeSpan.FromHours(1))]);
        Assert.That(Ask(view, $"{name}.lab.example", DnsType.A).Answers, Is.EqualTo([$"{name}.lab.example 60 A 10.0.0.42"]));
        Assert.That(Ask(view, "42.0.0.10.in-addr.arpa", DnsType.Ptr).Answers, Is.EqualTo([$"42.0.0.10.in-addr.arpa 60 PTR {name}.lab.example"]));
    }

    [Test]
    public void Of_two_clients_with_one_name_the_one_that_had_it_first_keeps_it()
    {
        var view = Names.View(leases: [Names.Lease(43, "twin", TimeSpan.FromHours(1)), Names.Lease(44, "twin", TimeSpan.FromHours(1))]);
        Assert.That(Ask(view, "twin.lab.example", DnsType.A).Answers, Is.EqualTo(["twin.lab.example 60 A 10.0.0.44"]));
        Assert.That(Ask(view, "node-52-54-00-01-00-2b.lab.example", DnsType.A).Answers, Has.Count.EqualTo(1));
    }

    [TestCase(3600, 60u)]
    [TestCase(45, 45u)]
    [TestCase(1, 1u)]
    public void A_leased_name_lives_no_longer_than_the_lease(int seconds, uint life)
    {
        var view = Names.View(leases: [Names.Lease(45, "short", TimeSpan.FromSeconds(seconds))]);
        Assert.That(Ask(view, "short.lab.example", DnsType.A).Answers, Is.EqualTo([$"short.lab.example {life} A 10.0.0.45"]));
        Assert.That(Ask(view, "45.0.0.10.in-addr.arpa", DnsType.Ptr).Answers, Is.EqualTo([$"45.0.0.10.in-addr.arpa {life} PTR short.lab.example"]));
        var after = Names.Now.AddSeconds(seconds);
        Assert.That(Ask(view, "short.lab.example", DnsType.A, after).Code, Is.EqualTo("NxDomain"));
        Assert.That(Ask(view, "45.0.0.10.in-addr.arpa", DnsType.Ptr, after).Code, Is.EqualTo("NxDomain"));
    }

    [Test]
    public void A_lease_of_a_machine_with_a_fixed_address_changes_nothing()
    {
        var view = Names.View(leases: [Names.Lease(11, "other", TimeSpan.FromHours(1), MacAddress.Parse("52:54:00:00:00:01"))]);
        Assert.That(Ask(view, "11.0.0.10.in-addr.arpa", DnsType.Ptr).Answers, Is.EqualTo(["11.0.0.10.in-addr.arpa 60 PTR node1.lab.example"]));
        Assert.That(Ask(view, "other.lab.example", DnsType.A).Code, Is.EqualTo("NxDomain"));
    }

    private DnsOutcome Outcome(DnsView view, string name, DnsType type, DateTimeOffset? now = null) =>
        new DnsResponder(new DnsCache()).Answer(Names.Question(name, type), Names.Udp, view, now ?? Names.Now, reply);

    private Told Ask(DnsView view, string name, DnsType type, DateTimeOffset? now = null)
    {
        var outcome = Outcome(view, name, type, now);
        Assert.That(outcome.Verdict, Is.EqualTo(DnsVerdict.Reply));
        return Told.Of(reply.AsSpan(0, outcome.Length));
    }
}
