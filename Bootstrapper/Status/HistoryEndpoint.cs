using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary>An event of some machine.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="At">When.</param>
/// <param name="Kind">Its name as stored, <c>script-served</c>.</param>
/// <param name="Summary">One line.</param>
public sealed record HistoryLine(MacAddress Mac, DateTimeOffset At, string Kind, string Summary);

/// <summary><c>GET /api/v1/history</c>: the latest events of all machines, the latest first.</summary>
public sealed class HistoryEndpoint(MachineStore machines)
{
    /// <summary>Events that are told.</summary>
    public const int Limit = 300;

    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context) => ApiAnswer.WriteAsync(context, Latest(machines.All), StatusJson.Default.IReadOnlyListHistoryLine);

    /// <summary>The latest events of machines' timelines. Of each timeline only as much is looked at as can be among them.</summary>
    public static IReadOnlyList<HistoryLine> Latest(IEnumerable<Machine> machines)
    {
        var ends = new PriorityQueue<(Machine Machine, int At), DateTimeOffset>(Comparer<DateTimeOffset>.Create((one, other) => other.CompareTo(one)));
        foreach (var machine in machines) Enter(machine, machine.Timeline.Count - 1);
        var lines = new List<HistoryLine>();
        while (lines.Count < Limit && ends.TryDequeue(out var end, out _))
        {
            var told = EventView.Of(end.Machine.Timeline[end.At]);
            lines.Add(new HistoryLine(end.Machine.Mac, told.At, told.Kind, told.Summary));
            Enter(end.Machine, end.At - 1);
        }
        return lines;

        void Enter(Machine machine, int at)
        {
            if (at >= 0) ends.Enqueue((machine, at), machine.Timeline[at].At);
        }
    }
}
