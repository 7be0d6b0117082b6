using System.Text;
using Sextant.Primitives;

namespace Sextant.Tftp.Wire;

/// <summary>Writes packets; see <see cref="TftpReader"/> for the layouts.</summary>
public static class TftpWriter
{
    /// <summary>Octets of a DATA packet before its content.</summary>
    public const int DataHeaderLength = 4;

    /// <summary>Writes the packet and returns its length; 0 when it does not fit.</summary>
    public static int Write(Span<byte> destination, TftpPacket packet)
    {
        var writer = new SpanWriter(destination);
        switch (packet)
        {
            case TftpPacket.Request request:
                writer.WriteUInt16((ushort)(request.IsWrite ? 2 : 1));
                WriteString(ref writer, request.File);
                WriteString(ref writer, request.Mode);
                WriteOptions(ref writer, request.Options);
                break;
            case TftpPacket.Data data:
                writer.WriteUInt16(3);
                writer.WriteUInt16(data.Block);
                writer.WriteBytes(data.Content);
                break;
            case TftpPacket.Acknowledgment acknowledgment:
                writer.WriteUInt16(4);
                writer.WriteUInt16(acknowledgment.Block);
                break;
            case TftpPacket.Error error:
                writer.WriteUInt16(5);
                writer.WriteUInt16((ushort)error.Code);
                WriteString(ref writer, error.Message);
                break;
            case TftpPacket.OptionAcknowledgment acknowledgment:
                writer.WriteUInt16(6);
                WriteOptions(ref writer, acknowledgment.Options);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(packet), packet, "not a TFTP packet");
        }
        return writer.Overflowed ? 0 : writer.Position;
    }

    /// <summary>Writes the head of a DATA packet, whose content is put behind it in place.</summary>
    public static void WriteDataHeader(Span<byte> destination, ushort block)
    {
        var writer = new SpanWriter(destination);
        writer.WriteUInt16(3);
        writer.WriteUInt16(block);
    }

    private static void WriteOptions(ref SpanWriter writer, IReadOnlyList<TftpOption> options)
    {
        foreach (var option in options)
        {
            WriteString(ref writer, option.Name);
            WriteString(ref writer, option.Value);
        }
    }

    private static void WriteString(ref SpanWriter writer, string text)
    {
        writer.WriteBytes(Encoding.Latin1.GetBytes(text));
        writer.WriteByte(0);
    }
}
