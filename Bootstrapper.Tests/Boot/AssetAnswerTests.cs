using NUnit.Framework;
using Sextant.Assets;
using Sextant.Boot;

namespace Sextant.Tests.Boot;

[TestFixture]
public sealed class AssetAnswerTests
{
    private const string Same = "\"abc\"";
    private const string Other = "\"def\"";
    private const string At = "Sun, 01 Mar 2026 12:00:00 GMT";
    private const string Before = "Sun, 01 Mar 2026 11:59:59 GMT";
    private const string After = "Sun, 01 Mar 2026 12:00:01 GMT";

    private static readonly AssetFile File = new("x", "/x", 100, "abc", new DateTimeOffset(2026, 3, 1, 12, 0, 0, 400, TimeSpan.Zero), false);

    private static readonly object[][] Table =
    [
        // If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range, Range, answer
        [null!, null!, null!, null!, null!, null!, new AssetAnswer.Whole()],
        [null!, null!, null!, null!, null!, "bytes=0-9", new AssetAnswer.Part(0, 9)],
        [null!, null!, null!, null!, null!, "bytes=100-", new AssetAnswer.Unsatisfiable()],
        [null!, null!, null!, null!, null!, "bytes=0-1,4-5", new AssetAnswer.Whole()],
        [Same, null!, null!, null!, null!, "bytes=0-9", new AssetAnswer.Part(0, 9)],
        [$"{Other}, {Same}", null!, null!, null!, null!, null!, new AssetAnswer.Whole()],
        ["*", null!, null!, null!, null!, null!, new AssetAnswer.Whole()],
        [Other, null!, null!, null!, null!, "bytes=0-9", new AssetAnswer.PreconditionFailed()],
        [$"W/{Same}", null!, null!, null!, null!, null!, new AssetAnswer.PreconditionFailed()],
        [null!, null!, null!, At, null!, null!, new AssetAnswer.Whole()],
        [null!, null!, null!, Before, null!, null!, new AssetAnswer.PreconditionFailed()],
        [null!, null!, null!, "yesterday", null!, null!, new AssetAnswer.Whole()],
        [Same, null!, null!, Before, null!, null!, new AssetAnswer.Whole()],
        [null!, Same, null!, null!, null!, null!, new AssetAnswer.NotModified()],
        [null!, $"W/{Same}", null!, null!, null!, null!, new AssetAnswer.NotModified()],
        [null!, "*", null!, null!, null!, null!, new AssetAnswer.NotModified()],
        [null!, Other, null!, null!, null!, null!, new AssetAnswer.Whole()],
        [null!, Other, At, null!, null!, null!, new AssetAnswer.Whole()],
        [null!, null!, At, null!, null!, null!, new AssetAnswer.NotModified()],
        [null!, null!, After, null!, null!, null!, new AssetAnswer.NotModified()],
        [null!, null!, Before, null!, null!, null!, new AssetAnswer.Whole()],
        [Other, Same, null!, null!, null!, null!, new AssetAnswer.PreconditionFailed()],
        [null!, null!, null!, null!, Same, "bytes=5-", new AssetAnswer.Part(5, 99)],
        [null!, null!, null!, null!, Other, "bytes=5-", new AssetAnswer.Whole()],
        [null!, null!, null!, null!, $"W/{Same}", "bytes=5-", new AssetAnswer.Whole()],
        [null!, null!, null!, null!, At, "bytes=5-", new AssetAnswer.Part(5, 99)],
        [null!, null!, null!, null!, After, "bytes=5-", new AssetAnswer.Whole()],
        [null!, null!, null!, null!, Other, "bytes=100-", new AssetAnswer.Whole()],
    ];

    [TestCaseSource(nameof(Table))]
    public void Preconditions_come_first_and_then_the_range(
        string? match, string? noneMatch, string? modifiedSince, string? unmodifiedSince, string? ifRange, string? range, AssetAnswer answer) =>
        Assert.That(AssetAnswer.Decide(File, isGet: true, new AssetConditions(match, noneMatch, modifiedSince, unmodifiedSince, ifRange, range)), Is.EqualTo(answer));

    [Test]
    public void Head_knows_no_ranges() =>
        Assert.That(AssetAnswer.Decide(File, isGet: false, new AssetConditions { Range = "bytes=0-9" }), Is.EqualTo(new AssetAnswer.Whole()));

    [Test]
    public void Two_range_headers_are_no_range() =>
        Assert.That(AssetAnswer.Decide(File, isGet: true, new AssetConditions { Range = new(["bytes=0-9", "bytes=10-19"]) }), Is.EqualTo(new AssetAnswer.Whole()));
}
