using Sextant.Dns.Wire;
using Sextant.Primitives;

namespace Sextant.Dns;

/// <summary>What becomes of a message.</summary>
public enum DnsVerdict
{
    /// <summary>The reply is written.</summary>
    Reply,
    /// <summary>It gets no answer.</summary>
    Drop,
    /// <summary>An upstream has to be asked.</summary>
    Forward,
}

/// <summary>Why an answer is what it is; by these the answers are counted.</summary>
public enum DnsReason
{
    /// <summary>From the zones: records.</summary>
    Answered,
    /// <summary>From the zones: the name has nothing of the type.</summary>
    NoData,
    /// <summary>From the zones: the name does not exist.</summary>
    NoName,
    /// <summary>ANY, answered as RFC 8482 says.</summary>
    AnyAnswered,
    /// <summary>From the cache.</summary>
    Cached,
    /// <summary>From the cache although its time is over, because no upstream answers (RFC 8767).</summary>
    Stale,
    /// <summary>A failure that is remembered (RFC 9520).</summary>
    FailureCached,
    /// <summary>For an upstream to answer.</summary>
    Forwarded,
    /// <summary>Nobody is there to ask, so the name does not exist here.</summary>
    Offline,
    /// <summary>The machine may not ask for names outside of the cluster.</summary>
    Stranger,
    /// <summary>Not for recursion, and not ours.</summary>
    NotOurs,
    /// <summary>A zone transfer.</summary>
    Transfer,
    /// <summary>A class other than IN.</summary>
    OtherClass,
    /// <summary>A type that asks for something else than records.</summary>
    MetaType,
    /// <summary>A version of EDNS that is not known.</summary>
    EdnsVersion,
    /// <summary>An operation other than a question.</summary>
    OtherOperation,
    /// <summary>The message cannot be read.</summary>
    Malformed,
    /// <summary>Fewer than twelve octets.</summary>
    TooShort,
    /// <summary>A response where queries arrive.</summary>
    IsResponse,
    /// <summary>From port 0, or from our own address and port: an answer would come back for ever.</summary>
    BadSource,
}

/// <summary>What becomes of a message, with its reply's length.</summary>
/// <param name="Verdict">What.</param>
/// <param name="Reason">Why.</param>
/// <param name="Length">Octets of the reply; of a forwarded question, of what is known of its answer already, 0 when that is nothing.</param>
/// <param name="Query">The query as read.</param>
/// <param name="Target">The name to ask an upstream for in wire form; null when it is the question's own.</param>
public readonly record struct DnsOutcome(DnsVerdict Verdict, DnsReason Reason, int Length, DnsQuery Query, byte[]? Target = null);

/// <summary>Who asks.</summary>
/// <param name="Address">From which address.</param>
/// <param name="Port">From which port.</param>
/// <param name="IsTcp">Whether over TCP, where size does not matter.</param>
public readonly record struct DnsClient(Ipv4Address Address, int Port, bool IsTcp);

/// <summary>Everything an answer depends on besides the cache. Immutable; replaced whole.</summary>
/// <param name="Zones">What is answered from here.</param>
/// <param name="Clients">Whose machines may ask for other names.</param>
/// <param name="Server">Our own address.</param>
/// <param name="HasUpstreams">Whether there is anybody to ask.</param>
public sealed record DnsView(DnsZones Zones, IReadOnlyList<Ipv4Network> Clients, Ipv4Address Server, bool HasUpstreams)
{
    /// <summary>Whether the machine may ask for names outside of the cluster: one of the cluster's networks, or this one itself.</summary>
    public bool MayRecurse(Ipv4Address client)
    {
        if (client == Server || client.Value >> 24 == 127) return true;
        for (var i = 0; i < Clients.Count; i++)
            if (Clients[i].Contains(client)) return true;
        return false;
    }
}
