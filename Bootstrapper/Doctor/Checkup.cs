using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Files;
using Sextant.Networking;
using Sextant.Ntp.Server;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Syslog.Server;

namespace Sextant.Doctor;

/// <summary>Runs every check, in the order a machine would meet what is wrong. Looks and asks; changes nothing.</summary>
/// <param name="Description">The cluster description's path.</param>
/// <param name="State">The state folder; it need not exist.</param>
/// <param name="Assets">The asset folder; it need not exist.</param>
/// <param name="Probe">Whether the segment is asked, too.</param>
public sealed record Checkup(string Description, string State, string Assets, bool Probe)
{
    private static readonly DateTimeOffset Built = new(new FileInfo(ProgramFile()).LastWriteTimeUtc, TimeSpan.Zero);

    /// <summary>The program's file: its assembly, or where everything is one file, that file.</summary>
    private static string ProgramFile() => Path.Combine(AppContext.BaseDirectory, "sextant.dll") is var assembly && File.Exists(assembly) ? assembly : Environment.ProcessPath ?? AppContext.BaseDirectory;

    /// <summary>Every finding, as soon as it is known.</summary>
    /// <param name="time">Clock.</param>
    /// <param name="cancellation">Ends the reading of asset files.</param>
    public async IAsyncEnumerable<Finding> RunAsync(TimeProvider time, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var read = ClusterFile.Load(Description);
        foreach (var finding in Judge.Description(read.Problems)) yield return finding;
        yield return Judge.Capabilities(HostFacts.Capabilities());
        if (read.Description is not { } cluster) yield break;

        var network = BootNetwork.Of(cluster);
        var interfaces = HostFacts.Interfaces();
        foreach (var finding in Judge.Interface(network, interfaces)) yield return finding;
        foreach (var finding in Ports(cluster, network)) yield return finding;
        foreach (var finding in Segment(network, interfaces, time)) yield return finding;
        foreach (var finding in Firewall(cluster, network)) yield return finding;
        yield return Judge.ReversePath(network.Interface, ReversePathMode(network.Interface),
            [.. interfaces.Where(other => other.Name != network.Interface && other is { IsUp: true, Addresses.Count: > 0, Mac: not null }).Select(other => other.Name)]);
        // The table is the host's: in a network namespace the kernel does not show its size.
        if (int.TryParse(HostFacts.Text("/proc/sys/net/ipv4/neigh/default/gc_thresh3"), NumberStyles.None, CultureInfo.InvariantCulture, out var neighbours))
            yield return Judge.Neighbours(network, neighbours);
        yield return Judge.Clock(time.GetUtcNow(), Built, KernelClock.Read(time.GetUtcNow()), network.LocalStratum);
        foreach (var folder in new[] { State, Assets }) yield return Judge.Disk(folder, DiskRoom.Free(Existing(folder)));
        foreach (var finding in await AssetsAsync(cluster, cancellation)) yield return finding;
    }

    /// <summary>Every port of the service.</summary>
    private static IEnumerable<Finding> Ports(ClusterDescription cluster, BootNetwork network)
    {
        var any = new IPEndPoint(IPAddress.Any, 0);
        var own = new IPEndPoint(network.ServerAddress.ToIPAddress(), 0);
        List<(string Service, string Protocol, int Port, IPEndPoint At)> ports =
        [
            ("DHCP", "udp", 67, any), ("TFTP", "udp", 69, own), ("proxy DHCP", "udp", 4011, any), ("DNS", "udp", 53, own), ("DNS", "tcp", 53, own),
            ("boot scripts and assets", "tcp", network.HttpPort, own), ("enrolment", "tcp", network.HttpsPort, own),
        ];
        if (network.TimeServer is not null) ports.Add(("NTP", "udp", NtpServer.WellKnownPort, own));
        if (network.LogServer is not null) ports.AddRange([("syslog", "udp", SyslogServer.WellKnownPort, own), ("syslog", "tcp", SyslogServer.WellKnownPort, own)]);
        if (cluster.Registry.Mode is RegistryMode.Builtin) ports.Add(("registry", "tcp", cluster.Registry.Port, own));
        foreach (var (service, protocol, port, at) in ports)
        {
            var refusal = ReferenceEquals(at, any) ? BindBroadcasts((ushort)port, network.Interface) : Bind(protocol, new IPEndPoint(at.Address, port));
            yield return Judge.Port(service, protocol, port, refusal, refusal is null ? [] : HostFacts.OwnersOf(protocol, port));
        }
    }

    /// <summary>The same for a port that hears broadcasts of one interface: another program may have it on other interfaces.</summary>
    private static string? BindBroadcasts(ushort port, string networkInterface)
    {
        try
        {
            InterfaceSocket.Bind(port, networkInterface, "").Dispose();
            return null;
        }
        catch (ListenException refused)
        {
            return refused.InnerException is SocketException inner ? InWords(inner) : null;
        }
    }

    /// <summary>Why a port cannot be bound; null when it can. An address that is missing is another check's.</summary>
    private static string? Bind(string protocol, IPEndPoint at)
    {
        using var socket = protocol == "udp" ? new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(at);
            // TCP tells only on listening whether another program's wildcard socket is in the way.
            if (protocol == "tcp") socket.Listen(1);
            return null;
        }
        catch (SocketException refused)
        {
            return InWords(refused);
        }
    }

    private static string? InWords(SocketException refused) => refused.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable => null,
        SocketError.AddressAlreadyInUse => "is taken",
        _ => $"cannot be opened: {refused.Message}",
    };

    private IEnumerable<Finding> Segment(BootNetwork network, IReadOnlyList<InterfaceFacts> interfaces, TimeProvider time)
    {
        if (!Probe) yield break;
        if (interfaces.FirstOrDefault(candidate => candidate.Name == network.Interface) is not { IsUp: true, HasCarrier: true, Mac: { } mac })
        {
            yield return Finding.Skipped("other dhcp", $"{network.Interface} is not ready, so nobody on it was asked");
            yield break;
        }
        HashSet<Ipv4Address> wanted = [network.ServerAddress, .. network.Reservations.Values.Select(reservation => reservation.Address).OfType<Ipv4Address>().Where(network.Local.Subnet.Contains)];
        if (network.Local.Gateway is { } gateway) wanted.Add(gateway);
        SegmentAnswers? answers = null;
        string? problem = null;
        try
        {
            answers = SegmentProbe.Ask(network.Interface, mac, wanted, time);
        }
        catch (Exception failure) when (failure is ListenException or SocketException)
        {
            problem = failure.Message;
        }
        if (answers is null)
        {
            yield return Finding.Skipped("other dhcp", problem!, "Run 'sextant doctor' as root.");
            yield break;
        }
        foreach (var finding in Judge.Servers(answers.Servers, wantsOne: network.Dhcp is not DhcpRole.Server)) yield return finding;
        foreach (var finding in Judge.Addresses(network, answers.Hosts)) yield return finding;
    }

    private static IEnumerable<Finding> Firewall(ClusterDescription cluster, BootNetwork network)
    {
        var chains = new List<FirewallChain>();
        var nft = HostFacts.Output("nft", "-j", "list", "ruleset");
        if (nft is not null && NftRules.TryRead(nft, out var tables)) chains.AddRange(tables);
        var iptables = HostFacts.Output("iptables-save");
        if (iptables is not null) chains.AddRange(IptablesRules.Read(iptables));
        if (nft is null && iptables is null) return [Finding.Skipped("firewall", "neither nft nor iptables-save can be run, so the rules are unknown", "Run 'sextant doctor' as root, with nftables installed.")];
        var machine = network.Local.Subnet.Hosts.Last;
        BootTraffic To(string name, string protocol, int port) => new(name, protocol, (ushort)port, 40_000, machine, network.ServerAddress, network.Interface);
        List<BootTraffic> traffic =
        [
            new("DHCP", "udp", 67, 68, Ipv4Address.Any, Ipv4Address.Broadcast, network.Interface), To("TFTP", "udp", 69), To("DNS", "udp", 53), To("DNS", "tcp", 53),
            To("boot scripts and assets", "tcp", network.HttpPort), To("enrolment", "tcp", network.HttpsPort),
            // The file is sent first, from a port of its own; the machine's acknowledgements belong to that.
            new("acknowledgements of TFTP", "udp", 40_001, 2_070, machine, network.ServerAddress, network.Interface, IsAnswer: true),
        ];
        if (network.TimeServer is not null) traffic.Add(To("NTP", "udp", NtpServer.WellKnownPort));
        if (network.LogServer is not null) traffic.AddRange([To("syslog", "udp", SyslogServer.WellKnownPort), To("syslog", "tcp", SyslogServer.WellKnownPort)]);
        if (cluster.Registry.Mode is RegistryMode.Builtin) traffic.Add(To("registry", "tcp", cluster.Registry.Port));
        return Judge.Firewall(new Firewall(chains), traffic);
    }

    private async Task<IReadOnlyList<Finding>> AssetsAsync(ClusterDescription cluster, CancellationToken cancellation)
    {
        const string check = "assets";
        var manifest = AssetManifest.Load(Assets);
        var needs = SiteNeeds.Of(cluster, manifest);
        if (!Directory.Exists(Assets)) return [Finding.Failure(check, $"there is no asset folder {Assets}", "'sextant assets build' and 'sextant assets pull' fill one; --assets names it.")];
        var catalog = AssetFolder.Load(Assets);
        List<Finding> findings = [.. needs.Unpinned.Select(line => Finding.Failure(check, line, "Name a release that is pinned, or add your own build: 'sextant assets add'."))];
        foreach (var need in needs.Assets)
        {
            var standing = AssetStanding.Of(need.Entry, catalog, Assets, []);
            if (standing.State is AssetState.Missing)
                findings.Add(Finding.Failure(check, $"{need.Entry.Path} is missing, needed for {need.Reason}", $"'sextant assets {(need.Entry.Source is AssetSource.Build ? "build" : "pull")}' brings it in; 'sextant assets list' shows all."));
            else if (standing.State is AssetState.Stale) findings.Add(Finding.Warning(check, $"{need.Entry.Path} {standing.Remark}", "'sextant assets pull' or 'build' brings the pinned one in."));
        }
        var verified = await AssetVerification.RunAsync(Assets, catalog, new Unwatched(), cancellation);
        findings.AddRange(verified.Where(asset => asset.Verdict is not AssetVerdict.Good).Select(asset => Finding.Failure(check, $"{asset.Path} is {asset.Verdict.ToString().ToLowerInvariant()}", asset.Remedy ?? "Bring it in again.")));
        findings.AddRange(catalog.Problems.Where(problem => verified.All(asset => asset.Path != problem.Path)).Select(problem => Finding.Failure(check, problem.ToString(), "Put it right, or build and pull again.")));
        return findings.Count > 0 ? findings : [Finding.Good(check, $"{needs.Assets.Count} files are there and have the content of their digests")];
    }

    /// <summary>The stricter of the two settings is in force for 1, and loose wins over strict (ip-sysctl: the maximum counts).</summary>
    private static int ReversePathMode(string networkInterface) => new[] { "all", networkInterface }
        .Max(scope => int.TryParse(HostFacts.Text($"/proc/sys/net/ipv4/conf/{scope}/rp_filter"), NumberStyles.None, CultureInfo.InvariantCulture, out var mode) ? mode : 0);

    private static string Existing(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path)) path = Path.GetDirectoryName(path)!;
        return path;
    }

    private sealed class Unwatched : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value)
        {
            // Nobody looks on.
        }
    }
}
