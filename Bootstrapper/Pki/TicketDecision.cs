using System.Collections.Immutable;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Pki;

/// <summary>A one-time ticket as it is stored: what it was minted for and which keys it has been used for. The ticket itself is not in it.</summary>
public sealed record TicketRecord
{
    /// <summary>The machine it was minted for.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>The address the machine had; the ticket is good from there, and from the address the file fixes for it.</summary>
    public required Ipv4Address Address { get; init; }

    /// <summary>The install attempt it belongs to.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it was minted.</summary>
    public required DateTimeOffset Minted { get; init; }

    /// <summary>When it stops being good.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>True once a later ticket was minted for the machine.</summary>
    public bool Superseded { get; init; }

    /// <summary>Certificate name to SHA-256 of the SubjectPublicKeyInfo (lower-case hex) it was used for.</summary>
    public ImmutableSortedDictionary<string, string> Keys { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A request that shows a ticket.</summary>
/// <param name="Mac">The machine in whose name it is made.</param>
/// <param name="Peer">The address it comes from.</param>
/// <param name="Attempt">The machine's present install attempt.</param>
/// <param name="Certificate">The certificate's name.</param>
/// <param name="KeyDigest">SHA-256 of the request's SubjectPublicKeyInfo, or of the number a secret is claimed with; lower-case hex.</param>
/// <param name="Fixed">
/// The address the file fixes for the machine, or null. Another DHCP server may have given it a different one for the installation; the installed system has
/// this one.
/// </param>
public sealed record TicketUse(MacAddress Mac, Ipv4Address Peer, int Attempt, string Certificate, string KeyDigest, Ipv4Address? Fixed = null);

/// <summary>Whether a ticket is good for a certificate. Pure.</summary>
public abstract record TicketDecision
{
    private TicketDecision() { }

    /// <summary>Yes: bind the key, then sign. <paramref name="Bound"/> is the record to store before the certificate leaves.</summary>
    public sealed record Issue(TicketRecord Bound) : TicketDecision;

    /// <summary>Yes: the same key was bound before (the answer got lost, or the machine restarted); sign again.</summary>
    public sealed record Reissue : TicketDecision;

    /// <summary>No.</summary>
    public sealed record Refuse(RefusalReason Reason) : TicketDecision;

    /// <summary>Decides. The first reason that applies, from who it is to what it was used for, is the one that is told.</summary>
    /// <param name="ticket">The ticket's record; null when no such ticket was minted.</param>
    /// <param name="use">The request.</param>
    /// <param name="now">The time.</param>
    public static TicketDecision Decide(TicketRecord? ticket, TicketUse use, DateTimeOffset now)
    {
        if (ticket is null) return new Refuse(RefusalReason.TicketUnknown);
        if (ticket.Mac != use.Mac) return new Refuse(RefusalReason.TicketOfAnotherMachine);
        if (ticket.Superseded || ticket.Attempt != use.Attempt) return new Refuse(RefusalReason.TicketSuperseded);
        if (now >= ticket.Expires) return new Refuse(RefusalReason.TicketExpired);
        if (ticket.Address != use.Peer && use.Fixed != use.Peer) return new Refuse(RefusalReason.WrongAddress);
        return ticket.Keys.TryGetValue(use.Certificate, out var bound)
            ? bound == use.KeyDigest ? new Reissue() : new Refuse(RefusalReason.TicketSpent)
            : new Issue(ticket with { Keys = ticket.Keys.Add(use.Certificate, use.KeyDigest) });
    }
}
