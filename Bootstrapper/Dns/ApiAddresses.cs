using System.Collections.Immutable;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dns;

/// <summary>Where the API's names lead.</summary>
public static class ApiAddresses
{
    /// <summary>How long others may keep them: a master that died is forgotten as fast.</summary>
    public const uint TimeToLive = 10;

    /// <summary>
    /// The virtual address while it answers, because it moves by itself; else the masters that answer. When none does, all of them and the virtual address: a
    /// cluster that starts is reached as soon as one of them is up, and a probe that is wrong about all of them must not take the name away.
    /// </summary>
    /// <param name="plan">The names as planned.</param>
    /// <param name="answering">The addresses whose API server answered when it was last asked.</param>
    public static IReadOnlyList<Ipv4Address> Of(NamePlan plan, ImmutableHashSet<Ipv4Address> answering)
    {
        if (plan.ApiVirtualAddress is { } held && answering.Contains(held)) return [held];
        var alive = plan.Masters.Where(answering.Contains).ToList();
        if (alive.Count > 0) return alive;
        return plan.ApiVirtualAddress is { } address ? [address, .. plan.Masters] : plan.Masters;
    }
}
