using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>
/// What of a content a request gets. Its digest is its strong entity tag, and what has a digest never changes: so <c>If-None-Match</c>, then <c>If-Range</c>
/// and <c>Range</c> (RFC 9110 sections 13.2.2 and 14.2), and no dates.
/// </summary>
public abstract record ContentAnswer
{
    private ContentAnswer() { }

    /// <summary>200 with all of it.</summary>
    public sealed record Whole : ContentAnswer;

    /// <summary>206 with the octets <paramref name="First"/> to <paramref name="Last"/>, inclusive.</summary>
    public sealed record Part(long First, long Last) : ContentAnswer;

    /// <summary>304.</summary>
    public sealed record NotModified : ContentAnswer;

    /// <summary>416.</summary>
    public sealed record Unsatisfiable : ContentAnswer;

    /// <summary>The entity tag of a digest.</summary>
    public static string EntityTagOf(Digest digest) => $"\"{digest}\"";

    /// <summary>Decides.</summary>
    /// <param name="digest">The content's digest.</param>
    /// <param name="length">Its size in octets.</param>
    /// <param name="isGet">False for HEAD, for which ranges are not defined.</param>
    /// <param name="ifNoneMatch">The header; empty for none.</param>
    /// <param name="ifRange">The header; empty for none.</param>
    /// <param name="range">The header; empty for none.</param>
    public static ContentAnswer Decide(Digest digest, long length, bool isGet, StringValues ifNoneMatch, StringValues ifRange, StringValues range)
    {
        var tag = new EntityTagHeaderValue(EntityTagOf(digest));
        if (!StringValues.IsNullOrEmpty(ifNoneMatch)
            && (ifNoneMatch is ["*"] || EntityTagHeaderValue.TryParseList([.. ifNoneMatch.OfType<string>()], out var known) && known.Any(one => one.Compare(tag, useStrongComparison: false))))
            return new NotModified();
        if (!isGet || range.Count != 1) return new Whole();
        if (!StringValues.IsNullOrEmpty(ifRange) && !(EntityTagHeaderValue.TryParse(ifRange.ToString(), out var wanted) && wanted.Compare(tag, useStrongComparison: true))) return new Whole();
        return ByteRange.Parse(range[0], length) switch
        {
            ByteRange.Whole => new Whole(),
            ByteRange.Part part => new Part(part.First, part.Last),
            ByteRange.Unsatisfiable or ByteRange.Inverted => new Unsatisfiable(),
            var other => throw new InvalidOperationException($"no answer for {other}"),
        };
    }
}
