using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Dhcp;
using Sextant.Dhcp.Server;
using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dhcp.Server;

/// <summary>What real firmware said to another server, said to this one: message for message in the order of the capture.</summary>
[TestFixture]
public sealed class DhcpReplayTests
{
    private static readonly Ipv4Address Server = Ipv4Address.Parse("10.255.0.1");
    private static readonly Ipv4Address Offered = Ipv4Address.Parse("10.0.8.60");
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:12:34:56");

    private const string Script = "http://10.255.0.1/boot/52-54-00-12-34-56/script.ipxe", Loader = "snponly.efi", LoaderUrl = "http://10.255.0.1/assets/snponly.efi";

    [TestCase("fw-bios", $"OFFER {Script}, OFFER {Script}, ACK {Script}")]
    [TestCase("fw-ovmf", $"OFFER {Loader}, ACK {Loader}, OFFER {Script}, OFFER {Script}, ACK {Script}")]
    [TestCase("fw-httpboot", $"OFFER {Loader}, ACK {Loader}, OFFER {LoaderUrl}, ACK {LoaderUrl}, OFFER {Script}, OFFER {Script}, ACK {Script}")]
    public async Task Firmware_gets_from_this_server_what_it_needs_to_go_on(string capture, string expected)
    {
        var store = new MemoryStore();
        await using var machines = new MachineStore(store);
        var plan = Site.Plan();
        var description = plan.Description with
        {
            Bootstrapper = plan.Description.Bootstrapper with { Address = Server },
            Network = plan.Description.Network with { Subnets = [new SubnetDescription(Ipv4Network.Parse("10.0.0.0/8"), null, null, TimeSpan.FromHours(1))] },
            Nodes = [plan.Description.Nodes[0] with { Mac = Mac, Address = Offered }],
        };
        var exchange = new DhcpExchange(new CurrentPlan(new ClusterPlan(description, plan.Material)), machines, store, new IpxeClients(), NullLogger.Instance);
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var answers = new List<string>();
        foreach (var datagram in Pcap.Datagrams(capture + ".pcap").Where(datagram => datagram.DestinationPort == 67))
        {
            Assert.That(DhcpReader.TryRead(datagram.Payload, out var request, out _), Is.True);
            now = now.AddSeconds(2);
            var departures = exchange.Handle([new Arrival(datagram.Payload, datagram.Source, datagram.Destination)], now);
            Assert.That(departures, Has.Count.EqualTo(1), request.ToString());
            Assert.That(DhcpReader.TryRead(departures[0].Octets, out var reply, out _), Is.True);
            reply.Options.Read(out DhcpMessageType type);
            answers.Add($"{type.ToString().ToUpperInvariant()} {reply.File}");
            Assert.Multiple(() =>
            {
                Assert.That((reply.TransactionId, reply.YourAddress, reply.NextServer), Is.EqualTo((request.TransactionId, Offered, Server)));
                Assert.That(reply.Options.Read(OptionCode.BootFileName, out string file), Is.EqualTo(OptionRead.Present));
                Assert.That(file, Is.EqualTo(reply.File));
                foreach (var echoed in new[] { OptionCode.ClientMachineIdentifier, OptionCode.ClientIdentifier })
                    if (request.Options.TryGet(echoed, out var sent)) Assert.That(reply.Options.TryGet(echoed, out var back) && back.Span.SequenceEqual(sent.Span), $"option {(int)echoed}");
            });
        }
        Assert.That(string.Join(", ", answers), Is.EqualTo(expected));
    }
}
