using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>The running service under every prefix and mutation of the captures and a hundred thousand random packets on each of its UDP ports.</summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class GarbageTests
{
    private const int RandomPackets = 100_000;

    [Test]
    public void Bad_packets_never_stop_a_service()
    {
        using var folder = new TemporaryFolder();
        using var segment = new Segment();
        segment.AddClientAddress("10.0.0.50/24");
        using var service = new ServeProcess(segment, folder.Path);
        foreach (var port in new[] { "67", "69" })
        {
            using var sender = ChildProgram.Start(segment.OnClient, GarbageSender.ChildName, "10.0.0.1", port, RandomPackets.ToString(System.Globalization.CultureInfo.InvariantCulture));
            var sent = sender.StandardOutput.ReadToEndAsync();
            Assert.That(sender.WaitForExit(TimeSpan.FromMinutes(3)), Is.True, $"port {port}: still sending after 3 minutes");
            Assert.That(sender.ExitCode, Is.Zero, $"port {port} stopped answering\n" + service.Log[^Math.Min(service.Log.Length, 4000)..]);
            Assert.That(int.Parse(sent.Result, System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(RandomPackets));
        }

        Assert.That(service.IsAlive, Is.True);
        Assert.That(service.Log, Does.Not.Contain("Exception"), "a peer's packet is never our own failure");
        Assert.That(service.ResidentMiB, Is.LessThan(250));
        segment.SetClientMac("52:54:00:00:00:01");
        var lease = segment.RunOnClient("busybox", "udhcpc", "-i", "peer0", "-n", "-q", "-f", "-t", "5", "-s", "/bin/true");
        Assert.That(lease.Output + lease.Errors, Does.Contain("10.0.0.11"));
        var file = folder.File("loader");
        var transfer = segment.RunOnClient("curl", "--silent", "--show-error", "--max-time", "30", "--output", file, "tftp://10.0.0.1/snponly.efi");
        Assert.That(transfer.Status, Is.Zero, transfer.Errors);
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(File.ReadAllBytes(Path.Combine(folder.Path, "pxe-assets", "snponly.efi"))));
    }
}
