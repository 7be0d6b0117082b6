using Sextant.Primitives;

namespace Sextant.Ntp;

/// <summary>Whether a client may ask now.</summary>
public enum NtpAdmission
{
    /// <summary>Yes.</summary>
    Admitted,
    /// <summary>No, and it is told so once.</summary>
    Kissed,
    /// <summary>No, and it was told.</summary>
    Refused,
}

/// <summary>
/// How often each address may ask: <see cref="Burst"/> packets at once and one every <see cref="Interval"/> on and on, which is more than any sane client sends
/// (iburst is 8 packets 2 s apart). Keeps a bounded table: when it is full, those who asked longest ago are forgotten.
/// </summary>
public sealed class NtpRateLimit
{
    /// <summary>Packets at once.</summary>
    public const int Burst = 16;

    /// <summary>Addresses remembered.</summary>
    public const int Capacity = 8192;

    /// <summary>The interval at which one may go on.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Ipv4Address, State> clients = [];

    /// <summary>Addresses in the table.</summary>
    public int Count => clients.Count;

    /// <summary>Counts a packet of an address.</summary>
    public NtpAdmission Admit(Ipv4Address client, DateTimeOffset now)
    {
        // The moment at which the bucket is full again: each packet moves it by one interval (a leaky bucket as a single time).
        var known = clients.TryGetValue(client, out var state);
        var fullAt = known && state.FullAt > now ? state.FullAt : now;
        // A clock that was set back must not lock anybody out.
        if (fullAt - now > Interval * Burst) fullAt = now;
        if (fullAt - now > Interval * (Burst - 1))
        {
            clients[client] = new State(fullAt, Kissed: true);
            return state.Kissed ? NtpAdmission.Refused : NtpAdmission.Kissed;
        }
        if (!known && clients.Count == Capacity) Forget(now);
        clients[client] = new State(fullAt + Interval, Kissed: known && state.Kissed && state.FullAt > now);
        return NtpAdmission.Admitted;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var idle in clients.Where(client => client.Value.FullAt <= now).Select(client => client.Key).ToList()) clients.Remove(idle);
        if (clients.Count < Capacity) return;
        foreach (var oldest in clients.OrderBy(client => client.Value.FullAt).Take(Capacity / 4).Select(client => client.Key).ToList()) clients.Remove(oldest);
    }

    private readonly record struct State(DateTimeOffset FullAt, bool Kissed);
}
