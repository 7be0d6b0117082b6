using Sextant.Cluster;

namespace Sextant.Planning;

/// <summary>What differs between the operating systems of nodes, as far as a plan is concerned. Everything else is the same on all of them.</summary>
public sealed record NodeSystem
{
    /// <summary>The resolver configuration with the real name servers: containers get it, and a stub on 127.0.0.53 would answer them with a loop.</summary>
    public required string ResolverFile { get; init; }

    /// <summary>That of an operating system.</summary>
    public static NodeSystem Of(OperatingSystemName name) => name switch
    {
        OperatingSystemName.Debian or OperatingSystemName.Flatcar or OperatingSystemName.FedoraCoreos => Resolved,
        OperatingSystemName.Rocky => Classic,
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static NodeSystem Resolved { get; } = new() { ResolverFile = "/run/systemd/resolve/resolv.conf" };

    private static NodeSystem Classic { get; } = new() { ResolverFile = "/etc/resolv.conf" };
}
