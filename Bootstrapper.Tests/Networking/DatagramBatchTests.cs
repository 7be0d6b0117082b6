using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Primitives;

namespace Sextant.Tests.Networking;

[TestFixture]
public sealed class DatagramBatchTests
{
    [Test]
    public void Each_datagram_is_answered_to_its_sender_and_none_is_waited_for()
    {
        using var server = Socket();
        DatagramBatch.SetPatience(server, TimeSpan.FromSeconds(5));
        using var batch = new DatagramBatch(4, 16, 32);
        Socket[] clients = [.. Enumerable.Range(0, 6).Select(_ => Socket())];
        try
        {
            for (var i = 0; i < clients.Length; i++) clients[i].SendTo(Encoding.ASCII.GetBytes($"hello {i}{new string('!', i * 4)}"), server.LocalEndPoint!);
            for (var handled = 0; handled < clients.Length;)
            {
                var count = batch.Receive(server);
                Assert.That(count, Is.InRange(1, 4));
                for (var i = 0; i < count; i++)
                {
                    Assert.That(batch.Source(i), Is.EqualTo(Ipv4Address.Parse("127.0.0.1")));
                    var said = Encoding.ASCII.GetString(batch.Message(i));
                    var reply = Encoding.ASCII.GetBytes($"{batch.SourcePort(i)} {said}");
                    reply.CopyTo(batch.Reply(i));
                    batch.Answer(i, reply.Length);
                }
                Assert.That(batch.Send(server), Is.Zero);
                handled += count;
            }
            for (var i = 0; i < clients.Length; i++)
            {
                var buffer = new byte[64];
                var text = $"hello {i}{new string('!', i * 4)}";
                Assert.That(Encoding.ASCII.GetString(buffer, 0, clients[i].Receive(buffer)),
                    Is.EqualTo($"{((IPEndPoint)clients[i].LocalEndPoint!).Port} {text[..Math.Min(text.Length, 16)]}"), "what is longer than the buffer arrives cut off");
            }
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }
    }

    [Test]
    public void Without_a_datagram_the_wait_ends_and_one_that_cannot_be_answered_stops_no_other()
    {
        using var server = Socket();
        DatagramBatch.SetPatience(server, TimeSpan.FromMilliseconds(20));
        using var batch = new DatagramBatch(4, 16, 1 << 17);
        Assert.That(batch.Receive(server), Is.Zero);
        DatagramBatch.SetPatience(server, TimeSpan.FromSeconds(5));
        using var client = Socket();
        client.SendTo([1], server.LocalEndPoint!);
        Assert.That(batch.Receive(server), Is.EqualTo(1));
        // The first reply is longer than UDP can carry.
        batch.Answer(0, 1 << 17);
        batch.Answer(0, 3);
        Assert.That(batch.Send(server), Is.EqualTo(1));
        Assert.That(client.Receive(new byte[64]), Is.EqualTo(3));
    }

    private static Socket Socket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
