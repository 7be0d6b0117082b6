using System.Text.Json;
using NUnit.Framework;
using Sextant.Status;
using Sextant.Tests.TestKit;
using Sextant.Tracing;

namespace Sextant.Tests.Tracing;

/// <summary>The recorder on a real wire: a client boots a few steps of the way, and the trace has them, in words and as packets, without what is nobody's business.</summary>
[TestFixture]
[Category("Network")]
[NonParallelizable]
public sealed class RecorderNetworkTests
{
    private const string Mac = "52:54:00:00:00:01";

    [Test]
    public void A_boot_is_recorded_explained_and_downloaded()
    {
        using var folder = new TemporaryFolder();
        using var segment = new Segment();
        using var serve = new ServeProcess(segment, folder.Path);
        segment.SetClientMac(Mac);
        var node = $"api/v1/nodes/{Mac.Replace(':', '-')}";

        var before = Trace(serve);
        Assert.That((before.Verdict, before.Hostname), Is.EqualTo((BootVerdict.NothingArrived, "node1")), before.Summary);

        var script = folder.File("udhcpc.sh");
        File.WriteAllText(script, "#!/bin/sh\nexit 0\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var leased = segment.RunOnClient("udhcpc", "-i", "peer0", "-n", "-q", "-f", "-s", script, "-V", "PXEClient:Arch:00007:UNDI:003016", "-x", "0x5d:0007");
        Assert.That(leased.Status, Is.Zero, leased.ToString());
        segment.AddClientAddress("10.0.0.11/24");
        Assert.That(segment.RunOnClient("curl", "-sf", "-o", "/dev/null", "tftp://10.0.0.1/snponly.efi").Status, Is.Zero);
        Assert.That(segment.RunOnClient("curl", "-s", "-o", "/dev/null", "http://10.0.0.1/boot/nothing?password=hunter2", "-H", "Cookie: hunter3").Status, Is.Zero);
        Assert.That(segment.RunOnClient("curl", "-sk", "-o", "/dev/null", "https://10.0.0.1/hunter4").Status, Is.Zero);

        string[] expected =
        [
            "UEFI x64: DISCOVER", "answered: OFFER 10.0.0.11, boot file snponly.efi", "UEFI x64: REQUEST 10.0.0.11", "answered: ACK 10.0.0.11, boot file snponly.efi",
            "TFTP: asks for snponly.efi", "TFTP: blocks and acknowledgements", "recorded: boot file snponly.efi sent by TFTP",
            "TCP port 80: connects", "TCP port 80: accepted", "HTTP: GET /boot/nothing", "HTTP: answered 404", "TCP port 443: connects", "TCP port 443: accepted",
        ];
        Assert.That(Missing, Is.Empty.After(30_000, 200));

        List<string> Missing()
        {
            var told = Trace(serve).Steps;
            return [.. expected.Where(step => !told.Any(one => one.Text.StartsWith(step, StringComparison.Ordinal)))];
        }

        var words = Product.Run("node", "trace", Mac, "--socket", serve.SocketPath, "--pcap", folder.File("boot.pcap"));
        Assert.That(words.Status, Is.Zero, words.ToString());
        Assert.That(words.Output, Does.Contain("node1").And.Contain("TFTP: asks for snponly.efi").And.Contain("boot.pcap"));

        var listed = Tool.Run("tcpdump", ["-nr", folder.File("boot.pcap")]);
        Assert.That(listed.Status, Is.Zero, listed.ToString());
        Assert.That(listed.Output, Does.Contain("BOOTP/DHCP, Request").And.Contain("RRQ \"snponly.efi\""));
        var octets = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(folder.File("boot.pcap")));
        Assert.That(octets, Does.Contain("GET /boot/nothing"));
        Assert.That(octets, Does.Not.Contain("hunter"), "query, header and what is inside TLS are not recorded");
        Assert.That(octets.Length, Is.LessThan(40_000), "and no content of the file");

        // What is shown to whoever sees the status page is the same.
        var page = segment.RunOnClient("curl", "-sf", $"http://10.0.0.1/{node}/trace");
        Assert.That(JsonSerializer.Deserialize(page.Output, StatusJson.Default.TraceView)!.Packets, Is.Positive);
        Assert.That(segment.RunOnClient("curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{content_type}", $"http://10.0.0.1/{node}/trace.pcap").Output, Is.EqualTo("200 " + PcapWriter.ContentType));

        var unknown = Product.Run("node", "trace", "52:54:00:ff:ff:ff", "--socket", serve.SocketPath);
        Assert.That(unknown.Status, Is.EqualTo(3));
        Assert.That(unknown.Errors, Does.Contain("no packet of it was recorded"));
    }

    [Test]
    public void Without_a_service_the_verb_says_so()
    {
        var outcome = Product.Run("node", "trace", Mac, "--socket", "/nonexistent/sextant.sock");
        Assert.That(outcome.Status, Is.EqualTo(4));
        Assert.That(outcome.Errors, Does.Contain("does not answer"));
        Assert.That(Product.Run("node", "trace", "nonsense").Status, Is.EqualTo(2));
    }

    private static TraceView Trace(ServeProcess serve)
    {
        var outcome = Product.Run("node", "trace", Mac, "--json", "--socket", serve.SocketPath);
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        return JsonSerializer.Deserialize(outcome.Output, StatusJson.Default.TraceView)!;
    }
}
