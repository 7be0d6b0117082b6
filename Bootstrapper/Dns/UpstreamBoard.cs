using Sextant.Primitives;

namespace Sextant.Dns;

/// <summary>
/// How the upstreams do. They are asked in the order of the file; one that was silent twice in a row rests, longer each time, and is asked after the others
/// meanwhile. For one thread.
/// </summary>
public sealed class UpstreamBoard(IReadOnlyList<Ipv4Address> upstreams)
{
    /// <summary>How long an upstream is waited for that nothing is known of.</summary>
    public static readonly TimeSpan UsualWait = TimeSpan.FromMilliseconds(800);

    /// <summary>The shortest wait before the next upstream is asked, too.</summary>
    public static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(300);

    /// <summary>The longest.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(1500);

    private const int SilencesBeforeRest = 2;
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(60);

    private readonly Standing[] standings = [.. upstreams.Select(_ => new Standing())];

    /// <summary>The upstreams, in the order of the file.</summary>
    public IReadOnlyList<Ipv4Address> Upstreams => upstreams;

    /// <summary>Whether the address is an upstream's.</summary>
    public bool Has(Ipv4Address address) => upstreams.Contains(address);

    /// <summary>The order in which they are asked now: the resting ones last.</summary>
    public IEnumerable<int> Order(DateTimeOffset now) => Enumerable.Range(0, upstreams.Count).OrderBy(index => standings[index].RestsUntil > now);

    /// <summary>How long to wait for an answer: four times what it takes as a rule (RFC 6298's reasoning, coarsely).</summary>
    public TimeSpan WaitFor(int index)
    {
        if (standings[index].Usual is not { } usual) return UsualWait;
        var wait = usual * 4;
        return wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait;
    }

    /// <summary>True when the upstream gives names back with other letters than they were asked with.</summary>
    public bool LosesCase(int index) => standings[index].LosesCase;

    /// <summary>True when the upstream does not speak EDNS.</summary>
    public bool LacksEdns(int index) => standings[index].LacksEdns;

    /// <summary>It answered.</summary>
    public void Answered(int index, TimeSpan after)
    {
        var standing = standings[index];
        standing.Usual = standing.Usual is { } usual ? usual * 0.875 + after * 0.125 : after;
        (standing.Silences, standing.RestsUntil) = (0, default);
    }

    /// <summary>It did not answer, or cannot be reached.</summary>
    public void Silent(int index, DateTimeOffset now)
    {
        var standing = standings[index];
        if (++standing.Silences < SilencesBeforeRest) return;
        var rest = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(standing.Silences, 6)));
        standing.RestsUntil = now + (rest < LongestRest ? rest : LongestRest);
    }

    /// <summary>It changes the case of names.</summary>
    public void MarkLosesCase(int index) => standings[index].LosesCase = true;

    /// <summary>It does not speak EDNS.</summary>
    public void MarkLacksEdns(int index) => standings[index].LacksEdns = true;

    private sealed class Standing
    {
        public TimeSpan? Usual { get; set; }

        public int Silences { get; set; }

        public DateTimeOffset RestsUntil { get; set; }

        public bool LosesCase { get; set; }

        public bool LacksEdns { get; set; }
    }
}
