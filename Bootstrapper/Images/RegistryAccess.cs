using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sextant.Images;

/// <summary>An account at a registry.</summary>
/// <param name="Username">Its name.</param>
/// <param name="Password">Its password or token.</param>
public sealed record RegistryAccount(string Username, string Password)
{
    /// <inheritdoc/>
    public override string ToString() => Username;
}

/// <summary>How other registries are reached.</summary>
public sealed record RegistryAccess
{
    /// <summary>The account, for the one registry that is asked; null for none.</summary>
    public RegistryAccount? Account { get; init; }

    /// <summary>Authorities that are trusted besides the system's; null for none.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Whether registries speak HTTP without TLS.</summary>
    public bool PlainHttp { get; init; }

    /// <summary>Who is asked in the place of a registry, by its host.</summary>
    public IReadOnlyDictionary<string, Uri> Mirrors { get; init; } = new Dictionary<string, Uri>();

    /// <summary>The registry of another bootstrapper, which is asked in the place of all others: it has every image under the name it has here. Null for none.</summary>
    public Uri? Peer { get; init; }

    /// <summary>How often and when a failed request is repeated.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>The longest time to wait for a connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest time without any octet of an answer.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The registry of a host: where it listens, and what it is asked for.</summary>
    internal RegistryEndpoint EndpointOf(string host) => Peer is not null
        ? new RegistryEndpoint(WithSlash(Peer), Namespace: null)
        : Mirrors.TryGetValue(host, out var mirror)
        ? new RegistryEndpoint(WithSlash(mirror), host)
        : new RegistryEndpoint(new Uri($"{(PlainHttp ? "http" : "https")}://{(host == ImageReference.DockerHub ? DockerHubServer : host)}/"), Namespace: null);

    /// <summary>A certificate is good when the system says so, or one of the given authorities vouches for it and its name is right.</summary>
    internal bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || Authorities is null || certificate is null) return false;
        using var own = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        own.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        if (chain is not null) own.ChainPolicy.ExtraStore.AddRange(chain.ChainElements.Select(element => element.Certificate).ToArray());
        using var leaf = new X509Certificate2(certificate);
        return own.Build(leaf);
    }

    private static Uri WithSlash(Uri address) => new(address.ToString().TrimEnd('/') + "/");

    private const string DockerHubServer = "registry-1.docker.io";
}

/// <summary>Where a registry is asked.</summary>
/// <param name="Address">Its address, with a slash at the end; <c>v2/</c> follows.</param>
/// <param name="Namespace">The registry it stands for, told with <c>?ns=</c>; null when it stands for itself.</param>
internal sealed record RegistryEndpoint(Uri Address, string? Namespace);

/// <summary>How often and when a request is repeated that failed for a reason that may pass.</summary>
/// <param name="Attempts">How often it is tried in all.</param>
/// <param name="First">The wait before the second attempt; it doubles with each.</param>
/// <param name="Longest">The longest wait, whatever the registry asks for.</param>
public sealed record RetryPolicy(int Attempts, TimeSpan First, TimeSpan Longest)
{
    /// <summary>When a request has failed for so long, it is not tried again, however few the attempts were; null for no limit.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>Six attempts within about half a minute, or as long as a registry asks for, at most a minute each.</summary>
    public static readonly RetryPolicy Default = new(6, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

    /// <summary>The wait after an attempt.</summary>
    /// <param name="attempt">Which attempt failed, from 1.</param>
    /// <param name="asked">What the registry asked for in <c>Retry-After</c>; null when it did not.</param>
    /// <param name="chance">0 to 1: where in its upper half the wait lies, so that not everybody comes back at once.</param>
    public TimeSpan After(int attempt, TimeSpan? asked, double chance)
    {
        var own = First * Math.Pow(2, Math.Min(attempt - 1, 30)) * (0.5 + (chance / 2));
        var wait = asked is { } wish && wish > own ? wish : own;
        return wait < Longest ? wait : Longest;
    }
}
