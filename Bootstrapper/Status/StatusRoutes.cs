using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Status.Metrics;

namespace Sextant.Status;

/// <summary>The status page and the API, one line a route.</summary>
public sealed class StatusRoutes(ClusterViews views, Func<TransfersView> transfers, EventsEndpoint events, OperatorEndpoint operators, TraceEndpoint traces, MetricsEndpoint metrics,
    ReadinessEndpoint readiness, LogEndpoint log, PowerEndpoint power)
{
    private static readonly string[] Read = ["GET", "HEAD"];
    private static readonly string[] Write = ["POST"];

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", Read, StatusPage.Of("index.html", "text/html; charset=utf-8"));
        routes.MapMethods("/status.js", Read, StatusPage.Of("status.js", "text/javascript; charset=utf-8"));
        routes.MapMethods("/status.css", Read, StatusPage.Of("status.css", "text/css; charset=utf-8"));
        routes.MapMethods("/favicon.svg", Read, StatusPage.Of("favicon.svg", "image/svg+xml"));
        routes.MapMethods("/healthz", Read, context => ApiAnswer.OkAsync(context));
        routes.MapMethods("/readyz", Read, readiness.ServeAsync);
        routes.MapMethods("/metrics", Read, metrics.ServeAsync);

        routes.MapMethods("/api/v1/cluster", Read, context => ApiAnswer.WriteAsync(context, views.Cluster(), StatusJson.Default.ClusterView));
        routes.MapMethods("/api/v1/nodes", Read, context => ApiAnswer.WriteAsync(context, views.Nodes(), StatusJson.Default.IReadOnlyListNodeView));
        routes.MapMethods("/api/v1/nodes/{mac}", Read, NodeAsync);
        routes.MapMethods("/api/v1/nodes/{mac}/trace", Read, traces.ExplainAsync);
        routes.MapMethods("/api/v1/nodes/{mac}/trace.pcap", Read, traces.DownloadAsync);
        routes.MapMethods("/api/v1/nodes/{mac}/log", Read, log.ServeAsync);
        routes.MapMethods("/api/v1/nodes/{mac}/power", ["GET"], power.StatusAsync);
        routes.MapMethods("/api/v1/nodes/{mac}/power", Write, power.ChangeAsync);
        routes.MapMethods("/api/v1/transfers", Read, context => ApiAnswer.WriteAsync(context, transfers(), StatusJson.Default.TransfersView));
        routes.MapMethods("/api/v1/events", ["GET"], events.ServeAsync);

        routes.MapMethods("/api/v1/nodes/{mac}/reinstall", Write, operators.Of("reinstall", (mac, now) => new ReinstallRequested(mac, now)));
        routes.MapMethods("/api/v1/nodes/{mac}/hold", Write, operators.Of("hold", (mac, now) => new Held(mac, now, HoldReason.Operator)));
        routes.MapMethods("/api/v1/nodes/{mac}/release", Write, operators.Of("release", (mac, now) => new Released(mac, now)));
        routes.MapMethods("/api/v1/nodes/{mac}/approve", Write, operators.Of("approve", (mac, now) => new Approved(mac, now)));
    }

    private Task NodeAsync(HttpContext context) =>
        MacAddress.TryParse(context.Request.RouteValues["mac"] as string, out var mac) && views.Node(mac, withTimeline: true) is { } view
            ? ApiAnswer.WriteAsync(context, view, StatusJson.Default.NodeView)
            : ApiAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "Neither the cluster description nor the records know this machine.");
}
