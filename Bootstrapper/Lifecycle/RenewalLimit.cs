using System.Collections.Immutable;

namespace Sextant.Lifecycle;

/// <summary>
/// Bounds how often a machine's certificate is signed anew. A machine needs that every few months; one that asks all the time is broken, and every answer would
/// cost a signature and an event on disk.
/// </summary>
public static class RenewalLimit
{
    /// <summary>Renewals of one certificate that are accepted within <see cref="Window"/>.</summary>
    public const int Limit = 10;

    /// <summary>The time within which they count.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>How long the machine has to wait before the certificate may be renewed again; zero when it may be now.</summary>
    /// <param name="renewals">The machine's recent renewals; null when there were none.</param>
    /// <param name="name">The certificate.</param>
    /// <param name="now">The time.</param>
    public static TimeSpan WaitFor(ImmutableSortedDictionary<string, ImmutableList<DateTimeOffset>>? renewals, string name, DateTimeOffset now)
    {
        DateTimeOffset[] recent = [.. Of(renewals, name).Where(at => now - at < Window)];
        return recent.Length < Limit ? TimeSpan.Zero : recent[^Limit] + Window - now;
    }

    /// <summary>The renewals worth remembering after one more.</summary>
    public static ImmutableSortedDictionary<string, ImmutableList<DateTimeOffset>> Remember(
        ImmutableSortedDictionary<string, ImmutableList<DateTimeOffset>>? renewals, string name, DateTimeOffset now) =>
        (renewals ?? ImmutableSortedDictionary<string, ImmutableList<DateTimeOffset>>.Empty.WithComparers(StringComparer.Ordinal))
            .SetItem(name, Of(renewals, name).RemoveAll(at => now - at >= Window).Add(now));

    private static ImmutableList<DateTimeOffset> Of(ImmutableSortedDictionary<string, ImmutableList<DateTimeOffset>>? renewals, string name) =>
        renewals?.GetValueOrDefault(name) ?? [];
}
