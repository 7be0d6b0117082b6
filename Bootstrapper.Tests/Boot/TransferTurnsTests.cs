using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

/// <summary>Long transfers take turns; a machine that does not read holds one place and nobody else's small files.</summary>
[TestFixture]
public sealed class TransferTurnsTests
{
    private const string Image = "debian/rootfs.tar.zst";

    [Test]
    public async Task The_second_long_transfer_waits_until_the_first_ends_and_short_ones_pass()
    {
        await using var appliance = await ServedAppliance.StartAsync(maxTransfers: 1);
        appliance.Publish((Image, 20_000_000));
        using var first = await AskAndReadNothingAsync(appliance);
        Assert.That(async () => await TransfersAsync(appliance), Is.EqualTo("""{"active":1,"waiting":0,"refused":0,"limit":1}""").After(5000, 10));

        var second = appliance.Client(1).GetByteArrayAsync($"{appliance.HttpBase}/assets/{Image}");
        Assert.That(async () => await TransfersAsync(appliance), Is.EqualTo("""{"active":1,"waiting":1,"refused":0,"limit":1}""").After(5000, 10));
        Assert.That((await appliance.Client(1).GetByteArrayAsync($"{appliance.HttpBase}/assets/snponly.efi")).Length, Is.EqualTo(70_001));
        using var head = await appliance.Client(1).SendAsync(new HttpRequestMessage(HttpMethod.Head, $"{appliance.HttpBase}/assets/{Image}"));
        Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(second.IsCompleted, Is.False);

        first.Dispose();
        Assert.That(await second.WaitAsync(TimeSpan.FromSeconds(20)), Is.EqualTo(appliance.BytesOf(Image)));
        Assert.That(async () => await TransfersAsync(appliance), Is.EqualTo("""{"active":0,"waiting":0,"refused":0,"limit":1}""").After(5000, 10));
        Assert.That(appliance.Failures, Is.Empty);
    }

    [Test]
    public async Task A_machine_that_leaves_while_it_waits_leaves_the_queue()
    {
        await using var appliance = await ServedAppliance.StartAsync(maxTransfers: 1);
        appliance.Publish((Image, 20_000_000));
        using var first = await AskAndReadNothingAsync(appliance);
        Assert.That(async () => await TransfersAsync(appliance), Does.StartWith("""{"active":1,"waiting":0""").After(5000, 10));
        using (await AskAndReadNothingAsync(appliance))
            Assert.That(async () => await TransfersAsync(appliance), Does.StartWith("""{"active":1,"waiting":1""").After(5000, 10));
        Assert.That(async () => await TransfersAsync(appliance), Does.StartWith("""{"active":1,"waiting":0""").After(5000, 10));
        Assert.That(appliance.Failures, Is.Empty);
    }

    private static Task<string> TransfersAsync(ServedAppliance appliance) => appliance.Client(2).GetStringAsync($"{appliance.HttpBase}/api/v1/transfers");

    private static async Task<Socket> AskAndReadNothingAsync(ServedAppliance appliance)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(appliance.HttpBase).Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /assets/{Image} HTTP/1.1\r\nHost: x\r\n\r\n"));
        return socket;
    }
}
