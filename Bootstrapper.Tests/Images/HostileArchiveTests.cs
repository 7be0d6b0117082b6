using System.Formats.Tar;
using System.Text;
using NUnit.Framework;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;
using static Sextant.Tests.Images.ImageSamples;

namespace Sextant.Tests.Images;

/// <summary>Archives that are damaged or made to do harm: each is refused in words, nothing has a tag afterwards, and the registry is well.</summary>
public sealed class HostileArchiveTests
{
    private const string Name = "registry.example/app:1";
    private static readonly byte[] First = Layer(1);
    private static readonly byte[] Second = Layer(2);

    private TemporaryFolder folder = null!;
    private RegistryStore store = null!;

    [SetUp]
    public void OpenStore() => store = RegistryStore.Open((folder = new TemporaryFolder()).At("state", "registry"));

    [TearDown]
    public void RemoveStore() => folder.Dispose();

    private static IEnumerable<TestCaseData> Archives()
    {
        var docker = Docker([Name], "amd64", First, Second);
        var layout = Layout((Name, Image(1)));
        var big = Image(1).Blobs.MaxBy(blob => blob.Value.Length);
        yield return Case("nothing at all", [], "is empty");
        yield return Case("no archive", Encoding.ASCII.GetBytes(new string('x', 5000)), "no archive");
        yield return Case("another archive", Tar(("readme", First)), "neither manifest.json nor index.json");
        yield return Case("xz", [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 1, 2], "unxz");
        yield return Case("a broken gzip", [0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "damaged");
        yield return Case("a broken zstd", [0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff], "damaged");
        yield return Case("a name that climbs", Tar([("../../etc/cron.d/evil", First), .. docker]), "'../../etc/cron.d/evil', which leads out");
        yield return Case("a name from the root", Tar([("/etc/passwd", First), .. docker]), "'/etc/passwd', which leads out");
        yield return Case("a link that climbs", TarOf([Link(TarEntryType.SymbolicLink, "layer0/layer.tar", "../../etc/shadow"), .. Entries(docker.Skip(1))]), "outside of the archive");
        yield return Case("a link to the root", TarOf([Link(TarEntryType.HardLink, "layer0/layer.tar", "/etc/shadow"), .. Entries(docker.Skip(1))]), "outside of the archive");
        yield return Case("links in a circle", TarOf(
            [Link(TarEntryType.SymbolicLink, "layer0/layer.tar", "b"), Link(TarEntryType.SymbolicLink, "layer0/b", "layer.tar"), .. Entries(docker.Skip(1))]), "'layer0/layer.tar' of");
        yield return Case("a device", TarOf([new UstarTarEntry(TarEntryType.CharacterDevice, "null"), .. Entries(docker)]), "type CharacterDevice");
        yield return Case("a layer that is missing", Tar(docker.Skip(1)), "layer 'layer0/layer.tar'");
        yield return Case("a configuration that is missing", Tar(docker.Where(file => !file.Name.EndsWith("json", StringComparison.Ordinal) || file.Name == "manifest.json")), "configuration");
        yield return Case("a layer of another image", Tar([("layer0/layer.tar", Layer(9)), .. docker.Skip(1)]), "another content");
        yield return Case("a manifest that is no JSON", Tar([.. docker.SkipLast(1), ("manifest.json", First)]), "manifest.json");
        yield return Case("a manifest of another kind", Tar([.. docker.SkipLast(1), ("manifest.json", "[{\"Config\": 7}]"u8.ToArray())]), "manifest.json");
        yield return Case("a name that is none", Tar(Docker(["NOT A NAME"], "amd64", First)), "NOT A NAME");
        yield return Case("a blob that is not its digest", Tar(layout.Select(file => file.Name.EndsWith(big.Key.Hex, StringComparison.Ordinal) ? (file.Name, First) : file)), big.Key.Hex);
        yield return Case("a blob that is missing", Tar(layout.Where(file => !file.Name.EndsWith(big.Key.Hex, StringComparison.Ordinal))), big.Key + ", which the manifest");
        yield return Case("a manifest that is missing", Tar(layout.Where(file => !file.Name.EndsWith(Image(1).Digest.Hex, StringComparison.Ordinal))), "the manifest of " + Name);
        yield return Case("a digest that is none", Tar([("blobs/sha256/abc", First), .. layout]), "no digest");
        yield return Case("an index that is no JSON", Tar([.. layout.SkipLast(1), ("index.json", First)]), "index.json");
        yield return Case("an index of nothing", Tar([.. layout.SkipLast(1), ("index.json", "{\"schemaVersion\":2,\"manifests\":[]}"u8.ToArray())]), "lists no image");
        yield return Case("an archive that is cut off", Tar(docker)[..(First.Length / 2)], "layer0/layer.tar");
        yield return Case("a size beyond belief", Claiming("layer0/layer.tar", "77777777777"), "layer0/layer.tar");
        yield return Case("a table of contents beyond belief", Claiming("manifest.json", "77777777777"), "manifest.json");
        yield return Case("the second of two images is wrong", Tar([.. Layout((Name, Image(1)), ("registry.example/other:1", Image(2)))
            .Where(file => !Image(2).Blobs.Keys.Except(Image(1).Blobs.Keys).Any(digest => file.Name.EndsWith(digest.Hex, StringComparison.Ordinal)))]), "is missing");

        static TestCaseData Case(string what, byte[] archive, string reason) => new TestCaseData(archive, reason).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(Archives))]
    public async Task A_wrong_archive_is_refused_in_words(byte[] archive, string reason)
    {
        Assert.That(await ProblemAsync(archive), Does.StartWith("evil.tar: ").And.Contain(reason));
        await NothingHappenedAsync();
    }

    [Test]
    public async Task Every_place_where_an_archive_can_be_cut_off_is_survived([Values] bool isDocker)
    {
        var archive = isDocker ? Tar(Docker([Name], "amd64", Layer(1, 600), Layer(2, 600))) : Tar(Layout((Name, Image(1, length: 600))));
        // The two empty blocks at the end may be missing: the image is whole without them.
        var whole = archive.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        for (var length = 0; length < whole; length += 97) Assert.That(await ProblemAsync(archive[..length]), Is.Not.Empty, $"{length}");
        await NothingHappenedAsync();
    }

    [Test]
    public async Task Octets_that_were_changed_are_refused_or_harmless()
    {
        var archive = Tar(Docker([Name], "amd64", Layer(1, 600)));
        var random = new Random(7);
        for (var round = 0; round < 150; round++)
        {
            var changed = archive.ToArray();
            for (var i = 0; i < 3; i++) changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            var outcome = await new ImageLoader(store, new Progress<WorkProgress>()).LoadAsync("evil.tar", new MemoryStream(changed), changed.Length, null, default);
            Assert.That(outcome, Is.TypeOf<IntakeOutcome.Refused>().Or.TypeOf<IntakeOutcome.Taken>());
        }
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);
    }

    private async Task<string> ProblemAsync(byte[] archive)
    {
        var outcome = await new ImageLoader(store, new Progress<WorkProgress>()).LoadAsync("evil.tar", new MemoryStream(archive), archive.Length, null, default);
        return outcome is IntakeOutcome.Refused(var problem) ? problem : "";
    }

    private async Task NothingHappenedAsync()
    {
        Assert.That(store.Repositories().SelectMany(repository => store.Tags(repository)), Is.Empty);
        Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);
        Assert.That(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), Is.All.StartsWith(store.Folder));
    }

    private static IEnumerable<TarEntry> Entries(IEnumerable<(string Name, byte[] Content)> files) => files.Select(file => FileEntry(file.Name, file.Content));

    /// <summary>An archive whose first entry says that it has that many octets (octal), and has a few.</summary>
    private static byte[] Claiming(string name, string octal)
    {
        var archive = Tar((name, First));
        Encoding.ASCII.GetBytes(octal.PadLeft(11, '0')).CopyTo(archive, 124);
        "        "u8.CopyTo(archive.AsSpan(148));
        var sum = archive.AsSpan(0, 512).ToArray().Sum(octet => octet);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(archive, 148);
        return archive;
    }
}
