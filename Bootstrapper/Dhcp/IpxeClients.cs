using System.Collections.Concurrent;
using Sextant.Primitives;

namespace Sextant.Dhcp;

/// <summary>Which machines are in iPXE at this moment: those that asked for an address as iPXE a moment ago. From any thread.</summary>
public sealed class IpxeClients
{
    /// <summary>How long a machine counts after it asked: iPXE gives its configuration up after 16 seconds.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(20);

    private const int Limit = 10_000;
    private readonly ConcurrentDictionary<MacAddress, DateTimeOffset> asked = new();

    /// <summary>The machine asks as iPXE.</summary>
    public void Note(MacAddress mac, DateTimeOffset now)
    {
        if (asked.Count >= Limit)
            foreach (var (old, at) in asked)
                if (now - at > Window) asked.TryRemove(old, out _);
        // A flood of invented addresses costs the saving of seconds, and no memory.
        if (asked.Count < Limit || asked.ContainsKey(mac)) asked[mac] = now;
    }

    /// <summary>Whether the machine asked within the window.</summary>
    public bool IsRecent(MacAddress mac, DateTimeOffset now) => asked.TryGetValue(mac, out var at) && now - at <= Window;
}
