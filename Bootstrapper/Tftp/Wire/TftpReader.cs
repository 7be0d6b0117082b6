using System.Text;
using Sextant.Primitives;

namespace Sextant.Tftp.Wire;

/// <summary>Why octets are no TFTP packet.</summary>
public enum TftpReadError
{
    /// <summary>They are one.</summary>
    None,
    /// <summary>Fewer octets than the packet's fixed part.</summary>
    Truncated,
    /// <summary>An operation code other than 1 to 6.</summary>
    UnknownOperation,
    /// <summary>A string without its terminating zero.</summary>
    UnterminatedString,
    /// <summary>A request without a file name.</summary>
    NoFileName,
    /// <summary>An option without a value.</summary>
    OptionWithoutValue,
    /// <summary>A request of more than 512 octets (RFC 2347).</summary>
    RequestTooLong,
}

/// <summary>
/// Reads packets. The layouts (RFC 1350 section 5, RFC 2347):
/// <code>
/// RRQ/WRQ  | 1 or 2 | file | 0 | mode | 0 | name | 0 | value | 0 | ...
/// DATA     | 3 | block | 0 to 65464 octets |
/// ACK      | 4 | block |
/// ERROR    | 5 | code | message | 0 |
/// OACK     | 6 | name | 0 | value | 0 | ...
/// </code>
/// Tolerated: zeros behind the last option and octets behind an ACK (network cards that pad short frames show them to their ROMs, which send them
/// back), and an ERROR whose message lacks its zero (it ends the transfer either way).
/// </summary>
public static class TftpReader
{
    /// <summary>The longest request, in octets (RFC 2347).</summary>
    public const int MaxRequestLength = 512;

    /// <summary>Reads one datagram; on false, <paramref name="error"/> says why.</summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out TftpPacket packet, out TftpReadError error)
    {
        var reader = new SpanReader(datagram);
        var operation = reader.ReadUInt16();
        packet = Nothing;
        error = TftpReadError.None;
        if (reader.Failed)
        {
            error = TftpReadError.Truncated;
            return false;
        }
        switch (operation)
        {
            case 1 or 2:
                return TryReadRequest(operation == 2, datagram, out packet, out error);
            case 3 or 4 or 5:
                var number = reader.ReadUInt16();
                if (reader.Failed)
                {
                    error = TftpReadError.Truncated;
                    return false;
                }
                packet = operation switch
                {
                    3 => new TftpPacket.Data(number, reader.ReadRest().ToArray()),
                    4 => new TftpPacket.Acknowledgment(number),
                    _ => new TftpPacket.Error((TftpErrorCode)number, UpToZero(reader.ReadRest())),
                };
                return true;
            case 6:
                if (!TryReadOptions(reader.ReadRest(), out var options, out error)) return false;
                packet = new TftpPacket.OptionAcknowledgment(options);
                return true;
            default:
                error = TftpReadError.UnknownOperation;
                return false;
        }
    }

    /// <summary>What an unread packet is set to; no reader's success returns it.</summary>
    private static readonly TftpPacket Nothing = new TftpPacket.Error(TftpErrorCode.NotDefined, "");

    private static bool TryReadRequest(bool isWrite, ReadOnlySpan<byte> datagram, out TftpPacket packet, out TftpReadError error)
    {
        packet = Nothing;
        error = TftpReadError.RequestTooLong;
        if (datagram.Length > MaxRequestLength) return false;
        var rest = datagram[2..];
        error = TftpReadError.UnterminatedString;
        if (!TryTakeString(ref rest, out var file) || !TryTakeString(ref rest, out var mode)) return false;
        error = TftpReadError.NoFileName;
        if (file.Length == 0) return false;
        if (!TryReadOptions(rest, out var options, out error)) return false;
        packet = new TftpPacket.Request(isWrite, file, mode, options);
        return true;
    }

    private static bool TryReadOptions(ReadOnlySpan<byte> rest, out List<TftpOption> options, out TftpReadError error)
    {
        options = [];
        error = TftpReadError.None;
        while (rest.ContainsAnyExcept((byte)0))
        {
            error = TftpReadError.UnterminatedString;
            if (!TryTakeString(ref rest, out var name)) return false;
            if (name.Length == 0) continue;
            if (rest.IsEmpty) error = TftpReadError.OptionWithoutValue;
            if (!TryTakeString(ref rest, out var value)) return false;
            options.Add(new TftpOption(name, value));
        }
        error = TftpReadError.None;
        return true;
    }

    private static bool TryTakeString(ref ReadOnlySpan<byte> rest, out string text)
    {
        var end = rest.IndexOf((byte)0);
        text = end < 0 ? "" : Encoding.Latin1.GetString(rest[..end]);
        if (end >= 0) rest = rest[(end + 1)..];
        return end >= 0;
    }

    private static string UpToZero(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets.IndexOf((byte)0) is >= 0 and var end ? octets[..end] : octets);
}
