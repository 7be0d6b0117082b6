using System.Buffers.Binary;
using Sextant.Primitives;

namespace Sextant.Tests.TestKit;

/// <summary>A UDP datagram of a capture, with what carried it.</summary>
public sealed record CapturedDatagram(
    DateTimeOffset At, MacAddress SourceMac, MacAddress DestinationMac, Ipv4Address Source, ushort SourcePort, Ipv4Address Destination, ushort DestinationPort,
    byte[] Payload);

/// <summary>Reads classic pcap files of Ethernet frames (both byte orders, microseconds and nanoseconds), and UDP over IPv4 in them.</summary>
public static class Pcap
{
    private const uint Microseconds = 0xa1b2c3d4, Nanoseconds = 0xa1b23c4d;
    private const int FileHeader = 24, RecordHeader = 16, EthernetHeader = 14;

    /// <summary>Every UDP datagram of a file in <c>Corpus/</c>, in order; frames cut short by the capture are left out.</summary>
    public static IReadOnlyList<CapturedDatagram> Datagrams(string corpusFile) =>
        [.. Frames(File.ReadAllBytes(CorpusPath(corpusFile))).Select(frame => Udp(frame.At, frame.Octets)).OfType<CapturedDatagram>()];

    /// <summary>Where a file of <c>Corpus/</c> lies.</summary>
    public static string CorpusPath(string corpusFile) => Path.Combine(AppContext.BaseDirectory, "Corpus", corpusFile);

    /// <summary>Every frame of a capture.</summary>
    public static IEnumerable<(DateTimeOffset At, byte[] Octets)> Frames(byte[] file)
    {
        var isLittle = BinaryPrimitives.ReadUInt32LittleEndian(file) is Microseconds or Nanoseconds;
        var magic = Word(0);
        if (magic is not (Microseconds or Nanoseconds)) throw new InvalidDataException("not a classic pcap file");
        if (Word(20) != 1) throw new InvalidDataException("not a capture of Ethernet frames");
        for (var at = FileHeader; at + RecordHeader <= file.Length;)
        {
            var ticks = Word(at + 4) * (magic == Microseconds ? TimeSpan.TicksPerMicrosecond : 1) / (magic == Microseconds ? 1 : TimeSpan.NanosecondsPerTick);
            var length = (int)Word(at + 8);
            var octets = file.AsSpan(at + RecordHeader, length).ToArray();
            yield return (DateTimeOffset.UnixEpoch.AddSeconds(Word(at)).AddTicks(ticks), octets);
            at += RecordHeader + length;
        }

        uint Word(int offset) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(offset)) : BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(offset));
    }

    /// <summary>The UDP datagram in an Ethernet frame; null when it holds something else, or a fragment.</summary>
    public static CapturedDatagram? Udp(DateTimeOffset at, byte[] frame)
    {
        if (frame.Length < EthernetHeader + 28 || BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) != 0x0800) return null;
        var ip = frame.AsSpan(EthernetHeader);
        var headerLength = (ip[0] & 15) * 4;
        var total = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        var isFragment = (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3fff) != 0;
        if (ip[0] >> 4 != 4 || ip[9] != 17 || isFragment || total > ip.Length || total < headerLength + 8) return null;
        var udp = ip[headerLength..total];
        var length = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        if (length < 8 || length > udp.Length) return null;
        return new CapturedDatagram(
            at, MacAddress.FromOctets(frame.AsSpan(6)), MacAddress.FromOctets(frame),
            Ipv4Address.FromOctets(ip[12..]), BinaryPrimitives.ReadUInt16BigEndian(udp),
            Ipv4Address.FromOctets(ip[16..]), BinaryPrimitives.ReadUInt16BigEndian(udp[2..]), udp[8..length].ToArray());
    }
}
