using Sextant.Lifecycle;
using Sextant.Operators;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary>What comes with the operator's word about a machine.</summary>
/// <param name="Force">Whether to carry it out against a rule that can be broken.</param>
/// <param name="Reason">Why, in the operator's words; for the audit log, and shown where a machine is held.</param>
public sealed record WordRequest(bool Force = false, string? Reason = null) : IApiRequest;

/// <summary>
/// <c>POST /api/v1/nodes/{mac}/approve|hold|release|reinstall|wipe|forget</c>: the operator's word about a machine. One at a time: what one empties, the next must know of.
/// </summary>
public sealed class OperatorEndpoint(CurrentPlan plan, MachineStore machines, ClusterViews views, EventFeed feed, AuditLog audit, TimeProvider time) : IDisposable
{
    /// <summary>Characters of a reason that are kept.</summary>
    public const int ReasonLimit = 200;

    private readonly SemaphoreSlim turn = new(1, 1);

    /// <summary>The operation of a word, <c>reinstall</c>.</summary>
    public static string NameOf(OperatorWord word) => word.ToString().ToLowerInvariant();

    /// <summary>The handler of one word; the operator's gate is before it.</summary>
    public RequestDelegate Of(OperatorWord word) => async context =>
    {
        var known = OperatorGate.Of(context);
        var body = await ApiBody.ReadAsync(context, StatusJson.Default.WordRequest, new WordRequest(), mustBeJson: known.Means is OperatorMeans.Session);
        if (body is not ApiBody<WordRequest>.Read(var request))
        {
            var (kind, detail) = (ApiBody<WordRequest>.Unread)body;
            await ApiAnswer.RefuseAsync(context, kind, detail);
            return;
        }
        if (ApiAnswer.MacOf(context) is not { } mac || !IsKnown(mac))
        {
            await ApiAnswer.RefuseUnknownAsync(context);
            return;
        }
        var reason = PrintableText.Bounded(request.Reason ?? "", ReasonLimit);
        await turn.WaitAsync(context.RequestAborted);
        try
        {
            await CarryOutAsync(context, known, word, mac, request.Force, reason);
        }
        finally
        {
            turn.Release();
        }
    };

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private async Task CarryOutAsync(HttpContext context, KnownOperator known, OperatorWord word, MacAddress mac, bool force, string reason)
    {
        var now = time.GetUtcNow();
        var entry = new AuditEntry(now, known.Who, NameOf(word), AuditEntry.Done) { Peer = known.Peer, Mac = mac, Forced = force ? true : null, Reason = reason.Length > 0 ? reason : null };
        NodeView shown;
        switch (WordOutcome.Decide(word, ContextOf(mac), reason, force, now))
        {
            case WordOutcome.Carried(var happened):
                await machines.RecordAsync(happened);
                shown = Shown();
                break;
            case WordOutcome.Already:
                shown = Shown();
                break;
            case WordOutcome.Forgotten:
                shown = Shown(); // as it was
                await machines.ForgetAsync(mac);
                feed.AnnouncePlan();
                break;
            case WordOutcome.Refused(var why, var detail, var forcible):
                var kind = KindOf(why);
                audit.Add(entry with { Outcome = AuditEntry.Refused, Code = kind.Code });
                await ApiAnswer.RefuseAsync(context, ApiProblem.Of(kind, detail, context.Request) with { Mac = mac, Forcible = forcible });
                return;
            case var other:
                throw new InvalidOperationException($"no answer for {other}");
        }
        audit.Add(entry);
        await ApiAnswer.WriteAsync(context, shown, StatusJson.Default.NodeView);

        NodeView Shown() => views.Node(mac, withStory: true)!;
    }

    private WordContext ContextOf(MacAddress mac)
    {
        var (inForce, known) = (plan.Value, machines.Find(mac));
        return new WordContext(mac, known, inForce.Network.Reservations.ContainsKey(mac), inForce.EntitlementOf(mac),
            [.. inForce.EtcdMembers.Select(line => EtcdStanding.Of(line.Mac, line.Hostname, machines.Find(line.Mac)))],
            known is { HoldsEtcdData: true } && !machines.Any(other => other.HoldsEtcdData && other.Mac != mac));
    }

    private bool IsKnown(MacAddress mac) => plan.Value.Network.Reservations.ContainsKey(mac) || machines.Find(mac) is not null;

    private static ApiProblemKind KindOf(WordRefusal reason) => reason switch
    {
        WordRefusal.EtcdQuorum => ApiProblemKind.EtcdQuorum,
        WordRefusal.LastEtcdData => ApiProblemKind.LastEtcdData,
        WordRefusal.InDescription => ApiProblemKind.InDescription,
        WordRefusal.NotInDescription => ApiProblemKind.NotInDescription,
        WordRefusal.NotEnrolling => ApiProblemKind.NotEnrolling,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
