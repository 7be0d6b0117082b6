using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

/// <summary>Options of the file in replies.</summary>
[TestFixture]
public sealed class GivenOptionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Ipv4Address Clock = Ipv4Address.Parse("10.0.0.5");

    [Test]
    public void RFC_2132_8_3_options_of_the_subnet_are_sent_and_those_of_the_machine_win()
    {
        var network = Network([OptionSetting.Of(DhcpOption.Of(OptionCode.NtpServer, Clock)), OptionSetting.Of(DhcpOption.Of(OptionCode.InterfaceMtu, (ushort)9000))],
            [OptionSetting.Of(DhcpOption.Of(OptionCode.InterfaceMtu, (ushort)1400))]);
        Assert.That(Printed(Offer(network, Site.Stranger), OptionCode.NtpServer, OptionCode.InterfaceMtu), Is.EqualTo("26 interface MTU: 9000, 42 NTP server: 10.0.0.5"));
        Assert.That(Printed(Offer(network, Site.Master), OptionCode.NtpServer, OptionCode.InterfaceMtu), Is.EqualTo("26 interface MTU: 1400, 42 NTP server: 10.0.0.5"));
    }

    [Test]
    public void An_option_of_the_server_can_be_replaced_and_taken_away()
    {
        Assert.That(Printed(Offer(Network([OptionSetting.Of(DhcpOption.Of(OptionCode.DomainNameServer, Clock))], []), Site.Master), OptionCode.DomainNameServer), Is.EqualTo("6 domain name server: 10.0.0.5"));
        Assert.That(Offer(Network([OptionSetting.None(OptionCode.DomainNameServer)], []), Site.Master).Options.Has(OptionCode.DomainNameServer), Is.False);
        Assert.That(Offer(Network([OptionSetting.Of(DhcpOption.Of(OptionCode.NtpServer, Clock))], [OptionSetting.None(OptionCode.NtpServer)]), Site.Master).Options.Has(OptionCode.NtpServer), Is.False);
    }

    [Test]
    public void RFC_3442_the_default_route_is_in_option_121_too()
    {
        Ipv4Route[] routes = [new(Ipv4Network.Parse("10.2.0.0/16"), Ipv4Address.Parse("10.0.0.253"))];
        var offer = Offer(Network([OptionSetting.Of(DhcpOption.OfRoutes(OptionCode.ClasslessRoutes, routes))], []), Site.Master);
        Assert.That(Printed(offer, OptionCode.ClasslessRoutes, OptionCode.Router), Is.EqualTo("3 router: 10.0.0.254, 121 classless routes: 10.2.0.0/16 via 10.0.0.253, 0.0.0.0/0 via 10.0.0.254"));
    }

    [Test]
    public void RFC_3442_a_default_route_of_the_file_s_own_stays_alone()
    {
        Ipv4Route[] routes = [new(Ipv4Network.Parse("0.0.0.0/0"), Ipv4Address.Parse("10.0.0.253"))];
        Assert.That(Printed(Offer(Network([OptionSetting.Of(DhcpOption.OfRoutes(OptionCode.ClasslessRoutes, routes))], []), Site.Master), OptionCode.ClasslessRoutes),
            Is.EqualTo("121 classless routes: 0.0.0.0/0 via 10.0.0.253"));
    }

    [Test]
    public void RFC_2131_4_3_1_option_121_is_asked_for_before_3_and_comes_before_it()
    {
        var network = Network([OptionSetting.Of(DhcpOption.OfRoutes(OptionCode.ClasslessRoutes, [new(Ipv4Network.Parse("10.2.0.0/16"), Ipv4Address.Parse("10.0.0.253"))]))], []);
        var codes = Offer(network, Site.Master, new DhcpOption(OptionCode.ParameterRequestList, new byte[] { 1, 121, 3 })).Options.Select(option => option.Code).ToList();
        Assert.That(codes.IndexOf(OptionCode.ClasslessRoutes), Is.LessThan(codes.IndexOf(OptionCode.Router)));
    }

    [Test]
    public void RFC_2132_8_4_option_43_of_the_file_is_for_operating_systems_and_the_server_s_own_for_firmware()
    {
        var network = Network([OptionSetting.Of(new DhcpOption(OptionCode.VendorSpecific, new byte[] { 1, 1, 9 }))], []);
        Assert.That(Printed(Offer(network, Site.Master), OptionCode.VendorSpecific), Is.EqualTo("43 vendor specific: 1=09"));
        Assert.That(Printed(Offer(network, Site.Master, Says.UefiPxe), OptionCode.VendorSpecific), Is.EqualTo("43 vendor specific: 6=08"));
    }

    [Test]
    public void RFC_2131_4_3_5_INFORM_gets_them_too()
    {
        var leases = new LeaseTable(new ScopeSet(Network([OptionSetting.Of(DhcpOption.Of(OptionCode.NtpServer, Clock))], [])), []);
        var ack = ((DhcpOutcome.Answer)Says.Inform(Site.Stranger, Ipv4Address.Parse("10.0.0.77")).To(leases, Now)).Message;
        Assert.That(ack.Options.Has(OptionCode.NtpServer));
    }

    // Room.

    [Test]
    public void RFC_2132_9_3_an_operating_system_with_little_room_gets_options_in_file_and_sname()
    {
        var network = Network([.. Enumerable.Range(0, 6).Select(n => OptionSetting.Of(new DhcpOption((OptionCode)(224 + n), new byte[50])))], []);
        var offer = Offer(network, Site.Master, DhcpOption.Of(OptionCode.MaximumMessageSize, (ushort)576));
        Assert.That(Written(offer).Length, Is.LessThanOrEqualTo(548));
        Assert.That(DhcpReader.TryRead(Written(offer), out var read, out _), Is.True);
        Assert.That(read.Options.Count(option => (int)option.Code is >= 224 and < 230), Is.EqualTo(6));
        Assert.That(read.Options, Is.EquivalentTo(offer.Options));
    }

    [Test]
    public void RFC_2132_9_3_boot_firmware_s_file_and_sname_are_never_overloaded_and_what_it_did_not_ask_for_goes_first()
    {
        var network = Network([.. Enumerable.Range(0, 6).Select(n => OptionSetting.Of(new DhcpOption((OptionCode)(224 + n), new byte[50])))], []);
        DhcpOption[] firmware = [DhcpOption.Of(OptionCode.MaximumMessageSize, (ushort)576), new(OptionCode.ParameterRequestList, new byte[] { 1, 3, 229 }), .. Says.UefiPxe.Skip(1)];
        DhcpReader.TryRead(Written(Offer(network, Site.Master, firmware)), out var read, out _);
        Assert.That((read.File, read.ServerName), Is.EqualTo(("snponly.efi", "")));
        Assert.That(read.Options.Has((OptionCode)229), "it asked for that one");
        Assert.That(read.Options.Has((OptionCode)228), Is.False);
        Assert.That(read.Options.Has(OptionCode.TftpServerName), "the server's own are worth more than what nobody asked for");
    }

    [Test]
    public void What_fits_nowhere_is_left_out_and_the_rest_is_sent()
    {
        var network = Network([OptionSetting.Of(new DhcpOption((OptionCode)224, new byte[512]))], []);
        var offer = Offer(network, Site.Master);
        Assert.That(Written(offer).Length, Is.LessThanOrEqualTo(548));
        Assert.That(offer.Options.Has((OptionCode)224), Is.False);
        Assert.That(offer.Options.Has(OptionCode.Router));
        Assert.That(Offer(network, Site.Master, DhcpOption.Of(OptionCode.MaximumMessageSize, (ushort)1500)).Options.Has((OptionCode)224));
    }

    private static BootNetwork Network(IReadOnlyList<OptionSetting> ofSubnet, IReadOnlyList<OptionSetting> ofMaster) => Site.Network with
    {
        Subnets = [Site.Network.Local with { Options = ofSubnet }],
        Reservations = new Dictionary<MacAddress, Reservation> { [Site.Master] = new("master-1", Site.MasterAddress) { Options = ofMaster } },
    };

    private static DhcpPacket Offer(BootNetwork network, MacAddress mac, params DhcpOption[] options) =>
        ((DhcpOutcome.Answer)Says.Discover(mac, options).To(new LeaseTable(new ScopeSet(network), []), Now)).Message;

    private static byte[] Written(DhcpPacket packet)
    {
        var octets = new byte[1472];
        Assert.That(DhcpWriter.TryWrite(packet, octets, out var length), Is.True);
        return octets[..length];
    }

    private static string Printed(DhcpPacket packet, params OptionCode[] codes) => string.Join(", ", packet.ToString().Split('\n').Skip(1).Select(line => line.Trim())
        .Where(line => codes.Any(code => line.StartsWith($"{(int)code} ", StringComparison.Ordinal))).OrderBy(line => int.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
}
