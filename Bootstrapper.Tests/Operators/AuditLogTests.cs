using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Files;
using Sextant.Operators;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Operators;

[TestFixture]
public sealed class AuditLogTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void An_entry_is_one_line_that_only_the_owner_reads()
    {
        using var folder = new TemporaryFolder();
        var log = Open(folder);
        var entry = Entry("reinstall") with { Peer = "10.0.0.7", Mac = MacAddress.Parse("52:54:00:00:00:01"), Forced = true, Reason = "disk\nreplaced" };
        log.Add(entry);
        Assert.That(File.ReadAllText(folder.File("audit.jsonl")), Is.EqualTo(
            """{"at":"2026-01-01T00:00:00+00:00","who":"token","what":"reinstall","outcome":"done","peer":"10.0.0.7","mac":"52:54:00:00:00:01","forced":true,"reason":"disk\nreplaced"}""" + "\n"));
        Assert.That(File.GetUnixFileMode(folder.File("audit.jsonl")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(log.Latest(10), Is.EqualTo(new[] { entry }));
    }

    [Test]
    public void The_latest_entries_come_oldest_first_also_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 5; i++) Open(folder).Add(Entry($"word{i}"));
        Assert.That(Open(folder).Latest(3).Select(entry => entry.What), Is.EqualTo(new[] { "word2", "word3", "word4" }));
    }

    [Test]
    public void A_line_that_a_power_failure_cut_off_spoils_no_other()
    {
        using var folder = new TemporaryFolder();
        var log = Open(folder);
        log.Add(Entry("before"));
        File.AppendAllText(folder.File("audit.jsonl"), "{\"at\":\"2026-01-01T00:00");
        log.Add(Entry("after"));
        Assert.That(log.Latest(10).Select(entry => entry.What), Is.EqualTo(new[] { "before", "after" }));
    }

    [Test]
    public void A_full_file_makes_room_and_both_together_stay_bounded()
    {
        using var folder = new TemporaryFolder();
        var log = Open(folder);
        foreach (var name in (string[])["audit.jsonl", "audit.1.jsonl"]) File.WriteAllText(folder.File(name), new string('x', AuditLog.Limit - 1) + "\n");
        log.Add(Entry("first"));
        Assert.That(new FileInfo(folder.File("audit.1.jsonl")).Length, Is.EqualTo(AuditLog.Limit));
        Assert.That(File.ReadLines(folder.File("audit.jsonl")).Count(), Is.EqualTo(1));
        Assert.That(log.Latest(10).Select(entry => entry.What), Is.EqualTo(new[] { "first" }));
    }

    [Test]
    public void A_token_that_root_makes_is_the_services_and_the_audit_log_says_who_made_it()
    {
        const uint nobody = 65534;
        using var folder = new TemporaryFolder();
        new FileOwner(nobody, nobody).GiveTo(folder.Path);
        var made = Product.Run("token", "rotate", "--state", folder.Path);
        Assert.That(made.Output.Trim(), Is.EqualTo(OperatorToken.In(folder.Path).Read()), made.ToString());
        Assert.That(Open(folder).Latest(10).Select(entry => (entry.Who, entry.What, entry.Outcome)), Is.EqualTo(new[] { ("uid 0", "rotate-token", "done") }));
        foreach (var file in (string[])["operator-token", "audit.jsonl"])
        {
            Assert.That(FileOwner.Of(folder.File(file)), Is.EqualTo(new FileOwner(nobody, nobody)), file);
            Assert.That(File.GetUnixFileMode(folder.File(file)), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
        }
    }

    private static AuditLog Open(TemporaryFolder folder) => new(folder.Path, NullLogger<AuditLog>.Instance);

    private static AuditEntry Entry(string what) => new(At, "token", what, AuditEntry.Done);
}
