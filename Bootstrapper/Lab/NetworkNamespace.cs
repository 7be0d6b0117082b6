using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sextant.Primitives;

namespace Sextant.Lab;

/// <summary>
/// A named network namespace (ip-netns(8)) with one bridge and one tap interface a machine: the rack's switch. Nothing in it can reach the host's
/// networks, and its DHCP server cannot be seen outside.
/// </summary>
/// <param name="name">Its name, as <c>ip netns list</c> shows it.</param>
public sealed partial class NetworkNamespace(string name)
{
    // A bridge otherwise takes the lowest address of its ports and changes it as they come and go (bridge(8)). Locally administered, unicast.
    private const string BridgeMac = "02:53:58:00:00:01";
    private const int CloneNewNet = 0x40000000; // CLONE_NEWNET of clone(2)

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>True when it exists.</summary>
    public bool Exists => File.Exists(Handle);

    private string Handle => $"/run/netns/{Name}";

    /// <summary>The command line that runs a program inside.</summary>
    public IReadOnlyList<string> Wrap(IEnumerable<string> command) => ["ip", "netns", "exec", Name, .. command];

    /// <summary>Makes the namespace with a bridge that has the given address, and its taps attached to it.</summary>
    /// <exception cref="LabException">A step failed; what was made until then stays until <see cref="DeleteAsync"/>.</exception>
    public async Task CreateAsync(string bridge, Ipv4Address address, int prefixLength, IEnumerable<string> taps, CancellationToken cancellation = default)
    {
        await LabCommandLine.RunAsync(["ip", "netns", "add", Name], cancellation);
        await IpAsync("link set lo up", cancellation);
        // No spanning tree and no forward delay: a port forwards as soon as its machine's link is up, as firmware expects of an access port.
        await IpAsync($"link add {bridge} address {BridgeMac} type bridge stp_state 0 forward_delay 0 mcast_snooping 0", cancellation);
        await IpAsync($"address add {address}/{prefixLength} dev {bridge}", cancellation);
        await IpAsync($"link set {bridge} up", cancellation);
        foreach (var tap in taps)
        {
            await IpAsync($"tuntap add dev {tap} mode tap", cancellation);
            await IpAsync($"link set {tap} master {bridge} up", cancellation);
        }
    }

    /// <summary>The processes that live inside.</summary>
    public async Task<IReadOnlyList<ProcessIdentity>> ProcessesAsync(CancellationToken cancellation = default)
    {
        if (!Exists) return [];
        var printed = await LabCommandLine.RunAsync(["ip", "netns", "pids", Name], cancellation);
        return [.. printed.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => ProcessIdentity.Of(int.Parse(line, CultureInfo.InvariantCulture)))
            .OfType<ProcessIdentity>()];
    }

    /// <summary>Ends every process inside and removes the namespace with all its interfaces; does nothing when it does not exist.</summary>
    public async Task DeleteAsync(CancellationToken cancellation = default)
    {
        foreach (var process in await ProcessesAsync(cancellation)) await process.KillAsync(cancellation);
        if (Exists) await LabCommandLine.RunAsync(["ip", "netns", "delete", Name], cancellation);
    }

    /// <summary>
    /// An IPv4 socket of this namespace, usable anywhere in this process: a socket stays in the namespace of the thread that made it
    /// (network_namespaces(7)), so a thread enters the namespace, makes the socket and ends.
    /// </summary>
    /// <exception cref="LabException">The namespace does not exist, or this process may not enter it.</exception>
    public Socket CreateSocket(SocketType type, ProtocolType protocol)
    {
        Socket? made = null;
        var failure = 0;
        var maker = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle(Handle);
                if (SetNamespace(handle, CloneNewNet) == 0) made = new Socket(AddressFamily.InterNetwork, type, protocol);
                else failure = Marshal.GetLastPInvokeError();
            }
            catch (IOException)
            {
                // Gone; said below.
            }
        });
        maker.Start();
        maker.Join();
        return made ?? throw new LabException($"the network namespace {Name} cannot be entered ({(failure == 0 ? "it does not exist" : Marshal.GetPInvokeErrorMessage(failure))}).");
    }

    private Task<string> IpAsync(string arguments, CancellationToken cancellation) =>
        LabCommandLine.RunAsync(["ip", "-n", Name, .. arguments.Split(' ')], cancellation);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle handle, int kind);
}
