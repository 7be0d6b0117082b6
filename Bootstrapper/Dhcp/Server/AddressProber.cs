using System.Net.Sockets;
using Sextant.Networking;
using Sextant.Primitives;

namespace Sextant.Dhcp.Server;

/// <summary>
/// Asks by ARP whether anybody uses an address before it is offered, and tells the exchange what came of it. Belongs to the thread of the DHCP port.
/// </summary>
internal sealed class AddressProber(DhcpExchange exchange, string networkInterface, TimeProvider time, ILogger log) : IDisposable
{
    private readonly ArpSocket arp = new(networkInterface);

    /// <summary>To wait on.</summary>
    public Socket Socket => arp.Socket;

    /// <summary>How long the thread may wait; null for as long as it likes.</summary>
    public TimeSpan? Patience => exchange.NextDeadline is { } due ? due - time.GetUtcNow() : null;

    /// <summary>Hears what was said on the wire; replies that may leave because of it.</summary>
    public IReadOnlyList<Departure> OnReadable()
    {
        List<Departure> departures = [];
        while (arp.TryReceive() is { } claim) departures.AddRange(exchange.OnClaim(claim.Address, claim.By, time.GetUtcNow()));
        return departures;
    }

    /// <summary>Asks what is due to be asked; replies that may leave because nobody answered.</summary>
    public IReadOnlyList<Departure> OnTimer()
    {
        if (exchange.NextDeadline is null) return [];
        var (ask, departures) = exchange.OnTimer(time.GetUtcNow());
        foreach (var address in ask) Ask(address);
        return departures;
    }

    /// <inheritdoc/>
    public void Dispose() => arp.Dispose();

    private void Ask(Ipv4Address address)
    {
        try
        {
            arp.Probe(address);
        }
        catch (SocketException failure)
        {
            // Not asked is not answered: the offer leaves unprobed, as it would on an interface that is down.
            DhcpLog.ProbeFailed(log, failure, address);
        }
    }
}
