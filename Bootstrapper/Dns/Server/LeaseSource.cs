namespace Sextant.Dns.Server;

/// <summary>Where the leases come from: DHCP, which DNS does not know.</summary>
/// <param name="Version">A number that is another one when a lease changed; cheap.</param>
/// <param name="Read">The leases.</param>
public sealed record LeaseSource(Func<long> Version, Func<IReadOnlyList<LeasedName>> Read)
{
    /// <summary>No leases at all: another server gives the addresses.</summary>
    public static LeaseSource None { get; } = new(() => 0, () => []);
}
