using Sextant.Lifecycle;
using Sextant.Tracing;

namespace Sextant.Status;

/// <summary>The API, one line a route.</summary>
public sealed class ApiRoutes
{
    /// <summary>What every path begins with.</summary>
    public const string Root = "/api/v1";

    private readonly OperatorGate gate;
    private readonly ReadingGate reading;

    /// <summary>The routes over the parts that answer them.</summary>
    public ApiRoutes(
        OperatorGate gate, ReadingGate reading, ClusterViews views, SiteSources site, EventsEndpoint events, HistoryEndpoint history, HealthEndpoint health, OperatorEndpoint operators,
        TraceEndpoint traces, LogEndpoint log, PowerEndpoint power, SessionEndpoint session, AuditEndpoint audit, PlanEndpoint plan)
    {
        (this.gate, this.reading) = (gate, reading);
        var document = new Lazy<byte[]>(() => ApiDocument.Of(All!));
        All =
        [
            Reads("/cluster", "cluster", "The cluster in numbers, and what needs a person.",
                context => ApiAnswer.WriteAsync(context, views.Cluster(), StatusJson.Default.ClusterView)) with { Answer = StatusJson.Default.ClusterView },
            Reads("/nodes", "nodes", "Every planned machine in the order of the file, then the strangers by MAC.",
                context => ApiAnswer.WriteAsync(context, views.Nodes(), StatusJson.Default.IReadOnlyListNodeView)) with { Answer = StatusJson.Default.IReadOnlyListNodeView },
            Reads("/nodes/{mac}", "node", "One machine with its story: timeline, transfers, documents, certificates.",
                context => ApiAnswer.MacOf(context) is { } mac && views.Node(mac, withStory: true) is { } view
                    ? ApiAnswer.WriteAsync(context, view, StatusJson.Default.NodeView)
                    : ApiAnswer.RefuseUnknownAsync(context)) with { Answer = StatusJson.Default.NodeView },
            Reads("/nodes/{mac}/trace", "trace", "How the machine's last boot went, in words.", traces.ExplainAsync) with { Answer = StatusJson.Default.TraceView },
            Reads("/nodes/{mac}/trace.pcap", "tracePackets", "The packets of the machine's boot, for tcpdump or Wireshark.", traces.DownloadAsync) with { MediaType = PcapWriter.ContentType },
            Reads("/nodes/{mac}/log", "log", "The last lines that the machine logged, the newest last.", log.ServeAsync) with
            {
                MediaType = LogEndpoint.MediaType, Query = [new("lines", "Lines at most.", LogEndpoint.DefaultLines, LogEndpoint.LongestAnswer)], Problems = [ApiProblemKind.Malformed],
            },
            Reads("/nodes/{mac}/power", "powerState", "Whether the machine has power, as its management controller says.", power.ShowAsync) with
            {
                Access = ApiAccess.Operator, Answer = StatusJson.Default.PowerView, Problems = [ApiProblemKind.NoController, ApiProblemKind.ControllerFailed],
            },
            new("POST", "/nodes/{mac}/power", "power", ApiAccess.Operator, "Has the machine's management controller switch it on, off, off and on, or boot it from the network next time.", power.ChangeAsync)
            {
                Body = StatusJson.Default.PowerRequest, Answer = StatusJson.Default.PowerView,
                Problems = [ApiProblemKind.Malformed, ApiProblemKind.NoController, ApiProblemKind.TooLarge, ApiProblemKind.ControllerFailed],
            },
            Reads("/history", "history", "The latest events of all machines, the latest first.", history.ServeAsync) with { Answer = StatusJson.Default.IReadOnlyListHistoryLine },
            Reads("/health", "health", "The cluster in its own words: members of etcd, API servers, nodes and addons.", health.ServeAsync) with { Answer = StatusJson.Default.HealthView },
            Reads("/transfers", "transfers", "The long transfers over HTTP, in numbers.",
                context => ApiAnswer.WriteAsync(context, site.Transfers(), StatusJson.Default.TransfersView)) with { Answer = StatusJson.Default.TransfersView },
            Reads("/leases", "leases", "The addresses that machines have, by address.",
                context => ApiAnswer.WriteAsync(context, site.Leases(), StatusJson.Default.IReadOnlyListLeaseView)) with { Answer = StatusJson.Default.IReadOnlyListLeaseView },
            Reads("/zone", "zone", "The names that are answered here.",
                context => ApiAnswer.WriteAsync(context, site.Zone(), StatusJson.Default.ZoneView)) with { Answer = StatusJson.Default.ZoneView },
            Reads("/assets", "assets", "The files that machines boot from and install: present, missing, damaged.",
                context => ApiAnswer.WriteAsync(context, site.Assets(), StatusJson.Default.AssetsView)) with { Answer = StatusJson.Default.AssetsView },
            Reads("/registry", "registry", "The container images that are served here.",
                async context => await ApiAnswer.WriteAsync(context, await site.Registry(context.RequestAborted), StatusJson.Default.RegistryView)) with { Answer = StatusJson.Default.RegistryView },
            Reads("/events", "events", "A snapshot, then every change as it happens (server-sent events).", events.ServeAsync) with { MediaType = EventsEndpoint.MediaType },
            Reads("/openapi.json", "openapi", "This API as an OpenAPI document.", context => ApiAnswer.WriteAsync(context, document.Value)) with { Access = ApiAccess.Anyone },

            Reads("/session", "session", "Whether whoever asks is the operator, and may look at all.", session.ShowAsync) with { Access = ApiAccess.Anyone, Answer = StatusJson.Default.SessionView },
            new("POST", "/session", "login", ApiAccess.Anyone, "Begins a session for the operator's browser, against the token; HTTPS or Unix socket only.", session.BeginAsync)
            {
                Body = StatusJson.Default.SessionRequest, MediaType = null,
                Problems = [ApiProblemKind.Malformed, ApiProblemKind.TokenWrong, ApiProblemKind.HttpsRequired, ApiProblemKind.CrossSite, ApiProblemKind.TooLarge, ApiProblemKind.JsonRequired, ApiProblemKind.TooManyRequests],
            },
            new("DELETE", "/session", "logout", ApiAccess.Anyone, "Ends the session that the request shows.", session.EndAsync) { MediaType = null, Problems = [ApiProblemKind.CrossSite] },
            Reads("/audit", "audit", "Who did what, oldest first.", audit.ServeAsync) with
            {
                Access = ApiAccess.Operator, Answer = StatusJson.Default.IReadOnlyListAuditEntry,
                Query = [new("limit", "Entries at most: the latest ones.", AuditEndpoint.DefaultLimit, AuditEndpoint.LargestLimit)],
                Problems = [ApiProblemKind.Malformed],
            },

            new("POST", "/plan", "plan", ApiAccess.Operator, "What another cluster description would change; nothing is changed by asking.", plan.ServeAsync)
            {
                BodyType = PlanEndpoint.MediaType, Answer = StatusJson.Default.PlanChanges, Problems = [ApiProblemKind.TooLarge, ApiProblemKind.YamlRequired, ApiProblemKind.DescriptionInvalid],
            },
            Says(OperatorWord.Approve, "Lets the machine enrol, where the file says enrollment: approve.", ApiProblemKind.NotEnrolling),
            Says(OperatorWord.Hold, "Holds the machine: at its next boot it waits."),
            Says(OperatorWord.Release, "Lets a held machine go on."),
            Says(OperatorWord.Reinstall, "Has the machine installed anew at its next boot.", ApiProblemKind.EtcdQuorum),
            Says(OperatorWord.Wipe, "Has the machine's disks erased at its next boot, and then holds it.", ApiProblemKind.EtcdQuorum, ApiProblemKind.NotInDescription),
            Says(OperatorWord.Forget, "Removes the record of a machine that the file does not name.", ApiProblemKind.InDescription, ApiProblemKind.LastEtcdData),
        ];

        ApiRoute Reads(string path, string name, string summary, RequestDelegate serve) => new("GET", path, name, ApiAccess.Reader, summary, serve);

        ApiRoute Says(OperatorWord word, string summary, params ApiProblemKind[] problems) =>
            new("POST", $"/nodes/{{mac}}/{OperatorEndpoint.NameOf(word)}", OperatorEndpoint.NameOf(word), ApiAccess.Operator, summary, operators.Of(word))
            {
                Body = StatusJson.Default.WordRequest, MayBeEmpty = true, Answer = StatusJson.Default.NodeView,
                Problems = [ApiProblemKind.Malformed, .. problems, ApiProblemKind.TooLarge],
            };
    }

    /// <summary>Every route.</summary>
    public IReadOnlyList<ApiRoute> All { get; }

    /// <summary>Adds the routes, those that are not for anyone behind their gate.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var route in All) routes.MapMethods(Root + route.Path, route.Methods, Guarded(route));
    }

    private RequestDelegate Guarded(ApiRoute route) => route.Access switch
    {
        ApiAccess.Anyone => route.Serve,
        ApiAccess.Reader => reading.Guard(route.Name, route.Serve),
        ApiAccess.Operator => gate.Guard(route.Name, route.Serve),
        _ => throw new ArgumentOutOfRangeException(nameof(route)),
    };
}
