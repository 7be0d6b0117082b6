namespace Sextant.Transfers;

/// <summary>What became of one that asks for a place.</summary>
public enum Arrival
{
    /// <summary>It has a place now.</summary>
    Started,
    /// <summary>It waits; a later <see cref="FairQueue{TPeer,T}.Finish"/> names it.</summary>
    Waiting,
    /// <summary>Too many wait already.</summary>
    Refused,
}

/// <summary>
/// Who is served now and who next: at most so many at once, the waiting ones by turns of their peers, those of one peer in the order they came. So
/// whoever asks once waits for one turn of each other peer at most, however much the others ask for. A state without clock and lock.
/// </summary>
/// <typeparam name="TPeer">Who asks.</typeparam>
/// <typeparam name="T">What is asked for; every request is another value.</typeparam>
/// <param name="limit">Served at once, at most; 1 or more.</param>
/// <param name="capacity">Waiting, at most; 0 or more.</param>
public sealed class FairQueue<TPeer, T>(int limit, int capacity)
    where TPeer : notnull
    where T : notnull
{
    /// <summary>Peers with waiting requests, the next one first.</summary>
    private readonly LinkedList<Line> turns = [];
    private readonly Dictionary<TPeer, LinkedListNode<Line>> lines = [];
    private readonly Dictionary<T, (LinkedListNode<Line> Line, LinkedListNode<T> Place)> places = [];

    /// <summary>How many are served.</summary>
    public int Active { get; private set; }

    /// <summary>How many wait.</summary>
    public int Waiting => places.Count;

    /// <summary>One more asks.</summary>
    public Arrival Arrive(TPeer peer, T request)
    {
        if (Active < limit)
        {
            Active++;
            return Arrival.Started;
        }
        if (Waiting >= capacity) return Arrival.Refused;
        if (!lines.TryGetValue(peer, out var line)) lines[peer] = line = turns.AddLast(new Line(peer));
        places.Add(request, (line, line.Value.Requests.AddLast(request)));
        return Arrival.Waiting;
    }

    /// <summary>One that was served is done: its place goes to the next.</summary>
    /// <param name="next">Who has the place now.</param>
    /// <returns>False when nobody waits.</returns>
    /// <exception cref="InvalidOperationException">Nobody is served.</exception>
    public bool Finish(out T next)
    {
        if (Active == 0) throw new InvalidOperationException("nobody is served");
        if (turns.First is not { } line)
        {
            Active--;
            next = default!;
            return false;
        }
        next = line.Value.Requests.First!.Value;
        Leave(next);
        if (line.List is null) return true;
        turns.Remove(line);
        turns.AddLast(line);
        return true;
    }

    /// <summary>One that waits gives up.</summary>
    /// <returns>False when it does not wait.</returns>
    public bool Leave(T request)
    {
        if (!places.Remove(request, out var at)) return false;
        at.Line.Value.Requests.Remove(at.Place);
        if (at.Line.Value.Requests.Count > 0) return true;
        lines.Remove(at.Line.Value.Peer);
        turns.Remove(at.Line);
        return true;
    }

    private sealed record Line(TPeer Peer)
    {
        public LinkedList<T> Requests { get; } = [];
    }
}
