using NUnit.Framework;
using Sextant.Assets;

namespace Sextant.Tests.Assets;

public sealed class PullPatienceTests
{
    private static readonly PullPatience Patience = new() { Failures = 6, FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(120) };

    [TestCase(1, null, 1)]
    [TestCase(2, null, 2)]
    [TestCase(5, null, 16)]
    [TestCase(6, null, null)]
    [TestCase(1, 30, 30, TestName = "A server that asks for more time gets it")]
    [TestCase(4, 2, 8, TestName = "A server that asks for less time does not shorten the pause")]
    [TestCase(1, 120, 120)]
    [TestCase(1, 121, null)]
    public void The_pause_doubles_follows_the_server_and_ends(int failures, int? retryAfter, int? pause) =>
        Assert.That(Patience.PauseAfter(failures, retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null), Is.EqualTo(pause is { } expected ? TimeSpan.FromSeconds(expected) : (TimeSpan?)null));

    [Test]
    public void No_pause_is_longer_than_the_longest() =>
        Assert.That(Enumerable.Range(1, 99).Select(failures => (Patience with { Failures = 100 }).PauseAfter(failures, null)), Has.All.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(120)));
}
