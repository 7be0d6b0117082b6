using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp.Wire;

/// <summary>Domain search lists and routes, octet by octet.</summary>
[TestFixture]
public sealed class OptionValueTests
{
    [Test]
    public void RFC_3397_2_the_example_of_the_RFC()
    {
        // "eng.apple.com" and "marketing.apple.com", the latter's end a pointer to octet 4.
        var option = DhcpOption.OfDomains(OptionCode.DomainSearch, ["eng.apple.com", "marketing.apple.com"]);
        Assert.That(Convert.ToHexStringLower(option.Value.Span), Is.EqualTo("03656e67056170706c6503636f6d00096d61726b6574696e67c004"));
    }

    [Test]
    public void RFC_3397_2_a_name_that_is_there_already_is_a_pointer() => Assert.That(
        Convert.ToHexStringLower(DhcpOption.OfDomains(OptionCode.DomainSearch, ["a.b", "b", "a.b"]).Value.Span), Is.EqualTo("0161016200c002c000"));

    [Test]
    public void RFC_3397_2_names_come_back_as_they_were() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        picks =>
        {
            string[] labels = ["a", "bb", "lab", "example", "com", "x9"];
            List<string> domains = [.. picks.Chunk(3).Select(chunk => string.Join('.', chunk.Select(pick => labels[pick % labels.Length])))];
            if (domains.Count == 0) return true;
            var read = new DhcpOptions([DhcpOption.OfDomains(OptionCode.DomainSearch, domains)]).Read(OptionCode.DomainSearch, out IReadOnlyList<string> again);
            return read is OptionRead.Present && again.SequenceEqual(domains);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [TestCase("c000", TestName = "RFC_3397_2_a_pointer_to_itself")]
    [TestCase("0161c002", TestName = "RFC_3397_2_a_pointer_forwards")]
    [TestCase("0161c000", TestName = "RFC_3397_2_a_pointer_to_its_own_name")]
    [TestCase("0361", TestName = "RFC_3397_2_a_label_cut_short")]
    [TestCase("0161", TestName = "RFC_3397_2_a_name_without_an_end")]
    [TestCase("8161", TestName = "RFC_3397_2_a_label_of_an_unknown_kind")]
    [TestCase("00", TestName = "RFC_3397_2_an_empty_name")]
    public void RFC_3397_malformed(string hex) =>
        Assert.That(new DhcpOptions([new(OptionCode.DomainSearch, Convert.FromHexString(hex))]).Read(OptionCode.DomainSearch, out IReadOnlyList<string> _), Is.EqualTo(OptionRead.Malformed));

    [TestCase("0.0.0.0/0", "00" + "0a0000fe")]
    [TestCase("10.0.0.0/8", "080a" + "0a0000fe")]
    [TestCase("10.17.0.0/16", "100a11" + "0a0000fe")]
    [TestCase("10.27.129.0/24", "180a1b81" + "0a0000fe")]
    [TestCase("10.229.0.128/25", "190ae50080" + "0a0000fe")]
    [TestCase("10.198.122.47/32", "200ac67a2f" + "0a0000fe")]
    public void RFC_3442_the_examples_of_the_RFC(string network, string expected)
    {
        Ipv4Route[] routes = [new(Ipv4Network.Parse(network), Ipv4Address.Parse("10.0.0.254"))];
        var option = DhcpOption.OfRoutes(OptionCode.ClasslessRoutes, routes);
        Assert.That(Convert.ToHexStringLower(option.Value.Span), Is.EqualTo(expected));
        Assert.That(new DhcpOptions([option]).Read(OptionCode.ClasslessRoutes, out IReadOnlyList<Ipv4Route> again), Is.EqualTo(OptionRead.Present));
        Assert.That(again, Is.EqualTo(routes));
    }

    [TestCase("21" + "0a000001" + "0a0000fe", TestName = "RFC_3442_a_prefix_longer_than_32")]
    [TestCase("180a1b81" + "0a0000", TestName = "RFC_3442_a_router_cut_short")]
    public void RFC_3442_malformed(string hex) =>
        Assert.That(new DhcpOptions([new(OptionCode.ClasslessRoutes, Convert.FromHexString(hex))]).Read(OptionCode.ClasslessRoutes, out IReadOnlyList<Ipv4Route> _), Is.EqualTo(OptionRead.Malformed));

    [Test]
    public void No_octets_make_the_readers_throw() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        octets =>
        {
            var options = new DhcpOptions([new(OptionCode.DomainSearch, octets), new(OptionCode.ClasslessRoutes, octets)]);
            options.Read(OptionCode.DomainSearch, out IReadOnlyList<string> _);
            options.Read(OptionCode.ClasslessRoutes, out IReadOnlyList<Ipv4Route> _);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    // RFC 2132 §9.3 option overload.

    [TestCase(425, 0, TestName = "RFC_2132_9_3_options_that_fit_are_not_moved")]
    [TestCase(400, 1, TestName = "RFC_2132_9_3_into_file_first")]
    [TestCase(290, 3, TestName = "RFC_2132_9_3_then_into_sname")]
    public void RFC_2132_9_3_overload(int limit, int expected)
    {
        List<DhcpOption> options = [DhcpOption.Of(OptionCode.MessageType, (byte)2), .. Enumerable.Range(0, 8).Select(n => new DhcpOption((OptionCode)(224 + n), new byte[20])),
            new(OptionCode.RelayAgentInformation, new byte[] { 1, 1, 7 })];
        var packet = new DhcpPacket { Op = BootOp.Reply, HardwareAddress = new byte[16], Options = new DhcpOptions(options), OverloadBeyond = limit };
        var octets = new byte[600];
        Assert.That(DhcpWriter.TryWrite(packet, octets, out var length), Is.True);
        Assert.That(length, Is.LessThanOrEqualTo(Math.Max(limit, DhcpPacket.MinimumLength)));
        var at = octets.AsSpan(0, length).IndexOf(new byte[] { 52, 1 });
        Assert.That(at < 0 ? 0 : octets[at + 2], Is.EqualTo(expected));
        Assert.That(DhcpReader.TryRead(octets.AsSpan(0, length), out var again, out _), Is.True);
        Assert.That(again.Options, Is.EquivalentTo(options));
        var tail = octets.AsSpan(DhcpPacket.OptionsOffset, length - DhcpPacket.OptionsOffset).TrimEnd((byte)0);
        Assert.That(Convert.ToHexString(tail), Does.EndWith("5203010107FF"), "RFC 3046 §2.1: option 82 is the last of the options field");
    }

    [Test]
    public void RFC_2132_9_3_a_field_with_a_text_in_it_is_not_overloaded()
    {
        var packet = new DhcpPacket
        {
            Op = BootOp.Reply, HardwareAddress = new byte[16], File = "snponly.efi", OverloadBeyond = 300, Options = new DhcpOptions([new((OptionCode)224, new byte[50]), new((OptionCode)225, new byte[50])]),
        };
        var octets = new byte[600];
        Assert.That(DhcpWriter.TryWrite(packet, octets, out var length), Is.True);
        DhcpReader.TryRead(octets.AsSpan(0, length), out var again, out _);
        Assert.That((again.File, again.Options.Count), Is.EqualTo(("snponly.efi", 2)));
    }

    [Test]
    public void RFC_3396_5_a_long_option_is_split_and_read_as_one()
    {
        var value = new byte[700];
        new Random(1).NextBytes(value);
        var packet = new DhcpPacket { Op = BootOp.Reply, HardwareAddress = new byte[16], Options = new DhcpOptions([new((OptionCode)224, value)]) };
        var octets = new byte[1200];
        Assert.That(DhcpWriter.TryWrite(packet, octets, out var length), Is.True);
        Assert.That(length, Is.EqualTo(DhcpPacket.OptionsOffset + 700 + 6 + 1));
        DhcpReader.TryRead(octets.AsSpan(0, length), out var again, out _);
        Assert.That(again.Options.Single().Value.ToArray(), Is.EqualTo(value));
    }
}
