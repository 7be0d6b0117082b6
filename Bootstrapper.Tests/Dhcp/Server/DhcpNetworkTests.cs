using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Server;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Networking;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dhcp.Server;

/// <summary>The server on a real wire: two network namespaces and a cable, real clients of others, and raw frames.</summary>
[TestFixture]
[Category("Network")]
[NonParallelizable]
[SupportedOSPlatform("linux")]
public sealed class DhcpNetworkTests
{
    private const string ServerEnd = "sxd0", ClientEnd = "sxc0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<IDisposable> things = [];
    private NetworkNamespace servers = null!;
    private NetworkNamespace clients = null!;
    private MemoryStore store = null!;
    private MachineStore machines = null!;
    private DhcpServer server = null!;
    private string folder = null!;

    [SetUp]
    public async Task A_server_and_a_cable()
    {
        try
        {
            store = new MemoryStore();
            machines = new MachineStore(store);
            folder = Directory.CreateTempSubdirectory("sextant-dhcp-").FullName;
            things.Add(servers = new NetworkNamespace("sxdhcp-server"));
            things.Add(clients = new NetworkNamespace("sxdhcp-client"));
            NetworkNamespace.Connect(servers, ServerEnd, clients, ClientEnd);
            servers.Configure("addr", "add", "10.0.0.1/24", "dev", ServerEnd);
            things.Add(server = NewServer());
            await servers.Run(() => server.StartAsync(CancellationToken.None));
        }
        catch
        {
            await Clean();
            throw;
        }
    }

    [TearDown]
    public async Task Clean()
    {
        things.Reverse();
        foreach (var thing in things) thing.Dispose();
        things.Clear();
        await machines.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task Dhclient_obtains_the_fixed_address_name_and_domain()
    {
        BecomeMachine(Site.Master);
        var said = await ClientSays("dhclient", "[ \"$reason\" = BOUND ] && echo \"$new_ip_address $new_host_name $new_domain_name $new_routers $new_dhcp_server_identifier\"",
            script => ["-4", "-1", "-d", "-lf", folder + "/leases", "-pf", folder + "/pid", "-sf", script, ClientEnd]);
        Assert.That(said, Is.EqualTo("10.0.0.11 master-1 cluster.test 10.0.0.254 10.0.0.1"));
        Assert.That(server.Leases.Select(lease => (lease.Mac, lease.Address)), Is.EqualTo(new[] { (Site.Master, Site.MasterAddress) }));
        Assert.That(machines.FindByAddress(Site.MasterAddress)!.Mac, Is.EqualTo(Site.Master));
    }

    [Test]
    public async Task Udhcpc_obtains_the_fixed_address_and_what_PXE_firmware_of_its_class_would()
    {
        BecomeMachine(Site.Worker);
        var said = await ClientSays("udhcpc", "[ \"$1\" = bound ] && echo \"$ip $hostname $mask $siaddr $boot_file\"",
            script => ["-i", ClientEnd, "-n", "-q", "-f", "-s", script, "-V", "PXEClient:Arch:00007:UNDI:003016", "-x", "0x5d:0007", "-O", "bootfile"]);
        Assert.That(said, Is.EqualTo("10.0.0.12 worker-1 24 10.0.0.1 snponly.efi"));
    }

    [TestCase((ushort)0, "52:54:00:00:00:01", "10.0.0.11")]
    [TestCase(DhcpPacket.BroadcastFlag, "ff:ff:ff:ff:ff:ff", "255.255.255.255")]
    public void RFC_2131_4_1_a_client_without_an_address_is_answered_at_its_MAC_or_by_broadcast_as_it_asks(ushort flags, string mac, string address)
    {
        BecomeMachine(Site.Master);
        using var socket = clients.Run(() => RawLink.Open(ClientEnd, RawLink.EveryProtocol));
        var offer = Exchange(socket, Says.Message(Site.Master, DhcpMessageType.Discover, Says.UefiPxe, flags: flags), DhcpMessageType.Offer);
        Assert.That((offer.DestinationMac, offer.Destination, offer.Source), Is.EqualTo((MacAddress.Parse(mac), Ipv4Address.Parse(address), Site.Server)));
        var selecting = Says.Message(Site.Master, DhcpMessageType.Request,
            [DhcpOption.Of(OptionCode.ServerIdentifier, Site.Server), DhcpOption.Of(OptionCode.RequestedAddress, Site.MasterAddress), .. Says.UefiPxe], flags: flags);
        var ack = Exchange(socket, selecting, DhcpMessageType.Ack);
        Assert.That((ack.DestinationMac, ack.Destination), Is.EqualTo((MacAddress.Parse(mac), Ipv4Address.Parse(address))));
    }

    [TestCase("10.0.0.12", 68, "0.0.0.0", TestName = "A_renewing_client_is_answered_at_its_address")]
    [TestCase("10.0.0.7", 67, "10.0.0.7", TestName = "A_relay_is_answered_at_port_67")]
    public void Those_who_have_an_address_are_answered_by_unicast(string own, int port, string relay)
    {
        BecomeMachine(Site.Worker);
        clients.Configure("addr", "add", own + "/24", "dev", ClientEnd);
        using var socket = clients.Run(() =>
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
            udp.Bind(new IPEndPoint(IPAddress.Parse(own), port));
            return udp;
        });
        var octets = new byte[1500];
        var request = relay == "0.0.0.0"
            ? Says.Extend(Site.Worker, Ipv4Address.Parse(own))
            : Says.Message(Site.Worker, DhcpMessageType.Discover, [new(OptionCode.RelayAgentInformation, new byte[] { 1, 1, 5 })], relay: Ipv4Address.Parse(relay));
        DhcpWriter.TryWrite(request, octets, out var length);
        socket.SendTo(octets.AsSpan(0, length), new IPEndPoint(Site.Server.ToIPAddress(), 67));
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        length = socket.ReceiveFrom(octets, ref from);
        Assert.That(DhcpReader.TryRead(octets.AsSpan(0, length), out var reply, out _), Is.True);
        Assert.That((reply.YourAddress.ToString(), from.ToString()), Is.EqualTo(("10.0.0.12", "10.0.0.1:67")));
        Assert.That(reply.Options.Has(OptionCode.RelayAgentInformation), Is.EqualTo(relay != "0.0.0.0"));
    }

    [Test]
    public async Task A_taken_port_stops_the_start_with_the_port_the_interface_and_a_hint_and_is_free_after_a_stop()
    {
        using var second = NewServer();
        Assert.That(() => servers.Run(() => second.StartAsync(CancellationToken.None)),
            Throws.TypeOf<ListenException>().With.Message.Contains("port 67").And.Message.Contains(ServerEnd).And.Message.Contains("ss -ulpn"));
        await server.StopAsync(CancellationToken.None).WaitAsync(Patience);
        using var third = NewServer();
        Assert.That(() => servers.Run(() => third.StartAsync(CancellationToken.None)), Throws.Nothing);
        await third.StopAsync(CancellationToken.None).WaitAsync(Patience);
    }

    [Test]
    public void Noise_on_the_port_does_not_stop_the_server()
    {
        BecomeMachine(Site.Master);
        using var socket = clients.Run(() => RawLink.Open(ClientEnd, RawLink.EveryProtocol));
        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var noise = new byte[random.Next(600)];
            random.NextBytes(noise);
            RawLink.SendDhcp(socket, Site.Master, noise);
        }
        Exchange(socket, Says.Discover(Site.Master), DhcpMessageType.Offer);
    }

    [Test]
    public async Task RFC_2131_2_2_an_address_that_somebody_uses_without_a_lease_is_offered_to_nobody()
    {
        await server.StopAsync(CancellationToken.None).WaitAsync(Patience);
        using var probing = NewServer(probe: true);
        await servers.Run(() => probing.StartAsync(CancellationToken.None));
        BecomeMachine(Site.Worker);
        for (var last = 100; last < 109; last++) clients.Configure("addr", "add", $"10.0.0.{last}/24", "dev", ClientEnd);
        using var socket = clients.Run(() => RawLink.Open(ClientEnd, RawLink.EveryProtocol));
        var octets = new byte[1500];
        DhcpWriter.TryWrite(Says.Message(Site.Stranger, DhcpMessageType.Discover, Says.UefiPxe, flags: DhcpPacket.BroadcastFlag), octets, out var length);
        RawLink.SendDhcp(socket, Site.Stranger, octets.AsSpan(0, length));
        var frame = new byte[2000];
        DhcpPacket? offer = null;
        while (offer is null)
        {
            length = socket.Receive(frame);
            if (Pcap.Udp(default, frame[..length]) is { SourcePort: 67 } datagram) Assert.That(DhcpReader.TryRead(datagram.Payload, out offer, out _), Is.True);
        }
        Assert.That(offer.YourAddress.ToString(), Is.EqualTo("10.0.0.109"));
        Assert.That(machines.Find(Site.Stranger)!.Timeline.OfType<AddressInUse>().Select(conflict => conflict.UsedBy), Is.Not.Empty.And.All.EqualTo(Site.Worker));
        await probing.StopAsync(CancellationToken.None).WaitAsync(Patience);
    }

    private DhcpServer NewServer(bool probe = false) => new(
        new CurrentPlan(Site.Plan(networkInterface: ServerEnd, probe: probe)), machines, store, new IpxeClients(), TimeProvider.System, NullLogger<DhcpServer>.Instance);

    private void BecomeMachine(MacAddress mac)
    {
        clients.Configure("link", "set", ClientEnd, "down");
        clients.Configure("link", "set", ClientEnd, "address", mac.ToString());
        clients.Configure("link", "set", ClientEnd, "up");
    }

    /// <summary>Runs a DHCP client with a script of one line, until that line has said something.</summary>
    private async Task<string> ClientSays(string client, string line, Func<string, string[]> arguments)
    {
        var said = Path.Combine(folder, "said");
        var script = Path.Combine(folder, "script");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\n{line} > {said}.new && mv {said}.new {said}\nexit 0\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var process = clients.Start(client, arguments(script));
        try
        {
            var waited = Stopwatch.StartNew();
            while (!File.Exists(said) && waited.Elapsed < Patience) await Task.Delay(50);
            if (!File.Exists(said)) process.Kill(entireProcessTree: true);
            Assert.That(File.Exists(said), $"{client} got no lease: {(process.HasExited ? await process.StandardError.ReadToEndAsync() : "it still waits")}");
            return (await File.ReadAllTextAsync(said)).Trim();
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    private static CapturedDatagram Exchange(Socket socket, DhcpPacket request, DhcpMessageType expected)
    {
        var octets = new byte[1500];
        Assert.That(DhcpWriter.TryWrite(request, octets, out var length), Is.True);
        RawLink.SendDhcp(socket, Site.Master, octets.AsSpan(0, length));
        var frame = new byte[2000];
        while (true)
        {
            length = socket.Receive(frame);
            if (Pcap.Udp(default, frame[..length]) is not { SourcePort: 67 } datagram) continue;
            Assert.That(DhcpReader.TryRead(datagram.Payload, out var reply, out _), Is.True);
            reply.Options.Read(out DhcpMessageType type);
            Assert.That((type, reply.YourAddress, reply.TransactionId), Is.EqualTo((expected, Site.MasterAddress, request.TransactionId)));
            return datagram;
        }
    }
}
