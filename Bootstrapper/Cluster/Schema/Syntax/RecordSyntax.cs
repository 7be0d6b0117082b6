using System.Globalization;
using System.Text;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>A network whose machines may ask.</summary>
internal sealed class DnsClientsSyntax : Ipv4NetworkSyntax
{
    /// <inheritdoc/>
    public override string Example => "10.8.0.0/16";
}

/// <summary>An IPv6 address that another machine can reach.</summary>
internal sealed class Ipv6Syntax : ValueSyntax<Ipv6Address>
{
    /// <inheritdoc/>
    public override string Pattern => "^[0-9A-Fa-f]*:[0-9A-Fa-f:.]+$";

    /// <inheritdoc/>
    public override string Example => "2001:db8::11";

    /// <inheritdoc/>
    public override Reading<Ipv6Address> Read(string text)
    {
        if (text.Contains('%', StringComparison.Ordinal)) return Reading<Ipv6Address>.Wrong($"{Quoted.Of(text)} has a zone, which means something on one machine only");
        if (!Ipv6Address.TryParse(text, out var address)) return Reading<Ipv6Address>.Wrong($"{Quoted.Of(text)} is not an IPv6 address such as {Example}");
        var octet = (byte)(address.Value >> 120);
        var use = address.Value == 0 ? "the unspecified address"
            : address.Value == 1 ? "loopback"
            : octet == 0xff ? "multicast"
            : address.Value >> 118 == 0x3fa ? "link-local, which needs a zone"
            : address.Value >> 32 == 0xffff ? "an IPv4 address in IPv6 notation; give it under a"
            : null;
        return use is null ? address : Reading<Ipv6Address>.Wrong($"{Quoted.Of(text)} is {use}; no other machine is reached by it");
    }
}

/// <summary>A name below the domain. Underscores are allowed: services and keys have them (RFC 8552).</summary>
internal sealed class RecordNameSyntax : PatternSyntax
{
    /// <summary>One label, unanchored.</summary>
    internal const string Label = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";

    /// <inheritdoc/>
    public override string Pattern => $"^(@|\\*|(\\*\\.)?{Label}(\\.{Label})*)$";

    /// <inheritdoc/>
    public override string Example => "wiki";

    /// <inheritdoc/>
    protected override string Noun => "a name";

    /// <inheritdoc/>
    protected override string Rule => "labels of 1 to 63 of a-z, 0-9, '-' and '_' with dots between them, '*' only as the first one; or @";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        if (text.Length > 1 && text[^1] == '.') return Reading<string>.Wrong($"{Quoted.Of(text)} ends in a dot; names of records are below network.domain and written without it");
        var near = text.ToLowerInvariant();
        return base.Read(text) is { Fault: { } fault }
            ? Reading<string>.Wrong(near != text && base.Read(near).Fault is null ? $"{fault}; did you mean '{near}'?" : fault)
            : text;
    }
}

/// <summary>The name a record leads to: below the domain, or whole with a dot at its end, as in zone files.</summary>
internal sealed class TargetNameSyntax : PatternSyntax
{
    /// <summary>A name, unanchored.</summary>
    internal const string Target = "(@|" + RecordNameSyntax.Label + "(\\." + RecordNameSyntax.Label + ")*\\.?)";

    /// <inheritdoc/>
    public override string Pattern => $"^{Target}$";

    /// <inheritdoc/>
    public override string Example => "node1";

    /// <inheritdoc/>
    protected override string Noun => "a name to lead to";

    /// <inheritdoc/>
    protected override string Rule => "a name below network.domain, a whole name with a dot at its end, or @";

    /// <inheritdoc/>
    public override Reading<string> Read(string text) =>
        text.Length > 254 ? Reading<string>.Wrong($"{Quoted.Of(text)} has more than 253 characters, which no name has") : base.Read(text);
}

/// <summary>One server of a service.</summary>
internal sealed class ServiceSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => $"^[0-9]{{1,5}} [0-9]{{1,5}} [0-9]{{1,5}} {TargetNameSyntax.Target}$";

    /// <inheritdoc/>
    public override string Example => "0 5 389 node1";

    /// <inheritdoc/>
    protected override string Noun => "a server of a service";

    /// <inheritdoc/>
    protected override string Rule => "priority, weight and port, each of 0 to 65535, and the server's name, with a blank between them";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        if (base.Read(text) is { Fault: { } fault }) return Reading<string>.Wrong(fault);
        var large = text.Split(' ')[..3].FirstOrDefault(number => int.Parse(number, CultureInfo.InvariantCulture) > 65535);
        return large is null ? text : Reading<string>.Wrong($"{Quoted.Of(text)} is not {Noun} such as {Example}: {large} is more than 65535");
    }

    /// <summary>The parts of an accepted text; the target as it is written.</summary>
    public static (int Priority, int Weight, int Port, string Target) Parts(string text)
    {
        var parts = text.Split(' ');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture), parts[3]);
    }
}

/// <summary>The text of a TXT record.</summary>
internal sealed class RecordTextSyntax : ValueSyntax<string>
{
    private const int Longest = 1000;

    /// <inheritdoc/>
    public override string Pattern => "^[^\\u0000-\\u001f\\u007f]+$";

    /// <inheritdoc/>
    public override string Example => "v=spf1 -all";

    /// <inheritdoc/>
    public override Reading<string> Read(string text) =>
        text.Length == 0 ? Reading<string>.Wrong("is empty; a text such as \"v=spf1 -all\" is expected")
        : text.Any(c => c < ' ' || c == '\u007f') ? Reading<string>.Wrong($"{Quoted.Of(text)} has control characters")
        : Encoding.UTF8.GetByteCount(text) > Longest ? Reading<string>.Wrong($"is longer than {Longest} octets")
        : text;
}

/// <summary>How long others may keep a record, in seconds.</summary>
internal sealed class TimeToLiveSyntax() : IntegerSyntax(1, 86_400, "a time to live in seconds")
{
    /// <inheritdoc/>
    public override string Example => "300";
}

/// <summary>Whether a service is there.</summary>
internal sealed class SwitchSyntax() : ChoiceSyntax<bool>(("on", true), ("off", false))
{
    /// <inheritdoc/>
    protected override string Noun => "mode";

    /// <inheritdoc/>
    public override Reading<bool> Read(string text) => text switch
    {
        "true" or "yes" => Reading<bool>.Wrong($"{Quoted.Of(text)} is not a mode; write on"),
        "false" or "no" => Reading<bool>.Wrong($"{Quoted.Of(text)} is not a mode; write off"),
        _ => base.Read(text),
    };
}
