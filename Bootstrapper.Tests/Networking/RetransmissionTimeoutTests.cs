using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Sextant.Networking;

namespace Sextant.Tests.Networking;

[TestFixture]
public sealed class RetransmissionTimeoutTests
{
    [Test]
    public async Task What_a_limited_socket_accepts_is_limited_too()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assume.That(RetransmissionTimeout.Of(listener), Is.Not.Null, "this kernel knows no limit");
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        RetransmissionTimeout.Limit(listener);
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using var accepted = await listener.AcceptAsync();
        Assert.That(RetransmissionTimeout.Of(accepted), Is.EqualTo(RetransmissionTimeout.Longest));
        Assert.That(RetransmissionTimeout.Of(client), Is.GreaterThan(RetransmissionTimeout.Longest), "the other end keeps the kernel's");
    }

    [Test]
    public void A_socket_that_cannot_have_it_is_left_as_it_is()
    {
        using var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        RetransmissionTimeout.Limit(datagrams);
        Assert.That(RetransmissionTimeout.Of(datagrams), Is.Null);
    }
}
