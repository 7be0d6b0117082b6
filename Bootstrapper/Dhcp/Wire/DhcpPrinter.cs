using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Sextant.Primitives;

namespace Sextant.Dhcp.Wire;

/// <summary>A message in print, for logs and for reading captures. Follows the option table; never fails on a malformed option.</summary>
internal static class DhcpPrinter
{
    public static string Summary(DhcpPacket packet)
    {
        var text = new StringBuilder();
        text.Append(packet.Options.Read(out DhcpMessageType type) switch
        {
            OptionRead.Present => NameOf(type),
            OptionRead.Absent => packet.Op is BootOp.Reply ? "BOOTREPLY" : "BOOTREQUEST",
            OptionRead.Malformed => "malformed message type",
            _ => throw new InvalidOperationException("a new answer of OptionRead"),
        });
        if (packet.Op is not (BootOp.Request or BootOp.Reply)) text.Append(CultureInfo.InvariantCulture, $" op {(byte)packet.Op}");
        text.Append(CultureInfo.InvariantCulture, $" xid {packet.TransactionId:x8} {(packet.Op is BootOp.Reply ? "to" : "from")} ");
        text.Append(packet.Mac?.ToString() ?? $"htype {packet.HardwareType} {Hex(packet.HardwareAddress.Span[..Math.Min((int)packet.HardwareLength, 16)])}");
        if (packet.WantsBroadcast) text.Append(" broadcast");
        if (packet.Seconds != 0) text.Append(CultureInfo.InvariantCulture, $" secs {packet.Seconds}");
        if (packet.Hops != 0) text.Append(CultureInfo.InvariantCulture, $" hops {packet.Hops}");
        Field(text, "ciaddr", packet.ClientAddress);
        Field(text, "yiaddr", packet.YourAddress);
        Field(text, "siaddr", packet.NextServer);
        Field(text, "giaddr", packet.RelayAddress);
        if (packet.ServerName.Length > 0) text.Append(CultureInfo.InvariantCulture, $" sname \"{Printable(packet.ServerName)}\"");
        if (packet.File.Length > 0) text.Append(CultureInfo.InvariantCulture, $" file \"{Printable(packet.File)}\"");
        return text.ToString();
    }

    public static string Print(DhcpPacket packet)
    {
        var text = new StringBuilder(Summary(packet)).Append('\n');
        foreach (var option in packet.Options)
        {
            var row = OptionTable.Of(option.Code);
            text.Append(CultureInfo.InvariantCulture, $"  {(byte)option.Code,3} {row.Name}: {ValueOf(row.Shape, option.Value.Span)}\n");
        }
        return text.ToString();
    }

    private static string ValueOf(OptionShape shape, ReadOnlySpan<byte> value)
    {
        if (!OptionTable.Allows(shape, value.Length)) return "malformed " + Hex(value);
        return shape switch
        {
            OptionShape.Octets => Hex(value),
            OptionShape.Flag => "set",
            OptionShape.Byte => value[0].ToString(CultureInfo.InvariantCulture),
            OptionShape.UInt16 => BinaryPrimitives.ReadUInt16BigEndian(value).ToString(CultureInfo.InvariantCulture),
            OptionShape.UInt16List => Each(value, 2, octets => BinaryPrimitives.ReadUInt16BigEndian(octets).ToString(CultureInfo.InvariantCulture)),
            OptionShape.UInt32 => BinaryPrimitives.ReadUInt32BigEndian(value).ToString(CultureInfo.InvariantCulture),
            OptionShape.Address => Ipv4Address.FromOctets(value).ToString(),
            OptionShape.AddressList => Each(value, Ipv4Address.Length, octets => Ipv4Address.FromOctets(octets).ToString()),
            OptionShape.Text => $"\"{Printable(DhcpOptions.TextOf(value))}\"",
            OptionShape.MessageType => NameOf((DhcpMessageType)value[0]),
            OptionShape.CodeList => Each(value, 1, octets => octets[0].ToString(CultureInfo.InvariantCulture)),
            OptionShape.SubOptions => SubOptions(value),
            OptionShape.Domains => OptionValues.TryReadDomains(value, out var domains) ? Printable(string.Join(", ", domains)) : "malformed " + Hex(value),
            OptionShape.Routes => OptionValues.TryReadRoutes(value, out var routes) ? string.Join(", ", routes) : "malformed " + Hex(value),
            _ => throw new ArgumentOutOfRangeException(nameof(shape)),
        };
    }

    private static string SubOptions(ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder();
        while (!value.IsEmpty && value[0] != (byte)OptionCode.End)
        {
            if (value[0] == (byte)OptionCode.Pad)
            {
                value = value[1..];
                continue;
            }
            if (value.Length < 2 || value.Length < 2 + value[1]) return text.Append("malformed ").Append(Hex(value)).ToString();
            text.Append(CultureInfo.InvariantCulture, $"{value[0]}={Hex(value.Slice(2, value[1]))} ");
            value = value[(2 + value[1])..];
        }
        return text.ToString().TrimEnd();
    }

    private static string NameOf(DhcpMessageType type) =>
        Enum.IsDefined(type) ? type.ToString().ToUpperInvariant() : "message type " + ((byte)type).ToString(CultureInfo.InvariantCulture);

    private static void Field(StringBuilder text, string name, Ipv4Address value)
    {
        if (!value.IsAny) text.Append(CultureInfo.InvariantCulture, $" {name} {value}");
    }

    private static string Each(ReadOnlySpan<byte> value, int size, Func<byte[], string> print)
    {
        var items = new List<string>();
        for (var at = 0; at < value.Length; at += size) items.Add(print(value.Slice(at, size).ToArray()));
        return string.Join(", ", items);
    }

    private static string Hex(ReadOnlySpan<byte> octets) => Convert.ToHexStringLower(octets);

    /// <summary>Text with everything that a terminal would obey, or that would look like a quote, as a backslash escape.</summary>
    private static string Printable(string text)
    {
        if (text.All(c => c is >= ' ' and < '\x7f' and not ('"' or '\\'))) return text;
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            if (c is >= ' ' and < '\x7f' and not ('"' or '\\')) escaped.Append(c);
            else escaped.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
        }
        return escaped.ToString();
    }
}
