using System.Net;
using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp.Wire;

/// <summary>What a boot loader that waits for an IPv6 router is told, and who is told.</summary>
[TestFixture]
public sealed class RouterDiscoveryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void RFC_4861_4_2_the_advertisement_makes_nobody_a_router_and_brings_no_prefix() =>
        Assert.That(Convert.ToHexStringLower(RouterDiscovery.NoRouter.Span), Is.EqualTo("86000000" + "00000000" + "00000000" + "00000000"));

    [TestCase("8500123400000000", true, TestName = "RFC_4861_4_1_a_solicitation")]
    [TestCase("85001234000000000101525400123456", true, TestName = "RFC_4861_4_1_a_solicitation_with_the_senders_hardware_address")]
    [TestCase("8501123400000000", false, TestName = "RFC_4861_6_1_1_another_code_is_void")]
    [TestCase("85001234000000", false, TestName = "RFC_4861_6_1_1_a_short_one_is_void")]
    [TestCase("8600123400000000", false, TestName = "An_advertisement_is_no_question")]
    [TestCase("", false, TestName = "Nothing_is_no_question")]
    public void A_solicitation_is_known(string hex, bool expected) => Assert.That(RouterDiscovery.IsSolicitation(Convert.FromHexString(hex)), Is.EqualTo(expected));

    [TestCase("fe80::5054:ff:fe12:3456", "52:54:00:12:34:56")]
    [TestCase("fe80::ba27:ebff:fe00:1", "b8:27:eb:00:00:01")]
    [TestCase("fe80::1", null)]
    [TestCase("fe80:1::5054:ff:fe12:3456", null)]
    [TestCase("2001:db8::5054:ff:fe12:3456", null)]
    [TestCase("::", null)]
    public void RFC_4291_2_5_6_the_hardware_address_is_in_the_link_local_address(string address, string? expected) =>
        Assert.That(RouterDiscovery.HardwareAddressOf(IPAddress.Parse(address).GetAddressBytes())?.ToString(), Is.EqualTo(expected));

    [Test]
    public void Only_a_machine_that_asked_as_iPXE_a_moment_ago_is_told()
    {
        var clients = new IpxeClients();
        clients.Note(Site.Master, Now);
        Assert.That(clients.IsRecent(Site.Master, Now + TimeSpan.FromSeconds(5)), Is.True);
        Assert.That(clients.IsRecent(Site.Worker, Now), Is.False);
        Assert.That(clients.IsRecent(Site.Master, Now + IpxeClients.Window + TimeSpan.FromSeconds(1)), Is.False, "by then it is an operating system, or gone");
    }

    [Test]
    public void A_flood_of_invented_machines_is_forgotten()
    {
        var clients = new IpxeClients();
        for (var i = 0; i < 20_000; i++) clients.Note(Flooding(i), Now);
        Assert.That(clients.IsRecent(Flooding(19_999), Now), Is.False, "there is no room for more");
        clients.Note(Site.Master, Now + IpxeClients.Window + TimeSpan.FromSeconds(1));
        Assert.That(clients.IsRecent(Site.Master, Now + IpxeClients.Window + TimeSpan.FromSeconds(1)), Is.True, "once they are over there is");
    }

    private static MacAddress Flooding(int i) => MacAddress.FromOctets([0x52, 0x54, 0x01, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);
}
