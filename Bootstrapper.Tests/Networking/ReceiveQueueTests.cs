using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Sextant.Networking;

namespace Sextant.Tests.Networking;

/// <summary>Lost datagrams are counted, on a loopback socket that nobody reads.</summary>
[TestFixture]
[Platform("Linux")]
public sealed class ReceiveQueueTests
{
    [Test]
    public void Datagrams_that_find_no_room_are_counted_by_service_and_stay_counted_when_the_socket_is_closed()
    {
        var service = $"test-{TestContext.CurrentContext.Test.ID}";
        using var socket = Bound();
        socket.ReceiveBufferSize = 4096;
        ReceiveQueue.Watch(socket, service);
        Assert.That(ReceiveQueue.Drops()[service], Is.Zero);
        const int sent = 200;
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (var i = 0; i < sent; i++) sender.SendTo(new byte[512], socket.LocalEndPoint!);
        var received = 0;
        for (var octets = new byte[1024]; socket.Available > 0; received++) socket.Receive(octets);
        Assert.That(received, Is.LessThan(sent));
        Assert.That(ReceiveQueue.Drops()[service], Is.EqualTo(sent - received));
        Assert.That(Measured(service), Is.EqualTo(sent - received));
        Assert.That(DropsInProc(((IPEndPoint)socket.LocalEndPoint!).Port), Is.EqualTo(sent - received));
        socket.Dispose();
        Assert.That(Measured(service), Is.EqualTo(sent - received));
    }

    /// <summary>The column "drops" of proc_net_udp(5).</summary>
    private static long DropsInProc(int port)
    {
        var line = File.ReadLines("/proc/net/udp").Single(line => line.Contains($"0100007F:{port:X4} ", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Test]
    public void An_enlarged_queue_holds_what_it_was_enlarged_for()
    {
        const int wanted = 8 << 20, sent = 2000;
        using var socket = Bound();
        ReceiveQueue.Enlarge(socket, wanted);
        Assume.That(socket.ReceiveBufferSize, Is.GreaterThanOrEqualTo(wanted), "needs CAP_NET_ADMIN");
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (var i = 0; i < sent; i++) sender.SendTo(new byte[548], socket.LocalEndPoint!);
        Assert.That(ReceiveQueue.DropsOf(socket), Is.Zero);
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static long Measured(string service)
    {
        long measured = -1;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) =>
            {
                if (instrument.Meter.Name == ReceiveQueue.MeterName && instrument.Name == ReceiveQueue.DropsName) all.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (var tag in tags)
                if (tag.Key == "service" && service.Equals(tag.Value)) measured = value;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }
}
