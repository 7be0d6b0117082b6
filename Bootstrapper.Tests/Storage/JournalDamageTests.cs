using System.Text;
using NUnit.Framework;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Storage;

/// <summary>Journal files that were cut or changed on disk.</summary>
[TestFixture]
public sealed class JournalDamageTests
{
    private const int Commits = 12;

    /// <summary>The contents after each number of commits, printed; index 0 is the empty store.</summary>
    private readonly List<string> states = [];

    private byte[] journal = [];
    private long sealedLength;

    [OneTimeSetUp]
    public void Write_a_journal_with_a_snapshot_at_its_beginning()
    {
        using var folder = new TemporaryFolder();
        using (var store = JournalStore.Open(folder.Path, new JournalOptions(MinimumOctets: 1, Factor: 1)))
            for (var number = 0; number < 5; number++) store.CommitAsync([new Change($"old/{number}", [(byte)number])]).Wait();
        using (var store = JournalStore.Open(folder.Path))
        {
            states.Add(Print(store));
            for (var number = 0; number < Commits; number++)
            {
                Change[] changes = [new Change($"key/{number % 5}", Encoding.UTF8.GetBytes($"value {number} é")), new Change($"key/{(number + 2) % 5}", null)];
                store.CommitAsync(changes).Wait();
                states.Add(Print(store));
            }
        }
        journal = File.ReadAllBytes(folder.File(JournalStore.FileName));
        sealedLength = JournalFormat.ReadHeader(journal, out _)!.Value.SealedLength;
        Assert.That(sealedLength, Is.GreaterThan(JournalFormat.HeaderLength), "the journal begins with a snapshot");
        Assert.That(states.Distinct().Count(), Is.EqualTo(Commits + 1));
    }

    [Test]
    public void Every_truncation_recovers_a_prefix_of_the_commits_or_is_refused_when_it_cuts_the_snapshot()
    {
        var recovered = new SortedSet<int>();
        for (var length = 0; length <= journal.Length; length++)
        {
            var cut = journal[..length];
            if (length < sealedLength)
            {
                Refused(cut, $"cut at {length}");
                continue;
            }
            var state = states.IndexOf(Opened(cut, out var after)!);
            Assert.That(state, Is.GreaterThanOrEqualTo(0), $"cut at {length}");
            Assert.That(recovered.Count == 0 || state >= recovered.Max, Is.True, "a longer file has no fewer commits");
            Assert.That(journal.AsSpan().StartsWith(after), Is.True, "the tail is cut off at a frame's end");
            recovered.Add(state);
        }
        Assert.That(recovered, Has.Count.EqualTo(Commits + 1));
    }

    [Test]
    public void Every_changed_octet_is_refused_or_costs_no_more_than_the_last_frame()
    {
        var tolerated = 0;
        for (var at = 0; at < journal.Length; at++)
        {
            foreach (var mask in new byte[] { 0x01, 0x80, 0xff })
            {
                var changed = (byte[])journal.Clone();
                changed[at] ^= mask;
                var opened = Opened(changed, out var after);
                if (opened is null)
                {
                    Assert.That(after, Is.EqualTo(changed), "a refusal changes nothing on disk");
                    continue;
                }
                tolerated++;
                Assert.That(opened, Is.EqualTo(states[^2]), $"octet {at} changed by {mask:x2}");
            }
        }
        Assert.That(tolerated, Is.GreaterThan(0).And.LessThan(3 * journal.Length / Commits), "only the last frame can pass for a torn write");
    }

    [Test]
    public void Garbage_or_zeros_behind_the_last_frame_are_cut_off()
    {
        foreach (var tail in new[] { new byte[5000], [.. Enumerable.Range(0, 300).Select(i => (byte)i)], [.. JournalFormat.FrameMarker], "SXFRSXFRSXFR"u8.ToArray() })
        {
            Assert.That(Opened([.. journal, .. tail], out var after), Is.EqualTo(states[^1]));
            Assert.That(after, Is.EqualTo(journal));
        }
    }

    [Test]
    public void A_lost_frame_is_noticed_by_its_number()
    {
        var first = (int)sealedLength;
        var second = first + JournalFormat.FrameHeadLength + JournalFormat.ReadFrameHead(journal.AsSpan(first))!.Value.PayloadLength;
        Assert.That(Refused([.. journal[..first], .. journal[second..]], "a frame taken out"), Does.Contain("frame").And.Contain($"offset {first}"));
    }

    [Test]
    public void A_frame_of_another_file_is_no_frame_of_this_one()
    {
        using var other = new TemporaryFolder();
        using (var store = JournalStore.Open(other.Path)) store.CommitAsync([new Change("foreign", [1])]).Wait();
        var foreign = File.ReadAllBytes(other.File(JournalStore.FileName))[JournalFormat.HeaderLength..];
        Assert.That(Opened([.. journal, .. foreign], out _), Is.EqualTo(states[^1]));
    }

    [Test]
    public void A_torn_write_whose_value_looks_like_a_frame_is_still_a_torn_write()
    {
        using var folder = new TemporaryFolder();
        using (var store = JournalStore.Open(folder.Path)) store.CommitAsync([new Change("nested", journal)]).Wait();
        var file = File.ReadAllBytes(folder.File(JournalStore.FileName));
        Assert.That(Opened(file[..^1], out _), Is.EqualTo(""));
    }

    [Test]
    public void A_newer_version_is_refused_and_nothing_is_touched()
    {
        var newer = (byte[])journal.Clone();
        newer[8] = 2;
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(JournalStore.FileName), newer);
        File.WriteAllText(folder.File(JournalStore.NewFileName), "somebody's");
        Assert.That(() => JournalStore.Open(folder.Path), Throws.TypeOf<JournalException>().With.Message.Contains("version 2").And.Message.Contains("up to version 1"));
        Assert.That(File.ReadAllBytes(folder.File(JournalStore.FileName)), Is.EqualTo(newer));
        Assert.That(File.ReadAllText(folder.File(JournalStore.NewFileName)), Is.EqualTo("somebody's"));
    }

    [Test]
    public void A_refusal_names_the_file_the_offset_and_the_way_out()
    {
        var changed = (byte[])journal.Clone();
        changed[sealedLength + JournalFormat.FrameHeadLength] ^= 1;
        Assert.That(Refused(changed, "the first frame"), Does.Contain("journal cannot be read at offset " + sealedLength).And.Contain("Nothing was changed").And.Contain("backup"));
    }

    private static string Refused(byte[] content, string why)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(JournalStore.FileName), content);
        var message = "";
        Assert.That(() => JournalStore.Open(folder.Path), Throws.TypeOf<JournalException>().With.Message.Contains(folder.Path), why);
        try
        {
            JournalStore.Open(folder.Path).Dispose();
        }
        catch (JournalException refusal)
        {
            message = refusal.Message;
        }
        Assert.That(File.ReadAllBytes(folder.File(JournalStore.FileName)), Is.EqualTo(content), "a refusal changes nothing on disk");
        return message;
    }

    /// <summary>The contents printed, or null when the store refuses; and the file afterwards.</summary>
    private static string? Opened(byte[] content, out byte[] after)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(JournalStore.FileName), content);
        string? printed = null;
        try
        {
            using var store = JournalStore.Open(folder.Path);
            printed = Print(store);
        }
        catch (JournalException)
        {
        }
        after = File.ReadAllBytes(folder.File(JournalStore.FileName));
        return printed;
    }

    private static string Print(JournalStore store) => string.Join('\n', store.Read("").Select(pair => $"{pair.Key}={Convert.ToHexString(pair.Value)}"));
}
