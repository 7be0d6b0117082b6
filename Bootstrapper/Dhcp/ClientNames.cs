using System.Text;
using Sextant.Dhcp.Wire;

namespace Sextant.Dhcp;

/// <summary>What machines call themselves.</summary>
internal static class ClientNames
{
    /// <summary>Octets that are looked at; a DNS name has no more.</summary>
    private const int Limit = 255;

    /// <summary>Flags and two result codes stand in front of option 81's name.</summary>
    private const int FqdnHeader = 3;

    /// <summary>Flag E: the name is in wire form.</summary>
    private const byte IsEncoded = 0x04;

    /// <summary>Option 81 (RFC 4702 §2) in either of its forms, else option 12 (RFC 2132 §3.14); empty without both.</summary>
    public static string Of(DhcpOptions options)
    {
        if (options.TryGet(OptionCode.ClientFqdn, out var fqdn) && fqdn.Length > FqdnHeader)
        {
            var name = fqdn.Span[FqdnHeader..];
            var text = (fqdn.Span[0] & IsEncoded) != 0 ? FirstLabel(name) : Text(name);
            if (text.Length > 0) return text;
        }
        return options.TryGet(OptionCode.HostName, out var host) ? Text(host.Span) : "";
    }

    /// <summary>The first label of a name in wire form; no more of it is of use.</summary>
    private static string FirstLabel(ReadOnlySpan<byte> name) =>
        name[0] is > 0 and <= 63 && name.Length > name[0] ? Text(name.Slice(1, name[0])) : "";

    /// <summary>Other octets than printable ASCII are made '?'.</summary>
    private static string Text(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)0);
        if (end >= 0) octets = octets[..end];
        var text = new StringBuilder();
        foreach (var octet in octets[..Math.Min(octets.Length, Limit)]) text.Append(octet is > 0x20 and < 0x7f ? (char)octet : '?');
        return text.ToString();
    }
}
