using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Sextant.Tests.TestKit;
using Sextant.Transfers;

namespace Sextant.Tests.Transfers;

[TestFixture]
public sealed class PeerPatienceTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Looks as second:octets acknowledged; the peer has acknowledged 0 at second 0.</summary>
    [TestCase("59:0", false)]
    [TestCase("60:0", true)]
    [TestCase("59:1 60:1", false)]
    [TestCase("59:1 118:1", false)]
    [TestCase("59:1 119:1", true)]
    [TestCase("50:1 100:2 150:3 200:4", false, TestName = "A slow peer is waited for")]
    public void Patience_is_over_a_minute_after_the_last_acknowledgement(string looks, bool isOver)
    {
        var patience = new PeerPatience(0, Start);
        var now = Start;
        foreach (var look in looks.Split(' '))
        {
            var parts = look.Split(':');
            now = Start.AddSeconds(int.Parse(parts[0], null));
            patience = patience.Look(long.Parse(parts[1], null), now);
        }
        Assert.That(patience.IsOver(now), Is.EqualTo(isOver));
    }

    [Test]
    public async Task A_peer_that_reads_keeps_its_transfer_and_one_that_stops_loses_it()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using var server = await listener.AcceptAsync();
        var time = new FakeTime();
        var gaveUp = false;
        using var watch = PeerPatience.Watch(server, time, () => gaveUp = true);
        var octets = new byte[100];
        for (var minute = 0; minute < 5; minute++)
        {
            var before = PeerPatience.AcknowledgedBy(server);
            await server.SendAsync(octets);
            Assert.That(await client.ReceiveAsync(octets), Is.EqualTo(100));
            Assert.That(() => PeerPatience.AcknowledgedBy(server), Is.EqualTo(before + 100).After(2000, 5));
            time.Advance(TimeSpan.FromSeconds(59));
        }
        Assert.That(gaveUp, Is.False);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(gaveUp, Is.True);
    }
}
