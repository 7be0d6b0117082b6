using System.Collections.Immutable;

namespace Sextant.Lifecycle;

/// <summary>
/// Notices a machine that is installed again and again: its firmware never reaches the disk, its installer dies, or its disk does not keep what is
/// written. The same goes for one whose disks are to be erased. After <see cref="Limit"/> begun installs within <see cref="Window"/> the machine is held until the operator releases it.
/// </summary>
public static class LoopDetector
{
    /// <summary>Begun installs that are still accepted within <see cref="Window"/>.</summary>
    public const int Limit = 5;

    /// <summary>The time within which they count.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>True when one more install would be one too many.</summary>
    public static bool IsLooping(ImmutableList<DateTimeOffset> starts, DateTimeOffset now) => starts.Count(start => now - start < Window) >= Limit;

    /// <summary>The starts worth remembering after one more.</summary>
    public static ImmutableList<DateTimeOffset> Remember(ImmutableList<DateTimeOffset> starts, DateTimeOffset now) =>
        starts.RemoveAll(start => now - start >= Window).Add(now);
}
