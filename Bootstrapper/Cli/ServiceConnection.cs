using System.CommandLine;
using System.Net.Sockets;
using Sextant.Cluster;
using Sextant.Planning;

namespace Sextant.Cli;

/// <summary>How a verb finds the running service: its Unix socket, else the address in the cluster description.</summary>
internal sealed class ServiceConnection
{
    /// <summary>Where the examples of the documentation put the operator's socket.</summary>
    public const string DefaultSocket = "/run/sextant/sextant.sock";

    private readonly Option<string?> socket = new("--socket")
    {
        Description = $"The service's Unix socket (serve --listen-unix); without it {DefaultSocket} when it is there, else the address in {SiteArgument.DefaultFile} of this folder.",
    };

    private readonly Option<string?> url = new("--url") { Description = "Ask the service at this address instead, http://10.0.0.1." };

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [socket, url];

    /// <summary>A client for the service that the options name; null, with the reason on standard error, when they name none.</summary>
    public HttpClient? Open(ParseResult arguments)
    {
        if (arguments.GetValue(url) is { } given)
        {
            if (Uri.TryCreate(given.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http") return Client(address, null);
            Ending.Misused($"--url {given} is no address such as http://10.0.0.1");
            return null;
        }
        if (arguments.GetValue(socket) is { } named) return Client(new Uri("http://sextant/"), named);
        if (File.Exists(DefaultSocket)) return Client(new Uri("http://sextant/"), DefaultSocket);
        if (File.Exists(SiteArgument.DefaultFile) && ClusterFile.Load(SiteArgument.DefaultFile).Description is { } cluster) return Client(new Uri(BootNetwork.Of(cluster).HttpBase + "/"), null);
        Ending.Misused($"There is no socket {DefaultSocket} and no usable {SiteArgument.DefaultFile} here: say --socket PATH or --url http://ADDRESS.");
        return null;
    }

    private static HttpClient Client(Uri address, string? socketPath) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = socketPath is null ? null : async (_, cancelled) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancelled);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(10),
    };
}
