using System.Diagnostics.CodeAnalysis;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>
/// An image's name as people and pods write it, made whole the way Docker does: <c>nginx</c> is <c>docker.io/library/nginx:latest</c>. The first
/// component is a registry's host when it has a dot or a port, or is <c>localhost</c>; else the image is Docker Hub's.
/// </summary>
public sealed record ImageReference
{
    /// <summary>The registry meant when a name has none.</summary>
    public const string DockerHub = "docker.io";

    private const string DockerHubAlias = "index.docker.io";
    private const string DockerHubLibrary = "library/";

    private ImageReference(string host, RepositoryName name, RepositoryName here, TagName? tag, Digest? digest) =>
        (Host, Name, Here, Tag, Digest) = (host, name, here, tag, digest);

    /// <summary>The registry's host, in lower case, and its port when it has one: <c>registry.example:5000</c>. Empty for an image that is this registry's own.</summary>
    public string Host { get; }

    /// <summary>The repository there: <c>library/nginx</c>.</summary>
    public RepositoryName Name { get; }

    /// <summary>The repository here: <c>docker.io/library/nginx</c>. Machines that ask with <c>?ns=docker.io</c> find it.</summary>
    public RepositoryName Here { get; }

    /// <summary>The tag; null only when there is a digest.</summary>
    public TagName? Tag { get; }

    /// <summary>The digest; null when the name has none.</summary>
    public Digest? Digest { get; }

    /// <summary>
    /// The same words read as names of images that are a bootstrapper's own, pushed to it without a registry's host; none when the words name another registry than the one that short names mean.
    /// </summary>
    public IEnumerable<ImageReference> Own
    {
        get
        {
            if (Host != DockerHub) yield break;
            var name = Name.ToString();
            if (name.StartsWith(DockerHubLibrary, StringComparison.Ordinal)) yield return OfOwn(RepositoryName.Parse(name[DockerHubLibrary.Length..]), Tag, Digest);
            yield return OfOwn(Name, Tag, Digest);
        }
    }

    /// <summary>What the content is asked for by: the digest when there is one.</summary>
    public ManifestReference Asked => Digest is { } digest ? new ManifestReference.ByDigest(digest) : new ManifestReference.ByTag(Tag!.Value);

    /// <summary>The same image with a digest.</summary>
    public ImageReference Pinned(Digest digest) => new(Host, Name, Here, Tag, digest);

    /// <summary>The same repository with a tag and no digest.</summary>
    public ImageReference Tagged(TagName tag) => new(Host, Name, Here, tag, null);

    /// <summary>Reads a name.</summary>
    /// <param name="text">Such as <c>nginx</c>, <c>quay.io/ceph/ceph:v19</c> or <c>host:5000/app@sha256:…</c>.</param>
    /// <param name="reference">The whole name.</param>
    /// <param name="problem">Why there is none: a sentence that quotes the text.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ImageReference? reference, out string problem)
    {
        reference = null;
        problem = $"'{text}' is no image's name such as docker.io/library/nginx:1.30.1-alpine";
        if (string.IsNullOrEmpty(text)) return false;

        Digest? digest = null;
        var rest = text;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            if (!Primitives.Digest.TryParse(rest[(at + 1)..], out var read)) return Wrong($"'{text}' has after '@' no digest such as sha256:… with 64 lower-case hex digits", out problem);
            digest = read;
            rest = rest[..at];
        }
        TagName? tag = null;
        if (rest.LastIndexOf(':') is >= 0 and var colon && rest.IndexOf('/', colon) < 0)
        {
            if (!TagName.TryParse(rest[(colon + 1)..], out var read)) return Wrong($"'{text}' has after ':' no tag: letters, digits, '_', '.' and '-', at most {TagName.MaximumLength}", out problem);
            tag = read;
            rest = rest[..colon];
        }
        if (tag is null && digest is null)
        {
            if (rest.Length == 64 && rest.All(char.IsAsciiHexDigitLower)) return Wrong($"'{text}' is an image's identifier; name the image by repository and tag", out problem);
            tag = TagName.Parse("latest");
        }

        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var isHost = slash > 0 && IsHostLike(rest[..slash]);
        var host = isHost ? rest[..slash].ToLowerInvariant() : DockerHub;
        var path = isHost ? rest[(slash + 1)..] : rest;
        if (!IsHost(host)) return Wrong($"'{text}' begins with '{host}', which is no host name with an optional port", out problem);
        if (host == DockerHubAlias) host = DockerHub;
        if (host == DockerHub && !path.Contains('/', StringComparison.Ordinal)) path = DockerHubLibrary + path;
        if (path.Any(char.IsAsciiLetterUpper)) return Wrong($"'{text}' has capital letters in the repository's name; a repository has none", out problem);
        if (!RepositoryName.TryParse(path, out var name) || !RepositoryName.TryMirror(host, name, out var here)) return false;
        reference = new ImageReference(host, name, here, tag, digest);
        problem = "";
        return true;
    }

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static ImageReference Parse(string text) => TryParse(text, out var reference, out var problem) ? reference : throw new FormatException(problem);

    /// <summary>The name of what lies in a repository here; null when its first component is no host, so that nobody's mirror it is.</summary>
    public static ImageReference? OfStored(RepositoryName here, TagName? tag, Digest? digest)
    {
        var text = here.ToString();
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return null;
        var host = text[..slash].Replace('_', ':');
        if (!IsHostLike(host) || !IsHost(host) || tag is null && digest is null) return null;
        return new ImageReference(host, RepositoryName.Parse(text[(slash + 1)..]), here, tag, digest);
    }

    /// <summary>The name of an image that was pushed to a bootstrapper's registry under a plain name, so that it is no other registry's: <c>team/app:1</c>.</summary>
    public static ImageReference OfOwn(RepositoryName here, TagName? tag, Digest? digest) => new("", here, here, tag, digest);

    /// <inheritdoc/>
    public override string ToString() => $"{(Host.Length == 0 ? "" : Host + "/")}{Name}{(Tag is { } tag ? $":{tag}" : "")}{(Digest is { } digest ? $"@{digest}" : "")}";

    private static bool Wrong(string why, out string problem)
    {
        problem = why;
        return false;
    }

    private static bool IsHostLike(string text) => text == "localhost" || text.AsSpan().ContainsAny(".:");

    /// <summary>Labels of letters, digits and inner hyphens, then perhaps a port.</summary>
    private static bool IsHost(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0 && !(ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port) && port > 0)) return false;
        foreach (var label in (colon < 0 ? text : text[..colon]).Split('.'))
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-' || !label.All(character => char.IsAsciiLetterOrDigit(character) || character == '-')) return false;
        return true;
    }
}
