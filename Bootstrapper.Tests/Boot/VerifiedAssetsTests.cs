using System.Net;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Cli;
using Sextant.Status;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

/// <summary>What lies in the asset folder changes while the service runs: what is right is served at once, what is not never.</summary>
[TestFixture]
public sealed class VerifiedAssetsTests
{
    private const string Kernel = "debian/vmlinuz";

    private ServedAppliance appliance = null!;

    [SetUp]
    public async Task Start() => appliance = await ServedAppliance.StartAsync();

    [TearDown]
    public async Task Stop() => await appliance.DisposeAsync();

    [Test]
    public async Task One_flipped_byte_is_noticed_though_size_and_date_are_as_before()
    {
        Assert.That((await GetAsync(Kernel)).Status, Is.EqualTo(HttpStatusCode.OK));
        Flip(Kernel);
        var (status, text) = await GetAsync(Kernel);
        Assert.That(status, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(text, Does.Contain(Kernel).And.Contain("another content").And.Contain("sextant assets verify"));
        _ = await GetAsync(Kernel);
        Assert.That(appliance.Failures, Has.Count.EqualTo(1).And.Exactly(1).Contains(Kernel), "told once");
        Assert.That(appliance.Part<ClusterViews>().Cluster().Problems, Has.Exactly(1).Contains(Kernel));
        Assert.That((await GetAsync("snponly.efi")).Status, Is.EqualTo(HttpStatusCode.OK), "the others are served");
    }

    [TestCase("Range", "bytes=0-0")]
    [TestCase("If-None-Match", "\"x\"")]
    public async Task Not_even_a_part_of_a_damaged_file_is_served(string header, string value)
    {
        Flip(Kernel);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{appliance.HttpBase}/assets/{Kernel}");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await appliance.Client(1).SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
    }

    [Test]
    public async Task A_missing_file_is_our_failure_and_an_unknown_one_is_not()
    {
        File.Delete(appliance.Assets.Find(Kernel)!.FullPath);
        var (status, text) = await GetAsync(Kernel);
        Assert.That(status, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(text, Does.Contain("is missing"));
        Assert.That((await GetAsync("debian/other")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_file_that_was_put_right_is_served_again_and_no_problem_any_more()
    {
        var path = appliance.Assets.Find(Kernel)!.FullPath;
        var content = await File.ReadAllBytesAsync(path);
        Flip(Kernel);
        _ = await GetAsync(Kernel);
        await File.WriteAllBytesAsync(path, content);
        await LookAsync();
        Assert.That(appliance.Part<ClusterViews>().Cluster().Problems, Is.Empty);
        Assert.That((await GetAsync(Kernel)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task What_lies_damaged_at_the_start_is_shown_before_anybody_asks()
    {
        Flip(Kernel);
        await appliance.Part<CurrentAssets>().VerifyAllAsync(CancellationToken.None);
        Assert.That(appliance.Part<ClusterViews>().Cluster().Problems, Has.Exactly(1).Contains(Kernel));
    }

    [Test]
    public async Task A_build_is_served_without_a_restart()
    {
        var before = appliance.Assets.Find(Kernel)!.Sha256;
        Assert.That((await GetAsync("added.img")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        appliance.Publish((Kernel, 100_000), ("added.img", 10));
        await LookAsync();
        Assert.That((await GetAsync("added.img")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(appliance.Assets.Find(Kernel)!.Sha256, Is.Not.EqualTo(before));
        Assert.That((await GetAsync(Kernel)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(appliance.Failures, Is.Empty);
    }

    [Test]
    public async Task A_request_between_a_build_and_the_next_look_gets_the_new_file_and_raises_no_alarm()
    {
        _ = await GetAsync(Kernel);
        appliance.Publish((Kernel, 100_000));
        using var answer = await appliance.Client(1).GetAsync($"{appliance.HttpBase}/assets/{Kernel}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Headers.ETag!.Tag, Is.EqualTo($"\"{AssetFolder.Load(appliance.AssetsFolder).Find(Kernel)!.Sha256}\""));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(appliance.BytesOf(Kernel)).And.Length.EqualTo(100_000));
        Assert.That(appliance.Failures, Is.Empty);
    }

    [TestCase(AssetIndex.FileName, "{")]
    [TestCase(AssetManifest.FileName, "nonsense: 1")]
    public async Task An_unusable_index_or_manifest_changes_nothing_but_the_problems(string name, string text)
    {
        var file = Path.Combine(appliance.AssetsFolder, name);
        var right = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text);
        await LookAsync();
        Assert.That((await GetAsync(Kernel)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(appliance.Part<ClusterViews>().Cluster().Problems, Has.Some.Contains(name).And.Some.Contains("stay in force"));
        await File.WriteAllTextAsync(file, right);
        await LookAsync();
        Assert.That(appliance.Part<ClusterViews>().Cluster().Problems, Is.Empty);
    }

    private Task LookAsync() => appliance.Hosted<AssetWatch>().LookAsync(CancellationToken.None);

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using var answer = await appliance.Client(1).GetAsync($"{appliance.HttpBase}/assets/{path}");
        return (answer.StatusCode, answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync());
    }

    private void Flip(string asset)
    {
        var path = appliance.Assets.Find(asset)!.FullPath;
        var date = File.GetLastWriteTimeUtc(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 1000;
            var octet = file.ReadByte();
            file.Position = 1000;
            file.WriteByte((byte)(octet ^ 1));
        }
        File.SetLastWriteTimeUtc(path, date);
    }
}
