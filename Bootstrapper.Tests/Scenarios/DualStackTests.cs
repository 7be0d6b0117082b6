using System.Buffers.Binary;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// Sextant boots by IPv4 and stays out of IPv6's way: on a link that has both it listens on no IPv6 address, advertises no router and answers no DHCPv6, so that
/// whoever does these things there is not contradicted, and machines that try IPv6 first come back to IPv4.
/// </summary>
[TestFixture]
[Category("Network")]
[NonParallelizable]
public sealed class DualStackTests
{
    private const ushort Ipv6 = 0x86dd;
    private const byte RouterSolicitation = 133, RouterAdvertisement = 134, Udp = 17, IcmpV6 = 58;
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");

    [Test]
    public void On_a_link_with_both_nothing_is_said_by_IPv6_and_IPv4_boots()
    {
        using var folder = new TemporaryFolder();
        using var segment = new Segment();
        Assert.That(Run(segment.OnServer("ip", "-6", "address", "add", "fd00::1/64", "dev", "sextant0", "nodad")).Status, Is.Zero);
        segment.SetClientMac(Mac.ToString());
        Assert.That(segment.RunOnClient("ip", "-6", "address", "add", "fd00::2/64", "dev", "peer0", "nodad").Status, Is.Zero);
        using var serve = new ServeProcess(segment, folder.Path);

        Assert.That(Run(segment.OnServer("ss", "-H", "-6", "-lntu")).Output, Is.Empty, "no socket listens on IPv6");
        Assert.That(segment.RunOnClient("curl", "-s", "-m", "5", "http://[fd00::1]/healthz").Status, Is.Not.Zero);

        using var tap = segment.OnClientHost(() => new PacketTap("peer0", new PacketFilter().Return(1600), 4 << 20));
        var server = MacAddress.Parse(Run(segment.OnServer("cat", "/sys/class/net/sextant0/address")).Output.Trim());
        for (var i = 0; i < 5; i++)
        {
            tap.Send(Solicitation());
            tap.Send(DhcpV6Solicit());
        }
        // What would be answered is answered before this is: it came later.
        var script = folder.File("udhcpc.sh");
        File.WriteAllText(script, "#!/bin/sh\nexit 0\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var leased = segment.RunOnClient("udhcpc", "-i", "peer0", "-n", "-q", "-f", "-s", script);
        Assert.That(leased.Status, Is.Zero, leased.ToString());

        var (seen, frame) = (0, new byte[1600]);
        while (tap.TryReceive(frame) is { } heard)
        {
            var octets = frame.AsSpan(0, heard.Length);
            seen++;
            if (MacAddress.FromOctets(octets[MacAddress.Length..]) != server || BinaryPrimitives.ReadUInt16BigEndian(octets[12..]) != Ipv6) continue;
            Assert.That(octets[20] == IcmpV6 && octets[54] == RouterAdvertisement, Is.False, "no router is advertised");
            Assert.That(octets[20], Is.Not.EqualTo(Udp), "no DHCPv6 is answered");
        }
        Assert.That(seen, Is.AtLeast(2), "the tap heard the lease's answers");
        Assert.That(() => Product.Run("node", "trace", Mac.ToString(), "--socket", serve.SocketPath).Output,
            Does.Contain("IPv6: router solicitation").And.Contain("IPv6: DHCPv6").After(20_000, 500), "the questions reached the service");
    }

    /// <summary>ICMPv6 router solicitation to all routers (RFC 4861 §4.1), without a source address.</summary>
    private static byte[] Solicitation()
    {
        var frame = Frame("33:33:00:00:00:02", IcmpV6, 8, "ff02::2");
        frame[54] = RouterSolicitation;
        Checksum(frame, IcmpV6, 56);
        return frame;
    }

    /// <summary>DHCPv6 SOLICIT to all servers (RFC 8415 §8, §18.2.1) with a client identifier and an IA_NA.</summary>
    private static byte[] DhcpV6Solicit()
    {
        byte[] message = [1, 0xab, 0xcd, 0xef, 0, 1, 0, 10, 0, 3, 0, 1, 0x52, 0x54, 0, 0, 0, 1, 0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        var frame = Frame("33:33:00:01:00:02", Udp, 8 + message.Length, "ff02::1:2");
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(54), 546);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(56), 547);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(58), (ushort)(8 + message.Length));
        message.CopyTo(frame, 62);
        Checksum(frame, Udp, 60);
        return frame;
    }

    private static byte[] Frame(string to, byte next, int length, string destination)
    {
        var frame = new byte[54 + length];
        MacAddress.Parse(to).CopyTo(frame);
        Mac.CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), Ipv6);
        frame[14] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(18), (ushort)length);
        frame[20] = next;
        frame[21] = 255;
        if (next == Udp) System.Net.IPAddress.Parse("fe80::5054:ff:fe00:1").TryWriteBytes(frame.AsSpan(22), out _);
        System.Net.IPAddress.Parse(destination).TryWriteBytes(frame.AsSpan(38), out _);
        return frame;
    }

    /// <summary>RFC 8200 §8.1: over the pseudo header and the payload.</summary>
    private static void Checksum(byte[] frame, byte next, int at)
    {
        uint sum = next + (uint)(frame.Length - 54);
        for (var i = 22; i < frame.Length; i += 2) sum += i + 1 < frame.Length ? BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(i)) : (uint)frame[i] << 8;
        while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), (ushort)~sum);
    }

    private static Tool.Result Run(string[] command) => Tool.Run(command[0], command[1..]);
}
