using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Status;

/// <summary>The status page and the API, one line a route.</summary>
public sealed class StatusRoutes(
    ClusterViews views, SiteSources site, EventsEndpoint events, HistoryEndpoint history, HealthEndpoint health, OperatorEndpoint operators, TraceEndpoint traces)
{
    private static readonly string[] Read = ["GET", "HEAD"];
    private static readonly string[] Write = ["POST"];

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, handler) in StatusPage.Files()) routes.MapMethods(path, Read, handler);
        routes.MapMethods("/healthz", Read, context => ApiAnswer.OkAsync(context));

        routes.MapMethods("/api/v1/cluster", Read, context => ApiAnswer.WriteAsync(context, views.Cluster(), StatusJson.Default.ClusterView));
        routes.MapMethods("/api/v1/nodes", Read, context => ApiAnswer.WriteAsync(context, views.Nodes(), StatusJson.Default.IReadOnlyListNodeView));
        routes.MapMethods("/api/v1/nodes/{mac}", Read, NodeAsync);
        routes.MapMethods("/api/v1/nodes/{mac}/trace", Read, traces.ExplainAsync);
        routes.MapMethods("/api/v1/nodes/{mac}/trace.pcap", Read, traces.DownloadAsync);
        routes.MapMethods("/api/v1/history", Read, history.ServeAsync);
        routes.MapMethods("/api/v1/health", Read, health.ServeAsync);
        routes.MapMethods("/api/v1/transfers", Read, context => ApiAnswer.WriteAsync(context, site.Transfers(), StatusJson.Default.TransfersView));
        routes.MapMethods("/api/v1/leases", Read, context => ApiAnswer.WriteAsync(context, site.Leases(), StatusJson.Default.IReadOnlyListLeaseView));
        routes.MapMethods("/api/v1/zone", Read, context => ApiAnswer.WriteAsync(context, site.Zone(), StatusJson.Default.ZoneView));
        routes.MapMethods("/api/v1/assets", Read, context => ApiAnswer.WriteAsync(context, site.Assets(), StatusJson.Default.AssetsView));
        routes.MapMethods("/api/v1/registry", Read, async context => await ApiAnswer.WriteAsync(context, await site.Registry(context.RequestAborted), StatusJson.Default.RegistryView));
        routes.MapMethods("/api/v1/events", ["GET"], events.ServeAsync);

        routes.MapMethods("/api/v1/nodes/{mac}/reinstall", Write, operators.Of("reinstall", (mac, now) => new ReinstallRequested(mac, now)));
        routes.MapMethods("/api/v1/nodes/{mac}/hold", Write, operators.Of("hold", (mac, now) => new Held(mac, now, HoldReason.Operator)));
        routes.MapMethods("/api/v1/nodes/{mac}/release", Write, operators.Of("release", (mac, now) => new Released(mac, now)));
        routes.MapMethods("/api/v1/nodes/{mac}/approve", Write, operators.Of("approve", (mac, now) => new Approved(mac, now)));
    }

    private Task NodeAsync(HttpContext context) =>
        MacAddress.TryParse(context.Request.RouteValues["mac"] as string, out var mac) && views.Node(mac, withStory: true) is { } view
            ? ApiAnswer.WriteAsync(context, view, StatusJson.Default.NodeView)
            : ApiAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "Neither the cluster description nor the records know this machine.");
}
