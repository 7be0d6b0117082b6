using System.Collections.Concurrent;
using Sextant.Primitives;

namespace Sextant.Lifecycle;

/// <summary>Whether a machine has power, as its management controller says.</summary>
public enum PowerState
{
    /// <summary>It has.</summary>
    On,
    /// <summary>It has not.</summary>
    Off,
    /// <summary>It is on its way from one to the other.</summary>
    Changing,
}

/// <summary>
/// What management controllers said last. A fact about a moment and no event: it is not stored, and of a controller that does not answer any more nothing is known. Safe for use by several threads.
/// </summary>
public sealed class PowerStates
{
    private readonly ConcurrentDictionary<MacAddress, PowerState> states = new();

    /// <summary>What is known of a machine; null when nothing is.</summary>
    public PowerState? Of(MacAddress mac) => states.TryGetValue(mac, out var state) ? state : null;

    /// <summary>Takes what a controller said; null when it said nothing.</summary>
    public void Set(MacAddress mac, PowerState? state)
    {
        if (state is { } known) states[mac] = known;
        else states.TryRemove(mac, out _);
    }
}
