using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Sextant.Lifecycle;
using Sextant.Storage;
using Sextant.Tracing;

namespace Sextant.Status.Metrics;

/// <summary>A certificate authority of the site, and when it ends.</summary>
public sealed record AuthorityExpiry(string Authority, DateTimeOffset NotAfter);

/// <summary>
/// What the appliance is at this moment, in numbers: projections of the records, read when somebody asks. Labels are enumerations, and machines and certificates
/// that the records name; no peer can invent one.
/// </summary>
public sealed class ApplianceMetrics : IDisposable
{
    private static readonly ImmutableSortedDictionary<string, DateTimeOffset> NoCertificates = ImmutableSortedDictionary<string, DateTimeOffset>.Empty;

    private readonly Meter meter;

    /// <summary>Begins to be asked.</summary>
    /// <param name="collector">Who asks.</param>
    /// <param name="views">The machines.</param>
    /// <param name="machines">Their records.</param>
    /// <param name="site">The long transfers.</param>
    /// <param name="feed">The event stream.</param>
    /// <param name="recorder">The packet recorder.</param>
    /// <param name="authorities">The site's authorities.</param>
    public ApplianceMetrics(
        MetricCollector collector, ClusterViews views, MachineStore machines, SiteSources site, EventFeed feed, PacketRecorder recorder,
        IReadOnlyList<AuthorityExpiry> authorities)
    {
        meter = collector.CreateMeter("Sextant.Appliance");
        ProcessFacts.AddTo(meter);
        meter.CreateObservableGauge("sextant.machines", () => ByStage(views.Nodes()), "{machine}", "Machines by stage, planned ones and strangers.");
        meter.CreateObservableGauge("sextant.awaiting_approval", () => (long)views.Nodes().Count(node => node.AwaitingApproval), "{machine}", "Machines that wait for an operator's approval.");
        meter.CreateObservableGauge("sextant.etcd.members", () => (long)views.Cluster().EtcdMembers, "{member}", "Planned members of etcd.");
        meter.CreateObservableGauge("sextant.etcd.members_healthy", () => (long)views.Cluster().EtcdHealthy, "{member}", "Members of etcd that are healthy.");
        meter.CreateObservableGauge("sextant.problems", () => (long)views.Cluster().Problems.Count, "{problem}", "Problems that the status page shows.");
        meter.CreateObservableGauge("sextant.event_listeners", () => (long)feed.ListenerCount, "{listener}", "Open event streams.");
        meter.CreateObservableCounter("sextant.trace.dropped", () => recorder.Dropped, "{packet}", "Packets that came faster than they could be recorded.");
        meter.CreateObservableGauge("sextant.transfers.active", () => (long)site.Transfers().Active, "{transfer}", "Long transfers over HTTP that run now.");
        meter.CreateObservableGauge("sextant.transfers.waiting", () => (long)site.Transfers().Waiting, "{transfer}", "Long transfers over HTTP that wait for their turn.");
        meter.CreateObservableGauge("sextant.transfers.limit", () => (long)site.Transfers().Limit, "{transfer}", "Long transfers over HTTP that may run at once.");
        meter.CreateObservableCounter("sextant.transfers.refused", () => site.Transfers().Refused, "{transfer}", "Long transfers over HTTP that were refused because too many waited.");
        meter.CreateObservableGauge(
            "sextant.authority.expiry_timestamp", () => authorities.Select(one => new Measurement<double>(Seconds(one.NotAfter), new KeyValuePair<string, object?>("authority", one.Authority))), "s",
            "When an authority's certificate ends, in seconds since 1970.");
        meter.CreateObservableGauge(
            "sextant.node.certificate_expiry_timestamp", () => machines.All.SelectMany(Certificates), "s", "When a machine's certificate ends, in seconds since 1970.");
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    /// <summary>Every stage is there even with no machine in it, so that a graph has no gaps.</summary>
    private static IEnumerable<Measurement<long>> ByStage(IReadOnlyList<NodeView> nodes) =>
        from stage in Enum.GetValues<MachineStage>().Select(NodeView.StageOf).Prepend(NodeView.Waiting)
        from planned in (bool[])[true, false]
        where planned || stage != NodeView.Waiting
        select new Measurement<long>(
            nodes.Count(node => node.Stage == stage && node.Planned == planned),
            new KeyValuePair<string, object?>("stage", stage), new KeyValuePair<string, object?>("planned", planned ? "true" : "false"));

    private static IEnumerable<Measurement<double>> Certificates(Machine machine) => (machine.Certificates ?? NoCertificates).Select(pair => new Measurement<double>(
        Seconds(pair.Value), new KeyValuePair<string, object?>("mac", machine.Mac.ToString()), new KeyValuePair<string, object?>("certificate", pair.Key)));

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds();
}
