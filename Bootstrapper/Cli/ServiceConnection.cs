using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sextant.Cluster;
using Sextant.Planning;

namespace Sextant.Cli;

/// <summary>How a verb finds the running service: its Unix socket, else an address, else the address in the cluster description.</summary>
internal sealed class ServiceConnection
{
    /// <summary>Where the examples of the documentation put the operator's socket.</summary>
    public const string DefaultSocket = "/run/sextant/sextant.sock";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Option<string?> socket = new("--socket")
    {
        Description = $"The service's Unix socket (serve --listen-unix); without it {DefaultSocket} when it is there, else the address in {SiteArgument.DefaultFile} of this folder.",
    };

    private readonly Option<string?> server = new("--server")
    {
        Description = "Ask the service at this address instead: https://10.0.0.1 with --token-file, or http://10.0.0.1 for what everybody may read.",
    };

    private readonly Option<string?> tokenFile = new("--token-file") { Description = "The file that holds the operator's token, for --server https://…" };

    private readonly Option<string?> authority = new("--ca")
    {
        Description = "The authorities that --server is trusted by, in PEM: the bootstrapper's STATE/pki/sextant/ca.crt. Without it, those of the operating system.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [socket, server, tokenFile, authority];

    /// <summary>A client for the service that the options name; null, with the reason on standard error, when they name none.</summary>
    public ServiceClient? Open(ParseResult arguments)
    {
        if (arguments.GetValue(server) is { } given) return OpenServer(given, arguments.GetValue(tokenFile), arguments.GetValue(authority));
        if (arguments.GetValue(tokenFile) is not null || arguments.GetValue(authority) is not null) return Unusable("--token-file and --ca go with --server https://…");
        if (arguments.GetValue(socket) is { } named) return OpenSocket(named);
        if (File.Exists(DefaultSocket)) return OpenSocket(DefaultSocket);
        if (File.Exists(SiteArgument.DefaultFile) && ClusterFile.Load(SiteArgument.DefaultFile).Description is { } cluster)
            return Client(new SocketsHttpHandler { UseProxy = false }, new Uri(BootNetwork.Of(cluster).HttpBase + "/"));
        return Unusable($"There is no socket {DefaultSocket} and no usable {SiteArgument.DefaultFile} here: say --socket PATH or --server https://ADDRESS.");
    }

    private static ServiceClient? OpenServer(string given, string? tokenFile, string? authority)
    {
        if (!Uri.TryCreate(given.TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return Unusable($"--server {given} is no address such as https://10.0.0.1");
        if (tokenFile is not null && address.Scheme is "http") return Unusable("a token does not travel over plain HTTP: say --server https://…");
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (authority is not null)
        {
            if (AuthorityFile.Read(authority, out var problem) is not { } trusted) return Unusable(problem);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(trusted);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }
        var client = Client(handler, address);
        if (tokenFile is null) return client;
        try
        {
            client.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(tokenFile).Trim());
            return client;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
        {
            client.Dispose();
            return Unusable($"{tokenFile}: {failure.Message}");
        }
    }

    private static ServiceClient OpenSocket(string path) => Client(
        new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancelled) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(path), cancelled);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        },
        new Uri("http://sextant/"));

    private static ServiceClient Client(SocketsHttpHandler handler, Uri address) => new(new HttpClient(handler) { BaseAddress = address, Timeout = Patience });

    private static ServiceClient? Unusable(string problem)
    {
        Ending.Misused(problem);
        return null;
    }
}
