using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

/// <summary>What firmware insists on though no RFC says so, each rule named after the source that shows it.</summary>
[TestFixture]
public sealed class FirmwareRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly DhcpOption[] UefiHttp =
        [DhcpOption.Of(OptionCode.VendorClass, "HTTPClient:Arch:00016:UNDI:003000"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)16)];

    private static readonly DhcpOption[] Bios =
        [DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00000:UNDI:002001"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)0)];

    private static IEnumerable<TestCaseData> Clients()
    {
        yield return new TestCaseData(new object[] { Says.UefiPxe }).SetArgDisplayNames("UEFI PXE");
        yield return new TestCaseData(new object[] { UefiHttp }).SetArgDisplayNames("UEFI HTTP Boot");
        yield return new TestCaseData(new object[] { Bios }).SetArgDisplayNames("BIOS");
        yield return new TestCaseData(new object[] { Says.Ipxe }).SetArgDisplayNames("iPXE");
        yield return new TestCaseData(new object[] { Says.Systemd }).SetArgDisplayNames("operating system");
    }

    [TestCaseSource(nameof(Clients))]
    public void EDK2_Dhcp4Io_OFFER_ACK_and_NAK_have_one_and_the_same_server_identifier(DhcpOption[] who)
    {
        var leases = new LeaseTable(new ScopeSet(Site.Network), []);
        DhcpPacket[] replies =
        [
            Reply(Says.Discover(Site.Master, who), leases), Reply(Says.Selecting(Site.Master, Site.MasterAddress, Site.Server, who), leases),
            Reply(Says.Selecting(Site.Master, Ipv4Address.Parse("10.0.0.66"), Site.Server, who), leases),
        ];
        foreach (var reply in replies)
        {
            Assert.That(reply.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address server), Is.EqualTo(OptionRead.Present));
            Assert.That(server, Is.EqualTo(Site.Server));
        }
    }

    [TestCaseSource(nameof(Clients))]
    public void EDK2_Dhcp4Io_what_was_offered_is_acknowledged_with_the_same_address_and_never_refused(DhcpOption[] who)
    {
        for (var n = 0; n < 5; n++)
        {
            var leases = new LeaseTable(new ScopeSet(Site.Network), []);
            var mac = Site.Unplanned(n);
            var offer = Reply(Says.Discover(mac, who), leases);
            var ack = Reply(Says.Selecting(mac, offer.YourAddress, Site.Server, who), leases);
            ack.Options.Read(out DhcpMessageType type);
            Assert.That((type, ack.YourAddress), Is.EqualTo((DhcpMessageType.Ack, offer.YourAddress)));
        }
    }

    [TestCaseSource(nameof(Clients))]
    public void EDK2_PxeBcDhcp4_no_option_13_which_it_takes_for_the_size_of_the_file(DhcpOption[] who) =>
        Assert.That(Reply(Says.Discover(Site.Master, who)).Options.Has(OptionCode.BootFileSize), Is.False);

    [TestCaseSource(nameof(Clients))]
    public void EDK2_PxeBcDhcp4_no_offer_is_longer_than_1472_octets_whatever_the_client_says(DhcpOption[] who)
    {
        DhcpOption[] much = [.. who.Where(option => option.Code is not OptionCode.MaximumMessageSize), DhcpOption.Of(OptionCode.MaximumMessageSize, (ushort)65280), new(OptionCode.ClientIdentifier, new byte[250])];
        Assert.That(Written(Reply(Says.Discover(Site.Master, much))).Length, Is.LessThanOrEqualTo(1472));
    }

    [TestCaseSource(nameof(Clients))]
    public void EDK2_Dhcp4Option_the_options_end_in_255(DhcpOption[] who)
    {
        var octets = Written(Reply(Says.Discover(Site.Master, who)));
        Assert.That(octets.AsSpan().TrimEnd((byte)0)[^1], Is.EqualTo(255));
    }

    [TestCaseSource(nameof(Clients))]
    public void EDK2_PxeBcDhcp4_an_offer_that_says_PXEClient_says_in_option_43_what_to_do_or_it_asks_port_4011(DhcpOption[] who)
    {
        var offer = Reply(Says.Discover(Site.Master, who));
        offer.Options.Read(OptionCode.VendorClass, out string vendorClass);
        var isPxe = vendorClass.StartsWith("PXEClient", StringComparison.Ordinal);
        Assert.That(offer.Options.ReadSub(OptionCode.VendorSpecific, 6, out var control), Is.EqualTo(isPxe ? OptionRead.Present : OptionRead.Absent));
        if (isPxe) Assert.That((control.ToArray(), offer.NextServer.IsAny, offer.File.Length > 0), Is.EqualTo((new byte[] { 8 }, false, true)));
    }

    [Test]
    public void EDK2_HttpBootDhcp4_the_URI_names_an_address_and_no_host()
    {
        Reply(Says.Discover(Site.Master, UefiHttp)).Options.Read(OptionCode.BootFileName, out string uri);
        Assert.That(Ipv4Address.TryParse(new Uri(uri).Host, out _), uri);
    }

    [TestCase((ushort)0)]
    [TestCase((ushort)5)]
    [TestCase(ushort.MaxValue)]
    public void IPXE_dhcp_secs_says_nothing_of_time_and_is_not_waited_for(ushort seconds)
    {
        var packet = Says.Discover(Site.Master, Says.Ipxe) with { Seconds = seconds };
        Assert.That(packet.To(new LeaseTable(new ScopeSet(Site.Network), []), Now).InWords(), Is.EqualTo("OFFER 10.0.0.11"));
    }

    [Test]
    public void IPXE_dhcp_is_told_not_to_wait_for_a_proxy()
    {
        Assert.That(Reply(Says.Discover(Site.Master, Says.Ipxe)).Options.ReadSub(OptionCode.IpxeEncapsulated, 176, out var value), Is.EqualTo(OptionRead.Present));
        Assert.That(value.ToArray(), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public void U_Boot_bootp_a_maximum_below_576_counts_as_576()
    {
        var offer = Reply(Says.Discover(Site.Master, [DhcpOption.Of(OptionCode.MaximumMessageSize, (ushort)328), .. Says.UefiPxe.Skip(1)]));
        Assert.That(Written(offer).Length, Is.LessThanOrEqualTo(548));
        Assert.That((offer.NextServer, offer.File), Is.EqualTo((Site.Server, "snponly.efi")), "it takes the server from siaddr and the file from file");
    }

    [Test]
    public void PXE_2_1_firmware_without_option_97_is_served_all_the_same() =>
        Assert.That(Reply(Says.Discover(Site.Master, Bios)).File, Is.EqualTo("undionly.kpxe"));

    [Test]
    public void HP_JetDirect_T1_and_T2_are_in_the_OFFER_already()
    {
        var offer = Reply(Says.Discover(Site.Master));
        offer.Options.Read(OptionCode.RenewalTime, out uint first);
        offer.Options.Read(OptionCode.RebindingTime, out uint second);
        Assert.That((first, second), Is.EqualTo((1800u, 3150u)));
    }

    [Test]
    public void RFC_4039_3_1_a_client_that_would_take_an_ACK_at_once_gets_an_OFFER()
    {
        var offer = Reply(Says.Discover(Site.Master, new DhcpOption(OptionCode.RapidCommit, ReadOnlyMemory<byte>.Empty)));
        offer.Options.Read(out DhcpMessageType type);
        Assert.That((type, offer.Options.Has(OptionCode.RapidCommit)), Is.EqualTo((DhcpMessageType.Offer, false)));
    }

    [Test]
    public void EDK2_Dhcp4Option_overloaded_fields_end_in_255_too()
    {
        var packet = new DhcpPacket
        {
            Op = BootOp.Reply, HardwareAddress = new byte[16], OverloadBeyond = 260, Options = new DhcpOptions([.. Enumerable.Range(0, 8).Select(n => new DhcpOption((OptionCode)(224 + n), new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 }))]),
        };
        var octets = Written(packet);
        Assert.That((octets.AsSpan(108, 128).TrimEnd((byte)0)[^1], octets.AsSpan(44, 64).TrimEnd((byte)0)[^1]), Is.EqualTo(((byte)255, (byte)255)));
    }

    private static DhcpPacket Reply(DhcpPacket packet, LeaseTable? leases = null) => packet.To(leases ?? new LeaseTable(new ScopeSet(Site.Network), []), Now) switch
    {
        DhcpOutcome.Answer answer => answer.Message,
        DhcpOutcome.Refuse refuse => refuse.Message,
        var other => throw new AssertionException(other.InWords()),
    };

    private static byte[] Written(DhcpPacket packet)
    {
        var octets = new byte[1500];
        Assert.That(DhcpWriter.TryWrite(packet, octets, out var length), Is.True);
        return octets[..length];
    }
}
