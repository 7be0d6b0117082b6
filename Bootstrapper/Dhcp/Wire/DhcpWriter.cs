using System.Text;
using Sextant.Primitives;

namespace Sextant.Dhcp.Wire;

/// <summary><see cref="DhcpPacket"/> to octets.</summary>
public static class DhcpWriter
{
    /// <summary>
    /// Writes the message: options in their order, long ones split (RFC 3396 §5), option 82 last (RFC 3046 §2.1), END, and zeros up to 300 octets; with
    /// <see cref="DhcpPacket.OverloadBeyond"/> also in file and sname.
    /// False when it does not fit <paramref name="destination"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A text is too long for its field, or chaddr has not 16 octets: a fault of ours, not of a peer.</exception>
    public static bool TryWrite(DhcpPacket packet, Span<byte> destination, out int length)
    {
        if (packet.HardwareAddress.Length != 16) throw new ArgumentException("chaddr has 16 octets.", nameof(packet));
        var writer = new SpanWriter(destination);
        writer.WriteByte((byte)packet.Op);
        writer.WriteByte(packet.HardwareType);
        writer.WriteByte(packet.HardwareLength);
        writer.WriteByte(packet.Hops);
        writer.WriteUInt32(packet.TransactionId);
        writer.WriteUInt16(packet.Seconds);
        writer.WriteUInt16(packet.Flags);
        writer.WriteIpv4Address(packet.ClientAddress);
        writer.WriteIpv4Address(packet.YourAddress);
        writer.WriteIpv4Address(packet.NextServer);
        writer.WriteIpv4Address(packet.RelayAddress);
        writer.WriteBytes(packet.HardwareAddress.Span);
        var placement = OptionPlacement.Of(packet);
        if (placement.ServerName.Count > 0) WriteArea(ref writer, placement.ServerName, OptionPlacement.ServerNameLength);
        else WriteText(ref writer, packet.ServerName, DhcpPacket.ServerNameLimit);
        if (placement.File.Count > 0) WriteArea(ref writer, placement.File, OptionPlacement.FileLength);
        else WriteText(ref writer, packet.File, DhcpPacket.FileLimit);
        if (packet.HasCookie)
        {
            writer.WriteUInt32(DhcpPacket.Cookie);
            foreach (var option in placement.Main) WriteOption(ref writer, option);
            writer.WriteByte((byte)OptionCode.End);
        }
        if (writer.Position < DhcpPacket.MinimumLength) writer.WriteZeros(DhcpPacket.MinimumLength - writer.Position);
        length = writer.Position;
        return !writer.Overflowed;
    }

    private static void WriteOption(ref SpanWriter writer, DhcpOption option)
    {
        var rest = option.Value.Span;
        do
        {
            var fragment = rest[..Math.Min(rest.Length, DhcpOption.FragmentLimit)];
            writer.WriteByte((byte)option.Code);
            writer.WriteByte((byte)fragment.Length);
            writer.WriteBytes(fragment);
            rest = rest[fragment.Length..];
        }
        while (!rest.IsEmpty);
    }

    /// <summary>A field full of options, closed by END and filled up with pads.</summary>
    private static void WriteArea(ref SpanWriter writer, IReadOnlyList<DhcpOption> options, int length)
    {
        var start = writer.Position;
        foreach (var option in options) WriteOption(ref writer, option);
        writer.WriteByte((byte)OptionCode.End);
        writer.WriteZeros(length - (writer.Position - start));
    }

    private static void WriteText(ref SpanWriter writer, string text, int limit)
    {
        // Firmware that fills a field to its last octet has no closing NUL; what was read from it is written back as it was.
        if (text.Length > limit + 1) throw new ArgumentException($"'{text}' is longer than {limit} octets.", nameof(text));
        var octets = Encoding.Latin1.GetBytes(text);
        writer.WriteBytes(octets);
        writer.WriteZeros(limit + 1 - octets.Length);
    }
}
