using System.Globalization;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>An IPv4 address.</summary>
internal sealed class Ipv4Syntax : ValueSyntax<Ipv4Address>
{
    /// <summary>0 to 255 without leading zeros.</summary>
    private const string Octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    /// <summary>A dotted quad, unanchored.</summary>
    internal const string Quad = "(" + Octet + "\\.){3}" + Octet;

    /// <inheritdoc/>
    public override string Pattern => $"^{Quad}$";

    /// <inheritdoc/>
    public override string Example => "10.0.0.1";

    /// <inheritdoc/>
    public override Reading<Ipv4Address> Read(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : Reading<Ipv4Address>.Wrong(Fault(text));

    /// <summary>Why the text is not an IPv4 address.</summary>
    internal static string Fault(string text)
    {
        if (WithoutLeadingZeros(text) is { } plain) return $"{Quoted.Of(text)} has leading zeros, which some programs read as octal; write {plain}";
        if (text.Contains('/', StringComparison.Ordinal)) return $"{Quoted.Of(text)} is a network; an address such as 10.0.0.1 is expected";
        if (text.Contains(':', StringComparison.Ordinal) && System.Net.IPAddress.TryParse(text, out _))
            return $"{Quoted.Of(text)} is an IPv6 address; only IPv4 is supported";
        return $"{Quoted.Of(text)} is not an IPv4 address such as 10.0.0.1";
    }

    /// <summary>The address that was meant; null when leading zeros are not what is wrong.</summary>
    internal static Ipv4Address? WithoutLeadingZeros(string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 4 || !parts.All(part => part.Length is > 0 and <= 8 && part.All(char.IsAsciiDigit))) return null;
        var plain = string.Join('.', parts.Select(part => int.Parse(part, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)));
        return plain != text && Ipv4Address.TryParse(plain, out var address) ? address : null;
    }
}

/// <summary>An IPv4 network in CIDR form, without host bits, as Kubernetes demands since 1.36.</summary>
internal abstract class Ipv4NetworkSyntax : ValueSyntax<Ipv4Network>
{
    /// <inheritdoc/>
    public override string Pattern => $"^{Ipv4Syntax.Quad}/(3[0-2]|[12]?[0-9])$";

    /// <inheritdoc/>
    public override Reading<Ipv4Network> Read(string text)
    {
        if (Ipv4Network.TryParse(text, out var network, out var hostBits))
            return hostBits ? Reading<Ipv4Network>.Wrong($"{Quoted.Of(text)} has host bits set; the network is {network}") : network;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return Reading<Ipv4Network>.Wrong($"{Quoted.Of(text)} has no prefix length; a network such as {Example} is expected");
        var address = text[..slash];
        return Reading<Ipv4Network>.Wrong(
            Ipv4Address.TryParse(address, out _) ? $"{Quoted.Of(text)} has no prefix length of 0 to 32 after the slash; a network such as {Example} is expected"
            : Ipv4Syntax.WithoutLeadingZeros(address) is not null ? Ipv4Syntax.Fault(address)
            : $"{Quoted.Of(text)} is not an IPv4 network such as {Example}");
    }
}

/// <summary>The provisioning subnet.</summary>
internal sealed class SubnetSyntax : Ipv4NetworkSyntax
{
    /// <inheritdoc/>
    public override string Example => "10.0.0.0/24";
}

/// <summary>A virtual network inside Kubernetes.</summary>
internal sealed class ClusterNetworkSyntax : Ipv4NetworkSyntax
{
    /// <inheritdoc/>
    public override string Example => "10.96.0.0/16";
}

/// <summary>An inclusive range of addresses.</summary>
internal sealed class Ipv4RangeSyntax : ValueSyntax<Ipv4Range>
{
    /// <inheritdoc/>
    public override string Pattern => $"^{Ipv4Syntax.Quad} *- *{Ipv4Syntax.Quad}$";

    /// <inheritdoc/>
    public override string Example => "10.0.0.100-10.0.0.199";

    /// <inheritdoc/>
    public override Reading<Ipv4Range> Read(string text)
    {
        var ends = text.Split('-');
        if (ends.Length != 2) return Reading<Ipv4Range>.Wrong($"{Quoted.Of(text)} is not a range of addresses such as {Example}");
        var (low, high) = (ends[0].TrimEnd(' '), ends[1].TrimStart(' '));
        if (!Ipv4Address.TryParse(low, out var first)) return Reading<Ipv4Range>.Wrong($"the range begins wrongly: {Ipv4Syntax.Fault(low)}");
        if (!Ipv4Address.TryParse(high, out var last)) return Reading<Ipv4Range>.Wrong($"the range ends wrongly: {Ipv4Syntax.Fault(high)}");
        return first <= last ? new Ipv4Range(first, last) : Reading<Ipv4Range>.Wrong($"the range is upside down; write {last}-{first}");
    }
}

/// <summary>The hardware address of one machine.</summary>
internal sealed class MacSyntax : ValueSyntax<MacAddress>
{
    /// <inheritdoc/>
    public override string Pattern => "^(([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|([0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{12})$";

    /// <inheritdoc/>
    public override string Example => "52:54:00:00:00:01";

    /// <inheritdoc/>
    public override Reading<MacAddress> Read(string text)
    {
        if (!MacAddress.TryParse(text, out var mac))
        {
            var digits = string.Concat(text.Where(char.IsAsciiHexDigit));
            var near = digits.Length == 12 && text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':' or '-' or ' ');
            return Reading<MacAddress>.Wrong($"{Quoted.Of(text)} is not a MAC address{(near ? $"; write {MacAddress.Parse(digits)}" : $" such as {Example}")}");
        }
        if (mac.IsZero) return Reading<MacAddress>.Wrong($"{mac} is no machine's address");
        return mac.IsMulticast
            ? Reading<MacAddress>.Wrong($"{mac} is a group (multicast) address, the lowest bit of its first octet is set; no machine has it")
            : mac;
    }
}
