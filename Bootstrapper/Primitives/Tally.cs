using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Sextant.Primitives;

/// <summary>
/// One count for each value of an enumeration. Counted in place and read when somebody asks, so that counting costs an addition. Safe for use by several threads.
/// </summary>
/// <typeparam name="T">An enumeration whose values are small and not negative; <c>None</c>, where it has that, stands for nothing that could be counted.</typeparam>
/// <param name="tag">What the values are called as a dimension, <c>reason</c>.</param>
public sealed class Tally<T>(string tag)
    where T : struct, Enum
{
    /// <summary>The names by value; null where nothing is counted.</summary>
    private static readonly string?[] Names = NamesByValue();

    private readonly long[] counts = new long[Names.Length];

    /// <summary>Counts one of this value.</summary>
    public void Count(T value) => Add(value, 1);

    /// <summary>Counts so many of this value.</summary>
    public void Add(T value, long amount) => Interlocked.Add(ref counts[IndexOf(value)], amount);

    /// <summary>How many of this value were counted.</summary>
    public long Of(T value) => Interlocked.Read(ref counts[IndexOf(value)]);

    /// <summary>Every count of this moment, tagged with the value's name.</summary>
    public IEnumerable<Measurement<long>> Measure()
    {
        for (var i = 0; i < Names.Length; i++)
            if (Names[i] is { } name) yield return new Measurement<long>(Interlocked.Read(ref counts[i]), new KeyValuePair<string, object?>(tag, name));
    }

    private static int IndexOf(T value) => Unsafe.SizeOf<T>() == 1 ? Unsafe.As<T, byte>(ref value) : Unsafe.As<T, int>(ref value);

    private static string?[] NamesByValue()
    {
        var values = Enum.GetValues<T>();
        var names = new string?[values.Max(IndexOf) + 1];
        foreach (var value in values) names[IndexOf(value)] = value.ToString() is var name and not "None" ? name : null;
        return names;
    }
}
