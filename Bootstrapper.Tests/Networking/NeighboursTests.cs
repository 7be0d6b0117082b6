using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Networking;

/// <summary>Who answers for an address, and whether anybody does, on a cable between two namespaces.</summary>
[TestFixture]
[Category("Network")]
[NonParallelizable]
[SupportedOSPlatform("linux")]
public sealed class NeighboursTests
{
    private static readonly MacAddress PeerMac = MacAddress.Parse("52:54:00:00:00:42");
    private static readonly Ipv4Address Own = Ipv4Address.Parse("10.0.0.1"), Peer = Ipv4Address.Parse("10.0.0.2"), Nobody = Ipv4Address.Parse("10.0.0.3");

    private NetworkNamespace one = null!, other = null!;

    [SetUp]
    public void A_cable()
    {
        one = new NetworkNamespace("sxnbr-one");
        other = new NetworkNamespace("sxnbr-other");
        NetworkNamespace.Connect(one, "sxn0", other, "sxn1");
        other.Configure("link", "set", "sxn1", "address", PeerMac.ToString());
        one.Configure("addr", "add", "10.0.0.1/24", "dev", "sxn0");
        other.Configure("addr", "add", "10.0.0.2/24", "dev", "sxn1");
    }

    [TearDown]
    public void No_cable()
    {
        one.Dispose();
        other.Dispose();
    }

    [Test]
    public void The_peer_of_a_connection_is_known_by_its_hardware_address_and_others_are_not()
    {
        using var neighbours = one.Run(() => new Neighbours("sxn0"));
        Assert.That(neighbours.Of(Peer), Is.Null, "nothing was said yet");
        using var listener = one.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(Own.ToIPAddress(), 80));
        listener.Listen();
        using var client = other.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        client.Connect(new IPEndPoint(Own.ToIPAddress(), 80));
        Assert.That((neighbours.Of(Peer), neighbours.Of(Nobody), neighbours.Of(Own), neighbours.Of(Ipv4Address.Parse("192.0.2.1"))),
            Is.EqualTo(((MacAddress?)PeerMac, (MacAddress?)null, (MacAddress?)null, (MacAddress?)null)));
    }

    [Test]
    public void RFC_5227_2_1_1_who_has_an_address_answers_a_probe_and_nobody_else_does()
    {
        using var arp = one.Run(() => new ArpSocket("sxn0"));
        arp.Probe(Nobody);
        arp.Probe(Peer);
        (Ipv4Address, MacAddress)? claim = null;
        Assert.That(() => claim ??= arp.TryReceive(), Is.Not.Null.After(5000, 10));
        Assert.That(claim, Is.EqualTo((Peer, PeerMac)));
        Assert.That(arp.TryReceive(), Is.Null);
    }
}
