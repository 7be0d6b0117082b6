using System.Diagnostics.CodeAnalysis;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>
/// A repository's name (OCI distribution specification, "Pulling manifests"): path components of lower-case letters and digits, separated inside by one
/// dot, one or two underscores or hyphens, at most 255 characters in all. Images of another registry have its host as first component:
/// <c>registry.k8s.io/pause</c>.
/// </summary>
public readonly record struct RepositoryName : IComparable<RepositoryName>
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaximumLength = 255;

    private readonly string? value;

    private RepositoryName(string value) => this.value = value;

    /// <summary>Reads a name.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RepositoryName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaximumLength) return false;
        foreach (var range in text.AsSpan().Split('/'))
            if (!IsComponent(text.AsSpan()[range])) return false;
        name = new RepositoryName(text);
        return true;
    }

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static RepositoryName Parse(string text) => TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not a repository's name such as registry.k8s.io/pause");

    /// <summary>
    /// The repository here that holds what another registry has under a name: the host (a port after an underscore, which no host name has) and the name.
    /// </summary>
    /// <param name="host">Host and perhaps port, as in <c>?ns=registry.k8s.io</c>.</param>
    /// <param name="name">The name there.</param>
    /// <param name="mirrored">The name here.</param>
    public static bool TryMirror(string host, RepositoryName name, out RepositoryName mirrored) =>
        TryParse($"{host.ToLowerInvariant().Replace(':', '_')}/{name}", out mirrored);

    /// <inheritdoc/>
    public int CompareTo(RepositoryName other) => string.CompareOrdinal(value, other.value);

    /// <inheritdoc/>
    public override string ToString() => value ?? "";

    /// <summary>Orders by text.</summary>
    public static bool operator <(RepositoryName left, RepositoryName right) => left.CompareTo(right) < 0;
    /// <summary>Orders by text.</summary>
    public static bool operator >(RepositoryName left, RepositoryName right) => left.CompareTo(right) > 0;
    /// <summary>Orders by text.</summary>
    public static bool operator <=(RepositoryName left, RepositoryName right) => left.CompareTo(right) <= 0;
    /// <summary>Orders by text.</summary>
    public static bool operator >=(RepositoryName left, RepositoryName right) => left.CompareTo(right) >= 0;

    private static bool IsComponent(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !IsAlphanumeric(text[0]) || !IsAlphanumeric(text[^1])) return false;
        for (var i = 1; i < text.Length - 1; i++)
        {
            if (IsAlphanumeric(text[i])) continue;
            var from = i;
            while (text[i] == text[from] && i < text.Length - 1) i++;
            var allowed = text[from] switch { '.' => 1, '_' => 2, '-' => int.MaxValue, _ => 0 };
            if (i - from > allowed || !IsAlphanumeric(text[i])) return false;
        }
        return true;
    }

    private static bool IsAlphanumeric(char character) => char.IsAsciiDigit(character) || char.IsAsciiLetterLower(character);
}

/// <summary>A tag (OCI distribution specification, "Pulling manifests"): a letter, digit or underscore, then at most 127 of those, dots and hyphens.</summary>
public readonly record struct TagName
{
    /// <summary>The longest tag, in characters.</summary>
    public const int MaximumLength = 128;

    private readonly string? value;

    private TagName(string value) => this.value = value;

    /// <summary>Reads a tag.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TagName tag)
    {
        tag = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaximumLength || text[0] is '.' or '-') return false;
        foreach (var character in text)
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('_' or '.' or '-')) return false;
        tag = new TagName(text);
        return true;
    }

    /// <summary>Reads a tag.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static TagName Parse(string text) => TryParse(text, out var tag) ? tag : throw new FormatException($"'{text}' is not a tag such as v1.36.4");

    /// <inheritdoc/>
    public override string ToString() => value ?? "";
}

/// <summary>What a manifest is asked for by.</summary>
public abstract record ManifestReference
{
    private ManifestReference() { }

    /// <summary>By the tag.</summary>
    public sealed record ByTag(TagName Tag) : ManifestReference;

    /// <summary>By the digest.</summary>
    public sealed record ByDigest(Digest Digest) : ManifestReference;

    /// <summary>Reads a digest, else a tag.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ManifestReference? reference)
    {
        reference = Digest.TryParse(text, out var digest) ? new ByDigest(digest) : TagName.TryParse(text, out var tag) ? new ByTag(tag) : null;
        return reference is not null;
    }

    /// <inheritdoc/>
    public sealed override string ToString() => this switch
    {
        ByTag(var tag) => tag.ToString(),
        ByDigest(var digest) => digest.ToString(),
        _ => throw new InvalidOperationException("no such reference"),
    };
}
