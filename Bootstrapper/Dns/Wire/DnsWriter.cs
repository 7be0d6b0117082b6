using System.Buffers.Binary;
using System.Text;

namespace Sextant.Dns.Wire;

/// <summary>Writes what messages are put together from.</summary>
public static class DnsWriter
{
    /// <summary>DO among the flags of OPT.</summary>
    public const uint DnssecOkBit = 0x8000;

    /// <summary>Octets of an OPT record without options.</summary>
    public const int OptLength = 11;

    /// <summary>A pointer to the question's name, which stands behind the header.</summary>
    public const ushort QuestionPointer = 0xc000 | DnsHeader.Length;

    private const ushort ExtendedErrorOption = 15;

    /// <summary>Writes an OPT record (RFC 6891 §6.1.2), with an extended error (RFC 8914 §2) when there is one.</summary>
    /// <remarks>
    /// <code>
    /// 0 | 41 | payload 2 | upper rcode 1 | version 1 | DO and zeros 2 | length 2 | options
    /// </code>
    /// </remarks>
    /// <param name="destination">Where; <see cref="OptLength"/> octets, and 6 more with an extended error, and its text.</param>
    /// <param name="payload">What we take in one datagram.</param>
    /// <param name="code">The response code, of which the upper eight bits go here.</param>
    /// <param name="dnssecOk">Copied from the query.</param>
    /// <param name="extended">What else to say.</param>
    /// <param name="text">The same for people, ASCII; may be empty.</param>
    /// <returns>The octets written; without the extended error when it has no room, 0 when not even OPT has.</returns>
    public static int WriteOpt(
        Span<byte> destination, int payload, DnsResponseCode code, bool dnssecOk, DnsExtendedError extended = DnsExtendedError.None, ReadOnlySpan<byte> text = default)
    {
        if (destination.Length < OptLength) return 0;
        destination[0] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)DnsType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(destination[3..], (ushort)payload);
        BinaryPrimitives.WriteUInt32BigEndian(destination[5..], (uint)((ushort)code >> 4) << 24 | (dnssecOk ? DnssecOkBit : 0));
        var option = 6 + text.Length;
        if (extended is DnsExtendedError.None || destination.Length < OptLength + option)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[9..], 0);
            return OptLength;
        }
        BinaryPrimitives.WriteUInt16BigEndian(destination[9..], (ushort)option);
        BinaryPrimitives.WriteUInt16BigEndian(destination[11..], ExtendedErrorOption);
        BinaryPrimitives.WriteUInt16BigEndian(destination[13..], (ushort)(2 + text.Length));
        BinaryPrimitives.WriteUInt16BigEndian(destination[15..], (ushort)extended);
        text.CopyTo(destination[17..]);
        return OptLength + option;
    }

    /// <summary>A query for one name.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="flags">RD and CD, as wanted.</param>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="payload">What we take in one datagram; 0 leaves EDNS out.</param>
    /// <param name="dnssecOk">Whether signatures are wanted.</param>
    public static byte[] Query(ushort id, ushort flags, ReadOnlySpan<byte> name, DnsType type, int payload, bool dnssecOk)
    {
        var message = new byte[DnsHeader.Length + name.Length + 4 + (payload > 0 ? OptLength : 0)];
        new DnsHeader(id, flags, 1, 0, 0, (ushort)(payload > 0 ? 1 : 0)).Write(message);
        name.CopyTo(message.AsSpan(DnsHeader.Length));
        var end = DnsHeader.Length + name.Length;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(end), (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(end + 2), (ushort)DnsClass.In);
        if (payload > 0) WriteOpt(message.AsSpan(end + 4), payload, DnsResponseCode.NoError, dnssecOk);
        return message;
    }

    /// <summary>A record whose owner is given in wire form, which may be a pointer.</summary>
    public static byte[] Record(ReadOnlySpan<byte> owner, DnsType type, uint timeToLive, ReadOnlySpan<byte> data)
    {
        var record = new byte[owner.Length + 10 + data.Length];
        owner.CopyTo(record);
        var fields = record.AsSpan(owner.Length);
        BinaryPrimitives.WriteUInt16BigEndian(fields, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(fields[2..], (ushort)DnsClass.In);
        BinaryPrimitives.WriteUInt32BigEndian(fields[4..], timeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(fields[8..], (ushort)data.Length);
        data.CopyTo(fields[10..]);
        return record;
    }

    /// <summary>The data of SOA (RFC 1035 §3.3.13).</summary>
    /// <param name="primary">MNAME, in wire form.</param>
    /// <param name="mailbox">RNAME, in wire form.</param>
    /// <param name="serial">SERIAL.</param>
    /// <param name="minimum">MINIMUM, which is the time to live of denials (RFC 2308 §4).</param>
    public static byte[] SoaData(ReadOnlySpan<byte> primary, ReadOnlySpan<byte> mailbox, uint serial, uint minimum)
    {
        const uint refresh = 3600, retry = 600, expire = 86_400;
        var data = new byte[primary.Length + mailbox.Length + 20];
        primary.CopyTo(data);
        mailbox.CopyTo(data.AsSpan(primary.Length));
        var numbers = data.AsSpan(primary.Length + mailbox.Length);
        foreach (var number in (ReadOnlySpan<uint>)[serial, refresh, retry, expire, minimum])
        {
            BinaryPrimitives.WriteUInt32BigEndian(numbers, number);
            numbers = numbers[4..];
        }
        return data;
    }

    /// <summary>The data of SRV (RFC 2782); the target is never compressed.</summary>
    public static byte[] SrvData(ushort priority, ushort weight, ushort port, ReadOnlySpan<byte> target)
    {
        var data = new byte[6 + target.Length];
        BinaryPrimitives.WriteUInt16BigEndian(data, priority);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(2), weight);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(4), port);
        target.CopyTo(data.AsSpan(6));
        return data;
    }

    /// <summary>Text as character-strings of 255 octets at most (RFC 1035 §3.3.14), in UTF-8.</summary>
    public static byte[] TextData(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var data = new List<byte>(octets.Length + 2);
        for (var at = 0; at == 0 || at < octets.Length; at += 255)
        {
            var part = octets.AsSpan(at, Math.Min(255, octets.Length - at));
            data.Add((byte)part.Length);
            data.AddRange(part);
        }
        return [.. data];
    }
}
