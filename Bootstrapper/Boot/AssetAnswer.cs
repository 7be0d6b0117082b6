using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Sextant.Assets;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>The conditional headers of a request for an asset, as they came.</summary>
/// <param name="IfMatch">RFC 9110 section 13.1.1.</param>
/// <param name="IfNoneMatch">RFC 9110 section 13.1.2.</param>
/// <param name="IfModifiedSince">RFC 9110 section 13.1.3.</param>
/// <param name="IfUnmodifiedSince">RFC 9110 section 13.1.4.</param>
/// <param name="IfRange">RFC 9110 section 13.1.5.</param>
/// <param name="Range">RFC 9110 section 14.2.</param>
public readonly record struct AssetConditions(
    StringValues IfMatch, StringValues IfNoneMatch, StringValues IfModifiedSince, StringValues IfUnmodifiedSince, StringValues IfRange, StringValues Range)
{
    /// <summary>Picks them out of a request's headers.</summary>
    public static AssetConditions Of(IHeaderDictionary headers) =>
        new(headers.IfMatch, headers.IfNoneMatch, headers.IfModifiedSince, headers.IfUnmodifiedSince, headers.IfRange, headers.Range);
}

/// <summary>
/// What of an asset a request gets: preconditions in the order of RFC 9110 section 13.2.2, then the range. UEFI HTTP boot resumes with
/// <c>If-Match</c> or <c>If-Unmodified-Since</c>, curl with a bare <c>Range</c>.
/// </summary>
public abstract record AssetAnswer
{
    private AssetAnswer() { }

    /// <summary>200 with all of it.</summary>
    public sealed record Whole : AssetAnswer;

    /// <summary>206 with the bytes <paramref name="First"/> to <paramref name="Last"/>, inclusive.</summary>
    public sealed record Part(long First, long Last) : AssetAnswer;

    /// <summary>304.</summary>
    public sealed record NotModified : AssetAnswer;

    /// <summary>412.</summary>
    public sealed record PreconditionFailed : AssetAnswer;

    /// <summary>416.</summary>
    public sealed record Unsatisfiable : AssetAnswer;

    /// <summary>The strong entity tag of a file: its digest, quoted.</summary>
    public static string EntityTagOf(AssetFile file) => $"\"{file.Sha256}\"";

    /// <summary>Decides.</summary>
    /// <param name="file">The asset.</param>
    /// <param name="isGet">False for HEAD, for which ranges are not defined (RFC 9110 section 14.2).</param>
    /// <param name="conditions">The request's conditions.</param>
    public static AssetAnswer Decide(AssetFile file, bool isGet, in AssetConditions conditions)
    {
        var tag = new EntityTagHeaderValue(EntityTagOf(file));
        var modified = ToSeconds(file.LastModified);
        if (!StringValues.IsNullOrEmpty(conditions.IfMatch))
        {
            if (!Matches(conditions.IfMatch, tag, strong: true)) return new PreconditionFailed();
        }
        else if (TryReadDate(conditions.IfUnmodifiedSince, out var unmodifiedSince) && modified > unmodifiedSince) return new PreconditionFailed();

        if (!StringValues.IsNullOrEmpty(conditions.IfNoneMatch))
        {
            if (Matches(conditions.IfNoneMatch, tag, strong: false)) return new NotModified();
        }
        else if (TryReadDate(conditions.IfModifiedSince, out var modifiedSince) && modified <= modifiedSince) return new NotModified();

        if (!isGet || conditions.Range.Count != 1 || !AllowsRange(conditions.IfRange, tag, modified)) return new Whole();
        return ByteRange.Parse(conditions.Range[0], file.Length) switch
        {
            ByteRange.Whole or ByteRange.Inverted => new Whole(),
            ByteRange.Part part => new Part(part.First, part.Last),
            ByteRange.Unsatisfiable => new Unsatisfiable(),
            var other => throw new InvalidOperationException($"no answer for {other}"),
        };
    }

    /// <summary>If-Range holds either a strong tag or exactly the modification date the peer was given; absent, it allows.</summary>
    private static bool AllowsRange(StringValues ifRange, EntityTagHeaderValue tag, DateTimeOffset modified)
    {
        if (StringValues.IsNullOrEmpty(ifRange)) return true;
        if (TryReadDate(ifRange, out var date)) return date == modified;
        return EntityTagHeaderValue.TryParse(ifRange.ToString(), out var wanted) && wanted.Compare(tag, useStrongComparison: true);
    }

    private static bool Matches(StringValues header, EntityTagHeaderValue tag, bool strong) =>
        header is ["*"] || (EntityTagHeaderValue.TryParseList([.. header.OfType<string>()], out var wanted) && wanted.Any(one => one.Compare(tag, strong)));

    private static bool TryReadDate(StringValues header, out DateTimeOffset date)
    {
        date = default;
        return header is [{ } only] && HeaderUtilities.TryParseDate(only, out date);
    }

    /// <summary>HTTP dates have no fractions of a second.</summary>
    private static DateTimeOffset ToSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
