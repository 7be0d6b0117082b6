using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sextant.Assets;
using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Files;
using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Storage;
using Sextant.Transfers;

namespace Sextant.Tests.TestKit;

/// <summary>
/// The appliance as the product composes it, on loopback: machine number n asks from 127.0.0.(10+n), which it leases. HTTP only; the DHCP that would
/// lease the addresses is replaced by its event.
/// </summary>
internal sealed class ServedAppliance : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, HttpClient> clients = [];
    private readonly RecordedLog log = new();
    private readonly CurrentAssets current;
    private int random = 1;

    private ServedAppliance(ClusterDescription cluster, int maxTransfers)
    {
        var opened = (SiteAuthoritiesResult.Opened)SiteAuthorities.OpenOrCreate(folder.File("state"), Time.GetUtcNow(), log);
        Authorities = opened.Authorities;
        Plan = new CurrentPlan(PlannedClusters.Plan(cluster, Authorities.Anchors));
        AssetsFolder = folder.At("assets");
        Publish(("debian/vmlinuz", 200_000), ("debian/rootfs.tar.zst", 3_000_000), ("snponly.efi", 70_001), ("empty.bin", 0));
        var files = new VerifiedFiles();
        current = new CurrentAssets(AssetsFolder, files, new Logger<CurrentAssets>(LoggerFactory.Create(logging => logging.AddProvider(log))));
        Registry = new RegistryService(
            RegistryStore.Open(RegistryService.FolderIn(folder.Path)), PushToken.OpenOrCreate(folder.Path), FreePort.Take(), () => HeldCertificate.NamesOf(cluster));
        var settings = new ServeSettings("none.yaml", folder.Path, AssetsFolder, "", SocketPath, HttpOnly: true, maxTransfers, LogLevel.Debug, LogJson: false);
        app = Program.Compose(
            settings, new ApplianceFoundation(Time, new MemoryStore(), Authorities, new PlanReader(folder.File("none.yaml"), TemplateFolder.DefaultPath, Repository.PathOf("pxe-assets")), Plan, current, files, Registry),
            LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log)));
        Machines = app.Services.GetRequiredService<MachineStore>();
    }

    public ShiftedTime Time { get; } = new();

    public SiteAuthorities Authorities { get; }

    public CurrentPlan Plan { get; }

    public AssetCatalog Assets => current.Value;

    public string AssetsFolder { get; }

    public MachineStore Machines { get; }

    public RegistryService Registry { get; }

    public string RegistryBase => $"https://127.0.0.1:{Registry.Port}";

    public string SocketPath => folder.File("operator.sock");

    /// <summary>The service's state folder.</summary>
    public string State => folder.Path;

    /// <summary>The operator's token, as its file has it now.</summary>
    public string OperatorToken => Sextant.Operators.OperatorToken.In(State).Read()!;

    /// <summary>Every address that is served, the registry's excepted.</summary>
    public IReadOnlyList<RouteEndpoint> Endpoints => [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    /// <summary>The service's own parts.</summary>
    public T Part<T>() where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>One of the service's own background works.</summary>
    public T Hosted<T>() where T : IHostedService => app.Services.GetServices<IHostedService>().OfType<T>().Single();

    /// <summary>Ends one of the service's own background works. It is let begin before: one that is cancelled before the thread pool came to it counts as failed, and the host ends.</summary>
    public async Task StopAsync<T>() where T : IHostedService
    {
        do await Task.Delay(TimeSpan.FromMilliseconds(20));
        while (ThreadPool.PendingWorkItemCount > 0);
        await Hosted<T>().StopAsync(CancellationToken.None);
    }

    /// <summary>Everything logged as our own failure.</summary>
    public IReadOnlyList<string> Failures => log.Failures;

    public string HttpBase => Plan.Value.Network.HttpBase;

    public string HttpsBase => Plan.Value.Network.HttpsBase;

    /// <summary>Three etcd members as planned, on free ports of 127.0.0.1.</summary>
    public static ClusterDescription Cluster(UnknownMachines unknown = UnknownMachines.Discover, Enrollment enrollment = Enrollment.Auto)
    {
        var (http, https) = (FreePort.Take(), FreePort.Take());
        return PlannedClusters.Three with
        {
            Bootstrapper = new BootstrapperDescription(Ipv4Address.Parse("127.0.0.1"), "lo", http, https),
            Network = PlannedClusters.Three.Network.With(subnet => subnet with { Subnet = Ipv4Network.Parse("127.0.0.0/24"), Gateway = null, DynamicRange = null }),
            Nodes = [.. PlannedClusters.Three.Nodes.Select((node, index) => node with { Address = AddressOf(index + 1) })],
            UnknownMachines = unknown,
            Enrollment = enrollment,
        };
    }

    public static async Task<ServedAppliance> StartAsync(ClusterDescription? cluster = null, int maxTransfers = TransferGate.DefaultLimit)
    {
        var appliance = new ServedAppliance(cluster ?? Cluster(), maxTransfers);
        await appliance.app.StartAsync();
        return appliance;
    }

    public static Ipv4Address AddressOf(int number) => Ipv4Address.Parse($"127.0.0.{10 + number}");

    public static MacAddress Mac(int number) => PlannedClusters.Mac(number);

    /// <summary>The event of a lease.</summary>
    public Task LeaseAsync(int number) => Machines.RecordAsync(new Leased(Mac(number), Time.GetUtcNow(), AddressOf(number), "iPXE"));

    /// <summary>The machine has its lease and its script, and its installer is at work.</summary>
    public async Task BeginInstallAsync(int number)
    {
        await LeaseAsync(number);
        using var script = await Client(number).GetAsync(Url(number, "script.ipxe"));
        script.EnsureSuccessStatusCode();
    }

    /// <summary>The machine is installed, with its user-data.</summary>
    /// <returns>Its ticket.</returns>
    public async Task<string> InstallAsync(int number)
    {
        await BeginInstallAsync(number);
        var ticket = await TicketAsync(number);
        using var form = new FormUrlEncodedContent([new("stage", "installed"), new("detail", "/dev/vda")]);
        using var installed = await Client(number).PostAsync(Url(number, "report"), form);
        installed.EnsureSuccessStatusCode();
        return ticket;
    }

    /// <summary>The machine is installed and has everything it asks for with its ticket.</summary>
    public async Task EnrolAsync(int number)
    {
        await InstallAsync(number);
        await Machines.RecordAsync(new Enrolled(Mac(number), Time.GetUtcNow()));
    }

    /// <summary>Fetches the user-data and reads the ticket in it.</summary>
    public async Task<string> TicketAsync(int number)
    {
        var userData = await Client(number).GetStringAsync(Url(number, "user-data"));
        var lines = userData.Split('\n');
        var path = Array.FindIndex(lines, line => line.Contains(NodePlan.TicketPath, StringComparison.Ordinal));
        return lines.Skip(path).Select(line => line.Trim()).First(line => line.Length == 43 && !line.Contains(' ', StringComparison.Ordinal));
    }

    public string Url(int number, string document) => $"{HttpBase}/boot/{Mac(number).ToHyphenString()}/{document}";

    /// <summary>A client whose connections come from machine <paramref name="number"/>.</summary>
    public HttpClient Client(int number) => Client(AddressOf(number).ToString());

    /// <summary>A client whose connections come from an address; it trusts the Sextant authority and nothing else.</summary>
    public HttpClient Client(string address) => clients.TryGetValue(address, out var client) ? client : clients[address] = From(address, []);

    /// <summary>A client of machine <paramref name="number"/> that shows a new certificate of the machine to whoever asks for one.</summary>
    public HttpClient CertifiedClient(int number)
    {
        var name = $"certified {number}";
        if (clients.TryGetValue(name, out var client)) return client;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Authorities[CertificateAuthorityName.Sextant].Issue(IssuedPair.Machine(Mac(number)), new PublicKey(key), Time.GetUtcNow());
        return clients[name] = From(AddressOf(number).ToString(), [issued.CopyWithPrivateKey(key)]);
    }

    private HttpClient From(string address, X509Certificate2Collection identity) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = TrustPolicy(), ClientCertificates = identity },
        ConnectCallback = async (context, cancelled) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancelled);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>Trust in the Sextant authority and in nothing else.</summary>
    public X509ChainPolicy TrustPolicy()
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509Certificate2.CreateFromPem(Authorities[CertificateAuthorityName.Sextant].CertificatePem));
        return trust;
    }

    /// <summary>A client on the operator's socket.</summary>
    public HttpClient Operator() => clients.TryGetValue("operator", out var client) ? client : clients["operator"] = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancelled) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancelled);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>The latest event of a machine.</summary>
    public MachineEvent? LastEvent(int number) => Machines.Find(Mac(number))?.Timeline.LastOrDefault();

    public byte[] BytesOf(string asset) => File.ReadAllBytes(Assets.Find(asset)!.FullPath);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients.Values) client.Dispose();
        await app.DisposeAsync();
        Authorities.Dispose();
        log.Dispose();
        folder.Dispose();
    }

    /// <summary>Makes a signed file of random octets and something that stands for its signature, as a pull does; they are served at once.</summary>
    public void PublishSigned(string path, int length)
    {
        Publish((path, length), (path + AssetSource.DetachedSignature.Extension, 300));
        current.Refresh();
    }

    /// <summary>Makes assets of random octets, as a build does: those of these names with new content, the others stay.</summary>
    public void Publish(params (string Path, int Length)[] assets)
    {
        Directory.CreateDirectory(AssetsFolder);
        var manifest = Path.Combine(AssetsFolder, AssetManifest.FileName);
        var known = AssetIndex.Load(AssetsFolder).Assets.Select(entry => entry.Path).Union(assets.Select(asset => asset.Path)).ToHashSet(StringComparer.Ordinal);
        File.WriteAllText(manifest, $"version: 2\n{Keys}assets:\n" + string.Concat(known.Where(path => !IsSignature(path)).Select(path =>
            $"  {path}: {{ kind: {(path.Contains('/', StringComparison.Ordinal) ? "image" : "loader")}, description: x, licence: x, tftp: {(path.Contains('/', StringComparison.Ordinal) ? "false" : "true")}, {SourceOf(path)} }}\n")));
        AssetFolder.Publish(AssetsFolder, [.. assets.Select(asset =>
        {
            var octets = new byte[asset.Length];
            new Random(random++).NextBytes(octets);
            var full = folder.File(Guid.NewGuid().ToString());
            File.WriteAllBytes(full, octets);
            File.SetLastWriteTimeUtc(full, new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc));
            return new BuiltAsset(asset.Path, full, "recipe", new Dictionary<string, string>());
        })]);

        bool IsSignature(string path) => path.EndsWith(AssetSource.DetachedSignature.Extension, StringComparison.Ordinal);

        string SourceOf(string path) => known.Contains(path + AssetSource.DetachedSignature.Extension)
            ? $"url: \"http://localhost/{path}\", signature: {{url: \"http://localhost/{path}.sig\", key: flatcar}}"
            : "build: debian";
    }

    private const string Keys = "keys:\n  flatcar: { description: x, file: keys/flatcar.asc, fingerprint: F88CFEDEFF29A5B4D9523864E25D9AED0593B34A }\n";

    /// <summary>Keeps what is logged as an error.</summary>
    private sealed class RecordedLog : ILoggerProvider, ILogger
    {
        private readonly List<string> failures = [];

        public IReadOnlyList<string> Failures
        {
            get { lock (failures) return [.. failures]; }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Error) return;
            lock (failures) failures.Add($"{formatter(state, exception)} {exception}");
        }

        public void Dispose() { }
    }
}
