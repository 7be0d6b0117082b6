using System.Net;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status.Metrics;

/// <summary>What the service as it is composed says of itself, and that what happens to it moves what it says.</summary>
[TestFixture]
public sealed class MetricsEndpointTests : ServedApplianceTests
{
    [Test]
    public async Task The_text_is_what_Prometheus_reads()
    {
        await Appliance.EnrolAsync(1);
        using var answer = await Appliance.Client(1).GetAsync(Appliance.HttpBase + "/metrics");
        Assert.That(answer.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotThrow(() => PrometheusText.Parse(text));
        var checkedBy = Tool.Run("promtool", ["check", "metrics"], text);
        Assert.That((checkedBy.Status, checkedBy.Output + checkedBy.Errors), Is.EqualTo((0, "")));
    }

    [Test]
    public async Task Requests_and_refusals_are_counted_by_route_and_reason_and_a_peer_can_invent_no_label()
    {
        await Appliance.LeaseAsync(1);
        var before = await ScrapeAsync();
        using (await Appliance.Client(1).GetAsync(Appliance.Url(1, "script.ipxe"))) { }
        using (await Appliance.Client(9).GetAsync(Appliance.Url(1, "script.ipxe"))) { }
        using (await Appliance.Client(1).GetAsync(Appliance.HttpBase + "/nowhere/at/all")) { }
        using (var odd = new HttpRequestMessage(new HttpMethod("BREW"), Appliance.HttpBase + "/healthz"))
        using (await Appliance.Client(1).SendAsync(odd)) { }
        var after = await ScrapeAsync();
        foreach (var series in new[]
        {
            "sextant_http_requests_total{method=\"GET\",route=\"/boot/{mac}/script.ipxe\",status=\"200\"}",
            "sextant_http_requests_total{method=\"GET\",route=\"/boot/{mac}/script.ipxe\",status=\"403\"}",
            "sextant_http_requests_total{method=\"GET\",route=\"other\",status=\"404\"}",
            "sextant_boot_refused_total{reason=\"WrongAddress\"}",
        }) Assert.That(after[series] - before[series], Is.EqualTo(1), series);
        Assert.That(after.Samples.Keys, Has.None.Contains("BREW").And.None.Contains("nowhere"));
    }

    [Test]
    public async Task Files_and_images_are_counted_by_octets_and_the_registrys_answers_by_code()
    {
        var before = await ScrapeAsync();
        var sent = await Appliance.Client(1).GetByteArrayAsync(Appliance.HttpBase + "/assets/debian/rootfs.tar.zst");
        using (await Appliance.Client(1).GetAsync($"{Appliance.RegistryBase}/v2/_catalog")) { }
        using (await Appliance.Client(1).GetAsync($"{Appliance.RegistryBase}/v2/a/manifests/none")) { }
        using (await Appliance.Client(1).PostAsync($"{Appliance.RegistryBase}/v2/a/blobs/uploads/", null)) { }
        var after = await ScrapeAsync();
        Assert.That(after["sextant_transfers_sent_bytes_total{service=\"Http\"}"] - before["sextant_transfers_sent_bytes_total{service=\"Http\"}"], Is.EqualTo(sent.Length));
        foreach (var series in new[]
        {
            "sextant_registry_requests_total{method=\"GET\",outcome=\"OK\",resource=\"Catalog\"}",
            "sextant_registry_requests_total{method=\"GET\",outcome=\"NAME_UNKNOWN\",resource=\"Manifest\"}",
            "sextant_registry_requests_total{method=\"POST\",outcome=\"UNAUTHORIZED\",resource=\"Uploads\"}",
        }) Assert.That(after[series] - before[series], Is.EqualTo(1), series);
    }

    [Test]
    public async Task A_machines_way_is_measured_stage_by_stage()
    {
        await Appliance.LeaseAsync(1);
        await Appliance.BeginInstallAsync(1);
        Appliance.Time.Advance(TimeSpan.FromSeconds(90));
        await Appliance.Machines.RecordAsync(new Installed(ServedAppliance.Mac(1), Appliance.Time.GetUtcNow(), "/dev/vda"));
        var notAfter = Appliance.Time.GetUtcNow() + TimeSpan.FromDays(365);
        await Appliance.Machines.RecordAsync(new CertificateIssued(ServedAppliance.Mac(1), Appliance.Time.GetUtcNow(), "etcd-server", notAfter));
        var now = await ScrapeAsync();
        Assert.That(now["sextant_boot_stage_duration_seconds_count{stage=\"installing\"}"], Is.EqualTo(1));
        Assert.That(now["sextant_boot_stage_duration_seconds_sum{stage=\"installing\"}"], Is.InRange(90, 100));
        Assert.That(now["sextant_boot_stage_duration_seconds_bucket{stage=\"installing\",le=\"60\"}"], Is.Zero);
        Assert.That(now["sextant_machines{planned=\"true\",stage=\"installed\"}"], Is.EqualTo(1));
        Assert.That(now["sextant_machines{planned=\"true\",stage=\"waiting\"}"], Is.EqualTo(2));
        Assert.That(now["sextant_node_certificate_expiry_timestamp_seconds{certificate=\"etcd-server\",mac=\"52:54:00:00:00:01\"}"], Is.EqualTo(notAfter.ToUnixTimeSeconds()));
        Assert.That(now["sextant_authority_expiry_timestamp_seconds{authority=\"Etcd\"}"], Is.GreaterThan(notAfter.ToUnixTimeSeconds()));
    }

    [Test]
    public async Task The_process_tells_of_itself()
    {
        var now = await ScrapeAsync();
        Assert.That(now["sextant_build_info{version=\"0.1.0\"}"], Is.EqualTo(1));
        Assert.That(now["process_start_time_seconds"], Is.InRange(1_600_000_000d, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1d));
        foreach (var name in new[] { "process_resident_memory_bytes", "process_cpu_seconds_total", "process_threads", "process_open_fds" }) Assert.That(now[name], Is.Positive, name);
    }

    [Test]
    public async Task HEAD_has_the_length_only()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, Appliance.HttpBase + "/metrics");
        using var answer = await Appliance.Client(1).SendAsync(request);
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentLength > 1000), Is.EqualTo((HttpStatusCode.OK, true)));
    }

    private async Task<PrometheusText> ScrapeAsync() => PrometheusText.Parse(await Appliance.Client(1).GetStringAsync(Appliance.HttpBase + "/metrics"));
}
