using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Dhcp;
using Sextant.Dhcp.Server;
using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Dhcp.Server;

/// <summary>
/// The DHCP clients that machines have, all at once on one switch, each through the whole life of a lease: obtained, understood, renewed, given back. First on the
/// server's own wire; then behind a router with a relay of somebody else's, in a second subnet.
/// </summary>
[TestFixture]
[Category("Network")]
[NonParallelizable]
[SupportedOSPlatform("linux")]
public sealed class DhcpClientsTests
{
    private const string ServerEnd = "sxd0", Switch = "sxsw0";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(20);

    private readonly List<IDisposable> things = [];
    private readonly List<Process> processes = [];
    private MachineStore machines = null!;
    private DhcpServer server = null!;
    private string folder = null!;

    [SetUp]
    public void A_folder() => folder = Directory.CreateTempSubdirectory("sextant-clients-").FullName;

    [TearDown]
    public async Task Clean()
    {
        foreach (var process in processes.Where(process => !process.HasExited)) process.Kill(entireProcessTree: true);
        foreach (var process in processes)
        {
            await process.WaitForExitAsync();
            process.Dispose();
        }
        processes.Clear();
        server?.Dispose();
        things.Reverse();
        foreach (var thing in things) thing.Dispose();
        things.Clear();
        await machines.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task Every_client_obtains_understands_renews_and_gives_back_a_lease_on_the_server_s_own_wire()
    {
        var network = A_network(relay: null);
        await Start(network.Servers, "10.0.0.11");
        await Live(network.Clients, "10.0.0.11", "10.0.0.253", "10.0.0.254");
    }

    [TestCase("-a", TestName = "Every_client_obtains_understands_renews_and_gives_back_a_lease_through_dhcrelay_with_option_82")]
    public async Task Through_dhcrelay(string how)
    {
        var network = A_network(how);
        await Start(network.Servers, "10.0.1.11");
        await Live(network.Clients, "10.0.1.11", "10.0.1.253", "10.0.1.254");
    }

    /// <summary>All clients at once; <paramref name="fixedAddress"/> is the first one's.</summary>
    private async Task Live(IReadOnlyList<NetworkNamespace> spaces, string fixedAddress, string via, string gateway)
    {
        Client[] clients =
        [
            new("dhclient", MacOf(0), DhclientScript, Events(0),
                ["10.0.0.5", "1400", "lab.example", "r2.lab.example", $"16 10 2 {via.Replace('.', ' ')} 0 {gateway.Replace('.', ' ')}"]),
            new("udhcpc", MacOf(1), UdhcpcScript, Events(1), ["10.0.0.5", "1400", "lab.example r2.lab.example", $"10.2.0.0/16 {via} 0.0.0.0/0 {gateway}"]),
            new("dhcpcd", MacOf(2), DhcpcdScript, Events(2), ["10.0.0.5", "1400", "lab.example r2.lab.example", $"10.2.0.0/16 {via} 0.0.0.0/0 {gateway}"]),
            new("systemd-networkd", MacOf(3), NetworkdScript, "", ["NTP=10.0.0.5", "MTU=1400", "DOMAIN_SEARCH_LIST=lab.example r2.lab.example", $"10.2.0.0/16,{via}", $"0.0.0.0/0,{gateway}"]),
        ];
        var running = clients.Select((client, at) => client.Start(spaces[at], Write(client, at))).ToList();
        processes.AddRange(running);
        var first = new Dictionary<MacAddress, Lease>();
        foreach (var client in clients)
        {
            first[client.Mac] = await Eventually($"{client.Name} gets a lease", () => LeaseOf(client.Mac) is { State: LeaseState.Bound } lease ? lease : null);
            var said = await Eventually($"{client.Name} understands its lease", () => SaidBy(client) is { Length: > 0 } text && text.Contains(first[client.Mac].Address.ToString(), StringComparison.Ordinal) ? text : null);
            Assert.Multiple(() =>
            {
                foreach (var word in client.Understands) Assert.That(said, Does.Contain(word), client.Name);
            });
        }
        Assert.That(first[Site.Master].Address.ToString(), Is.EqualTo(fixedAddress));
        Assert.That(first.Values.Select(lease => lease.Address), Is.Unique);
        foreach (var client in clients)
        {
            var renewed = await Eventually($"{client.Name} renews", () => LeaseOf(client.Mac) is { } lease && lease.ExpiresAt > first[client.Mac].ExpiresAt ? lease : null);
            Assert.That((renewed.Address, renewed.Since), Is.EqualTo((first[client.Mac].Address, first[client.Mac].Since)), $"{client.Name} keeps its address");
        }
        for (var at = 0; at < clients.Length; at++)
        {
            switch (clients[at].Name)
            {
                case "dhclient":
                    Tool.Run("ip", ["netns", "exec", spaces[at].Name, "dhclient", "-r", "-cf", "/dev/null", "-lf", $"{folder}/0.leases", "-pf", $"{folder}/0.pid", "-sf", "/bin/true", "c0"]);
                    break;
                case "dhcpcd":
                    Tool.Run("kill", ["-ALRM", $"{running[at].Id}"]);
                    break;
                default:
                    Tool.Run("kill", ["-TERM", $"{running[at].Id}"]);
                    break;
            }
        }
        // systemd-networkd keeps its lease when it stops: it may be about to start again.
        foreach (var client in clients.Where(client => client.Name != "systemd-networkd"))
            await Eventually($"{client.Name} gives its lease back", () => LeaseOf(client.Mac) is { State: LeaseState.Released } lease ? lease : null);
    }

    private async Task Start(NetworkNamespace space, string masterAddress)
    {
        var store = new MemoryStore();
        machines = new MachineStore(store);
        var plan = Site.Plan(networkInterface: ServerEnd, masterAddress: Ipv4Address.Parse(masterAddress));
        var description = plan.Description with
        {
            Network = plan.Description.Network with { Subnets = [Subnet("10.0.0"), Subnet("10.0.1")] },
        };
        server = new DhcpServer(new CurrentPlan(new ClusterPlan(description, plan.Material)), machines, store, new IpxeClients(), TimeProvider.System, NullLogger<DhcpServer>.Instance);
        things.Add(server);
        await space.Run(() => server.StartAsync(CancellationToken.None));
    }

    private static SubnetDescription Subnet(string prefix)
    {
        DhcpOption[] options =
        [
            DhcpOption.Of(OptionCode.NtpServer, [Ipv4Address.Parse("10.0.0.5")]), DhcpOption.Of(OptionCode.InterfaceMtu, (ushort)1400),
            DhcpOption.OfDomains(OptionCode.DomainSearch, ["lab.example", "r2.lab.example"]),
            DhcpOption.OfRoutes(OptionCode.ClasslessRoutes, [new Ipv4Route(Ipv4Network.Parse("10.2.0.0/16"), Ipv4Address.Parse($"{prefix}.253"))]),
        ];
        return new SubnetDescription(
            Ipv4Network.Parse($"{prefix}.0/24"), Ipv4Address.Parse($"{prefix}.254"), new Ipv4Range(Ipv4Address.Parse($"{prefix}.100"), Ipv4Address.Parse($"{prefix}.109")), LeaseTime)
        {
            Options = [.. options.Select(OptionSetting.Of)],
        };
    }

    /// <summary>A server's host, a switch with four machines; with a relay, a router between the two.</summary>
    private (NetworkNamespace Servers, IReadOnlyList<NetworkNamespace> Clients) A_network(string? relay)
    {
        var (servers, middle) = (Made("sxdc-server"), Made("sxdc-middle"));
        NetworkNamespace.Connect(servers, ServerEnd, middle, "sxup0");
        servers.Configure("addr", "add", "10.0.0.1/24", "dev", ServerEnd);
        middle.Configure("link", "add", Switch, "type", "bridge");
        middle.Configure("link", "set", Switch, "up");
        var clients = Enumerable.Range(0, 4).Select(at =>
        {
            var client = Made("sxdc-client");
            NetworkNamespace.Connect(client, "c0", middle, $"p{at}");
            client.Configure("link", "set", "c0", "down");
            client.Configure("link", "set", "c0", "address", MacOf(at).ToString());
            client.Configure("link", "set", "c0", "up");
            middle.Configure("link", "set", $"p{at}", "master", Switch);
            return client;
        }).ToList();
        if (relay is null)
        {
            middle.Configure("link", "set", "sxup0", "master", Switch);
            return (servers, clients);
        }
        middle.Configure("addr", "add", "10.0.0.254/24", "dev", "sxup0");
        middle.Configure("addr", "add", "10.0.1.254/24", "dev", Switch);
        servers.Configure("route", "add", "10.0.1.0/24", "via", "10.0.0.254");
        var forwarding = Tool.Run("ip", ["netns", "exec", middle.Name, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
        Assert.That(forwarding.Status, Is.Zero, forwarding.ToString());
        processes.Add(middle.Start("dhcrelay", ["-4", "-d", "--no-pid", .. relay.Split(' '), "-id", Switch, "-iu", "sxup0", "10.0.0.1"]));
        return (servers, clients);
    }

    private NetworkNamespace Made(string purpose)
    {
        var space = new NetworkNamespace(purpose);
        things.Add(space);
        return space;
    }

    private static MacAddress MacOf(int at) => at == 0 ? Site.Master : Site.Unplanned(at);

    private Lease? LeaseOf(MacAddress mac) => server.Leases.SingleOrDefault(lease => lease.Mac == mac);

    private string Events(int at) => $"{folder}/{at}.events";

    private string SaidBy(Client client)
    {
        var file = client.Events.Length > 0 ? client.Events : Directory.Exists($"{folder}/3.netif/leases") ? Directory.GetFiles($"{folder}/3.netif/leases").FirstOrDefault() : null;
        return file is not null && File.Exists(file) ? File.ReadAllText(file) : "";
    }

    /// <summary>Writes what the client runs at each event, and the script that starts it.</summary>
    private string Write(Client client, int at)
    {
        var hook = Executable($"{at}.hook", $$"""
            #!/bin/sh
            # Called with the lease in the environment. A renewal goes out by unicast, so the address has to be there.
            address=$new_ip_address$ip
            case "$reason$1" in
              BOUND|REBOOT|bound)
                ip address replace "$address/24" dev c0
                [ -n "$new_routers$router" ] && ip route replace default via "${new_routers:-$router}"
                echo "$address $new_ntp_servers$ntpsrv $new_interface_mtu$mtu $new_domain_search$search $new_rfc3442_classless_static_routes$new_classless_static_routes$staticroutes" >> {{client.Events}}
                ;;
            esac
            exit 0

            """);
        return Executable($"{at}.start", client.Script(folder, hook));
    }

    private string Executable(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static string DhclientScript(string folder, string hook)
    {
        File.WriteAllText($"{folder}/dhclient.conf", """
            option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
            request subnet-mask, routers, domain-name, domain-name-servers, domain-search, host-name, interface-mtu, rfc3442-classless-static-routes, ntp-servers;

            """);
        return $"#!/bin/sh\nexec dhclient -4 -d -cf {folder}/dhclient.conf -lf {folder}/0.leases -pf {folder}/0.pid -sf {hook} c0\n";
    }

    private static string UdhcpcScript(string folder, string hook) => $"#!/bin/sh\nexec udhcpc -i c0 -f -R -s {hook} -O ntpsrv -O search -O staticroutes -O mtu\n";

    /// <summary>dhcpcd and networkd keep files in fixed places: each gets its own, which end with it.</summary>
    private static string DhcpcdScript(string folder, string hook)
    {
        File.WriteAllText($"{folder}/dhcpcd.conf", """
            option routers, ntp_servers, interface_mtu, domain_search, classless_static_routes, domain_name_servers
            noarp
            noipv4ll
            nohook resolv.conf

            """);
        return $"""
            #!/bin/sh
            exec unshare -m sh -ec 'mkdir -p /run/dhcpcd /var/lib/dhcpcd
            mount -t tmpfs none /run/dhcpcd; mount -t tmpfs none /var/lib/dhcpcd
            exec dhcpcd -4 -B -f {folder}/dhcpcd.conf -c {hook} c0'

            """;
    }

    private static string NetworkdScript(string folder, string hook)
    {
        Directory.CreateDirectory($"{folder}/3.network");
        File.WriteAllText($"{folder}/3.network/10.network", "[Match]\nName=c0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n[DHCPv4]\nUseMTU=yes\n");
        // A system without udev is one whose /sys cannot be written.
        return $"""
            #!/bin/sh
            exec unshare -m sh -ec 'chmod o+x {folder}; mkdir -p /run/systemd/netif {folder}/3.netif/links {folder}/3.netif/leases {folder}/3.netif/lldp
            chown -R systemd-network:systemd-network {folder}/3.netif
            mount -o remount,ro,bind /sys || mount -o remount,ro /sys
            mount --bind {folder}/3.netif /run/systemd/netif; mount --bind {folder}/3.network /etc/systemd/network
            exec /lib/systemd/systemd-networkd'

            """;
    }

    private static async Task<T> Eventually<T>(string what, Func<T?> look)
        where T : class
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < Patience)
        {
            if (look() is { } found) return found;
            await Task.Delay(100);
        }
        throw new AssertionException($"in vain waited for: {what}");
    }

    /// <summary>A DHCP client.</summary>
    /// <param name="Name">The program.</param>
    /// <param name="Mac">Its machine.</param>
    /// <param name="Script">The script that starts it, from the folder and the program it is to run at events.</param>
    /// <param name="Events">Where what it understood is written; empty for one that writes files of its own.</param>
    /// <param name="Understands">What that has to be besides its address.</param>
    private sealed record Client(string Name, MacAddress Mac, Func<string, string, string> Script, string Events, string[] Understands)
    {
        public Process Start(NetworkNamespace space, string script) => space.Start(script);
    }
}
