using System.Text.Json.Serialization;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>What an address is bound by.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LeaseState>))]
public enum LeaseState
{
    /// <summary>Offered and kept for the client for a minute; not durable.</summary>
    Offered,
    /// <summary>Acknowledged until it expires. An expired lease stays as the memory of who had the address.</summary>
    Bound,
    /// <summary>Given back by the client; remembered like an expired one.</summary>
    Released,
    /// <summary>A client found the address in use by somebody else; nobody gets it until it expires. Not durable.</summary>
    Declined,
}

/// <summary>One address and the machine it belongs to. A machine has one lease, whatever it calls itself while it boots.</summary>
/// <param name="Mac">The machine (for a declined address: who declined it).</param>
/// <param name="Address">The address.</param>
/// <param name="State">What binds it.</param>
/// <param name="Since">When this machine was first granted this address.</param>
/// <param name="ExpiresAt">From when on the address is free.</param>
/// <param name="Client">Who asked last: <c>UEFI x64</c>, <c>iPXE</c>, <c>operating system</c>.</param>
public sealed record Lease(MacAddress Mac, Ipv4Address Address, LeaseState State, DateTimeOffset Since, DateTimeOffset ExpiresAt, string Client)
{
    /// <summary>What the machine calls itself, as it came; empty when it says nothing. DNS makes a name of it.</summary>
    public string ClientName { get; init; } = "";

    /// <summary>True while nobody else may have the address.</summary>
    public bool IsLive(DateTimeOffset now) => ExpiresAt > now;
}

/// <summary>A change of the lease table.</summary>
public abstract record LeaseChange
{
    private LeaseChange() { }

    /// <summary>The machine's lease is now this one; it replaces what the machine and the address had before.</summary>
    public sealed record Keep(Lease Lease) : LeaseChange;

    /// <summary>The machine has no lease any more.</summary>
    public sealed record Drop(MacAddress Mac) : LeaseChange;

    /// <summary>Nobody gets the address for a time.</summary>
    /// <param name="Address">The address.</param>
    /// <param name="DeclinedBy">Who found it in use.</param>
    /// <param name="Since">When.</param>
    /// <param name="Until">Until when.</param>
    public sealed record Quarantine(Ipv4Address Address, MacAddress DeclinedBy, DateTimeOffset Since, DateTimeOffset Until) : LeaseChange;

    /// <summary>
    /// True when the change must be on disk before anything is answered. Offers are not (the client still has to ask), quarantines neither: after a
    /// restart the next client to find the address in use declines it again.
    /// </summary>
    public bool IsDurable => this switch
    {
        Keep keep => keep.Lease.State is LeaseState.Bound or LeaseState.Released,
        Drop => true,
        Quarantine => false,
        _ => throw new InvalidOperationException($"{GetType().Name} is a new change"),
    };
}

/// <summary>Source-generated JSON of a lease, as stored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Lease))]
public sealed partial class LeaseJson : JsonSerializerContext;
