using System.Text.RegularExpressions;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>A name that fits one regular expression.</summary>
internal abstract class PatternSyntax : ValueSyntax<string>
{
    private Regex? compiled;

    /// <summary>What the text should be: <c>an interface name</c>.</summary>
    protected abstract string Noun { get; }

    /// <summary>The rule the text broke, in words.</summary>
    protected abstract string Rule { get; }

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        compiled ??= new Regex(Pattern!.Replace("$", "\\z", StringComparison.Ordinal), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        return compiled.IsMatch(text) ? text : Reading<string>.Wrong($"{Quoted.Of(text)} is not {Noun} such as {Example}: {Rule}");
    }
}

/// <summary>A DNS label for a host or the cluster, RFC 1123 section 2.1, in lower case as Kubernetes needs it.</summary>
internal abstract class LabelSyntax : PatternSyntax
{
    /// <summary>One label, unanchored.</summary>
    internal const string Label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

    /// <inheritdoc/>
    public override string Pattern => $"^{Label}$";

    /// <inheritdoc/>
    protected override string Rule => "1 to 63 of a-z, 0-9 and '-', no '-' at either end (RFC 1123)";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        if (text == "localhost") return Reading<string>.Wrong("'localhost' is every machine's name for itself; choose another");
        var near = text.ToLowerInvariant().Replace('_', '-');
        return base.Read(text) is { Fault: { } fault }
            ? Reading<string>.Wrong(near != text && base.Read(near).Fault is null ? $"{fault}; did you mean '{near}'?" : fault)
            : text;
    }
}

/// <summary>The cluster's name.</summary>
internal sealed class ClusterNameSyntax : LabelSyntax
{
    /// <inheritdoc/>
    public override string Example => "lab";

    /// <inheritdoc/>
    protected override string Noun => "a cluster name";
}

/// <summary>A machine's host name, without domain.</summary>
internal sealed class HostnameSyntax : LabelSyntax
{
    /// <inheritdoc/>
    public override string Example => "node1";

    /// <inheritdoc/>
    protected override string Noun => "a host name";

    /// <inheritdoc/>
    public override Reading<string> Read(string text) => text.Contains('.', StringComparison.Ordinal)
        ? Reading<string>.Wrong($"{Quoted.Of(text)} has a dot; give the first label only, network.domain is put behind it")
        : base.Read(text);
}

/// <summary>A DNS domain, RFC 1035 section 2.3.1 with the first characters of RFC 1123.</summary>
internal sealed class DomainSyntax : PatternSyntax
{
    /// <summary>A host name of 63 characters and a dot go in front of it; a name has 253 at most.</summary>
    private const int LongestDomain = 253 - 64;

    /// <summary>Labels with dots between them, unanchored.</summary>
    internal const string Domain = LabelSyntax.Label + "(\\." + LabelSyntax.Label + ")*";

    /// <inheritdoc/>
    public override string Pattern => $"^{Domain}$";

    /// <inheritdoc/>
    public override string Example => "lab.example";

    /// <inheritdoc/>
    protected override string Noun => "a DNS domain";

    /// <inheritdoc/>
    protected override string Rule => "labels of 1 to 63 of a-z, 0-9 and '-' with dots between them";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        if (text.Length > LongestDomain)
            return Reading<string>.Wrong($"{Quoted.Of(text)} has more than {LongestDomain} characters; host names would not fit in front of it");
        if (text.Length > 1 && text[^1] == '.') return Reading<string>.Wrong($"{Quoted.Of(text)} ends in a dot; write {Quoted.Of(text.TrimEnd('.'))}");
        if (text.All(c => char.IsAsciiDigit(c) || c == '.') && text.Contains('.', StringComparison.Ordinal))
            return Reading<string>.Wrong($"{Quoted.Of(text)} is an address or a number, not a DNS domain such as {Example}");
        var near = text.ToLowerInvariant().Replace('_', '-');
        return base.Read(text) is { Fault: { } fault }
            ? Reading<string>.Wrong(near != text && base.Read(near).Fault is null ? $"{fault}; did you mean '{near}'?" : fault)
            : text;
    }
}

/// <summary>A Linux network interface name (<c>dev_valid_name</c>: 15 octets at most), in printable characters.</summary>
internal sealed class InterfaceSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => "^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$";

    /// <inheritdoc/>
    public override string Example => "eno1";

    /// <inheritdoc/>
    protected override string Noun => "a network interface";

    /// <inheritdoc/>
    protected override string Rule => "1 to 15 of letters, digits, '.', '_' and '-', a letter or digit first";
}

/// <summary>etcd's initial cluster token.</summary>
internal sealed class TokenSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

    /// <inheritdoc/>
    public override string Example => "lab-2026";

    /// <inheritdoc/>
    protected override string Noun => "a token";

    /// <inheritdoc/>
    protected override string Rule => "1 to 64 of letters, digits, '.', '_' and '-', a letter or digit first";
}

/// <summary>A host name or IPv4 address, with or without a port.</summary>
internal abstract class EndpointSyntax : ValueSyntax<string>
{
    private static readonly PortSyntax Ports = new();
    private static readonly Ipv4Syntax Addresses = new();
    private static readonly DomainSyntax Domains = new();

    /// <inheritdoc/>
    public override string Pattern => $"^{DomainSyntax.Domain}(:[1-9][0-9]{{0,4}})?$";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal))
            return Reading<string>.Wrong($"{Quoted.Of(text)} is a URL; write the host and the port only, such as {Example}");
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        if (colon >= 0 && Ports.FaultOf(text[(colon + 1)..]) is { } port) return Reading<string>.Wrong($"{Quoted.Of(text)} has no right port: {port}");
        var numeric = host.All(c => char.IsAsciiDigit(c) || c == '.');
        var fault = numeric ? Addresses.FaultOf(host) : Domains.FaultOf(host);
        return fault is null ? text : Reading<string>.Wrong($"{Quoted.Of(text)} is not a host with an optional port such as {Example}: {fault}");
    }
}

/// <summary>Where the Kubernetes API is reached.</summary>
internal sealed class ApiEndpointSyntax : EndpointSyntax
{
    /// <inheritdoc/>
    public override string Example => "api.lab.example:6443";
}

/// <summary>Where an existing registry is reached.</summary>
internal sealed class RegistryAddressSyntax : EndpointSyntax
{
    /// <inheritdoc/>
    public override string Example => "registry.lab.example:5000";
}

/// <summary>Where a Ceph monitor listens.</summary>
internal sealed class MonitorSyntax : EndpointSyntax
{
    /// <inheritdoc/>
    public override string Example => "10.0.0.31:6789";
}
