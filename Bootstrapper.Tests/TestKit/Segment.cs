using System.Net;
using System.Net.Sockets;

namespace Sextant.Tests.TestKit;

/// <summary>
/// A provisioning network of two hosts: the bootstrapper's with the interface <c>sextant0</c> (10.0.0.1/24), and a client's with <c>peer0</c>,
/// joined by a virtual cable. Nothing in it reaches the machine the tests run on. Needs root.
/// </summary>
internal sealed class Segment : IDisposable
{
    private const string Bridge = "switch0";

    private readonly NetworkNamespace server = new("sxs");
    private readonly NetworkNamespace client = new("sxc");
    private readonly NetworkNamespace? hub;
    private readonly List<NetworkNamespace> plugged = [];

    /// <param name="prefixLength">Of the bootstrapper's address: how large the subnet is.</param>
    /// <param name="hasSwitch">Whether more hosts can be plugged in.</param>
    public Segment(int prefixLength = 24, bool hasSwitch = false)
    {
        if (hasSwitch)
        {
            hub = new NetworkNamespace("sxh");
            hub.Configure("link", "add", Bridge, "type", "bridge", "stp_state", "0", "forward_delay", "0", "mcast_snooping", "0");
            hub.Configure("link", "set", Bridge, "up");
            Join(server, "sextant0");
            Join(client, "peer0");
        }
        else NetworkNamespace.Connect(server, "sextant0", client, "peer0");
        server.Configure("address", "add", $"10.0.0.1/{prefixLength}", "dev", "sextant0");
    }

    /// <summary>The command line that runs a program on the bootstrapper's host.</summary>
    public string[] OnServer(params string[] command) => ["ip", "netns", "exec", server.Name, .. command];

    /// <summary>The command line that runs a program on the client's host.</summary>
    public string[] OnClient(params string[] command) => ["ip", "netns", "exec", client.Name, .. command];

    /// <summary>Runs a program on the client's host to its end.</summary>
    public Tool.Result RunOnClient(params string[] command) => Tool.Run("ip", ["netns", "exec", client.Name, .. command]);

    /// <summary>Runs a program on the bootstrapper's host to its end.</summary>
    public Tool.Result RunOnServer(params string[] command) => Tool.Run("ip", ["netns", "exec", server.Name, .. command]);

    /// <summary>A connection from the client's host, for use by this process.</summary>
    public Socket ConnectFromClient(IPEndPoint server) => client.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(server);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    });

    /// <summary>Runs code on the client's host; sockets opened there stay there.</summary>
    public T OnClientHost<T>(Func<T> inside) => client.Run(inside);

    /// <summary>Runs <c>ip</c> on the client's host.</summary>
    public void ConfigureClient(params string[] arguments) => client.Configure(arguments);

    /// <summary>Gives the client an address.</summary>
    public void AddClientAddress(string address) => client.Configure("address", "add", address, "dev", "peer0");

    /// <summary>Gives the client's interface a MAC address.</summary>
    public void SetClientMac(string mac) => client.Configure("link", "set", "peer0", "address", mac);

    /// <summary>One more host on the switch, with one interface.</summary>
    public NetworkNamespace Plug(string networkInterface, string address)
    {
        var host = new NetworkNamespace("sxp");
        plugged.Add(host);
        Join(host, networkInterface);
        host.Configure("address", "add", address, "dev", networkInterface);
        return host;
    }

    public void Dispose()
    {
        foreach (var host in plugged) host.Dispose();
        client.Dispose();
        server.Dispose();
        hub?.Dispose();
    }

    private void Join(NetworkNamespace host, string networkInterface)
    {
        var port = "port-" + networkInterface;
        NetworkNamespace.Connect(hub!, port, host, networkInterface);
        hub!.Configure("link", "set", port, "master", Bridge);
    }
}
