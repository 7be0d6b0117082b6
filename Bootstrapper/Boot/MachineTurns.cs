using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>
/// Requests in one machine's name take turns where they read its record, decide and record: two requests at the same moment must not begin the same
/// attempt twice or spend one ticket for two keys. Machines share a fixed number of locks by their address; two that share one only wait a little.
/// </summary>
public sealed class MachineTurns : IDisposable
{
    private readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits for the machine's turn. Dispose the result to pass it on.</summary>
    public async ValueTask<Turn> TakeAsync(MacAddress mac, CancellationToken cancelled)
    {
        var turn = turns[(mac.GetHashCode() & int.MaxValue) % turns.Length];
        await turn.WaitAsync(cancelled);
        return new Turn(turn);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var turn in turns) turn.Dispose();
    }

    /// <summary>A turn being taken.</summary>
    public readonly struct Turn : IDisposable
    {
        private readonly SemaphoreSlim held;

        internal Turn(SemaphoreSlim held) => this.held = held;

        /// <summary>Passes the turn on.</summary>
        public void Dispose() => held.Release();
    }
}
