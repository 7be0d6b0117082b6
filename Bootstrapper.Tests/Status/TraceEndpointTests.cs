using System.Net;
using System.Net.Http.Json;
using NUnit.Framework;
using Sextant.Status;
using Sextant.Tests.TestKit;
using Sextant.Tests.Tracing;
using Sextant.Tracing;

namespace Sextant.Tests.Status;

[TestFixture]
public sealed class TraceEndpointTests
{
    [Test]
    public async Task Traces_are_for_whoever_sees_the_status_page_and_end_at_machines_nobody_knows()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var client = appliance.Client("127.0.0.200");
        var node = $"{appliance.HttpBase}/api/v1/nodes/{ServedAppliance.Mac(1).ToHyphenString()}";

        var quiet = await client.GetFromJsonAsync($"{node}/trace", StatusJson.Default.TraceView);
        Assert.That((quiet!.Verdict, quiet.Hostname, quiet.Packets), Is.EqualTo((BootVerdict.NothingArrived, "m1", 0)));

        var recorder = appliance.Part<PacketRecorder>();
        var frame = KeptPacketTests.Udp(5000, 53, new byte[30]);
        ServedAppliance.Mac(1).CopyTo(frame.AsSpan(6));
        recorder.Take(frame, outgoing: false, appliance.Time.GetUtcNow());
        recorder.Take(KeptPacketTests.Udp(5000, 8472, new byte[30]), outgoing: false, appliance.Time.GetUtcNow());
        Assert.That((await client.GetFromJsonAsync($"{node}/trace", StatusJson.Default.TraceView))!.Steps.Select(step => step.Text), Is.EqualTo(new[] { "DNS: asks" }));

        using var capture = await client.GetAsync($"{node}/trace.pcap");
        Assert.That(capture.Content.Headers.ContentType!.MediaType, Is.EqualTo(PcapWriter.ContentType));
        Assert.That(capture.Content.Headers.ContentDisposition!.FileName, Does.Contain(".pcap"));
        Assert.That(Pcap.Frames(await capture.Content.ReadAsByteArrayAsync()).Single().Octets, Is.EqualTo(frame));

        foreach (var path in new[] { "52-54-00-ff-ff-ff/trace", "52-54-00-ff-ff-ff/trace.pcap", "nonsense/trace", "nonsense/trace.pcap" })
        {
            using var answer = await client.GetAsync($"{appliance.HttpBase}/api/v1/nodes/{path}");
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), path);
        }
    }
}
