using System.Collections.Immutable;
using Sextant.Primitives;

namespace Sextant.Lifecycle;

/// <summary>
/// The addresses whose API server answered when it was last asked. A fact about this moment and no event: it is not stored, and after a start nothing is
/// known until the first round of probes. Safe for use by several threads.
/// </summary>
public sealed class AnsweringApis
{
    private volatile ImmutableHashSet<Ipv4Address> addresses = [];

    /// <summary>The addresses.</summary>
    public ImmutableHashSet<Ipv4Address> Addresses { get => addresses; set => addresses = value; }
}
