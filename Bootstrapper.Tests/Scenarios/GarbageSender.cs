using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// A child program: sends what no honest client sends to a UDP port, and after every few hundred packets asks a proper question and waits for the
/// answer. Packets are answered in order, so the answer proves that all before it were dealt with; that also keeps the socket from overflowing.
/// </summary>
internal static class GarbageSender
{
    public const string ChildName = "garbage";

    /// <summary>Packets between two questions. A TFTP server answers bad packets too, and its answers must fit the sender's buffer.</summary>
    private const int Stride = 50;
    private const int Attempts = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private const int Seed = 20261;

    /// <summary>As far as DHCP's magic cookie; all of a TFTP request.</summary>
    private const int RealBeginning = 240;

    /// <summary>Arguments: server address, port (67 or 69), how many random packets. Prints how many packets it sent.</summary>
    public static int Child(string[] args)
    {
        var server = new IPEndPoint(IPAddress.Parse(args[0]), int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture));
        var randomCount = int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        // DHCP answers go to port 68 (RFC 2131 section 4.1); TFTP's to wherever the question came from.
        socket.Bind(new IPEndPoint(IPAddress.Any, server.Port == 67 ? 68 : 0));
        var sent = 0;
        foreach (var packet in Garbage(server.Port, randomCount))
        {
            socket.SendTo(packet, server);
            if (++sent % Stride == 0 && !Answers(socket, server, sent))
            {
                Console.Error.WriteLine($"no answer after {sent} packets");
                return 1;
            }
        }
        if (!Answers(socket, server, sent)) return 1;
        Console.WriteLine(sent);
        return 0;
    }

    private static IEnumerable<byte[]> Garbage(int port, int randomCount)
    {
        string[] files = ["fw-bios.pcap", "fw-ovmf.pcap", "fw-httpboot.pcap"];
        var corpus = files.SelectMany(Pcap.Datagrams).Where(datagram => datagram.SourcePort == port || datagram.DestinationPort == port).Select(datagram => datagram.Payload).ToList();
        foreach (var payload in corpus)
        {
            for (var length = 0; length < payload.Length; length++) yield return payload[..length];
            for (var at = 0; at < payload.Length; at++)
                foreach (var value in new[] { (byte)0, (byte)0xff, (byte)(payload[at] ^ 1), (byte)(payload[at] ^ 0x80) })
                {
                    var mutated = (byte[])payload.Clone();
                    mutated[at] = value;
                    yield return mutated;
                }
        }
        var random = new Random(Seed);
        for (var i = 0; i < randomCount; i++)
        {
            var packet = new byte[random.Next(0, 1400)];
            random.NextBytes(packet);
            // Every other one begins like a real packet, so that the reader gets past the first check.
            if (i % 2 == 0)
            {
                var real = corpus[random.Next(corpus.Count)];
                real.AsSpan(0, Math.Min(Math.Min(packet.Length, real.Length), RealBeginning)).CopyTo(packet);
            }
            yield return packet;
        }
    }

    private static bool Answers(Socket socket, IPEndPoint server, int number)
    {
        var question = server.Port == 67 ? Inform((uint)number | 0x53580000) : ReadRequest($"no-such-file-{number}");
        var answer = new byte[2048];
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            socket.SendTo(question, server);
            var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            while (Environment.TickCount64 < until)
            {
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                int length;
                try
                {
                    length = socket.ReceiveFrom(answer, ref from);
                }
                catch (SocketException)
                {
                    break;
                }
                if (server.Port == 67 ? length > 240 && answer.AsSpan(4, 4).SequenceEqual(question.AsSpan(4, 4)) : length >= 4 && answer[1] == 5 && answer[3] == 1) return true;
            }
        }
        return false;
    }

    /// <summary>A DHCPINFORM of 10.0.0.50 (RFC 2131 section 4.4.3): answered without taking a lease.</summary>
    private static byte[] Inform(uint transaction)
    {
        var packet = new byte[300];
        (packet[0], packet[1], packet[2]) = (1, 1, 6);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), transaction);
        new byte[] { 10, 0, 0, 50 }.CopyTo(packet, 12);
        new byte[] { 0x52, 0x54, 0, 0, 0, 0x50 }.CopyTo(packet, 28);
        new byte[] { 0x63, 0x82, 0x53, 0x63, 53, 1, 8, 255 }.CopyTo(packet, 236);
        return packet;
    }

    private static byte[] ReadRequest(string file) => [0, 1, .. System.Text.Encoding.ASCII.GetBytes(file), 0, .. "octet"u8, 0];
}
