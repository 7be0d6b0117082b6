using Sextant.Primitives;

namespace Sextant.Lifecycle;

/// <summary>How a planned member of etcd stands.</summary>
/// <param name="Mac">Its machine.</param>
/// <param name="Name">Its host name.</param>
/// <param name="HoldsData">Whether its disk has the cluster's data, as far as is known.</param>
/// <param name="Healthy">Whether it answered as healthy when it was last asked.</param>
public sealed record EtcdStanding(MacAddress Mac, string Name, bool HoldsData, bool Healthy)
{
    /// <summary>That of a planned member with its record; null for one that was never seen.</summary>
    public static EtcdStanding Of(MacAddress mac, string name, Machine? machine) => new(mac, name, machine?.HoldsEtcdData ?? false, machine?.EtcdHealthy is true);
}

/// <summary>
/// Whether etcd can lose a member's disk. It decides by majority of its members (more than half), and a member with an empty disk counts as lost until it has
/// joined again; without a majority the cluster stands still, and an acknowledged write may be gone.
/// </summary>
public static class EtcdQuorum
{
    /// <summary>Why the cluster cannot lose the disk of a machine now; null when it can.</summary>
    /// <param name="members">The members the plan names.</param>
    /// <param name="lost">The machine whose disk would be emptied.</param>
    public static string? BrokenBy(IReadOnlyList<EtcdStanding> members, MacAddress lost)
    {
        if (members.FirstOrDefault(member => member.Mac == lost) is not { HoldsData: true } one) return null;
        if (members.Count == 1) return $"{one.Name} is etcd's only member: the data of the cluster would be gone.";
        var majority = members.Count / 2 + 1;
        var left = members.Where(member => member.Mac != lost && member.Healthy).ToList();
        if (left.Count >= majority) return null;
        var missing = members.Where(member => member.Mac != lost && !member.Healthy).Select(member => $"{member.Name} {(member.HoldsData ? "is unhealthy" : "has not joined")}").ToList();
        return $"Without {one.Name} etcd has {left.Count} healthy of {members.Count} members, and {majority} are needed{(missing.Count > 0 ? $": {string.Join(", ", missing)}" : "")}.";
    }
}
