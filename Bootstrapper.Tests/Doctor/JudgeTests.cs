using NUnit.Framework;
using Sextant.Doctor;
using Sextant.Ntp;
using Sextant.Ntp.Wire;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.Dhcp;

namespace Sextant.Tests.Doctor;

[TestFixture]
public sealed class JudgeTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:aa");
    private static readonly DateTimeOffset Built = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly InterfaceFacts Ready = new("sxd0", true, true, 1500, Mac, [(Site.Server, 24)]);

    private static IEnumerable<TestCaseData> Interfaces()
    {
        yield return Case("ready", Ready, "Good interface; Good mtu");
        yield return Case("down", Ready with { IsUp = false }, "Failure interface: sxd0 is down; Good mtu");
        yield return Case("no carrier", Ready with { HasCarrier = false }, "Failure interface: sxd0 has no carrier; Good mtu");
        yield return Case("no address", Ready with { Addresses = [] }, "Failure interface: 10.0.0.1 is no address of this machine; Good mtu");
        yield return Case("another mask", Ready with { Addresses = [(Site.Server, 16)] }, "Failure interface: sxd0 has 10.0.0.1/16, and network.subnet is 10.0.0.0/24; Good mtu");
        yield return Case("a small MTU", Ready with { Mtu = 1400 }, "Good interface; Warning mtu: sxd0 has an MTU of 1400: firmware sends and expects frames of 1500");
        yield return Case("another name", Ready with { Name = "eth9" }, "Failure interface: there is no interface sxd0");
    }

    [TestCaseSource(nameof(Interfaces))]
    public void The_interface_is_judged(object facts, string expected) => Assert.That(Said(Judge.Interface(Site.Network, [(InterfaceFacts)facts])), Is.EqualTo(expected));

    [Test]
    public void The_address_on_another_interface_is_named() =>
        Assert.That(Said(Judge.Interface(Site.Network, [Ready with { Addresses = [] }, Ready with { Name = "eth9" }])), Does.StartWith("Failure interface: 10.0.0.1 is on eth9, not on sxd0"));

    [TestCase(null, "", "Good ports")]
    [TestCase("is taken", "dnsmasq (pid 8)", "Failure ports: UDP 67 (DHCP) is taken by dnsmasq (pid 8)")]
    [TestCase("is taken", "", "Failure ports: UDP 67 (DHCP) is taken")]
    [TestCase("is taken", "sextant (pid 9)", "Good ports")]
    public void A_port_is_judged(string? refusal, string owner, string expected) =>
        Assert.That(Said([Judge.Port("DHCP", "udp", 67, refusal, owner.Length == 0 ? [] : [owner])]), Is.EqualTo(expected));

    [Test]
    public void Other_servers_are_a_failure_unless_one_is_wanted()
    {
        AnsweringServer[] one = [new(Ipv4Address.Parse("10.0.0.254"), Mac, Ipv4Address.Parse("10.0.0.77"))];
        Assert.That(Said(Judge.Servers([], false)), Is.EqualTo("Good other dhcp"));
        Assert.That(Said(Judge.Servers(one, false)), Is.EqualTo("Failure other dhcp: 10.0.0.254 (52:54:00:00:00:aa) answers DHCP and offered 10.0.0.77"));
        Assert.That(Said(Judge.Servers(one, true)), Is.EqualTo("Good other dhcp"));
        Assert.That(Said(Judge.Servers([], true)), Does.StartWith("Failure other dhcp: no DHCP server answers"));
    }

    [Test]
    public void Addresses_that_others_have_are_found()
    {
        var gateway = new AnsweringHost(Site.Network.Local.Gateway!.Value, Mac);
        Assert.That(Said(Judge.Addresses(Site.Network, [gateway, new(Site.MasterAddress, Site.Master)])), Is.EqualTo("Good addresses"), "a machine that runs has its address");
        Assert.That(Said(Judge.Addresses(Site.Network, [gateway, new(Site.Server, Mac)])), Does.StartWith("Failure addresses: 52:54:00:00:00:aa has 10.0.0.1, too"));
        Assert.That(Said(Judge.Addresses(Site.Network, [gateway, new(Site.MasterAddress, Mac)])), Does.StartWith("Failure addresses: 52:54:00:00:00:aa has 10.0.0.11, which the file gives to master-1"));
        Assert.That(Said(Judge.Addresses(Site.Network, [])), Is.EqualTo("Warning addresses: the gateway 10.0.0.254 does not answer ARP"));
    }

    [TestCase(0, true, null, "Good clock")]
    [TestCase(0, false, null, "Warning clock: 2026-01-02 03:04:05Z, and nothing keeps it right")]
    [TestCase(0, false, (byte)10, "Good clock")]
    [TestCase(-20_000, true, null, "Failure clock: this machine's clock says 1971-04-01 03:04:05Z, which cannot be")]
    public void The_clock_is_judged(int days, bool synchronised, byte? localStratum, string expected) =>
        Assert.That(Said([Judge.Clock(Built.AddDays(days), Built, new HostClock(synchronised, LeapIndicator.None, TimeSpan.FromMilliseconds(5), Built), localStratum)]), Is.EqualTo(expected));

    [TestCase(100L << 20, FindingGrade.Failure)]
    [TestCase(5L << 30, FindingGrade.Warning)]
    [TestCase(50L << 30, FindingGrade.Good)]
    public void Room_is_judged(long free, FindingGrade grade) => Assert.That(Judge.Disk("/var/lib/sextant", free).Grade, Is.EqualTo(grade));

    [Test]
    public void Capabilities_that_are_missing_are_named()
    {
        Assert.That(Judge.Capabilities(ulong.MaxValue).Grade, Is.EqualTo(FindingGrade.Good));
        Assert.That(Judge.Capabilities(1 << 10).Text, Is.EqualTo("this user lacks CAP_NET_RAW"));
    }

    [Test]
    public void A_strict_reverse_path_is_told_where_it_matters()
    {
        Assert.That(Judge.ReversePath("eno1", 1, ["eno2"]).Grade, Is.EqualTo(FindingGrade.Warning));
        Assert.That(Judge.ReversePath("eno1", 1, []).Grade, Is.EqualTo(FindingGrade.Good));
        Assert.That(Judge.ReversePath("eno1", 2, ["eno2"]).Grade, Is.EqualTo(FindingGrade.Good));
    }

    [Test]
    public void A_table_of_neighbours_that_the_segment_would_fill_is_told()
    {
        var range = new Ipv4Range(Ipv4Address.Parse("10.0.0.101"), Ipv4Address.Parse("10.0.0.200"));
        var network = Site.Network with { Subnets = [Site.Network.Local with { DynamicRange = range }], Reservations = new Dictionary<MacAddress, Reservation> { [Mac] = new("a", Ipv4Address.Parse("10.0.0.11")) } };
        Assert.That(Judge.Neighbours(network, 202).Grade, Is.EqualTo(FindingGrade.Good));
        var full = Judge.Neighbours(network, 201);
        Assert.That((full.Grade, full.Text), Is.EqualTo((FindingGrade.Warning, "the kernel keeps 201 neighbours, and the file has 101 addresses on sxd0")));
        Assert.That(full.Fix, Does.StartWith("sysctl -w net.ipv4.neigh.default.gc_thresh3=256,"));
    }

    [Test]
    public void Whatever_is_wrong_has_a_fix()
    {
        var all = Judge.Interface(Site.Network, []).Concat(Judge.Servers([], true)).Concat(Judge.Addresses(Site.Network, [])).Append(Judge.Port("x", "tcp", 1, "is taken", []));
        var wrong = all.Where(finding => finding.Grade >= FindingGrade.Warning).ToList();
        Assert.That(wrong, Has.Count.EqualTo(4));
        Assert.That(wrong.Select(finding => finding.Fix), Has.All.Not.Null);
    }

    private static string Said(IEnumerable<Finding> findings) =>
        string.Join("; ", findings.Select(finding => finding.Grade is FindingGrade.Good ? $"{finding.Grade} {finding.Check}" : $"{finding.Grade} {finding.Check}: {finding.Text}"));

    private static TestCaseData Case(string name, InterfaceFacts facts, string expected) => new TestCaseData(facts, expected).SetArgDisplayNames(name);
}
