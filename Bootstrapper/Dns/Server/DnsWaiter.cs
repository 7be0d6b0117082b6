using Sextant.Dns.Wire;

namespace Sextant.Dns.Server;

/// <summary>A client that waits for an upstream's answer.</summary>
/// <param name="Client">Who.</param>
/// <param name="Message">Its query.</param>
/// <param name="Query">The query as read.</param>
/// <param name="Partial">What is known of the answer: the aliases that lead out of our zones; empty for none.</param>
/// <param name="Target">The name they lead to, in wire form; null when it is the question's own.</param>
/// <param name="Connection">The TCP connection it asked over; null over UDP.</param>
public sealed record DnsWaiter(DnsClient Client, byte[] Message, DnsQuery Query, byte[] Partial, byte[]? Target, DnsConnection? Connection)
{
    /// <summary>A waiter of an outcome.</summary>
    public static DnsWaiter Of(DnsClient client, ReadOnlySpan<byte> message, DnsOutcome outcome, ReadOnlySpan<byte> reply, DnsConnection? connection) =>
        new(client, message.ToArray(), outcome.Query, reply[..outcome.Length].ToArray(), outcome.Target, connection);

    /// <summary>What upstreams are asked for it.</summary>
    public ForwardQuestion Question() =>
        ForwardQuestion.Of(Target ?? Query.Name(Message), Query.Type, Query.DnssecOk, Query.Header.Has(DnsHeader.CheckingDisabled));

    /// <summary>Writes the answer.</summary>
    public DnsOutcome Write(CachedReply kept, DnsReason reason, DateTimeOffset now, Span<byte> reply) => Target is null
        ? DnsResponder.Write(Message, Query, kept, Client, reason, now, reply)
        : AliasAnswer.Write(Partial, Query, Target, kept, Client, reason, now, reply);

    /// <summary>Writes that there is none.</summary>
    public DnsOutcome WriteFailure(bool isRemembered, Span<byte> reply) => DnsResponder.WriteFailure(Message, Query, Client, isRemembered, reply);
}
