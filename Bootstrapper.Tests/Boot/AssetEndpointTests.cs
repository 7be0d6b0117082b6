using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using Sextant.Boot;
using Sextant.Lifecycle;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

[TestFixture]
public sealed class AssetEndpointTests
{
    private const string Image = "debian/rootfs.tar.zst";

    private ServedAppliance appliance = null!;

    [OneTimeSetUp]
    public async Task Start() => appliance = await ServedAppliance.StartAsync();

    [OneTimeTearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
    }

    [TestCase("debian/vmlinuz", "application/octet-stream")]
    [TestCase(Image, "application/octet-stream")]
    [TestCase("snponly.efi", "application/efi")]
    [TestCase("empty.bin", "application/octet-stream")]
    public async Task A_file_arrives_byte_for_byte_with_everything_firmware_asks_for(string path, string type)
    {
        using var answer = await appliance.Client("127.0.0.201").GetAsync($"{appliance.HttpBase}/assets/{path}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(appliance.BytesOf(path)));
        Assert.That(answer.Content.Headers.ContentType!.ToString(), Is.EqualTo(type), "UEFI compares the whole value");
        Assert.That(answer.Headers.ETag!.ToString(), Is.EqualTo($"\"{appliance.Assets.Find(path)!.Sha256}\""));
        Assert.That(answer.Content.Headers.LastModified, Is.EqualTo(appliance.Assets.Find(path)!.LastModified));
        Assert.That(answer.Headers.AcceptRanges, Is.EqualTo(["bytes"]));
        Assert.That(answer.Headers.TransferEncodingChunked, Is.Not.True);
    }

    [Test]
    public async Task Head_tells_the_length_and_sends_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"{appliance.HttpBase}/assets/snponly.efi");
        request.Headers.Range = new RangeHeaderValue(0, 9);
        using var answer = await appliance.Client("127.0.0.201").SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Content.Headers.ContentLength, Is.EqualTo(70_001));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.Empty);
    }

    [TestCase("bytes=0-0", 0, 1)]
    [TestCase("bytes=65535-65536", 65535, 2)]
    [TestCase("bytes=2999999-", 2999999, 1)]
    [TestCase("bytes=-100000", 2900000, 100000)]
    [TestCase("bytes=1000000-2000000", 1000000, 1000001)]
    public async Task A_range_is_exactly_those_bytes(string range, int first, int count)
    {
        using var answer = await GetAsync(range);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(answer.Content.Headers.ContentRange!.ToString(), Is.EqualTo($"bytes {first}-{first + count - 1}/3000000"));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(appliance.BytesOf(Image)[first..(first + count)]));
    }

    [Test]
    public async Task A_range_behind_the_end_says_how_long_the_file_is()
    {
        using var answer = await GetAsync("bytes=3000000-");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.RequestedRangeNotSatisfiable));
        Assert.That(answer.Content.Headers.ContentRange!.ToString(), Is.EqualTo("bytes */3000000"));
    }

    [Test]
    public async Task What_is_known_already_is_not_sent_again()
    {
        using var answer = await GetAsync(null, ("If-None-Match", $"\"{appliance.Assets.Find(Image)!.Sha256}\""));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.Empty);
    }

    [Test]
    public async Task A_transfer_is_told_from_its_beginning_to_its_end_and_at_most_four_times_a_second()
    {
        await appliance.LeaseAsync(1);
        var told = new List<AssetProgress>();
        var done = new TaskCompletionSource();
        using var subscription = appliance.Machines.Subscribe((happened, _) =>
        {
            if (happened is not AssetProgress progress || progress.Mac != ServedAppliance.Mac(1)) return;
            told.Add(progress);
            if (progress.Bytes == progress.Total) done.TrySetResult();
        });
        var began = appliance.Time.GetUtcNow();
        _ = await appliance.Client(1).GetByteArrayAsync($"{appliance.HttpBase}/assets/{Image}");
        await done.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var took = appliance.Time.GetUtcNow() - began;
        Assert.That(told[0], Is.EqualTo(new AssetProgress(ServedAppliance.Mac(1), told[0].At, Image, 0, 3_000_000)));
        Assert.That(told[^1].Bytes, Is.EqualTo(3_000_000));
        Assert.That(told, Has.Count.LessThanOrEqualTo(3 + (int)(took / TransferProgress.Interval)));
        Assert.That(told.Select(progress => progress.Bytes), Is.Ordered);
        Assert.That(appliance.Machines.Find(ServedAppliance.Mac(1))!.Transfer, Is.EqualTo(told[^1]));
    }

    [Test]
    public async Task A_resumed_transfer_goes_on_where_it_was()
    {
        await appliance.LeaseAsync(2);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{appliance.HttpBase}/assets/{Image}");
        request.Headers.Range = new RangeHeaderValue(2_000_000, null);
        var first = new TaskCompletionSource<AssetProgress>();
        using var subscription = appliance.Machines.Subscribe((happened, _) =>
        {
            if (happened is AssetProgress progress && progress.Mac == ServedAppliance.Mac(2)) first.TrySetResult(progress);
        });
        using var answer = await appliance.Client(2).SendAsync(request);
        var told = await first.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.That((told.Bytes, told.Total), Is.EqualTo((2_000_000L, 3_000_000L)));
    }

    [Test]
    public async Task A_boot_loader_sent_over_http_is_a_step_of_the_machines_life()
    {
        await appliance.LeaseAsync(3);
        var sent = new TaskCompletionSource<BootFileSent>();
        using var subscription = appliance.Machines.Subscribe((happened, _) =>
        {
            if (happened is BootFileSent file) sent.TrySetResult(file);
        });
        _ = await appliance.Client(3).GetByteArrayAsync($"{appliance.HttpBase}/assets/snponly.efi");
        var file = await sent.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.That((file.Mac, file.File, file.Via, file.Bytes), Is.EqualTo((ServedAppliance.Mac(3), "snponly.efi", "HTTP", 70_001L)));
    }

    private async Task<HttpResponseMessage> GetAsync(string? range, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{appliance.HttpBase}/assets/{Image}");
        if (range is not null) request.Headers.TryAddWithoutValidation("Range", range);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await appliance.Client("127.0.0.201").SendAsync(request);
    }

    [Test]
    public async Task Flatcars_installer_finds_its_mirror_here()
    {
        const string Folder = "flatcar/4593.2.5/flatcar_production_image.bin.bz2";
        await using var site = await ServedAppliance.StartAsync();
        site.PublishSigned(Folder, 100_000);
        var flatcar = $"{site.HttpBase}/assets/flatcar";
        var client = site.Client("127.0.0.201");

        foreach (var file in (string[])[$"{flatcar}/4593.2.5/flatcar_production_image.bin.bz2", $"{flatcar}/4593.2.5/flatcar_production_image.bin.bz2.sig"])
        {
            using var probe = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, file));
            using var whole = await client.GetAsync(file);
            Assert.That((probe.StatusCode, whole.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)), file);
            Assert.That(probe.Content.Headers.ContentLength, Is.EqualTo((await whole.Content.ReadAsByteArrayAsync()).Length));
        }
        Assert.That(await client.GetStringAsync($"{flatcar}/current/version.txt"), Is.EqualTo("FLATCAR_VERSION=4593.2.5\n"));
        using var key = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"{site.HttpBase}/assets/keys/flatcar.asc"));
        Assert.That((key.StatusCode, key.Content.Headers.ContentLength > 1000), Is.EqualTo((HttpStatusCode.OK, true)));
        Assert.That(await client.GetStringAsync($"{site.HttpBase}/assets/keys/flatcar.asc"), Is.EqualTo(Repository.Read("pxe-assets", "keys", "flatcar.asc")));

        using var elsewhere = await client.GetAsync($"{site.HttpBase}/assets/debian/current/version.txt");
        using var unlisted = await client.GetAsync($"{site.HttpBase}/assets/keys/other.asc");
        Assert.That((elsewhere.StatusCode, unlisted.StatusCode), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
        Assert.That(site.Failures, Is.Empty);
    }

    [Test]
    public async Task The_newest_of_several_Flatcars_is_the_current_one()
    {
        await using var site = await ServedAppliance.StartAsync();
        foreach (var version in (string[])["4593.2.5", "4593.10.0", "4081.3.10"]) site.PublishSigned($"flatcar/{version}/flatcar_production_image.bin.bz2", 1000);
        Assert.That(await site.Client("127.0.0.201").GetStringAsync($"{site.HttpBase}/assets/flatcar/current/version.txt"), Is.EqualTo("FLATCAR_VERSION=4593.10.0\n"));
    }
}
