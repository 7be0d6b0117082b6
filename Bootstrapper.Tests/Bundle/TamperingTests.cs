using System.Text;
using NUnit.Framework;
using Sextant.Bundle;
using Sextant.Primitives;

namespace Sextant.Tests.Bundle;

/// <summary>Bundles that were changed on their way, or made by somebody hostile: none of them is loaded, and nothing of them becomes visible.</summary>
public sealed class TamperingTests
{
    private BundleSite from = null!;
    private BundleSite to = null!;
    private byte[] bundle = [];
    private RawBundle raw = null!;

    [OneTimeSetUp]
    public async Task MakeBundle()
    {
        from = await BundleSite.FullAsync(9_000);
        var path = await from.BundleAsync();
        (bundle, raw) = (File.ReadAllBytes(path), RawBundle.Read(path));
        Assert.That(RawBundle.Decompress(bundle), Is.EqualTo(raw.Archive), "taken apart and put together");
    }

    [OneTimeTearDown]
    public void RemoveBundle() => from.Dispose();

    [SetUp]
    public void MakeSite() => to = BundleSite.Empty().Trusting();

    [TearDown]
    public void RemoveSite() => to.Dispose();

    [Test]
    public async Task An_octet_changed_anywhere_in_the_archive_is_noticed()
    {
        var archive = raw.Archive;
        var positions = new List<int>();
        // Of each file: its header from the first octet to the last, and the content's and the padding's ends.
        for (int piece = 0, at = 0; piece < raw.Pieces.Count; at += raw.Pieces[piece++].Length)
            positions.AddRange([at, at + 99, at + 100, at + 124, at + 135, at + 148, at + 156, at + 157, at + 257, at + 345, at + 511, at + 512, at + raw.Pieces[piece].Length - 1]);
        positions.AddRange([archive.Length - 1, archive.Length - 1024]);
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        positions.AddRange(Enumerable.Range(0, 400).Select(_ => random.Next(archive.Length)));
        foreach (var position in positions.Distinct())
        {
            archive[position] ^= (byte)(1 << random.Next(8));
            var failure = await FaultOfAsync(RawBundle.Compress(archive));
            Assert.That(failure, Is.Not.Null, $"octet {position}");
            archive[position] = raw.Archive[position];
        }
        Assert.That(await FaultOfAsync(RawBundle.Compress(archive)), Is.Null);
    }

    [Test]
    public async Task A_bit_changed_anywhere_in_the_file_is_noticed_or_changes_nothing()
    {
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        var unnoticed = 0;
        foreach (var position in Enumerable.Range(0, 64).Concat(Enumerable.Range(0, 300).Select(_ => random.Next(bundle.Length))))
        {
            var changed = bundle.ToArray();
            changed[position] ^= (byte)(1 << random.Next(8));
            // The frame has a bit that readers ignore (RFC 8878 section 3.1.1.1.1.3): the content is the signed one all the same.
            if (await FaultOfAsync(changed) is null) unnoticed++;
        }
        Assert.That(unnoticed, Is.LessThan(5));
    }

    [Test]
    public async Task A_file_cut_off_anywhere_is_refused_with_the_place()
    {
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        foreach (var length in (int[])[0, 1, 3, 4, 20, bundle.Length / 2, bundle.Length - 5, bundle.Length - 1, .. Enumerable.Range(0, 150).Select(_ => random.Next(bundle.Length))])
            Assert.That(await FaultOfAsync(bundle[..length]), Does.Contain($"ends after {length} octets").And.Contain("copy it again"), $"{length} octets");
    }

    [Test]
    public async Task Whatever_follows_the_end_is_refused()
    {
        byte[][] tails = [[0], "x"u8.ToArray(), RawBundle.Compress([]), RawBundle.Compress("more"u8.ToArray()), [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0], bundle];
        foreach (var tail in tails) Assert.That(await FaultOfAsync([.. bundle, .. tail]), Is.Not.Null, Convert.ToHexString(tail.AsSpan(0, Math.Min(8, tail.Length))));
        Assert.That(await FaultOfAsync(RawBundle.Compress([.. raw.Archive, 0])), Does.Contain("octets after its end"));
        Assert.That(await FaultOfAsync(RawBundle.Compress([.. raw.Archive, .. new byte[BundleTar.BlockSize]])), Does.Contain("octets after its end"));
    }

    [Test]
    public async Task Files_that_are_swapped_repeated_left_out_added_or_other_than_plain_files_are_refused()
    {
        var last = raw.Pieces.Count - 1;
        Assert.That(await LoadAsync(pieces => (pieces[3], pieces[4]) = (pieces[4], pieces[3])), Does.Contain("where 'assets/"));
        Assert.That(await LoadAsync(pieces => pieces.Insert(4, pieces[4])), Does.Contain("it was changed after it was signed"));
        Assert.That(await LoadAsync(pieces => pieces.Add(pieces[last])), Does.Contain("after its last file"));
        Assert.That(await LoadAsync(pieces => pieces.RemoveAt(last)), Does.Contain("must be"));
        Assert.That(await LoadAsync(pieces => pieces.Add(RawBundle.Piece("assets/extra", "x"u8.ToArray()))), Does.Contain("'assets/extra' after its last file"));
        Assert.That(await LoadAsync(pieces => pieces.Insert(4, RawBundle.Piece("../../../etc/passwd", "root::0:0"u8.ToArray()))), Does.Contain("'../../../etc/passwd'"));
        Assert.That(await LoadAsync(pieces => pieces[4] = Retyped(pieces[4], '2')), Does.Contain("it was changed after it was signed"), "a symbolic link");
        Assert.That(await LoadAsync(pieces => pieces[4] = Retyped(pieces[4], '1')), Does.Contain("it was changed after it was signed"), "a hard link");
        Assert.That(to.Visible(), Is.Empty);

        static byte[] Retyped(byte[] piece, char type)
        {
            var changed = piece.ToArray();
            changed[156] = (byte)type;
            var sum = changed[..512].Sum(octet => octet) - changed[148..156].Sum(octet => octet) + 8 * ' ';
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0')).CopyTo(changed, 148);
            return changed;
        }
    }

    [TestCase("\"path\": \"assets/debian/vmlinuz\"", "\"path\": \"assets/../debian/vmlinuz\"", "no path of a bundle")]
    [TestCase("\"path\": \"assets/debian/vmlinuz\"", "\"path\": \"/etc/passwd\"", "no path of a bundle")]
    [TestCase("\"path\": \"assets/debian/vmlinuz\"", "\"path\": \"assets/.load-x\"", "no path of a bundle")]
    [TestCase("\"path\": \"assets/debian/vmlinuz\"", "\"path\": \"assets/debian/rootfs.tar.zst\"", "twice")]
    [TestCase("\"path\": \"assets/debian/vmlinuz\"", "\"path\": \"assets/zzz\"", "is not in order")]
    [TestCase("\"path\": \"debian/vmlinuz\"", "\"path\": \"../vmlinuz\"", "no content for the asset '../vmlinuz'")]
    [TestCase("\"path\": \"debian/vmlinuz\"", "\"path\": \"snponly.efi\"", "another use")]
    [TestCase("\"reference\": \"registry.k8s.io/", "\"reference\": \"registry.k8s.io/../", "no whole name")]
    [TestCase("\"size\": 40000", "\"size\": -1", "negative size")]
    [TestCase("\"size\": 40000", "\"size\": 40000, \"mode\": 511", "cannot be read")]
    [TestCase("\"size\": 40000", "\"size\": 40000, \"size\": 1", "cannot be read")]
    [TestCase("\"purpose\"", "\"porpoise\"", "cannot be read")]
    [TestCase("\"format\": 1", "\"format\": 2", "reads formats up to 1")]
    [TestCase("\"format\": 1", "\"format\": \"1\"", "has no format")]
    public async Task A_list_that_makes_no_sense_is_refused_although_it_is_signed(string original, string replacement, string said)
    {
        var list = Encoding.UTF8.GetString(ListOf(raw));
        Assert.That(list, Does.Contain(original));
        var at = list.IndexOf(original, StringComparison.Ordinal);
        var changed = string.Concat(list.AsSpan(0, at), replacement, list.AsSpan(at + original.Length));
        var loaded = await to.LoadAsync(new MemoryStream(RawBundle.Signed(Encoding.UTF8.GetBytes(changed), raw.Pieces.Skip(2))));
        Assert.That(BundleRefusalTests.Said(loaded), Does.Contain(said));
        Assert.That(Directory.Exists(to.Assets), Is.False);
    }

    [Test]
    public async Task A_list_signed_anew_by_a_stranger_is_a_stranger_s()
    {
        using var stranger = BundleKey.Create();
        var list = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(ListOf(raw)).Replace(
            System.Text.Json.JsonEncodedText.Encode(BundleSite.Signer.Pem, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
            System.Text.Json.JsonEncodedText.Encode(stranger.Signer.Pem, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), StringComparison.Ordinal));
        var forged = RawBundle.Compress([.. RawBundle.Piece(BundleLayout.List, list), .. RawBundle.Piece(BundleLayout.Signature, stranger.Sign(list)), .. raw.Archive.AsSpan(raw.Pieces[0].Length + raw.Pieces[1].Length)]);
        Assert.That(BundleRefusalTests.Said(await to.LoadAsync(new MemoryStream(forged))), Does.Contain(stranger.Signer.Fingerprint).And.Contain("does not know"));
    }

    [Test]
    public async Task What_is_no_bundle_is_said_to_be_none()
    {
        Assert.That(await FaultOfAsync("#!/bin/sh\necho hello\n"u8.ToArray()), Does.Contain("before 'bundle.json'"));
        Assert.That(await FaultOfAsync(RawBundle.Compress(new byte[4096])), Does.Contain("is no bundle"));
        Assert.That(await FaultOfAsync(RawBundle.Compress(BundleTar.HeaderOf(BundleLayout.List, long.MaxValue / 1024))), Does.Contain("is no bundle"));
        Assert.That(await FaultOfAsync(RawBundle.Compress([.. BundleTar.HeaderOf(BundleLayout.List, BundleDocument.MaximumLength + 1), .. new byte[5000]])), Does.Contain("more than"));
    }

    [Test]
    public async Task A_load_whose_line_breaks_goes_on_from_what_was_verified()
    {
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            Assert.That(() => to.LoadAsync(new PiecewiseStream(bundle, seed + round, breaksAt: random.Next(bundle.Length)), BundleSite.Cluster), Throws.InstanceOf<IOException>());
            Assert.That(to.Visible(), Is.Empty);
            await to.IsSoundAsync(withoutLeftovers: false);
        }
        Assert.That(await to.LoadAsync(new MemoryStream(bundle), BundleSite.Cluster), Is.TypeOf<LoadOutcome.Loaded>());
        Assert.That(to.Visible(), Is.EqualTo(from.Visible()));
        await to.IsSoundAsync();
    }

    [Test]
    public async Task What_a_power_cut_made_of_the_staging_is_not_believed()
    {
        Assert.That(() => to.LoadAsync(new PiecewiseStream(bundle, 1, breaksAt: bundle.Length - 1), BundleSite.Cluster), Throws.InstanceOf<IOException>());
        var staged = Directory.GetFiles(Path.Combine(to.State, "registry/uploads")).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal))
            .Concat(Directory.GetFiles(Directory.GetDirectories(to.Assets, ".load-*").Single())).ToList();
        Assert.That(staged, Has.Count.GreaterThan(10));
        foreach (var file in staged) File.WriteAllBytes(file, new byte[new FileInfo(file).Length]);
        Assert.That(await to.LoadAsync(new MemoryStream(bundle), BundleSite.Cluster), Is.TypeOf<LoadOutcome.Loaded>());
        Assert.That(to.Visible(), Is.EqualTo(from.Visible()));
        await to.IsSoundAsync();
    }

    [Test]
    public async Task One_load_at_a_time_goes_into_a_folder()
    {
        using (var other = Sextant.Assets.AssetBuild.TryBegin(to.Assets))
            Assert.That(BundleRefusalTests.Said(await to.LoadAsync(new MemoryStream(bundle))), Does.Contain("another build or load is at work"));
        Assert.That(await to.LoadAsync(new MemoryStream(bundle)), Is.TypeOf<LoadOutcome.Loaded>());
    }

    private static byte[] ListOf(RawBundle raw) => raw.Pieces[0].AsSpan(BundleTar.BlockSize).TrimEnd((byte)0).ToArray();

    private async Task<string> LoadAsync(Action<List<byte[]>> change)
    {
        var changed = RawBundle.Read(from.File("site.tar.zst"));
        change(changed.Pieces);
        return BundleRefusalTests.Said(await to.LoadAsync(new MemoryStream(RawBundle.Compress(changed.Archive))));
    }

    /// <summary>Reads the bundle to its end; says what is wrong, or null when it is whole and has exactly the signed content.</summary>
    private static async Task<string?> FaultOfAsync(byte[] bundle)
    {
        var outcome = await BundleInspection.RunAsync(new MemoryStream(bundle), isEverything: true, new Progress<WorkProgress>(), default);
        if (outcome is InspectionOutcome.Damaged(var problem)) return problem;
        Assert.That(((InspectionOutcome.Inspected)outcome).Signer.Fingerprint, Is.EqualTo(BundleSite.Signer.Fingerprint));
        return null;
    }
}
