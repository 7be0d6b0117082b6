using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class LabDurationTests
{
    [TestCase("1s", 1)]
    [TestCase("90s", 90)]
    [TestCase("15m", 900)]
    [TestCase("24h", 86400)]
    public void A_number_with_a_unit_is_a_time(string text, int seconds)
    {
        Assert.That(LabDuration.TryParse(text, out var duration), Is.True);
        Assert.That(duration, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("m")]
    [TestCase("15")]
    [TestCase("0m")]
    [TestCase("-1m")]
    [TestCase("1.5m")]
    [TestCase(" 1m")]
    [TestCase("1d")]
    [TestCase("25h")]
    [TestCase("2147483647h")]
    [TestCase("99999999999s")]
    public void Anything_else_is_refused(string? text) => Assert.That(LabDuration.TryParse(text, out _), Is.False);

    [TestCase(-5, "0:00")]
    [TestCase(0.99, "0:00")]
    [TestCase(7, "0:07")]
    [TestCase(754, "12:34")]
    [TestCase(3723, "1:02:03")]
    public void Elapsed_times_read_like_a_stopwatch(double seconds, string expected) =>
        Assert.That(LabDuration.Format(TimeSpan.FromSeconds(seconds)), Is.EqualTo(expected));
}
