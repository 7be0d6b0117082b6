using System.Globalization;

namespace Sextant.Lab;

/// <summary>What is wrong with a rack's cables, the same in both directions of each: the percentages are chances a frame, independent of each other.</summary>
public sealed record LinkFaults
{
    /// <summary>How much later than the others a frame comes that is out of order.</summary>
    public static readonly TimeSpan ReorderHold = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    /// <summary>Percent of frames that vanish, 0 to 100.</summary>
    public double Loss { get; init; }

    /// <summary>Percent of frames that come twice, 0 to 100.</summary>
    public double Duplicate { get; init; }

    /// <summary>Percent of frames that are held back by <see cref="ReorderHold"/>, so that later ones overtake them, 0 to 100.</summary>
    public double Reorder { get; init; }

    /// <summary>How long every frame is on its way, each way, 0 to 10 s. A round trip takes twice as long.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Which row of chances is drawn: the same seed and the same frames give the same faults.</summary>
    public int Seed { get; init; }

    /// <summary>Reads <c>loss=10,delay=100ms,duplicate=1,reorder=5,seed=7</c>: each at most once, in any order; what is left out is 0.</summary>
    /// <param name="text">The text.</param>
    /// <param name="faults">What it says.</param>
    /// <param name="problem">What is wrong with it, for people; empty when nothing is.</param>
    public static bool TryParse(string text, out LinkFaults faults, out string problem)
    {
        faults = new LinkFaults();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in text.Split(','))
        {
            var (name, value) = part.Split('=', 2) is [var left, var right] ? (left.Trim(), right.Trim()) : (part.Trim(), "");
            problem = !seen.Add(name) ? $"'{name}' is there twice" : "";
            if (problem.Length > 0) return false;
            switch (name)
            {
                case "loss" when TryReadPercent(value, out var percent):
                    faults = faults with { Loss = percent };
                    break;
                case "duplicate" when TryReadPercent(value, out var percent):
                    faults = faults with { Duplicate = percent };
                    break;
                case "reorder" when TryReadPercent(value, out var percent):
                    faults = faults with { Reorder = percent };
                    break;
                case "delay" when TryReadDelay(value, out var delay):
                    faults = faults with { Delay = delay };
                    break;
                case "seed" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                    faults = faults with { Seed = seed };
                    break;
                default:
                    problem = name switch
                    {
                        "loss" or "duplicate" or "reorder" => $"'{part}': a percentage from 0 to 100 such as {name}=10",
                        "delay" => $"'{part}': a time from 0ms to 10s such as delay=100ms",
                        "seed" => $"'{part}': a whole number such as seed=7",
                        _ => $"'{part}': there are loss, delay, duplicate, reorder and seed",
                    };
                    return false;
            }
        }
        problem = "";
        return true;
    }

    /// <summary>The same as <see cref="TryParse"/> reads it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"loss={Loss},delay={Delay.TotalMilliseconds}ms,duplicate={Duplicate},reorder={Reorder},seed={Seed}");

    private static bool TryReadPercent(string text, out double percent) =>
        double.TryParse(text.EndsWith('%') ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out percent) && percent <= 100;

    private static bool TryReadDelay(string text, out TimeSpan delay)
    {
        delay = default;
        var (number, unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 1) : text.EndsWith('s') ? (text[..^1], 1000) : ("", 0);
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count * (long)unit > LongestDelay.TotalMilliseconds) return false;
        delay = TimeSpan.FromMilliseconds(count * (long)unit);
        return true;
    }
}
