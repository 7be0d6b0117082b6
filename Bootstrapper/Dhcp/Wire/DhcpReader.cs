using Sextant.Primitives;

namespace Sextant.Dhcp.Wire;

/// <summary>Octets to <see cref="DhcpPacket"/>. Never throws on input, never keeps the caller's span.</summary>
public static class DhcpReader
{
    private const int ServerNameOffset = 44, ServerNameLength = 64, FileOffset = 108, FileLength = 128;

    /// <summary>
    /// Reads a datagram. Options of the same code are one option (RFC 3396 §7), also when they lie in <c>file</c> and <c>sname</c> (option 52, read in
    /// that order). An area that stops after a complete option needs no END: a BOOTP vendor area may hold nothing but pads.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out DhcpPacket packet, out DhcpError error)
    {
        packet = null!;
        var reader = new SpanReader(datagram);
        var op = (BootOp)reader.ReadByte();
        var hardwareType = reader.ReadByte();
        var hardwareLength = reader.ReadByte();
        var hops = reader.ReadByte();
        var transactionId = reader.ReadUInt32();
        var seconds = reader.ReadUInt16();
        var flags = reader.ReadUInt16();
        var clientAddress = reader.ReadIpv4Address();
        var yourAddress = reader.ReadIpv4Address();
        var nextServer = reader.ReadIpv4Address();
        var relayAddress = reader.ReadIpv4Address();
        reader.ReadBytes(DhcpPacket.FixedLength - 28);
        if (reader.Failed) return Fail(DhcpError.TooShort, out error);
        if (hardwareLength > 16) return Fail(DhcpError.HardwareAddressTooLong, out error);

        // One copy of the datagram; every option is a slice of it.
        ReadOnlyMemory<byte> copy = datagram.ToArray();
        var hasCookie = reader.ReadUInt32() == DhcpPacket.Cookie;
        var options = DhcpOptions.Empty;
        var overload = Areas.None;
        if (hasCookie && !TryReadOptions(copy, out options, out overload, out error)) return false;
        packet = new DhcpPacket
        {
            Op = op,
            HardwareType = hardwareType,
            HardwareLength = hardwareLength,
            Hops = hops,
            TransactionId = transactionId,
            Seconds = seconds,
            Flags = flags,
            ClientAddress = clientAddress,
            YourAddress = yourAddress,
            NextServer = nextServer,
            RelayAddress = relayAddress,
            HardwareAddress = copy.Slice(28, 16),
            ServerName = overload.HasFlag(Areas.ServerName) ? "" : DhcpOptions.TextOf(copy.Span.Slice(ServerNameOffset, ServerNameLength)),
            File = overload.HasFlag(Areas.File) ? "" : DhcpOptions.TextOf(copy.Span.Slice(FileOffset, FileLength)),
            HasCookie = hasCookie,
            Options = options,
        };
        error = DhcpError.None;
        return true;
    }

    private static bool TryReadOptions(ReadOnlyMemory<byte> copy, out DhcpOptions options, out Areas overload, out DhcpError error)
    {
        options = DhcpOptions.Empty;
        overload = Areas.None;
        var fragments = new List<DhcpOption>(24);
        if (!TryReadArea(copy[DhcpPacket.OptionsOffset..], fragments)) return Fail(DhcpError.OptionTruncated, out error);
        foreach (var fragment in fragments)
        {
            if (fragment.Code is not OptionCode.Overload) continue;
            if (overload is not Areas.None || fragment.Value.Length != 1 || fragment.Value.Span[0] is 0 or > 3) return Fail(DhcpError.BadOverload, out error);
            overload = (Areas)fragment.Value.Span[0];
        }
        if (overload.HasFlag(Areas.File) && !TryReadArea(copy.Slice(FileOffset, FileLength), fragments)) return Fail(DhcpError.OptionTruncated, out error);
        if (overload.HasFlag(Areas.ServerName) && !TryReadArea(copy.Slice(ServerNameOffset, ServerNameLength), fragments))
            return Fail(DhcpError.OptionTruncated, out error);
        options = new DhcpOptions(Join(fragments));
        error = DhcpError.None;
        return true;
    }

    private static bool TryReadArea(ReadOnlyMemory<byte> area, List<DhcpOption> fragments)
    {
        var octets = area.Span;
        for (var at = 0; at < octets.Length;)
        {
            var code = (OptionCode)octets[at++];
            if (code is OptionCode.Pad) continue;
            if (code is OptionCode.End) return true;
            if (at >= octets.Length || at + 1 + octets[at] > octets.Length) return false;
            fragments.Add(new DhcpOption(code, area.Slice(at + 1, octets[at])));
            at += 1 + octets[at];
        }
        return true;
    }

    /// <summary>Most messages have nothing to join.</summary>
    private static bool AreWhole(List<DhcpOption> fragments)
    {
        Span<bool> seen = stackalloc bool[256];
        seen.Clear();
        foreach (var fragment in fragments)
        {
            if (seen[(int)fragment.Code] || fragment.Code is OptionCode.Overload) return false;
            seen[(int)fragment.Code] = true;
        }
        return true;
    }

    private static List<DhcpOption> Join(List<DhcpOption> fragments)
    {
        if (AreWhole(fragments)) return fragments;
        Span<int> octets = stackalloc int[256];
        Span<int> instances = stackalloc int[256];
        octets.Clear();
        instances.Clear();
        foreach (var fragment in fragments)
        {
            octets[(int)fragment.Code] += fragment.Value.Length;
            instances[(int)fragment.Code]++;
        }
        var joined = new List<DhcpOption>(fragments.Count);
        foreach (var fragment in fragments)
        {
            var code = fragment.Code;
            if (instances[(int)code] == 0 || code is OptionCode.Overload) continue;
            joined.Add(instances[(int)code] == 1 ? fragment : new DhcpOption(code, Concatenate(fragments, code, octets[(int)code])));
            instances[(int)code] = 0;
        }
        return joined;
    }

    private static byte[] Concatenate(List<DhcpOption> fragments, OptionCode code, int length)
    {
        var value = new byte[length];
        var at = 0;
        foreach (var fragment in fragments)
        {
            if (fragment.Code != code) continue;
            fragment.Value.Span.CopyTo(value.AsSpan(at));
            at += fragment.Value.Length;
        }
        return value;
    }

    private static bool Fail(DhcpError why, out DhcpError error)
    {
        error = why;
        return false;
    }

    /// <summary>The bits of option 52 (RFC 2132 §9.3).</summary>
    [Flags]
    private enum Areas
    {
        None = 0,
        File = 1,
        ServerName = 2,
    }
}
