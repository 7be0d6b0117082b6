using System.Net;

namespace Sextant.Transfers;

/// <summary>How many long transfers there are.</summary>
/// <param name="Active">Running now.</param>
/// <param name="Waiting">Waiting for their turn.</param>
/// <param name="Refused">Refused since the start because too many waited.</param>
/// <param name="Limit">Running at once, at most.</param>
public readonly record struct TransferCounts(int Active, int Waiting, long Refused, int Limit);

/// <summary>
/// The door for long transfers: at most so many run at once, the others wait by turns of their peers (<see cref="FairQueue{TPeer,T}"/>). A disk and a
/// network card serve thirty machines one after the other sooner than three hundred at the same time. Safe for use by several threads.
/// </summary>
/// <param name="limit">Running at once, at most.</param>
/// <param name="capacity">Waiting, at most.</param>
public sealed class TransferGate(int limit, int capacity = TransferGate.DefaultCapacity)
{
    /// <summary>Running at once unless said otherwise.</summary>
    public const int DefaultLimit = 32;

    /// <summary>Waiting at most unless said otherwise.</summary>
    public const int DefaultCapacity = 4096;

    /// <summary>When a refused peer may ask again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly FairQueue<IPAddress, Waiter> queue = new(limit, capacity);
    private long refused;

    /// <summary>The numbers of this moment.</summary>
    public TransferCounts Counts
    {
        get { lock (gate) return new TransferCounts(queue.Active, queue.Waiting, refused, limit); }
    }

    /// <summary>
    /// Enters, waiting for a turn. What is shorter than <see cref="FileTransfer.LongLength"/> enters at once and takes no place.
    /// </summary>
    /// <param name="context">The request; its peer takes the turn, and a peer that leaves gives it up.</param>
    /// <param name="octets">How much is to be sent.</param>
    /// <returns>The place, to be disposed after the transfer; null when too many wait: the answer is 503 with <c>Retry-After</c>.</returns>
    /// <exception cref="OperationCanceledException">The peer left while it waited.</exception>
    public ValueTask<IDisposable?> EnterAsync(HttpContext context, long octets) => octets < FileTransfer.LongLength
        ? ValueTask.FromResult<IDisposable?>(Nothing.Instance)
        : EnterAsync(context.Connection.RemoteIpAddress ?? IPAddress.None, context.RequestAborted);

    /// <summary>Waits for a turn of the peer.</summary>
    /// <returns>The place, to be disposed; null when too many wait.</returns>
    internal async ValueTask<IDisposable?> EnterAsync(IPAddress peer, CancellationToken left)
    {
        var waiter = new Waiter();
        lock (gate)
        {
            switch (queue.Arrive(peer, waiter))
            {
                case Arrival.Started:
                    return new Place(this);
                case Arrival.Refused:
                    refused++;
                    return null;
                case Arrival.Waiting:
                    break;
                case var other:
                    throw new InvalidOperationException($"no act for arrival {other}");
            }
        }
        await using (left.Register(() => GiveUp(waiter, left))) await waiter.Turn.Task;
        return new Place(this);
    }

    /// <summary>Its turn may come at the same moment: then it has the place, and whoever called gives it back.</summary>
    private void GiveUp(Waiter waiter, CancellationToken left)
    {
        lock (gate)
        {
            if (!queue.Leave(waiter)) return;
        }
        waiter.Turn.TrySetCanceled(left);
    }

    private void Finish()
    {
        lock (gate)
        {
            if (queue.Finish(out var next)) next.Turn.TrySetResult();
        }
    }

    private sealed class Waiter
    {
        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Place(TransferGate gate) : IDisposable
    {
        private TransferGate? held = gate;

        public void Dispose() => Interlocked.Exchange(ref held, null)?.Finish();
    }

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose()
        {
        }
    }
}
