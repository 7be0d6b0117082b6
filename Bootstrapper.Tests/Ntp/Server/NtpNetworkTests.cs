using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Networking;
using Sextant.Ntp;
using Sextant.Ntp.Server;
using Sextant.Ntp.Wire;
using Sextant.Planning;
using Sextant.Tests.Dhcp;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Ntp.Server;

/// <summary>The time service on a real wire, asked by the clients that machines have.</summary>
[TestFixture]
[Category("Network")]
[NonParallelizable]
public sealed class NtpNetworkTests
{
    private readonly List<IDisposable> things = [];
    private NetworkNamespace servers = null!;
    private NetworkNamespace clients = null!;
    private NtpServer server = null!;
    private bool synchronised;

    [SetUp]
    public async Task A_server_and_a_cable()
    {
        synchronised = true;
        things.Add(servers = new NetworkNamespace("sxntp-server"));
        things.Add(clients = new NetworkNamespace("sxntp-client"));
        NetworkNamespace.Connect(servers, "sxn0", clients, "sxn1");
        servers.Configure("addr", "add", "10.0.0.1/24", "dev", "sxn0");
        clients.Configure("addr", "add", "10.0.0.11/24", "dev", "sxn1");
        things.Add(server = NewServer());
        await servers.Run(() => server.StartAsync(CancellationToken.None));
    }

    [TearDown]
    public void Clean()
    {
        things.Reverse();
        foreach (var thing in things) thing.Dispose();
        things.Clear();
    }

    [Test]
    public void Ntpdate_takes_the_time_of_a_synchronised_host_and_not_of_another()
    {
        var taken = OnClient("ntpdate", "-q", "10.0.0.1");
        Assert.That(taken.Status, Is.Zero, taken.ToString());
        Assert.That(taken.Output, Does.Contain("10.0.0.1").And.Contain($"s{NtpDecision.SynchronisedStratum}"));
        synchronised = false;
        // The host's clock is asked once a second.
        Assert.That(() => Leap(), Is.EqualTo(LeapIndicator.Unknown).After(5000, 200));
        var refused = OnClient("ntpdate", "-q", "10.0.0.1");
        Assert.That(refused.Output, Does.Not.Contain("s4"), refused.ToString());
        Assert.That(refused.ToString(), Does.Contain("10.0.0.1").Or.Contain("no eligible servers"));
    }

    [Test]
    public async Task A_taken_port_stops_the_start_and_says_what_to_do()
    {
        using var second = NewServer();
        Assert.That(() => servers.Run(() => second.StartAsync(CancellationToken.None)), Throws.TypeOf<ListenException>().With.Message.Contains("10.0.0.1:123").And.Message.Contains("ntp.mode"));
        await server.StopAsync(CancellationToken.None);
    }

    [Test]
    public void Noise_does_not_stop_it()
    {
        using var noise = clients.Run(() => new System.Net.Sockets.UdpClient("10.0.0.1", 123));
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var octets = new byte[random.Next(1200)];
            random.NextBytes(octets);
            // Control messages and the like; no client's request, which would use up the share of this address.
            if (octets.Length > 0) octets[0] = (byte)(octets[0] & 0xf8 | 6);
            noise.Send(octets);
        }
        Assert.That(Leap(), Is.EqualTo(LeapIndicator.None));
    }

    /// <summary>Asks by hand: what the answer says of the clock. As clients do, it asks again when a question is lost: the noise may have filled the socket's queue.</summary>
    private LeapIndicator Leap()
    {
        using var client = clients.Run(() => new System.Net.Sockets.UdpClient("10.0.0.1", 123));
        client.Client.ReceiveTimeout = 2000;
        var octets = new byte[NtpPacket.Length];
        var asked = new NtpPacket { Version = 4, Mode = NtpMode.Client, Transmit = NtpTimestamp.Of(DateTimeOffset.UtcNow) };
        asked.Write(octets);
        var from = new System.Net.IPEndPoint(System.Net.IPAddress.Any, 0);
        byte[]? received = null;
        for (var tries = 0; received is null && tries < 5; tries++)
        {
            client.Send(octets);
            try
            {
                received = client.Receive(ref from);
            }
            catch (System.Net.Sockets.SocketException lost) when (lost.SocketErrorCode is System.Net.Sockets.SocketError.TimedOut)
            {
                // The next question.
            }
        }
        Assert.That(NtpPacket.TryRead(received, out var answer, out _), Is.True);
        Assert.That((from.Port, answer.Origin, answer.Mode), Is.EqualTo((123, asked.Transmit, NtpMode.Server)));
        Assert.That(answer.Receive.Value, Is.LessThanOrEqualTo(answer.Transmit.Value), "the kernel's stamp is not after ours");
        return answer.Leap;
    }

    private NtpServer NewServer() => new(
        new CurrentPlan(Site.Plan(networkInterface: "sxn0")), TimeProvider.System,
        now => new HostClock(synchronised, LeapIndicator.None, TimeSpan.FromMilliseconds(1), now), NullLogger<NtpServer>.Instance);

    private Tool.Result OnClient(params string[] command) => Tool.Run("ip", ["netns", "exec", clients.Name, .. command]);
}
