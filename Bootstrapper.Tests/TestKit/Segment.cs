using NUnit.Framework;

namespace Sextant.Tests.TestKit;

/// <summary>
/// A provisioning network of two hosts: a namespace with the bootstrapper's interface <c>sextant0</c> (10.0.0.1/24) and one with a client's
/// interface <c>peer0</c>, joined by a virtual cable. Nothing in it reaches the host. Needs root.
/// </summary>
internal sealed class Segment : IDisposable
{
    private readonly string server = $"sx-{Guid.NewGuid().ToString("N")[..6]}-s";
    private readonly string client;

    public Segment()
    {
        client = server[..^1] + "c";
        Ip($"netns add {server}");
        Ip($"netns add {client}");
        Ip($"-n {server} link add sextant0 type veth peer name peer0 netns {client}");
        Ip($"-n {server} address add 10.0.0.1/24 dev sextant0");
        foreach (var (name, device) in new[] { (server, "sextant0"), (client, "peer0") })
        {
            Ip($"-n {name} link set lo up");
            Ip($"-n {name} link set {device} up");
        }
    }

    /// <summary>The command line that runs a program on the bootstrapper's host.</summary>
    public string[] OnServer(params string[] command) => ["ip", "netns", "exec", server, .. command];

    /// <summary>The command line that runs a program on the client's host.</summary>
    public string[] OnClient(params string[] command) => ["ip", "netns", "exec", client, .. command];

    /// <summary>Runs a program on the client's host to its end.</summary>
    public Tool.Result RunOnClient(params string[] command) => Tool.Run("ip", ["netns", "exec", client, .. command]);

    /// <summary>Gives the client an address.</summary>
    public void AddClientAddress(string address) => Ip($"-n {client} address add {address} dev peer0");

    /// <summary>Gives the client's interface a MAC address.</summary>
    public void SetClientMac(string mac) => Ip($"-n {client} link set peer0 address {mac}");

    public void Dispose()
    {
        foreach (var name in new[] { client, server })
        {
            foreach (var pid in Tool.Run("ip", ["netns", "pids", name]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)) Tool.Run("kill", ["-KILL", pid]);
            Ip($"netns delete {name}");
        }
    }

    private static void Ip(string arguments)
    {
        var result = Tool.Run("ip", arguments.Split(' '));
        Assert.That(result.Status, Is.Zero, $"ip {arguments}: {result.Errors}");
    }
}
