using System.Net;
using System.Net.Sockets;

namespace Sextant.Tests.TestKit;

/// <summary>
/// A provisioning network of two hosts: the bootstrapper's with the interface <c>sextant0</c> (10.0.0.1/24), and a client's with <c>peer0</c>,
/// joined by a virtual cable. Nothing in it reaches the machine the tests run on. Needs root.
/// </summary>
internal sealed class Segment : IDisposable
{
    private readonly NetworkNamespace server = new("sxs");
    private readonly NetworkNamespace client = new("sxc");

    public Segment()
    {
        NetworkNamespace.Connect(server, "sextant0", client, "peer0");
        server.Configure("address", "add", "10.0.0.1/24", "dev", "sextant0");
    }

    /// <summary>The command line that runs a program on the bootstrapper's host.</summary>
    public string[] OnServer(params string[] command) => ["ip", "netns", "exec", server.Name, .. command];

    /// <summary>The command line that runs a program on the client's host.</summary>
    public string[] OnClient(params string[] command) => ["ip", "netns", "exec", client.Name, .. command];

    /// <summary>Runs a program on the client's host to its end.</summary>
    public Tool.Result RunOnClient(params string[] command) => Tool.Run("ip", ["netns", "exec", client.Name, .. command]);

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
    public T FromClient<T>(Func<T> inside) => client.Run(inside);

    /// <summary>Gives the client an address.</summary>
    public void AddClientAddress(string address) => client.Configure("address", "add", address, "dev", "peer0");

    /// <summary>Gives the client's interface a MAC address.</summary>
    public void SetClientMac(string mac) => client.Configure("link", "set", "peer0", "address", mac);

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
    }
}
