using System.Globalization;
using System.Text.Json.Nodes;
using Sextant.Cluster.Yaml;
using Sextant.Primitives;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>The number of a DHCP option.</summary>
internal sealed class OptionCodeSyntax() : IntegerSyntax(1, 254, "the number of a DHCP option")
{
    /// <inheritdoc/>
    public override string Example => "224";
}

/// <summary>A number of one octet.</summary>
internal sealed class ByteSyntax() : IntegerSyntax(0, byte.MaxValue, "a number of one octet")
{
    /// <inheritdoc/>
    public override string Example => "1";
}

/// <summary>A number of two octets.</summary>
internal sealed class UInt16Syntax() : IntegerSyntax(0, ushort.MaxValue, "a number of two octets")
{
    /// <inheritdoc/>
    public override string Example => "1500";
}

/// <summary>A number of four octets.</summary>
internal sealed class UInt32Syntax : ValueSyntax<uint>
{
    /// <inheritdoc/>
    public override string Type => ScalarType.Number;

    /// <inheritdoc/>
    public override string Example => "3600";

    /// <inheritdoc/>
    public override Reading<uint> Read(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && (text.Length == 1 || text[0] != '0')
            ? value
            : Reading<uint>.Wrong($"{Quoted.Of(text)} is not a number of four octets such as {Example}: a whole number from 0 to {uint.MaxValue}");

    /// <inheritdoc/>
    public override JsonObject ToJsonSchema()
    {
        var schema = base.ToJsonSchema();
        schema["minimum"] = 0;
        schema["maximum"] = uint.MaxValue;
        return schema;
    }
}

/// <summary>The largest packet of a link, in octets.</summary>
internal sealed class MtuSyntax() : IntegerSyntax(576, ushort.MaxValue, "an MTU")
{
    /// <inheritdoc/>
    public override string Example => "9000";
}

/// <summary>Octets in hexadecimal.</summary>
internal sealed class HexSyntax : PatternSyntax
{
    private const int Longest = 512;

    /// <inheritdoc/>
    public override string Pattern => "^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2})*$";

    /// <inheritdoc/>
    public override string Example => "0a:00:00:07";

    /// <inheritdoc/>
    protected override string Noun => "a value in hexadecimal";

    /// <inheritdoc/>
    protected override string Rule => "octets of two digits each, with or without colons between them";

    /// <inheritdoc/>
    public override Reading<string> Read(string text) => base.Read(text) is { Fault: null } && text.Count(char.IsAsciiHexDigit) > 2 * Longest
        ? Reading<string>.Wrong($"{Quoted.Of(text)} has more than {Longest} octets, which no message has room for")
        : base.Read(text);
}

/// <summary>The text of an option: printable ASCII.</summary>
internal sealed class OptionTextSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => "^[ -~]{1,512}$";

    /// <inheritdoc/>
    public override string Example => "http://10.0.0.5/wpad.dat";

    /// <inheritdoc/>
    protected override string Noun => "the text of an option";

    /// <inheritdoc/>
    protected override string Rule => "1 to 512 printable ASCII characters";
}

/// <summary>A route: a network and the router that leads there, as <c>ip route</c> has it.</summary>
internal sealed class RouteSyntax : ValueSyntax<Ipv4Route>
{
    private static readonly SubnetSyntax Networks = new();
    private static readonly Ipv4Syntax Addresses = new();

    /// <inheritdoc/>
    public override string Pattern => $"^{Ipv4Syntax.Quad}/(3[0-2]|[12]?[0-9]) via {Ipv4Syntax.Quad}$";

    /// <inheritdoc/>
    public override string Example => "10.2.0.0/16 via 10.0.0.253";

    /// <inheritdoc/>
    public override Reading<Ipv4Route> Read(string text)
    {
        var parts = text.Split(" via ");
        if (parts.Length != 2) return Reading<Ipv4Route>.Wrong($"{Quoted.Of(text)} is not a route such as {Example}");
        var (to, via) = (Networks.Read(parts[0]), Addresses.Read(parts[1]));
        return (to.Fault ?? via.Fault) is { } fault ? Reading<Ipv4Route>.Wrong($"{Quoted.Of(text)} is not a route such as {Example}: {fault}") : new Ipv4Route(to.Value, via.Value);
    }
}
