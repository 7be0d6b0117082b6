using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Storage;

[TestFixture]
public sealed class JournalStoreTests
{
    private static readonly byte[] Checked = "123456789"u8.ToArray();

    [Test]
    public void The_checksum_is_crc32c_as_rfc_3720_prints_it()
    {
        // With the salt as the first four octets: CRC32C("1234" "56789") is the check value e3069283.
        Assert.That(JournalFormat.Checksum(BitConverter.ToUInt32(Checked), Checked.AsSpan(4, 2), Checked.AsSpan(6)), Is.EqualTo(0xe3069283));
    }

    [Test]
    public void Random_commits_read_back_as_a_dictionary_would_before_and_after_reopening()
    {
        var key = Gen.Elements("a", "a/", "a/b", "a/b/c", "b", "é", "z\uffff", "lease/52:54:00:12:34:56", new string('k', 512));
        var value = Gen.OneOf(Gen.Constant<byte[]?>(null), Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf().Select(octets => (byte[]?)octets));
        var change = Gen.Zip(key, value).Select(pair => new Change(pair.Item1, pair.Item2));
        var session = change.ArrayOf().ArrayOf();
        Prop.ForAll(session.ArrayOf().ToArbitrary(), sessions =>
        {
            using var folder = new TemporaryFolder();
            var model = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var commits in sessions)
            {
                using var store = JournalStore.Open(folder.Path, new JournalOptions(MinimumOctets: 2000, Factor: 2));
                if (!Same(store, model)) return false;
                foreach (var changes in commits)
                {
                    store.CommitAsync(changes).Wait();
                    foreach (var (name, octets) in changes.Select(each => (each.Key, each.Value)))
                    {
                        if (octets is null) model.Remove(name);
                        else model[name] = octets;
                    }
                }
                if (!Same(store, model)) return false;
            }
            using var last = JournalStore.Open(folder.Path);
            return Same(last, model);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(14));
    }

    [TestCase("", 5)]
    [TestCase("a", 3)]
    [TestCase("a/", 2)]
    [TestCase("b", 2)]
    [TestCase("b\uffff", 0)]
    [TestCase("c", 0)]
    public void A_prefix_reads_its_keys_and_no_others_in_ordinal_order(string prefix, int count)
    {
        using var folder = new TemporaryFolder();
        using var store = JournalStore.Open(folder.Path);
        store.CommitAsync([.. new[] { "b/x", "a", "a/2", "b", "a/1" }.Select(key => new Change(key, [1]))]).Wait();
        var keys = store.Read(prefix).Select(pair => pair.Key).ToList();
        Assert.That(keys, Has.Count.EqualTo(count).And.All.StartsWith(prefix));
        Assert.That(keys, Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
    }

    [Test]
    public void The_last_change_of_a_key_in_a_commit_wins()
    {
        using var folder = new TemporaryFolder();
        using var store = JournalStore.Open(folder.Path);
        store.CommitAsync([new Change("k", [1]), new Change("k", null), new Change("k", [2]), new Change("gone", [1]), new Change("gone", null)]).Wait();
        Assert.That(store.Read("").Select(pair => (pair.Key, pair.Value[0])), Is.EqualTo([("k", (byte)2)]));
    }

    [Test]
    public void What_the_caller_does_to_its_array_afterwards_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        using var store = JournalStore.Open(folder.Path);
        byte[] value = [1];
        var commit = store.CommitAsync([new Change("k", value)]);
        value[0] = 2;
        commit.Wait();
        Assert.That(store.Read("k")[0].Value, Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task Commits_that_wait_for_the_disk_share_one_sync_and_none_is_acknowledged_or_visible_before_it()
    {
        var disk = new PoweredDisk(1);
        using var store = new JournalStore(disk);
        var before = disk.Operations;
        disk.Syncs.Reset();
        var first = store.CommitAsync([new Change("first", [1])]);
        Assert.That(SpinWait.SpinUntil(() => disk.Operations == before + 1, TimeSpan.FromSeconds(10)), Is.True, "the first commit is being written");
        var others = Enumerable.Range(0, 2000).Select(number => store.CommitAsync([new Change($"k/{number}", [1])])).ToList();
        Assert.That(others.Append(first), Has.All.Property(nameof(Task.IsCompleted)).False);
        Assert.That(store.Read(""), Is.Empty);
        disk.Syncs.Set();
        await Task.WhenAll(others.Append(first));
        Assert.That(store.Read("k/"), Has.Count.EqualTo(2000));
        Assert.That(disk.Operations - before, Is.EqualTo(4), "two frames, each a write and a sync");
    }

    [Test]
    public void Commits_become_visible_in_the_order_they_were_made()
    {
        using var folder = new TemporaryFolder();
        using var store = JournalStore.Open(folder.Path);
        var commits = Enumerable.Range(0, 500).Select(number => store.CommitAsync([new Change("k", BitConverter.GetBytes(number))])).ToArray();
        commits[^1].Wait();
        Assert.That(commits, Has.All.Property(nameof(Task.IsCompletedSuccessfully)).True);
        Assert.That(BitConverter.ToInt32(store.Read("k")[0].Value), Is.EqualTo(499));
    }

    [Test]
    public void A_journal_that_outgrows_its_data_is_rewritten_and_keeps_everything()
    {
        using var folder = new TemporaryFolder();
        using (var store = JournalStore.Open(folder.Path, new JournalOptions(MinimumOctets: 10_000)))
        {
            store.CommitAsync([new Change("kept", [7])]).Wait();
            for (var number = 0; number < 2000; number++) store.CommitAsync([new Change($"k/{number % 10}", new byte[100])]).Wait();
        }
        Assert.That(new FileInfo(folder.File(JournalStore.FileName)).Length, Is.LessThan(20_000));
        using var again = JournalStore.Open(folder.Path);
        Assert.That(again.Read(""), Has.Count.EqualTo(11));
    }

    [Test]
    public void Commits_fill_preallocated_space_and_a_copy_of_the_file_is_taken_up_with_it()
    {
        using var folder = new TemporaryFolder();
        using var copy = new TemporaryFolder();
        var options = new JournalOptions(PreallocatedOctets: 4096);
        using var store = JournalStore.Open(folder.Path, options);
        store.CommitAsync([new Change("k/0", [1])]).Wait();
        var length = new FileInfo(folder.File(JournalStore.FileName)).Length;
        for (var number = 1; number < 50; number++) store.CommitAsync([new Change($"k/{number}", [1])]).Wait();
        Assert.That(new FileInfo(folder.File(JournalStore.FileName)).Length, Is.EqualTo(length).And.GreaterThan(4096));
        File.Copy(folder.File(JournalStore.FileName), copy.File(JournalStore.FileName));
        using (var other = JournalStore.Open(copy.Path, options))
        {
            Assert.That(other.Read("k/"), Has.Count.EqualTo(50));
            other.CommitAsync([new Change("k/50", [1])]).Wait();
            Assert.That(new FileInfo(copy.File(JournalStore.FileName)).Length, Is.EqualTo(length));
            for (var number = 51; number < 150; number++) other.CommitAsync([new Change($"k/{number}", [1])]).Wait();
            Assert.That(new FileInfo(copy.File(JournalStore.FileName)).Length, Is.GreaterThan(length), "and grows again");
        }
        Assert.That(File.ReadAllBytes(copy.File(JournalStore.FileName))[^1], Is.EqualTo(1), "a journal that was closed ends with its last commit");
        using var again = JournalStore.Open(copy.Path);
        Assert.That(again.Read("k/"), Has.Count.EqualTo(150));
    }

    [Test]
    public void Values_of_megabytes_survive_a_snapshot()
    {
        using var folder = new TemporaryFolder();
        var big = new byte[3 << 20];
        new Random(3).NextBytes(big);
        using (var store = JournalStore.Open(folder.Path, new JournalOptions(MinimumOctets: 1, Factor: 1)))
            for (var number = 0; number < 4; number++) store.CommitAsync([new Change($"big/{number % 2}", big), new Change($"small/{number}", [1])]).Wait();
        using var again = JournalStore.Open(folder.Path);
        Assert.That(again.Read("big/").Select(pair => pair.Value.AsSpan().SequenceEqual(big)), Is.EqualTo([true, true]));
        Assert.That(again.Read("small/"), Has.Count.EqualTo(4));
    }

    [Test]
    public void A_folder_that_is_a_file_is_not_called_another_process()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("state", "");
        Assert.That(() => JournalStore.Open(file), Throws.TypeOf<JournalException>().With.Message.Contains(file).And.Message.Not.Contains("another"));
    }

    [Test]
    public void A_second_opening_of_the_folder_is_refused_by_name_until_the_first_is_closed()
    {
        using var folder = new TemporaryFolder();
        using (JournalStore.Open(folder.Path))
            Assert.That(() => JournalStore.Open(folder.Path), Throws.TypeOf<JournalException>().With.Message.Contains(folder.Path).And.Message.Contains("another"));
        using var again = JournalStore.Open(folder.Path);
        Assert.That(again.Read(""), Is.Empty);
    }

    [Test]
    [Platform(Exclude = "Win")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_missing_folder_and_every_journal_are_made_for_their_owner_alone()
    {
        using var folder = new TemporaryFolder();
        using (var store = JournalStore.Open(folder.File("state/journal"), new JournalOptions(MinimumOctets: 1, Factor: 1))) store.CommitAsync([new Change("k", [1])]).Wait();
        const UnixFileMode ownersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.That(File.GetUnixFileMode(folder.File("state/journal")), Is.EqualTo(ownersFile | UnixFileMode.UserExecute));
        Assert.That(File.GetUnixFileMode(folder.File("state/journal/journal")), Is.EqualTo(ownersFile));
    }

    [Test]
    public void A_leftover_of_an_interrupted_snapshot_is_removed()
    {
        using var folder = new TemporaryFolder();
        using (var store = JournalStore.Open(folder.Path)) store.CommitAsync([new Change("k", [1])]).Wait();
        File.WriteAllText(folder.File(JournalStore.NewFileName), "half of a snapshot");
        using var again = JournalStore.Open(folder.Path);
        Assert.That(again.Read("k"), Has.Count.EqualTo(1));
        Assert.That(File.Exists(folder.File(JournalStore.NewFileName)), Is.False);
    }

    [Test]
    public void What_is_queued_at_disposal_is_written()
    {
        using var folder = new TemporaryFolder();
        Task[] commits;
        using (var store = JournalStore.Open(folder.Path))
            commits = [.. Enumerable.Range(0, 300).Select(number => store.CommitAsync([new Change($"k/{number}", [1])]))];
        Assert.That(commits, Has.All.Property(nameof(Task.IsCompletedSuccessfully)).True);
        using var again = JournalStore.Open(folder.Path);
        Assert.That(again.Read("k/"), Has.Count.EqualTo(300));
    }

    [Test]
    public void A_key_that_cannot_be_stored_is_the_callers_fault_and_harms_nobody_else()
    {
        using var folder = new TemporaryFolder();
        using var store = JournalStore.Open(folder.Path);
        foreach (var key in new[] { "", new string('k', 513), new string('é', 257), "\ud800" })
            Assert.That(() => store.CommitAsync([new Change(key, [1])]), Throws.InstanceOf<ArgumentException>(), key);
        Assert.That(() => store.CommitAsync([new Change("k", new byte[JournalFormat.MaxPayloadLength])]), Throws.ArgumentException);
        store.CommitAsync([new Change("k", [1])]).Wait();
        Assert.That(store.Read(""), Has.Count.EqualTo(1));
    }

    private static bool Same(JournalStore store, SortedDictionary<string, byte[]> model) =>
        store.Read("").Select(pair => (pair.Key, Convert.ToHexString(pair.Value))).SequenceEqual(model.Select(pair => (pair.Key, Convert.ToHexString(pair.Value))));
}
