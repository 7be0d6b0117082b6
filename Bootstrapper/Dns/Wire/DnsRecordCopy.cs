using System.Buffers.Binary;

namespace Sextant.Dns.Wire;

/// <summary>Takes records out of a message into another one: names are written whole, because pointers mean something in their own message only.</summary>
public static class DnsRecordCopy
{
    /// <summary>Copies one record.</summary>
    /// <param name="message">The message it is in.</param>
    /// <param name="record">Where it is.</param>
    /// <param name="timeToLive">Its time to live in the copy.</param>
    /// <param name="destination">Where it goes.</param>
    /// <returns>The octets written; 0 when there is no room, or a name in it cannot be read.</returns>
    public static int Copy(ReadOnlySpan<byte> message, DnsRecordPlace record, uint timeToLive, Span<byte> destination)
    {
        Span<byte> name = stackalloc byte[DnsName.Limit];
        var reader = new DnsRecordReader(message, record.Start);
        if (reader.ReadName(name, out var length) is not DnsError.None || destination.Length < length + 10) return 0;
        name[..length].CopyTo(destination);
        var fields = destination[length..];
        BinaryPrimitives.WriteUInt16BigEndian(fields, (ushort)record.Type);
        BinaryPrimitives.WriteUInt16BigEndian(fields[2..], (ushort)record.Class);
        BinaryPrimitives.WriteUInt32BigEndian(fields[4..], timeToLive);
        var written = CopyData(message, record, fields[10..]);
        if (written < 0) return 0;
        BinaryPrimitives.WriteUInt16BigEndian(fields[8..], (ushort)written);
        return length + 10 + written;
    }

    /// <summary>Octets before, names, and octets behind them: only these old types may have compressed names in their data (RFC 3597 §4).</summary>
    private static (int Before, int Names, int Behind) ShapeOf(DnsType type) => type switch
    {
        DnsType.Ns or DnsType.Cname or DnsType.Ptr or DnsType.Dname => (0, 1, 0),
        DnsType.Mx => (2, 1, 0),
        DnsType.Srv => (6, 1, 0),
        DnsType.Soa => (0, 2, 20),
        _ => (0, 0, -1),
    };

    private static int CopyData(ReadOnlySpan<byte> message, DnsRecordPlace record, Span<byte> destination)
    {
        var (before, names, behind) = ShapeOf(record.Type);
        if (names == 0)
        {
            if (destination.Length < record.DataLength) return -1;
            message.Slice(record.DataAt, record.DataLength).CopyTo(destination);
            return record.DataLength;
        }
        if (record.DataLength < before || destination.Length < before) return -1;
        message.Slice(record.DataAt, before).CopyTo(destination);
        var written = before;
        var reader = new DnsRecordReader(message, record.DataAt + before);
        Span<byte> name = stackalloc byte[DnsName.Limit];
        for (var i = 0; i < names; i++)
        {
            if (reader.ReadName(name, out var length) is not DnsError.None || reader.Offset > record.End || destination.Length - written < length) return -1;
            name[..length].CopyTo(destination[written..]);
            written += length;
        }
        if (record.End - reader.Offset != behind || destination.Length - written < behind) return -1;
        message.Slice(reader.Offset, behind).CopyTo(destination[written..]);
        return written + behind;
    }
}
