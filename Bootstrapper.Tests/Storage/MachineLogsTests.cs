using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Storage;

[TestFixture]
public sealed class MachineLogsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private TemporaryFolder folder = null!;

    private string Folder => folder.File("logs");

    [SetUp]
    public void Empty() => folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void Lines_come_back_in_order_the_newest_last_after_a_restart_too()
    {
        var logs = new MachineLogs(Folder);
        logs.Append(Mac(1), Now, ["one", "", "two"]);
        logs.Append(Mac(1), Now.AddSeconds(1), ["three"]);
        foreach (var read in new[] { logs, new MachineLogs(Folder) })
        {
            Assert.That(read.Tail(Mac(1), 2), Is.EqualTo(new[] { "2026-01-02T03:04:05.000Z two", "2026-01-02T03:04:06.000Z three" }));
            Assert.That(read.Tail(Mac(1), 10), Has.Count.EqualTo(3));
            Assert.That(read.Tail(Mac(2), 10), Is.Empty);
        }
    }

    [TestCase("tab\there", "tab here")]
    [TestCase("\u001b[31mred\u0007", "\\u001b[31mred\\u0007")]
    [TestCase("a\rb\nc", "a\\u000db\\u000ac")]
    [TestCase("\u0085\u2028\u202e\u200b", "\\u0085\\u2028\\u202e\\u200b")]
    [TestCase("Grüße 漢字", "Grüße 漢字")]
    public void No_line_can_do_anything_to_a_terminal(string line, string expected) => Assert.That(MachineLogs.Harmless(line), Is.EqualTo(expected));

    [Test]
    public void A_line_is_cut_where_it_gets_too_long() =>
        Assert.That(MachineLogs.Harmless(new string('x', 5000)), Is.EqualTo(new string('x', MachineLogs.LineLimit) + "…"));

    [Test]
    public void A_machine_that_talks_without_end_has_two_files_and_keeps_its_last_words()
    {
        var logs = new MachineLogs(Folder);
        var line = new string('x', 1000);
        for (var i = 0; i < 3000; i++) logs.Append(Mac(1), Now, [$"{i} {line}"]);
        var files = Directory.GetFiles(Folder).Select(file => new FileInfo(file).Length).ToList();
        Assert.That(files, Has.Count.EqualTo(2).And.All.LessThanOrEqualTo(MachineLogs.FileLimit));
        Assert.That(logs.Tail(Mac(1), 1)[0], Does.Contain(" 2999 "));
        Assert.That(logs.Tail(Mac(1), 700).Select(kept => int.Parse(kept.Split(' ')[1], null)), Is.EqualTo(Enumerable.Range(2300, 700)));
    }

    [Test]
    public void Without_room_for_all_the_log_of_who_was_silent_for_longest_goes()
    {
        var logs = new MachineLogs(Folder, totalLimit: 10_000);
        for (var i = 1; i <= 3; i++) logs.Append(Mac(i), Now.AddMinutes(i), [new string('x', 1500), new string('y', 1500)]);
        logs.Append(Mac(1), Now.AddMinutes(4), ["again"]);
        logs.Append(Mac(4), Now.AddMinutes(5), [new string('z', 1500)]);
        Assert.That(new[] { 1, 2, 3, 4 }.Select(i => logs.Tail(Mac(i), 10).Count), Is.EqualTo(new[] { 3, 0, 2, 1 }));
        Assert.That(new MachineLogs(Folder).Tail(Mac(2), 10), Is.Empty);
    }

    [Test]
    public void Only_the_owner_reads_them()
    {
        new MachineLogs(Folder).Append(Mac(1), Now, ["x"]);
        Assert.That(File.GetUnixFileMode(Folder) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute), Is.EqualTo(UnixFileMode.None));
        Assert.That(File.GetUnixFileMode(Directory.GetFiles(Folder)[0]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    private static MacAddress Mac(int number) => MacAddress.Parse($"52:54:00:00:00:{number:x2}");
}
