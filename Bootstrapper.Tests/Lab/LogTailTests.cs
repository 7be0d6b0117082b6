using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class LogTailTests
{
    [TestCase("one\ntwo\nthree\n", 2, "two|three")]
    [TestCase("one\r\n\r\ntwo", 5, "one|two")]
    [TestCase("\u001b[2J\u001b[01;01H\u001b[0m\u001b[37m\u001b[40mBdsDxe: loading\r\n", 5, "BdsDxe: loading")]
    [TestCase("half\u001b[", 5, "half")]
    [TestCase("half\u001b", 5, "half")]
    [TestCase("\u001b7saved\u0007", 5, "saved")]
    [TestCase("", 5, "")]
    public void The_last_words_are_readable(string text, int lines, string expected) =>
        Assert.That(LogTail.Last(text, lines).ReplaceLineEndings("|"), Is.EqualTo(expected));

    [Test]
    public void Only_the_end_of_a_long_file_is_read()
    {
        using var folder = LabSamples.Folder();
        File.WriteAllText(folder["log"], string.Concat(Enumerable.Range(0, 20_000).Select(number => $"line {number}\n")));
        Assert.That(LogTail.Read(folder["log"], 2).ReplaceLineEndings("|"), Is.EqualTo("line 19998|line 19999"));
    }

    [Test]
    public void A_file_that_is_not_there_has_no_words()
    {
        using var folder = LabSamples.Folder();
        Assert.That(LogTail.Read(folder["none"], 2), Is.Empty);
        Assert.That(LogTail.Read(folder["none/none"], 2), Is.Empty);
    }
}
