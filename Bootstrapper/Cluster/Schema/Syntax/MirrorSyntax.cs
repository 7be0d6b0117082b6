namespace Sextant.Cluster.Schema.Syntax;

/// <summary>Where a mirror has its copy. The text goes into boot scripts and shells, so it is of characters that mean nothing there.</summary>
internal class MirrorUrlSyntax : PatternSyntax
{
    private static readonly MirrorHostSyntax Hosts = new();

    /// <inheritdoc/>
    public override string Pattern => $"^https?://{DomainSyntax.Domain}(:[1-9][0-9]{{0,4}})?(/[A-Za-z0-9._~-]+)*$";

    /// <inheritdoc/>
    public override string Example => "http://10.0.0.5/assets";

    /// <inheritdoc/>
    protected override string Noun => "a mirror";

    /// <inheritdoc/>
    protected override string Rule => "http:// or https://, a host, and a path of letters, digits, '.', '_', '~' and '-' if there is one";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        if (text.Contains('@', StringComparison.Ordinal)) return Reading<string>.Wrong("has an account in it; it is read without one, remove it");
        if (text.Length > 1 && text[^1] == '/' && base.Read(text.TrimEnd('/')).Fault is null)
            return Reading<string>.Wrong($"{Quoted.Of(text)} ends in a slash; write {Quoted.Bare(text.TrimEnd('/'), text.Length)}");
        if (base.Read(text) is { Fault: not null } wrong) return wrong;
        var parts = text.Split('/');
        if (parts.Skip(3).Any(part => part is "." or "..")) return Reading<string>.Wrong($"{Quoted.Of(text)} has '.' or '..' in its path; write the path they lead to");
        return Hosts.FaultOf(parts[2]) is { } fault ? Reading<string>.Wrong($"{Quoted.Of(text)} names no host: {fault}") : text;
    }
}

/// <summary>Where the tree of an installation medium is.</summary>
internal sealed class RepositoryUrlSyntax : MirrorUrlSyntax
{
    /// <inheritdoc/>
    public override string Example => "http://10.0.0.5/rocky/10.2";

    /// <inheritdoc/>
    protected override string Noun => "an installation tree";
}

/// <summary>The host of a mirror.</summary>
internal sealed class MirrorHostSyntax : EndpointSyntax
{
    /// <inheritdoc/>
    public override string Example => "10.0.0.5:8080";
}

/// <summary>The name of a rack; it is also a right value of a Kubernetes label.</summary>
internal sealed class RackSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$";

    /// <inheritdoc/>
    public override string Example => "r12";

    /// <inheritdoc/>
    protected override string Noun => "a rack";

    /// <inheritdoc/>
    protected override string Rule => "1 to 63 of letters, digits, '-', '_' and '.', a letter or digit at both ends";
}
