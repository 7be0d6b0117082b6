using System.Text;
using NUnit.Framework;
using Sextant.Syslog.Wire;

namespace Sextant.Tests.Syslog.Wire;

[TestFixture]
public sealed class SyslogFramesTests
{
    // RFC 6587 sections 3.4.1 and 3.4.2, and both on one stream.
    [TestCase("5 hello6 world!", "hello|world!")]
    [TestCase("<13>one\n<13>two\n", "<13>one|<13>two")]
    [TestCase("<13>one\0<13>two\n", "<13>one|<13>two")]
    [TestCase("11 <13>a\nb c d<13>e\n3 fgh", "<13>a\nb c d|<13>e|fgh")]
    [TestCase("2026 is a year\n", "")] // a count, of octets that do not come
    [TestCase("2026-11-27 says\n", "2026-11-27 says")]
    [TestCase("0 zero\n", "0 zero")]
    [TestCase("<13>no end", "")]
    [TestCase("", "")]
    public void Messages_are_told_apart_however_they_arrive(string stream, string expected)
    {
        var octets = Encoding.UTF8.GetBytes(stream);
        foreach (var step in new[] { octets.Length, 1, 2, 3, 7 }.Where(step => step > 0))
        {
            var frames = new SyslogFrames();
            var messages = new List<string>();
            for (var at = 0; at < octets.Length; at += step) Feed(frames, octets.AsSpan(at, Math.Min(step, octets.Length - at)), messages);
            Assert.That((string.Join('|', messages), frames.IsBroken), Is.EqualTo((expected, false)), $"in steps of {step}");
        }
    }

    [Test]
    public void The_longest_message_fits_and_a_longer_one_breaks_the_stream()
    {
        var longest = new string('x', SyslogFrames.LongestMessage);
        Assert.That(Read($"{longest.Length} {longest}"), Is.EqualTo((1, false)));
        Assert.That(Read($"{longest.Length + 1} x"), Is.EqualTo((0, true)));
        Assert.That(Read(longest + longest), Is.EqualTo((0, true)));
        Assert.That(Read(longest + "\n<13>next\n"), Is.EqualTo((2, false)));
    }

    [Test]
    public void Anything_comes_apart_or_breaks_and_nothing_hangs()
    {
        var random = new Random(7);
        for (var run = 0; run < 300; run++)
        {
            var octets = new byte[random.Next(20_000)];
            random.NextBytes(octets);
            for (var i = 0; i < octets.Length; i++) if (random.Next(3) == 0) octets[i] = (byte)"0123456789 <>\n"[random.Next(14)];
            var frames = new SyslogFrames();
            Feed(frames, octets, []);
        }
    }

    private static (int Messages, bool IsBroken) Read(string stream)
    {
        var frames = new SyslogFrames();
        var messages = new List<string>();
        Feed(frames, Encoding.UTF8.GetBytes(stream), messages);
        return (messages.Count, frames.IsBroken);
    }

    private static void Feed(SyslogFrames frames, ReadOnlySpan<byte> octets, List<string> messages)
    {
        while (!octets.IsEmpty && !frames.IsBroken)
        {
            var room = frames.Room().Span;
            Assert.That(room.IsEmpty, Is.False);
            var count = Math.Min(room.Length, octets.Length);
            octets[..count].CopyTo(room);
            octets = octets[count..];
            frames.Filled(count);
            while (frames.TryTake(out var message)) messages.Add(Encoding.UTF8.GetString(message));
        }
    }
}
