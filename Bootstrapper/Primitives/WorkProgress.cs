namespace Sextant.Primitives;

/// <summary>How far one part of a long work is: one bar on a terminal.</summary>
/// <param name="Item">What is worked on, for people: a path, an image, a step. The same text from beginning to end.</param>
/// <param name="Done">Octets (or steps) done.</param>
/// <param name="Total">Octets (or steps) in all; null as long as nobody knows.</param>
public readonly record struct WorkProgress(string Item, long Done, long? Total)
{
    /// <summary>True at its end.</summary>
    public bool IsComplete => Done == Total;
}
