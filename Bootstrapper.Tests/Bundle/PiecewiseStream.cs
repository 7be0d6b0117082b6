using Sextant.Bundle;

namespace Sextant.Tests.Bundle;

/// <summary>Gives its content in pieces of random sizes, as a pipe does; it may break off.</summary>
internal sealed class PiecewiseStream(byte[] content, int seed, int? breaksAt = null) : ForwardStream
{
    private readonly Random random = new(seed);
    private int at;

    public override ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        var end = breaksAt ?? content.Length;
        if (at == end && breaksAt is not null) throw new IOException("the line broke");
        var count = Math.Min(Math.Min(destination.Length, end - at), random.Next(1, 5000));
        content.AsSpan(at, count).CopyTo(destination.Span);
        at += count;
        return ValueTask.FromResult(count);
    }
}
