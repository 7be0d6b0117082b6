namespace Sextant.Cluster.Schema.Syntax;

/// <summary>Where a management controller is, with placeholders for what differs between machines.</summary>
internal sealed class BmcUrlSyntax : PatternSyntax
{
    private static readonly MirrorHostSyntax Hosts = new();

    /// <inheritdoc/>
    public override string Pattern => "^(https?|ipmi)://[A-Za-z0-9.{}_-]+(:[1-9][0-9]{0,4})?(/[A-Za-z0-9.{}_~-]+)*$";

    /// <inheritdoc/>
    public override string Example => "https://10.0.1.11";

    /// <inheritdoc/>
    protected override string Noun => "a management controller";

    /// <inheritdoc/>
    protected override string Rule => "https://, http:// or ipmi://, a host, and a path if there is one";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        if (text.Contains('@', StringComparison.Ordinal)) return Reading<string>.Wrong("has an account in it; give that in username and password_file");
        if (base.Read(text) is { Fault: not null } wrong) return wrong;
        var filled = BmcDescription.Fill(text, "node1", "52-54-00-00-00-01");
        if (filled.IndexOfAny(['{', '}']) >= 0) return Reading<string>.Wrong($"{Quoted.Of(text)} has braces; only {{hostname}} and {{mac}} stand for something");
        return Hosts.FaultOf(filled.Split('/')[2]) is { } fault ? Reading<string>.Wrong($"{Quoted.Of(text)} names no host: {fault}") : text;
    }
}

/// <summary>The SHA-256 of a certificate, as <c>openssl x509 -fingerprint -sha256</c> prints it or without colons.</summary>
internal sealed class FingerprintSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => "^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$";

    /// <inheritdoc/>
    public override string Example => "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08";

    /// <inheritdoc/>
    protected override string Noun => "a fingerprint";

    /// <inheritdoc/>
    protected override string Rule => "32 octets in hexadecimal, with or without ':' between them";
}
