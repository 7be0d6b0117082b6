using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>
/// Addresses that are asked about on the wire before they are offered (RFC 2131 §2.2; the questions are those of RFC 5227 §2.1.1, fewer and closer
/// together, because firmware waits a second or four for its offer, and iPXE one). The offer is kept back meanwhile and the address is kept for its
/// client in the lease table. Pure: who sends and waits is told what is due.
/// </summary>
public sealed class AddressProbes
{
    /// <summary>How long after the last question an answer still counts.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>The time between the questions.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);

    /// <summary>How often each address is asked about; one question may get lost.</summary>
    public const int Questions = 2;

    /// <summary>Addresses probed at once. With more, offers leave unprobed: a rack that boots is worth more than the rare conflict.</summary>
    public const int Limit = 4096;

    private readonly Dictionary<Ipv4Address, Probe> byAddress = [];
    private readonly Dictionary<MacAddress, Probe> byMac = [];
    private readonly PriorityQueue<Probe, DateTimeOffset> due = new();

    /// <summary>Addresses being probed.</summary>
    public int Count => byAddress.Count;

    /// <summary>When <see cref="OnTimer"/> has something to do next; null when nothing is probed.</summary>
    public DateTimeOffset? NextDeadline => due.TryPeek(out _, out var at) ? at : null;

    /// <summary>
    /// Keeps an offer back until its address was probed. A machine that asks again while its address is probed gets the newer offer at the same time as
    /// it would have got the first.
    /// </summary>
    /// <param name="request">The DISCOVER.</param>
    /// <param name="offer">The offer for it.</param>
    /// <param name="now">The time.</param>
    /// <returns>False when it must not be kept back: too many are.</returns>
    public bool TryHold(DhcpRequest request, DhcpOutcome.Answer offer, DateTimeOffset now)
    {
        var address = offer.Message.YourAddress;
        if (byMac.TryGetValue(request.Mac, out var held))
        {
            if (held.Address == address)
            {
                (held.Request, held.Offer) = (request, offer);
                return true;
            }
            Forget(held);
        }
        if (Count >= Limit) return false;
        if (byAddress.TryGetValue(address, out var other)) Forget(other);
        var probe = new Probe(request, offer, address);
        byAddress.Add(address, probe);
        byMac.Add(request.Mac, probe);
        due.Enqueue(probe, now);
        return true;
    }

    /// <summary>True while that address is probed for the machine.</summary>
    public bool IsHeld(MacAddress mac, Ipv4Address address) => byMac.TryGetValue(mac, out var held) && held.Address == address;

    /// <summary>The machine took another server's offer, or its message was decided otherwise: what is kept back for it never leaves.</summary>
    public void Forget(MacAddress mac)
    {
        if (byMac.TryGetValue(mac, out var held)) Forget(held);
    }

    /// <summary>
    /// Somebody claims an address. The request that waits for it, to be decided anew; null when nobody waits for it, or the claimer is the very machine
    /// that is to get it.
    /// </summary>
    public DhcpRequest? OnClaim(Ipv4Address address, MacAddress by)
    {
        if (!byAddress.TryGetValue(address, out var probe) || probe.Request.Mac == by) return null;
        Forget(probe);
        return probe.Request;
    }

    /// <summary>What is due: addresses to ask about now, and offers that may leave because nobody claimed theirs.</summary>
    public (IReadOnlyList<Ipv4Address> Ask, IReadOnlyList<(DhcpRequest Request, DhcpOutcome.Answer Offer)> Free) OnTimer(DateTimeOffset now)
    {
        List<Ipv4Address> ask = [];
        List<(DhcpRequest, DhcpOutcome.Answer)> free = [];
        while (due.TryPeek(out var probe, out var at) && at <= now)
        {
            due.Dequeue();
            if (!byAddress.TryGetValue(probe.Address, out var current) || current != probe) continue;
            if (probe.Asked == Questions)
            {
                Forget(probe);
                free.Add((probe.Request, probe.Offer));
                continue;
            }
            probe.Asked++;
            ask.Add(probe.Address);
            due.Enqueue(probe, now + (probe.Asked == Questions ? Patience : Interval));
        }
        return (ask, free);
    }

    private void Forget(Probe probe)
    {
        byAddress.Remove(probe.Address);
        byMac.Remove(probe.Request.Mac);
    }

    private sealed class Probe(DhcpRequest request, DhcpOutcome.Answer offer, Ipv4Address address)
    {
        public Ipv4Address Address => address;

        public DhcpRequest Request { get; set; } = request;

        public DhcpOutcome.Answer Offer { get; set; } = offer;

        public int Asked { get; set; }
    }
}
