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
    /// <summary>Somebody who has no lease uses the address; nobody gets it until it expires.</summary>
    Declined,
}

/// <summary>What a lease is at a moment, for whoever counts them.</summary>
public enum LeaseStanding
{
    /// <summary>Kept for a client that was offered it.</summary>
    Offered,
    /// <summary>In use.</summary>
    Bound,
    /// <summary>Over, by time or because the client gave it back: the memory of who had the address.</summary>
    Expired,
    /// <summary>In use by somebody without a lease.</summary>
    Declined,
}

/// <summary>One address and the machine it belongs to. A machine has one lease on a link, whatever it calls itself while it boots.</summary>
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

    /// <summary>What it is at a moment.</summary>
    public LeaseStanding StandingAt(DateTimeOffset now) => State switch
    {
        _ when !IsLive(now) => LeaseStanding.Expired,
        LeaseState.Offered => LeaseStanding.Offered,
        LeaseState.Bound => LeaseStanding.Bound,
        LeaseState.Released => LeaseStanding.Expired,
        LeaseState.Declined => LeaseStanding.Declined,
        _ => throw new InvalidOperationException($"no standing for {State}"),
    };
}

/// <summary>A change of the lease table.</summary>
public abstract record LeaseChange
{
    private LeaseChange() { }

    /// <summary>The address's lease is now this one; it replaces what the address had, and what the machine had on the same link.</summary>
    public sealed record Keep(Lease Lease) : LeaseChange
    {
        /// <summary>Nobody gets the address for a time.</summary>
        /// <param name="address">The address.</param>
        /// <param name="foundBy">Who found it in use.</param>
        /// <param name="since">When.</param>
        /// <param name="until">Until when.</param>
        public static Keep Quarantine(Ipv4Address address, MacAddress foundBy, DateTimeOffset since, DateTimeOffset until) =>
            new(new Lease(foundBy, address, LeaseState.Declined, since, until, ""));
    }

    /// <summary>The address has no lease any more.</summary>
    public sealed record Drop(Ipv4Address Address) : LeaseChange;
}

/// <summary>Source-generated JSON of a lease, as stored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Lease))]
public sealed partial class LeaseJson : JsonSerializerContext;
