using System.CommandLine;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Win32.SafeHandles;
using Sextant.Assets;
using Sextant.Boot;
using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Dhcp;
using Sextant.Dhcp.Server;
using Sextant.Dns;
using Sextant.Dns.Server;
using Sextant.Health;
using Sextant.Images;
using Sextant.Lifecycle;
using Sextant.Networking;
using Sextant.Ntp.Server;
using Sextant.Operators;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Power;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Status;
using Sextant.Status.Metrics;
using Sextant.Storage;
using Sextant.Syslog.Server;
using Sextant.Tftp;
using Sextant.Tftp.Server;
using Sextant.Tracing;
using Sextant.Transfers;

namespace Sextant;

/// <summary>The composition root: the table of contents of the appliance. Nothing else in the program knows how its parts find each other.</summary>
public static class Program
{
    /// <summary>How long requests in progress may take to end when the service stops.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Runs one verb.</summary>
    /// <returns>0 done, 1 failed or problems found, 2 wrong usage.</returns>
    public static async Task<int> Main(string[] args)
    {
        var command = SextantCommand.Create().Parse(args);
        var status = await command.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = StopTimeout * 2 });
        return command.Errors.Count > 0 ? 2 : status;
    }

    /// <summary>Puts the appliance together, from what is already open to the sockets that nobody listens on yet.</summary>
    internal static WebApplication Compose(ServeSettings settings, ApplianceFoundation foundation, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sextant" });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopTimeout);

        // What everything stands on.
        builder.Services
            .AddSingleton(loggers)
            .AddSingleton(foundation.Time)
            .AddSingleton(foundation.Store)
            .AddSingleton(foundation.Authorities)
            .AddSingleton(foundation.Plan)
            .AddSingleton(foundation.Assets)
            .AddSingleton(foundation.Files)
            .AddSingleton(new TransferGate(settings.MaxTransfers))
            .AddSingleton<MachineStore>()
            .AddSingleton(_ => new Neighbours(foundation.Plan.Value.Network.Interface))
            .AddSingleton<LinkNeighbour>(services => services.GetRequiredService<Neighbours>().Of)
            .AddSingleton<MachineAt>(WhoIsAt)
            .AddSingleton(new MachineLogs(Path.Combine(settings.State, "logs")))
            .AddHostedService<Footprint>();

        // The files that people change, and what is taken up of them.
        builder.Services
            .AddSingleton(foundation.Reader)
            .AddHostedService<PlanReloader>()
            .AddHostedService<AssetWatch>();

        // HTTP for machines, from boot script to certificates.
        builder.Services
            .AddSingleton(services => new EnrolmentTickets(services.GetRequiredService<IStore>(), EnrolmentTickets.DefaultLifetime))
            .AddSingleton<Enrolment>()
            .AddSingleton<MachineTurns>()
            .AddSingleton<MachineEndpoints>()
            .AddSingleton<ScriptEndpoint>()
            .AddSingleton<BootDocuments>()
            .AddSingleton<ConfigEndpoint>()
            .AddSingleton<ReportEndpoint>()
            .AddSingleton<Boot.LogEndpoint>()
            .AddSingleton<EnrolEndpoint>()
            .AddSingleton<EtcdEndpoint>()
            .AddSingleton<CertifiedPeers>()
            .AddSingleton<Renewal>()
            .AddSingleton<RenewEndpoint>()
            .AddSingleton<MasterEndpoint>()
            .AddSingleton<TransferProgress>()
            .AddSingleton<AssetEndpoint>()
            .AddSingleton<AssetIndexEndpoint>()
            .AddSingleton<BootRoutes>()
            .AddSingleton<FailureAnswer>((context, status, text) =>
                RegistryConnection.Is(context.Features) ? RegistryError.Of(status, text).WriteAsync(context)
                : context.Request.Path.StartsWithSegments(ApiRoutes.Root) ? ApiAnswer.RefuseAsync(context, ApiProblemKind.OfStatus(status), text)
                : PlainText.WriteAsync(context, status, text))
            .AddSingleton<FailureBoundary>();

        // Whose an address is: by its lease, and where another server leases them, by whoever answers for it now.
        MachineAt WhoIsAt(IServiceProvider services)
        {
            var (machines, neighbour) = (services.GetRequiredService<MachineStore>(), services.GetRequiredService<LinkNeighbour>());
            return address => foundation.Plan.Value.Network.Dhcp is not DhcpRole.Server && neighbour(address) is { } mac ? machines.Find(mac) : machines.FindByAddress(address);
        }

        // Container images.
        if (foundation.Registry is { } registry)
        {
            builder.Services
                .AddSingleton(registry)
                .AddSingleton<IMissingImages>(services => new PulledImages(
                    registry.Store, PullableImages, PulledImages.DefaultAccess, foundation.Time, services.GetRequiredService<ILogger<PulledImages>>()))
                .AddSingleton<AccessEndpoint>()
                .AddSingleton<BlobEndpoint>()
                .AddSingleton<UploadEndpoint>()
                .AddSingleton<ManifestEndpoint>()
                .AddSingleton<TagEndpoint>()
                .AddSingleton<ReferrerEndpoint>()
                .AddSingleton<CatalogEndpoint>()
                .AddSingleton<RegistryRoutes>();
        }

        // With registry.pull_through on, what the cluster names may be fetched when a machine asks for it.
        IReadOnlyList<ImageReference> PullableImages() => foundation.Plan.Value.Description is { Registry.PullThrough: true } cluster
            ? [.. WantedImages.Of(SiteNeeds.Of(cluster, AssetManifest.Load(settings.Assets))).Images.Where(image => image.LocalSet is null).Select(image => image.Reference)]
            : [];

        // The time.
        if (!settings.HttpOnly && foundation.Plan.Value.Network.TimeServer is not null)
            builder.Services.AddHostedService(services => new NtpServer(foundation.Plan, foundation.Time, KernelClock.Read, services.GetRequiredService<ILogger<NtpServer>>()));

        // What they say.
        if (!settings.HttpOnly && foundation.Plan.Value.Network.LogServer is not null) builder.Services.AddHostedService<SyslogServer>();

        // What machines meet first.
        if (!settings.HttpOnly)
        {
            switch (foundation.Plan.Value.Network.Dhcp)
            {
                case DhcpRole.Server:
                    builder.Services.AddSingleton<IpxeClients>().AddHostedService<RouterAnswer>()
                        .AddSingleton<DhcpServer>().AddHostedService(services => services.GetRequiredService<DhcpServer>());
                    break;
                case DhcpRole.Proxy:
                    builder.Services.AddSingleton<IpxeClients>().AddHostedService<RouterAnswer>().AddHostedService<ProxyDhcpServer>();
                    break;
                case DhcpRole.None:
                    break;
                case var other:
                    throw new InvalidOperationException($"no service for {other}");
            }
            builder.Services
                .AddHostedService(services => services.GetRequiredService<PacketRecorder>())
                .AddHostedService(services => new DnsServer(
                    foundation.Plan, LeasesOf(services.GetService<DhcpServer>()), services.GetRequiredService<AnsweringApis>(), foundation.Time,
                    services.GetRequiredService<ILogger<DnsServer>>()))
                .AddHostedService<ApiServerMonitor>()
                .AddHostedService<KubernetesMonitor>()
                .AddHostedService(services => new TftpServer(
                    foundation.Plan, services.GetRequiredService<MachineStore>(), Loader, OpenLoader, new LoaderDocuments(services.GetRequiredService<BootDocuments>()),
                    foundation.Time, services.GetRequiredService<ILogger<TftpServer>>(), at: services.GetRequiredService<MachineAt>()));
        }

        builder.Services
            .AddSingleton<AnsweringApis>()
            .AddSingleton(_ => new ApiServerProbe(X509Certificate2.CreateFromPem(foundation.Authorities[CertificateAuthorityName.Kubernetes].CertificatePem)));

        // Nodes and addons, as Kubernetes sees them.
        var kubernetesIdentity = HeldCertificate.ForKubernetes(foundation.Authorities, KubernetesProbe.User);
        builder.Services
            .AddSingleton<ClusterStanding>()
            .AddSingleton(_ => new KubernetesProbe(
                X509Certificate2.CreateFromPem(foundation.Authorities[CertificateAuthorityName.Kubernetes].CertificatePem),
                () => kubernetesIdentity.Current(foundation.Time.GetUtcNow())));

        // Names of machines whose address is leased.
        // Beside somebody else's DHCP server there are none to tell of.
        static LeaseSource LeasesOf(DhcpServer? dhcp) => new(
            () => dhcp?.LeaseVersion ?? 0,
            () => [.. (dhcp?.Leases ?? []).Where(lease => lease.State is LeaseState.Bound)
                .Select(lease => new LeasedName(lease.Mac, lease.Address, lease.ClientName, lease.Since, lease.ExpiresAt))]);

        TftpFile? Loader(string path) =>
            foundation.Assets.Value.Find(path) is { ByTftp: true } file ? new TftpFile(file.Path, Digest.FromSha256Hex(file.Sha256), file.Length) : null;

        async Task<SafeFileHandle?> OpenLoader(TftpFile file)
        {
            if (await foundation.Assets.OpenAsync(file.Name, CancellationToken.None) is not AssetOpening.Good good) return null;
            if (good.File.Sha256 == file.Digest.Hex) return good.Handle;
            good.Handle.Dispose(); // replaced since it was looked up; the client asks again
            return null;
        }

        // etcd's health.
        var etcdIdentity = HeldCertificate.ForEtcdProbe(foundation.Authorities);
        builder.Services
            .AddSingleton(_ => new EtcdProbe(
                X509Certificate2.CreateFromPem(foundation.Authorities[CertificateAuthorityName.Etcd].CertificatePem),
                () => etcdIdentity.Current(foundation.Time.GetUtcNow())))
            .AddHostedService<EtcdHealthMonitor>();

        // The machines' power.
        builder.Services
            .AddSingleton<PowerStates>()
            .AddSingleton(services => new PowerControl(
                foundation.Plan, Path.GetDirectoryName(Path.GetFullPath(settings.File)) ?? Path.GetFullPath("/"), services.GetRequiredService<MachineStore>(), services.GetRequiredService<PowerStates>(),
                services.GetRequiredService<ILogger<PowerControl>>()))
            .AddHostedService<PowerMonitor>();

        // HTTP for people.
        builder.Services
            .AddSingleton(new StandingProblems(() => foundation.Assets.Problems))
            .AddSingleton(services => SourcesOf(services, services.GetService<DhcpServer>()))
            .AddSingleton<Diagnoses>()
            .AddSingleton<TransferLedger>()
            .AddSingleton<ClusterViews>()
            .AddSingleton<EventFeed>()
            .AddHostedService<AttentionWatch>()
            .AddSingleton<EventsEndpoint>()
            .AddSingleton<HistoryEndpoint>()
            .AddSingleton<HealthEndpoint>()
            .AddSingleton(_ => OperatorToken.OpenOrCreate(settings.State))
            .AddSingleton<OperatorSessions>()
            .AddSingleton(services => new AuditLog(settings.State, services.GetRequiredService<ILogger<AuditLog>>()))
            .AddSingleton<OperatorGate>()
            .AddSingleton<ReadingGate>()
            .AddSingleton<OperatorEndpoint>()
            .AddSingleton<SessionEndpoint>()
            .AddSingleton<AuditEndpoint>()
            .AddSingleton<DraftReader>(text => foundation.Reader.ToPlan(ClusterFile.Parse(text, foundation.Reader.File), foundation.Plan.Value.Anchors, foundation.Plan.Value.Material.Keys))
            .AddSingleton<PlanEndpoint>()
            .AddSingleton<ApiRoutes>()
            .AddSingleton<PowerEndpoint>()
            .AddSingleton<PacketRecorder>()
            .AddSingleton<Traces>()
            .AddSingleton<TraceEndpoint>()
            .AddSingleton<Status.LogEndpoint>()
            .AddSingleton<MetricCollector>()
            .AddSingleton<IReadOnlyList<AuthorityExpiry>>([.. Enum.GetValues<CertificateAuthorityName>().Select(name => new AuthorityExpiry(name.ToString(), foundation.Authorities[name].NotAfter))])
            .AddSingleton<ApplianceMetrics>()
            .AddSingleton<StageDurations>()
            .AddSingleton<MetricsEndpoint>()
            .AddSingleton(services => new ReadinessEndpoint(() => Listeners(services), services.GetRequiredService<IHostApplicationLifetime>()))
            .AddSingleton<StatusRoutes>();

        SiteSources SourcesOf(IServiceProvider services, DhcpServer? dhcp)
        {
            var (plan, time, gate, answering) = (foundation.Plan, foundation.Time, services.GetRequiredService<TransferGate>(), services.GetRequiredService<AnsweringApis>());
            return new SiteSources(
                () => StatusSources.Transfers(gate),
                () => StatusSources.Leases(dhcp?.Leases ?? [], plan.Value.Network, time.GetUtcNow()),
                () => StatusSources.Zone(plan.Value.Names, LeasesOf(dhcp).Read(), answering, time.GetUtcNow()),
                () => StatusSources.Assets(foundation.Assets, settings.Assets, plan.Value),
                cancelled => StatusSources.RegistryAsync(foundation.Registry, plan.Value.Network, cancelled));
        }
        // What has to answer for the service to be ready; that HTTP does, the answer itself shows.
        static IReadOnlyList<ReadinessCheck> Listeners(IServiceProvider services) =>
            [.. services.GetServices<IHostedService>().OfType<IListener>().Select(listener => new ReadinessCheck(listener.Service, () => listener.IsServing))];

        builder.Services.AddRoutingCore();
        // Two hundred machines pull at once: what waits in memory for each of them counts.
        builder.WebHost.UseKestrelCore().UseSockets(Tune).ConfigureKestrel(kestrel => Listen(kestrel, settings, foundation));
        var app = builder.Build();
        var boundary = app.Services.GetRequiredService<FailureBoundary>();
        // What measures does so from the first request on.
        app.Services.GetRequiredService<StageDurations>();
        app.Services.GetRequiredService<ApplianceMetrics>();
        app.Use(next => context => BootMetrics.CountAsync(context, next));
        app.Use(next => context => boundary.GuardAsync(context, next));
        if (app.Services.GetService<RegistryRoutes>() is { } images) app.Use(next => context => RegistryConnection.Is(context.Features) ? images.ServeAsync(context) : next(context));
        app.Services.GetRequiredService<BootRoutes>().Map(app);
        app.Services.GetRequiredService<StatusRoutes>().Map(app);
        return app;
    }

    private static void Tune(SocketTransportOptions sockets)
    {
        (sockets.MaxReadBufferSize, sockets.MaxWriteBufferSize) = (256 << 10, 32 << 10);
        sockets.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            if (endpoint is IPEndPoint) RetransmissionTimeout.Limit(socket);
            return socket;
        };
    }

    private static void Listen(KestrelServerOptions kestrel, ServeSettings settings, ApplianceFoundation foundation)
    {
        var network = foundation.Plan.Value.Network;
        var identity = HeldCertificate.ForHttps(foundation.Authorities, foundation.Plan.Value.Description);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 1 << 20;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Listen(network.ServerAddress.ToIPAddress(), network.HttpPort, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.UseSendFile();
        });
        kestrel.Listen(network.ServerAddress.ToIPAddress(), network.HttpsPort, listener => Secure(listener, asksMachines: true));
        if (foundation.Registry is { } registry)
            kestrel.Listen(network.ServerAddress.ToIPAddress(), registry.Port, listener =>
            {
                Secure(listener, asksMachines: false);
                RegistryConnection.Mark(listener);
            });
        if (settings.UnixSocket is { } path) kestrel.ListenUnixSocket(path, LocalOperator.Mark);

        void Secure(ListenOptions listener, bool asksMachines)
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = connection =>
                {
                    connection.AllowDelayedClientCertificateNegotation = asksMachines; // see CertifiedPeers
                    return ValueTask.FromResult(identity.ServerOptions(foundation.Time.GetUtcNow()));
                },
            });
        }
    }
}
