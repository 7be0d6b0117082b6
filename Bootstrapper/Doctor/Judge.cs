using System.Globalization;
using Sextant.Cluster;
using Sextant.Ntp;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Doctor;

/// <summary>The judgements of <c>sextant doctor</c>: facts in, findings out, each with a fix in words.</summary>
public static class Judge
{
    private const long Gibibyte = 1L << 30;
    private const int BindService = 10, NetRaw = 13;
    private const int LeastMtu = 1500;

    /// <summary>The description's problems.</summary>
    public static IEnumerable<Finding> Description(IReadOnlyList<Problem> problems)
    {
        if (problems.Count == 0) yield return Finding.Good("description", "the cluster description has no problem");
        foreach (var problem in problems)
            yield return problem.Severity is Severity.Error
                ? Finding.Failure("description", problem.ToString(), "Correct the line; 'sextant validate' checks it again.")
                : Finding.Warning("description", problem.ToString(), "See whether that is what you mean.");
    }

    /// <summary>The provisioning interface.</summary>
    public static IEnumerable<Finding> Interface(BootNetwork network, IReadOnlyList<InterfaceFacts> interfaces)
    {
        const string check = "interface";
        var (name, address) = (network.Interface, network.ServerAddress);
        if (interfaces.FirstOrDefault(candidate => candidate.Name == name) is not { } found)
        {
            yield return Finding.Failure(check, $"there is no interface {name}", $"Set bootstrapper.interface to one of {string.Join(", ", interfaces.Select(candidate => candidate.Name).Order(StringComparer.Ordinal))}.");
            yield break;
        }
        if (!found.IsUp) yield return Finding.Failure(check, $"{name} is down", $"ip link set {name} up");
        else if (!found.HasCarrier) yield return Finding.Failure(check, $"{name} has no carrier", "Plug the cable in at both ends, and switch the switch's port on.");
        var held = found.Addresses.Where(entry => entry.Address == address).ToList();
        var elsewhere = interfaces.FirstOrDefault(candidate => candidate.Name != name && candidate.Addresses.Any(entry => entry.Address == address));
        if (held.Count == 0)
            yield return Finding.Failure(check, elsewhere is null ? $"{address} is no address of this machine" : $"{address} is on {elsewhere.Name}, not on {name}",
                elsewhere is null ? $"ip address add {address}/{network.Local.Subnet.PrefixLength} dev {name}, and make it last in the system's network configuration; or correct bootstrapper.address."
                    : $"Set bootstrapper.interface to {elsewhere.Name}, or move the address.");
        else if (held[0].PrefixLength != network.Local.Subnet.PrefixLength)
            yield return Finding.Failure(check, $"{name} has {address}/{held[0].PrefixLength}, and network.subnet is {network.Local.Subnet}",
                $"Give both the same prefix: machines with another mask do not find this one, or it does not find them.");
        else if (found is { IsUp: true, HasCarrier: true }) yield return Finding.Good(check, $"{name} is up and has {address}/{held[0].PrefixLength}");
        yield return found.Mtu >= LeastMtu
            ? Finding.Good("mtu", $"{name} has an MTU of {found.Mtu}")
            : Finding.Warning("mtu", $"{name} has an MTU of {found.Mtu}: firmware sends and expects frames of 1500", $"ip link set {name} mtu {LeastMtu}, and see that the switch carries such frames.");
    }

    /// <summary>A port of a service.</summary>
    /// <param name="service">The service, <c>DHCP</c>.</param>
    /// <param name="protocol"><c>udp</c> or <c>tcp</c>.</param>
    /// <param name="port">The port.</param>
    /// <param name="refusal">Why it cannot be bound; null when it can.</param>
    /// <param name="owners">The programs that have it.</param>
    public static Finding Port(string service, string protocol, int port, string? refusal, IReadOnlyList<string> owners)
    {
        var what = string.Create(CultureInfo.InvariantCulture, $"{protocol.ToUpperInvariant()} {port} ({service})");
        if (refusal is null) return Finding.Good("ports", $"{what} is free");
        if (owners.Count > 0 && owners.All(owner => owner.StartsWith("sextant ", StringComparison.Ordinal))) return Finding.Good("ports", $"{what} is served by {owners[0]}");
        var who = owners.Count > 0 ? string.Join(", ", owners) : null;
        return Finding.Failure("ports", $"{what} {(who is null ? refusal : $"is taken by {who}")}",
            who is null ? "Run 'sextant doctor' as root to see who has it." : $"Stop it, for good with 'systemctl disable --now', or bind it to other interfaces than the provisioning one.");
    }

    /// <summary>Other DHCP servers.</summary>
    /// <param name="servers">Those that answered.</param>
    /// <param name="wantsOne">Whether another server is to give the addresses.</param>
    public static IEnumerable<Finding> Servers(IReadOnlyList<AnsweringServer> servers, bool wantsOne)
    {
        const string check = "other dhcp";
        if (servers.Count == 0)
            yield return wantsOne
                ? Finding.Failure(check, "no DHCP server answers, and the file leaves addresses to one", "Switch it on, or let Sextant give the addresses: dhcp.mode: server.")
                : Finding.Good(check, "no other DHCP server answers");
        foreach (var server in servers)
        {
            var said = $"{server.Server} ({server.Mac}) answers DHCP{(server.Offered.IsAny ? " as a proxy" : $" and offered {server.Offered}")}";
            yield return wantsOne ? Finding.Good(check, said)
                : Finding.Failure(check, said, "Machines take whichever offer comes first. Switch that server off on this segment, or put the machines into a VLAN of their own.");
        }
    }

    /// <summary>Addresses that others have.</summary>
    public static IEnumerable<Finding> Addresses(BootNetwork network, IReadOnlyList<AnsweringHost> hosts)
    {
        const string check = "addresses";
        var clean = true;
        foreach (var host in hosts)
        {
            if (host.Address == network.ServerAddress)
            {
                clean = false;
                yield return Finding.Failure(check, $"{host.Mac} has {host.Address}, too, which is this machine's address", $"Find {host.Mac} and give it another address.");
            }
            else if (network.Reservations.FirstOrDefault(entry => entry.Value.Address == host.Address) is { Value: { } reservation } entry && entry.Key != host.Mac)
            {
                clean = false;
                yield return Finding.Failure(check, $"{host.Mac} has {host.Address}, which the file gives to {reservation.Hostname} ({entry.Key})",
                    $"Find {host.Mac} and give it another address, or give {reservation.Hostname} another 'ip'; or the MAC in the file is wrong.");
            }
        }
        if (network.Local.Gateway is { } gateway && gateway != network.ServerAddress && hosts.All(host => host.Address != gateway))
        {
            clean = false;
            yield return Finding.Warning(check, $"the gateway {gateway} does not answer ARP", "Machines are told to use it. Correct network.gateway, or switch the router on.");
        }
        if (clean) yield return Finding.Good(check, "nobody else has an address of this machine or of the file");
    }

    /// <summary>The clock.</summary>
    /// <param name="now">What it says.</param>
    /// <param name="built">When this program was built: no right clock is before that.</param>
    /// <param name="clock">What the kernel says of it.</param>
    /// <param name="localStratum">Whether the file has it served all the same.</param>
    public static Finding Clock(DateTimeOffset now, DateTimeOffset built, HostClock clock, byte? localStratum)
    {
        const string check = "clock";
        var said = now.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        if (now < built.AddDays(-1) || now > built.AddYears(20))
            return Finding.Failure(check, $"this machine's clock says {said}, which cannot be", "Set it: 'timedatectl set-time'. Certificates are made with it, and machines refuse those that are not valid yet.");
        if (clock.IsSynchronised) return Finding.Good(check, $"{said}, synchronised to within {clock.MaximumError.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s");
        return localStratum is null
            ? Finding.Warning(check, $"{said}, and nothing keeps it right", "Let chronyd or systemd-timesyncd keep it; on a site without any source of time, set ntp.local_stratum: 10, so that the machines take it all the same.")
            : Finding.Good(check, $"{said}; nothing keeps it right, and machines get it as stratum {localStratum}");
    }

    /// <summary>Room on a disk.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="free">Octets free.</param>
    public static Finding Disk(string folder, long free)
    {
        var said = $"{Octets.Text(free)} are free for {folder}";
        return free switch
        {
            < Gibibyte => Finding.Failure("disk", said, "Make room, or name a folder on another disk: leases and images need it."),
            < 10 * Gibibyte => Finding.Warning("disk", said, "Container images of a cluster take some GiB; 'sextant images gc' removes what no image needs."),
            _ => Finding.Good("disk", said),
        };
    }

    /// <summary>What this user may do.</summary>
    /// <param name="capabilities">The effective capabilities.</param>
    public static Finding Capabilities(ulong capabilities)
    {
        var missing = new[] { (BindService, "CAP_NET_BIND_SERVICE"), (NetRaw, "CAP_NET_RAW") }
            .Where(one => (capabilities >> one.Item1 & 1) == 0).Select(one => one.Item2).ToList();
        return missing.Count == 0 ? Finding.Good("capabilities", "this user may open the ports and send raw frames")
            : Finding.Failure("capabilities", $"this user lacks {string.Join(", ", missing)}", "Run as root, or give the service AmbientCapabilities= with these.");
    }

    /// <summary>The firewall of this machine.</summary>
    public static IEnumerable<Finding> Firewall(Firewall firewall, IReadOnlyList<BootTraffic> traffic)
    {
        const string check = "firewall";
        if (!firewall.HasRules)
        {
            yield return Finding.Good(check, "no rule keeps packets from this machine");
            yield break;
        }
        var clean = true;
        foreach (var packet in traffic)
        {
            var what = string.Create(CultureInfo.InvariantCulture, $"{packet.Name} ({packet.Protocol.ToUpperInvariant()} {packet.Port})");
            var fix = packet.IsAnswer
                ? "Let in what belongs to connections of this machine: nft insert rule inet filter input ct state established,related accept."
                : string.Create(CultureInfo.InvariantCulture, $"Let it in before the rule that drops: nft insert rule inet filter input iifname {packet.Interface} {packet.Protocol} dport {packet.Port} accept.");
            switch (firewall.Judge(packet))
            {
                case FirewallVerdict.Dropped dropped:
                    clean = false;
                    yield return Finding.Failure(check, $"{what} is dropped by: {dropped.By}", fix);
                    break;
                case FirewallVerdict.Unclear unclear:
                    clean = false;
                    yield return Finding.Warning(check, $"{what} may be dropped by: {unclear.By}", fix);
                    break;
            }
        }
        if (clean) yield return Finding.Good(check, "the rules let everything through that booting machines send");
    }

    /// <summary>The check of source addresses (ip-sysctl, rp_filter).</summary>
    /// <param name="networkInterface">The interface.</param>
    /// <param name="mode">What is in force: 0 off, 1 strict, 2 loose.</param>
    /// <param name="others">Other interfaces that are up and have addresses.</param>
    public static Finding ReversePath(string networkInterface, int mode, IReadOnlyList<string> others) => mode == 1 && others.Count > 0
        ? Finding.Warning("rp_filter", $"{networkInterface} drops packets whose answer would leave through {string.Join(" or ", others)} (rp_filter is strict)",
            $"Relayed machines and those with a second interface need it loose: sysctl -w net.ipv4.conf.{networkInterface}.rp_filter=2")
        : Finding.Good("rp_filter", $"{networkInterface} takes packets from whatever network they come");

    /// <summary>Room in the kernel's table of neighbours (arp(7), gc_thresh3): a machine that finds none there gets no answer by IP.</summary>
    /// <param name="network">The plan's network.</param>
    /// <param name="limit">How many neighbours the kernel keeps at most.</param>
    public static Finding Neighbours(BootNetwork network, int limit)
    {
        const string check = "neighbours";
        var machines = network.Subnets.Where(subnet => subnet == network.Local || subnet.SharesLinkWith == network.Local.Subnet).Sum(subnet =>
            (subnet.DynamicRange?.Count ?? 0) + network.Reservations.Values.Count(reservation => reservation.Address is { } address && subnet.Subnet.Contains(address)));
        // Other hosts of the segment need room, too.
        return machines <= limit / 2
            ? Finding.Good(check, string.Create(CultureInfo.InvariantCulture, $"the kernel keeps {limit} neighbours, enough for the {machines} addresses of {network.Interface}"))
            : Finding.Warning(check, string.Create(CultureInfo.InvariantCulture, $"the kernel keeps {limit} neighbours, and the file has {machines} addresses on {network.Interface}"),
                string.Create(CultureInfo.InvariantCulture, $"sysctl -w net.ipv4.neigh.default.gc_thresh3={NeighbourRoom(machines)}, and in /etc/sysctl.d for good: machines that power on together get no answer when the table is full."));
    }

    /// <summary>The next power of two that leaves half of it free.</summary>
    private static long NeighbourRoom(long machines) => (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)(2 * machines));
}
