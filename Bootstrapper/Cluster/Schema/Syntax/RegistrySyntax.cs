namespace Sextant.Cluster.Schema.Syntax;

/// <summary>A full reference of a container image, in the grammar of the distribution project: registry, repository, then tag, digest or both.</summary>
internal sealed class ImageReferenceSyntax : PatternSyntax
{
    private const int LongestName = 255;
    private const string DockerHub = "docker.io";
    private const string Component = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
    private const string Tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
    private const string Digest = "sha256:[0-9a-f]{64}";

    private static readonly RegistryAddressSyntax Registries = new();

    /// <inheritdoc/>
    public override string Pattern => $"^{DomainSyntax.Domain}(:[1-9][0-9]{{0,4}})?(/{Component})+(:{Tag}(@{Digest})?|@{Digest})$";

    /// <inheritdoc/>
    public override string Example => "docker.io/library/nginx:1.30.1-alpine";

    /// <inheritdoc/>
    protected override string Noun => "an image";

    /// <inheritdoc/>
    protected override string Rule => "a registry's host, a repository in lower case, then ':' and a tag or '@sha256:' and a digest";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0) return Reading<string>.Wrong($"{Quoted.Of(text)} is a URL; write it without '{Quoted.Bare(text[..(scheme + 3)])}'");
        var (host, repository, version) = Parts(text);
        var meant = $"{host}/{repository}{version}";
        if (version.Length == 0 && base.Read(meant + ":1").Fault is null)
            return Reading<string>.Wrong($"{Quoted.Of(text)} has neither tag nor digest; write {Quoted.Bare(meant, LongestName)}:TAG");
        if (base.Read(meant) is { Fault: { } fault })
        {
            var lower = $"{host}/{repository}".ToLowerInvariant() + version;
            return Reading<string>.Wrong(base.Read(lower).Fault is null
                ? $"{Quoted.Of(text)} is not an image: registry and repository are in lower case; write {Quoted.Bare(lower, 2 * LongestName)}"
                : base.Read(text).Fault ?? fault);
        }
        if (meant != text) return Reading<string>.Wrong($"{Quoted.Of(text)} is short for {Quoted.Bare(meant, 2 * LongestName)}; write that");
        if (Registries.FaultOf(host) is { } registry) return Reading<string>.Wrong($"{Quoted.Of(text)} names no registry: {registry}");
        return text.Length - version.Length <= LongestName
            ? text
            : Reading<string>.Wrong($"{Quoted.Of(text)} has a name of {text.Length - version.Length} characters; {LongestName} is the most");
    }

    /// <summary>
    /// What container tools take the text for: a first part that has neither a dot nor a port and is not <c>localhost</c> is no registry but belongs
    /// to a repository of Docker Hub, whose own images are in <c>library</c>. The version is the tag and the digest with their signs.
    /// </summary>
    private static (string Host, string Repository, string Version) Parts(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var name = at < 0 ? text : text[..at];
        var colon = name.IndexOf(':', name.LastIndexOf('/') + 1);
        if (colon >= 0) name = name[..colon];
        var version = text[name.Length..];
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? "" : name[..slash];
        var repository = name[(slash + 1)..];
        if (host is "index.docker.io" or "registry-1.docker.io") host = DockerHub;
        if (host != "localhost" && host.IndexOfAny(['.', ':']) < 0) (host, repository) = (DockerHub, name);
        if (host == DockerHub && !repository.Contains('/', StringComparison.Ordinal)) repository = "library/" + repository;
        return (host, repository, version);
    }
}

/// <summary>The name of an account at a registry: what HTTP's Basic scheme can carry (RFC 7617 section 2), so no colon.</summary>
internal sealed class UsernameSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => "^[^:\\u0000-\\u001f\\u007f]{1,255}$";

    /// <inheritdoc/>
    public override string Example => "cluster-pull";

    /// <inheritdoc/>
    protected override string Noun => "an account";

    /// <inheritdoc/>
    protected override string Rule => "1 to 255 characters, none of them ':' or a control character";

    /// <inheritdoc/>
    public override Reading<string> Read(string text) => text.Contains(':', StringComparison.Ordinal)
        // What follows the colon may be the password, so the text is not repeated.
        ? Reading<string>.Wrong("has a ':' in it; give the account's name alone, and its password in password_file")
        : base.Read(text);
}

/// <summary>The path of a file beside the description, or an absolute one.</summary>
internal sealed class GivenFileSyntax : PatternSyntax
{
    /// <summary>Linux's PATH_MAX without the NUL at the end.</summary>
    private const int LongestPath = 4095;

    /// <inheritdoc/>
    public override string Pattern => "^[^\\u0000-\\u001f\\u007f]*[^/\\u0000-\\u001f\\u007f]$";

    /// <inheritdoc/>
    public override string Example => "registry-ca.crt";

    /// <inheritdoc/>
    protected override string Noun => "a file";

    /// <inheritdoc/>
    protected override string Rule => "a path, relative to this file's folder or absolute";

    /// <inheritdoc/>
    public override Reading<string> Read(string text) =>
        text.Contains("-----BEGIN", StringComparison.Ordinal) ? Reading<string>.Wrong("is the content of a file; put it into a file and name that here")
        : text.Length > LongestPath ? Reading<string>.Wrong($"is a path of {text.Length} characters; {LongestPath} is the most")
        : base.Read(text);
}
