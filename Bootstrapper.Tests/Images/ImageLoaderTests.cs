using System.Formats.Tar;
using System.IO.Compression;
using NUnit.Framework;
using Sextant.Files;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;
using static Sextant.Tests.Images.ImageSamples;

namespace Sextant.Tests.Images;

public sealed class ImageLoaderTests
{
    private const string Name = "registry.example/team/app:1.0";
    private static readonly byte[] First = Layer(1);
    private static readonly byte[] Second = Layer(2);

    private TemporaryFolder folder = null!;
    private RegistryStore store = null!;
    private ImageLoader loader = null!;

    [SetUp]
    public void OpenStore()
    {
        folder = new TemporaryFolder();
        store = RegistryStore.Open(folder.At("state", "registry"));
        loader = new ImageLoader(store, new Progress<WorkProgress>());
    }

    [TearDown]
    public void RemoveStore() => folder.Dispose();

    [Test]
    public async Task A_docker_archive_becomes_an_image_with_its_layers_as_they_are()
    {
        var image = (await TakenAsync(Tar(Docker([Name], "amd64", First, Second)))).Single();
        Assert.That(image.Reference.ToString(), Is.EqualTo(Name));
        Assert.That(image.Platforms, Is.EqualTo(new[] { "linux/amd64" }));
        var document = await DocumentAsync(Name);
        Assert.That(document.Layers.Select(layer => (layer.MediaType, layer.Digest)), Is.EqualTo(new[]
        {
            (MediaTypes.OciLayer, Digest.Sha256Of(First)), (MediaTypes.OciLayer, Digest.Sha256Of(Second)),
        }));
        Assert.That(image.Size, Is.EqualTo(First.Length + Second.Length + document.Config!.Size + (await ManifestAsync(Name)).Content.Length));
        await StoreIsWellAsync();
    }

    [Test]
    public async Task Loading_again_in_another_order_and_packing_gives_the_same_digest()
    {
        var files = Docker([Name], "amd64", First, Second);
        var once = (await TakenAsync(Tar(files))).Single();
        files.Reverse();
        var again = (await TakenAsync(Gzip(Tar(files)))).Single();
        Assert.That(again.Digest, Is.EqualTo(once.Digest));
        Assert.That(store.Manifests(once.Reference.Here), Has.Count.EqualTo(1));
        // The manifest's form is a promise: machines pin this digest.
        Assert.That(once.Digest.ToString(), Does.StartWith("sha256:7c5b486f96e98dddff64509bccad04b841ff8d20be3b28304b65"));
    }

    [Test]
    public async Task An_archive_is_known_by_its_octets_whatever_its_name([Values("plain", "gzip", "zstd")] string packing)
    {
        var tar = Tar(Layout((Name, Image(1))));
        var path = folder.File("archive.png");
        await File.WriteAllBytesAsync(path, packing switch { "gzip" => Gzip(tar), "zstd" => Zstandard(tar), _ => tar });
        Assert.That(await loader.LoadAsync(path, null, default), Is.TypeOf<IntakeOutcome.Taken>());
        Assert.That((await ManifestAsync(Name)).Digest, Is.EqualTo(Image(1).Digest));
    }

    [Test]
    public async Task Layers_that_are_packed_are_kept_packed_and_called_so()
    {
        var files = Docker([Name], "amd64", First, Second);
        files[0] = (files[0].Name, Gzip(First));
        files[1] = (files[1].Name, Zstandard(Second));
        await TakenAsync(Tar(files));
        Assert.That((await DocumentAsync(Name)).Layers.Select(layer => (layer.MediaType, layer.Digest)), Is.EqualTo(new[]
        {
            (MediaTypes.OciLayer + "+gzip", Digest.Sha256Of(Gzip(First))), (MediaTypes.OciLayer + "+zstd", Digest.Sha256Of(Zstandard(Second))),
        }));
    }

    [TestCase(TarEntryType.SymbolicLink, "../layer0/layer.tar")]
    [TestCase(TarEntryType.HardLink, "layer0/layer.tar")]
    public async Task A_layer_may_be_a_link_to_another_one(TarEntryType type, string target)
    {
        var files = Docker([Name], "amd64", First, First);
        var archive = TarOf([Link(type, "layer1/layer.tar", target), .. files.Where(file => file.Name != "layer1/layer.tar").Select(file => FileEntry(file.Name, file.Content))]);
        await TakenAsync(archive);
        Assert.That((await DocumentAsync(Name)).Layers.Select(layer => layer.Digest), Is.EqualTo(new[] { Digest.Sha256Of(First), Digest.Sha256Of(First) }));
    }

    [Test]
    public async Task An_oci_archive_keeps_every_octet_and_every_platform()
    {
        var index = Index(("amd64", Image(1)), ("arm64", Image(2, "arm64")));
        var taken = (await TakenAsync(Tar(Layout((Name, index))))).Single();
        Assert.That(taken.Digest, Is.EqualTo(index.Digest));
        Assert.That(taken.Platforms, Is.EqualTo(new[] { "linux/amd64", "linux/arm64" }));
        Assert.That((await ManifestAsync(Name)).Content.ToArray(), Is.EqualTo(index.Manifest));
        Assert.That(store.Manifests(taken.Reference.Here), Is.EquivalentTo(new[] { index.Digest, Image(1).Digest, Image(2, "arm64").Digest }));
        await StoreIsWellAsync();
    }

    [Test]
    public async Task An_index_may_list_images_that_were_left_out()
    {
        var (here, away) = (Image(1), Image(2, "arm64"));
        var index = Index(("amd64", here), ("arm64", away));
        var files = Layout((Name, index)).Where(file => !away.Blobs.Keys.Except(here.Blobs.Keys).Append(away.Digest).Any(gone => file.Name.EndsWith(gone.Hex, StringComparison.Ordinal)));
        var taken = (await TakenAsync(Tar(files))).Single();
        Assert.That((taken.Digest, taken.Platforms), Is.EqualTo((index.Digest, new[] { "linux/amd64" })).Using<(Digest, IReadOnlyList<string>)>((one, other) => one.Item1 == other.Item1 && one.Item2.SequenceEqual(other.Item2)));
        await StoreIsWellAsync();
    }

    [Test]
    public async Task Several_images_and_several_names_come_out_of_one_archive()
    {
        var taken = await TakenAsync(Tar(Layout(("a.example/one:1", Image(1)), ("a.example/one:2", Image(1)), ("b.example/two:1", Image(2)))));
        Assert.That(taken.Select(image => $"{image.Reference} {image.Digest}"), Is.EqualTo(new[]
        {
            $"a.example/one:1 {Image(1).Digest}", $"a.example/one:2 {Image(1).Digest}", $"b.example/two:1 {Image(2).Digest}",
        }));
        Assert.That(await TakenAsync(Tar(Docker(["x:1", "y.example/x:2"], "amd64", First))), Has.Count.EqualTo(2));
        Assert.That((await ManifestAsync("docker.io/library/x:1")).Digest, Is.EqualTo((await ManifestAsync("y.example/x:2")).Digest));
    }

    [Test]
    public async Task A_layout_in_a_folder_is_loaded_as_its_archive_is()
    {
        foreach (var (name, content) in Layout((Name, Image(1))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.At("layout", name))!);
            await File.WriteAllBytesAsync(folder.At("layout", name), content);
        }
        var outcome = await loader.LoadAsync(folder.File("layout"), null, default);
        Assert.That(((IntakeOutcome.Taken)outcome).Images.Single().Digest, Is.EqualTo(Image(1).Digest));
        await StoreIsWellAsync();
    }

    [TestCase(null)]
    [TestCase("v1")]
    public async Task An_image_without_a_name_needs_one(string? tag)
    {
        var archive = Tar(Layout((tag, Image(1))));
        Assert.That(await ProblemAsync(archive), Does.Contain("--name").And.Contain(Image(1).Digest.ToString()));
        var taken = await loader.LoadAsync("archive", new MemoryStream(archive), archive.Length, ImageReference.Parse(Name), default);
        Assert.That(((IntakeOutcome.Taken)taken).Images.Single().Reference.ToString(), Is.EqualTo(Name));
    }

    [Test]
    public async Task One_name_cannot_name_two_images()
    {
        var archive = Tar(Layout((null, Image(1)), (null, Image(2))));
        var outcome = await loader.LoadAsync("archive", new MemoryStream(archive), null, ImageReference.Parse(Name), default);
        Assert.That(((IntakeOutcome.Refused)outcome).Problem, Does.Contain("2 images"));
    }

    [Test]
    public async Task An_archive_that_is_read_from_a_pipe_is_read_to_its_end()
    {
        var archive = Tar(Docker([Name], "amd64", First)).Concat(new byte[100_000]).ToArray();
        using var pipe = new MemoryStream(archive);
        Assert.That(await loader.LoadAsync("standard input", pipe, null, null, default), Is.TypeOf<IntakeOutcome.Taken>());
        Assert.That(pipe.Position, Is.EqualTo(archive.Length));
    }

    private async Task<IReadOnlyList<TakenImage>> TakenAsync(byte[] archive)
    {
        var outcome = await loader.LoadAsync("archive", new MemoryStream(archive), archive.Length, null, default);
        Assert.That(outcome, Is.TypeOf<IntakeOutcome.Taken>(), (outcome as IntakeOutcome.Refused)?.Problem);
        return ((IntakeOutcome.Taken)outcome).Images;
    }

    private async Task<string> ProblemAsync(byte[] archive) =>
        ((IntakeOutcome.Refused)await loader.LoadAsync("archive", new MemoryStream(archive), archive.Length, null, default)).Problem;

    private async Task<StoredManifest> ManifestAsync(string name)
    {
        var reference = ImageReference.Parse(name);
        return (await store.FindManifestAsync(reference.Here, reference.Asked, default))!;
    }

    private async Task<ManifestDocument> DocumentAsync(string name)
    {
        var manifest = await ManifestAsync(name);
        Assert.That(ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var document, out var problem), Is.True, problem);
        return document!;
    }

    private async Task StoreIsWellAsync() => Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);

    private static byte[] Gzip(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest)) gzip.Write(content);
        return buffer.ToArray();
    }

    private static byte[] Zstandard(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var zstd = ZstandardStream.Compress(buffer, 3, leaveOpen: true)) zstd.Write(content);
        return buffer.ToArray();
    }
}
