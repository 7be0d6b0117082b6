using System.Text;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary>
/// <c>GET /boot/{mac}/etcd</c>: what an etcd member with an empty disk has to know before it starts. A cluster is founded once: as soon as a machine holds
/// its data, others join it or wait for it, and only the operator's word (a reinstall of every machine that holds it) makes room for another founding.
/// </summary>
public sealed class EtcdEndpoint(MachineStore machines)
{
    /// <summary>Answers one member. Whoever is no member of the description any more is told so, and does not join again.</summary>
    public Task<Reply> ServeAsync(MachineRequest request) => Task.FromResult<Reply>(
        request.Plan.LineOf(request.Mac) is { IsEtcdMember: true }
            ? new Reply.Document("text/plain; charset=utf-8", Text(request.Plan, machines.All))
            : new Reply.Refused(RefusalReason.NotEtcdMember, "It joins the cluster when a line of the description with its MAC has the role etcd_member."));

    /// <summary>
    /// The answer, one fact a line: <c>state new</c> or <c>state founded</c>, then <c>member NAME PEER-URL CLIENT-URL</c> in the order of the file, then
    /// <c>holder MAC NAME</c> for each machine that holds the data; the name is <c>unnamed</c> when the file does not name it. Pure.
    /// </summary>
    public static string Text(ClusterPlan plan, IEnumerable<Machine> machines)
    {
        var holders = machines.Where(machine => machine.HoldsEtcdData).Select(machine => machine.Mac).ToList();
        var text = new StringBuilder(holders.Count > 0 ? "state founded\n" : "state new\n");
        foreach (var (hostname, peerUrl, clientUrl) in EtcdMember.Roster(plan.Description)) text.Append($"member {hostname} {peerUrl} {clientUrl}\n");
        foreach (var holder in holders) text.Append($"holder {holder} {NameOf(plan, holder)}\n");
        return text.ToString();
    }

    private static string NameOf(ClusterPlan plan, MacAddress mac) => plan.Network.Reservations.TryGetValue(mac, out var reservation) ? reservation.Hostname : "unnamed";
}
