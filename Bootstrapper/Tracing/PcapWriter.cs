using System.Buffers.Binary;

namespace Sextant.Tracing;

/// <summary>Writes a capture as tcpdump and Wireshark read it: classic pcap, microseconds, Ethernet (draft-ietf-opsawg-pcap).</summary>
/// <remarks>
/// <code>
/// file   | magic (4) | major 2 | minor 4 | zone (4) | accuracy (4) | snapshot length (4) | link type 1 (4) |
/// packet | seconds (4) | microseconds (4) | octets kept (4) | octets on the wire (4) | the octets |
/// </code>
/// </remarks>
public static class PcapWriter
{
    /// <summary>The media type of such a file.</summary>
    public const string ContentType = "application/vnd.tcpdump.pcap";

    private const uint Magic = 0xa1b2c3d4, Ethernet = 1, SnapshotLength = 65535;
    private const int FileHeader = 24, PacketHeader = 16;

    /// <summary>The packets as a file.</summary>
    public static byte[] Write(IReadOnlyList<RecordedPacket> packets)
    {
        var file = new byte[FileHeader + packets.Sum(packet => PacketHeader + packet.Octets.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(file, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(6), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(16), SnapshotLength);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), Ethernet);
        var at = FileHeader;
        foreach (var packet in packets)
        {
            var since = packet.At - DateTimeOffset.UnixEpoch;
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), (uint)(since.Ticks / TimeSpan.TicksPerSecond));
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 4), (uint)(since.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 8), (uint)packet.Octets.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 12), (uint)Math.Max(packet.WireLength, packet.Octets.Length));
            packet.Octets.CopyTo(file, at + PacketHeader);
            at += PacketHeader + packet.Octets.Length;
        }
        return file;
    }
}
