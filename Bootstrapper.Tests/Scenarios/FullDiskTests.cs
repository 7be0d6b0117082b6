using System.Globalization;
using System.Text;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Registry;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// A full disk under everything that writes little: keys, tokens, builds and the journal. Pushes are in <see cref="RegistryHardshipTests"/>; loads, pulls and
/// bundles have tests of their own.
/// </summary>
[Category("Network"), NonParallelizable]
public sealed class FullDiskTests
{
    private SmallDisk disk = null!;

    [SetUp]
    public void Mount() => disk = new SmallDisk(kibibytes: 1024);

    [TearDown]
    public void Unmount() => disk.Dispose();

    [Test]
    public void A_token_that_cannot_be_written_leaves_the_earlier_one_in_force()
    {
        var token = PushToken.OpenOrCreate(disk.Path);
        var before = token.Read();
        disk.Fill();
        Refused("registry", "token", "--new", "--state", disk.Path);
        Assert.That(token.Read(), Is.EqualTo(before));
        File.Delete(token.Path);
        disk.Fill();
        Refused("registry", "token", "--state", disk.Path);
        Assert.That(Directory.GetFiles(disk.Path).Select(Path.GetFileName), Is.EqualTo(new[] { "filler" }), "nothing half written");
        disk.MakeRoom();
        Assert.That(Product.Run("registry", "token", "--state", disk.Path).Status, Is.Zero);
        Assert.That(token.Read(), Has.Length.EqualTo(43));
    }

    [Test]
    public void A_key_of_bundles_that_cannot_be_written_is_not_made()
    {
        disk.Fill();
        Refused("assets", "key", "--state", disk.Path);
        disk.MakeRoom();
        var made = Product.Run("assets", "key", "--state", disk.Path);
        Assert.That((made.Status, made.Output.StartsWith("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal)), Is.EqualTo((0, true)), made.ToString());
        Assert.That(Product.Run("assets", "key", "--state", disk.Path).Output, Is.EqualTo(made.Output));
        Assert.That(Directory.GetDirectories(Path.Combine(disk.Path, "pki"), ".*"), Is.Empty, "what the refused run left is gone");
    }

    [Test]
    public void A_build_that_finds_no_room_changes_nothing_and_the_next_one_completes()
    {
        File.Copy(Repository.PathOf("pxe-assets", "manifest.yaml"), Path.Combine(disk.Path, "manifest.yaml"));
        disk.Fill();
        var refused = Refused("assets", "build", "ipxe", "--assets", disk.Path);
        Assert.That(refused.Errors, Does.Contain("the earlier files are unchanged"));
        Assert.That(AssetFolder.Load(disk.Path).Files, Is.Empty);
        disk.MakeRoom();
        Assert.That(Tool.Run("mount", ["-o", "remount,size=16m", disk.Path]).Status, Is.Zero);
        var built = Product.Run("assets", "build", "ipxe", "--assets", disk.Path);
        Assert.That(built.Status, Is.Zero, built.ToString());
        var verified = Product.Run("assets", "verify", "--assets", disk.Path);
        Assert.That(verified.Status, Is.Zero, verified.ToString());
        Assert.That(Directory.GetDirectories(disk.Path, ".build-*"), Is.Empty);
    }

    [Test]
    public async Task A_journal_that_finds_no_room_says_so_keeps_what_it_acknowledged_and_goes_on_when_there_is_room()
    {
        var acknowledged = new List<int>();
        using (var store = JournalStore.Open(disk.Path))
        {
            for (var number = 0; number < 20; number++) await CommitAsync(store, number);
            disk.Fill();
            var failure = await Assert.CatchAsync<IOException>(async () =>
            {
                for (var number = 20; number < 1000; number++) await CommitAsync(store, number);
            });
            Assert.That(failure!.Message, Does.Contain("No space left").Or.Contain("full"));
            Assert.That(Numbers(store), Is.SupersetOf(acknowledged), "reading goes on");
            disk.MakeRoom();
            await CommitAsync(store, 2000);
            Assert.That(Numbers(store), Is.EquivalentTo(acknowledged));
        }
        using var again = JournalStore.Open(disk.Path);
        Assert.That(Numbers(again), Is.EquivalentTo(acknowledged));
        await CommitAsync(again, 3000);
        Assert.That(Numbers(again), Does.Contain(3000));

        async Task CommitAsync(JournalStore store, int number)
        {
            await store.CommitAsync([new Change(number.ToString("d5", CultureInfo.InvariantCulture), Encoding.ASCII.GetBytes(new string('x', 500)))]);
            acknowledged.Add(number);
        }
    }

    private static int[] Numbers(JournalStore store) => [.. store.Read("").Select(pair => int.Parse(pair.Key, CultureInfo.InvariantCulture))];

    private static Tool.Result Refused(params string[] arguments)
    {
        var refused = Product.Run(arguments);
        Assert.That(refused.Status, Is.EqualTo(1), refused.ToString());
        Assert.That(refused.Errors, Does.Contain("No space left on").IgnoreCase, "what is wrong");
        Assert.That(refused.Errors, Does.Not.Contain("   at "), "no stack");
        return refused;
    }
}
