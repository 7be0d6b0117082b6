using System.Buffers.Binary;
using System.Numerics;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tracing;

namespace Sextant.Status;

/// <summary>Everything that <see cref="AttentionDecision"/> judges one machine by.</summary>
public sealed record Situation
{
    /// <summary>The machine.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>What it is called: its host name, or its MAC.</summary>
    public required string Name { get; init; }

    /// <summary>What the file grants it.</summary>
    public required Entitlement Entitlement { get; init; }

    /// <summary>Whether the file names it.</summary>
    public required bool IsInFile { get; init; }

    /// <summary>Whether it is to be a member of etcd.</summary>
    public required bool IsEtcdMember { get; init; }

    /// <summary>Its record; null when it was never seen.</summary>
    public required Machine? Machine { get; init; }

    /// <summary>How its last boot went by its packets; null when nothing of it was recorded, or when it is past its installation.</summary>
    public required BootFinding? Boot { get; init; }

    /// <summary>What Kubernetes says of its node; null when nobody could be asked, or Kubernetes does not know it.</summary>
    public required NodeCondition? Node { get; init; }

    /// <summary>Whether it has power, as its management controller said last; null when nothing is known.</summary>
    public required PowerState? Power { get; init; }

    /// <summary>
    /// For a machine that was never seen: a machine of nearly its MAC that the file does not name. For one that the file does not name: the machine of the
    /// file that was never seen and has nearly its MAC. Null for none.
    /// </summary>
    public required LookAlike? LookAlike { get; init; }

    /// <summary>The time.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>A machine whose MAC is nearly another's.</summary>
/// <param name="Mac">Its MAC.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Since">When it was first heard; null when it never was.</param>
public sealed record LookAlike(MacAddress Mac, string Name, DateTimeOffset? Since)
{
    /// <summary>The farthest port of one network card: cards of several ports number them on.</summary>
    private const ulong FarthestPort = 3;

    private const int DigitBits = 4;

    /// <summary>
    /// Whether one MAC may have been written or plugged in for the other: one digit differs, two neighbouring digits changed places, or they are neighbours, as
    /// the ports of one card are.
    /// </summary>
    public static bool IsNear(MacAddress one, MacAddress other)
    {
        var (left, right) = (Number(one), Number(other));
        if (left == right) return false;
        var different = left ^ right;
        // The lowest digit that differs, and what lies above it.
        var lowest = BitOperations.TrailingZeroCount(different) / DigitBits * DigitBits;
        var above = different >> lowest >> DigitBits;
        if (above == 0 || Distance(one, other) <= FarthestPort) return true;
        var (a, b) = (left >> lowest & 0xff, right >> lowest & 0xff);
        return above >> DigitBits == 0 && a == (b >> DigitBits | (b & 0xf) << DigitBits);
    }

    /// <summary>The one that is nearest to a MAC, of those that are near; null when none is.</summary>
    public static LookAlike? Nearest(MacAddress mac, IEnumerable<LookAlike> candidates) =>
        candidates.Where(candidate => IsNear(mac, candidate.Mac)).MinBy(candidate => (Distance(mac, candidate.Mac), candidate.Mac));

    private static ulong Distance(MacAddress one, MacAddress other) => Math.Max(Number(one), Number(other)) - Math.Min(Number(one), Number(other));

    private static ulong Number(MacAddress mac)
    {
        Span<byte> octets = stackalloc byte[sizeof(ulong)];
        octets.Clear();
        mac.CopyTo(octets[(sizeof(ulong) - MacAddress.Length)..]);
        return BinaryPrimitives.ReadUInt64BigEndian(octets);
    }
}
