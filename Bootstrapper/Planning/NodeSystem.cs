using Sextant.Cluster;
using Sextant.Planning.Systems;

namespace Sextant.Planning;

/// <summary>
/// What differs between the operating systems of nodes, as far as a plan is concerned. Everything else is the same on all of them. One file of
/// <c>Systems/</c> says it of one system.
/// </summary>
internal sealed record NodeSystem
{
    /// <summary>The resolver configuration with the real name servers: containers get it, and a stub on 127.0.0.53 would answer them with a loop.</summary>
    public required string ResolverFile { get; init; }

    /// <summary>Where etcd comes from and how it is spoken to.</summary>
    public required EtcdProgram Etcd { get; init; }

    /// <summary>Where containerd comes from and how it is configured.</summary>
    public required ContainerdProgram Containerd { get; init; }

    /// <summary>What manages the network.</summary>
    public required NetworkService Network { get; init; }

    /// <summary>What keeps the clock.</summary>
    public required TimeService Time { get; init; }

    /// <summary>Units of the distribution that must not run on a node: they would update it, restart it or close its ports.</summary>
    public IReadOnlyList<string> MaskedUnits { get; init; } = [];

    /// <summary>Files that only this system needs.</summary>
    public IReadOnlyList<PlannedFile> Files { get; init; } = [];

    /// <summary>That of an operating system.</summary>
    public static NodeSystem Of(OperatingSystemName name) => name switch
    {
        OperatingSystemName.Debian => Debian.Facts,
        OperatingSystemName.Flatcar => Flatcar.Facts,
        OperatingSystemName.FedoraCoreos => FedoraCoreos.Facts,
        OperatingSystemName.Rocky => Rocky.Facts,
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}

/// <summary>etcd on an operating system.</summary>
/// <param name="Path">The program.</param>
/// <param name="Asset">The folder of its archive among the site's files, when the system has no package of it; its user is then made by the document.</param>
/// <param name="Settings">Variables whose names depend on the release.</param>
internal sealed record EtcdProgram(string Path, string? Asset, IReadOnlyList<string> Settings)
{
    /// <summary>The distribution's package of etcd 3.5, with its user. Checks that 3.6 made feature gates are still called experimental.</summary>
    public static EtcdProgram Package { get; } = new(
        "/usr/bin/etcd", null, ["ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK=true", "ETCD_EXPERIMENTAL_WATCH_PROGRESS_NOTIFY_INTERVAL=5s"]);

    /// <summary>The project's own archive of etcd 3.6.</summary>
    public static EtcdProgram Archive { get; } = new(
        $"{Folders.Programs}/etcd", "etcd", ["ETCD_FEATURE_GATES=InitialCorruptCheck=true", "ETCD_WATCH_PROGRESS_NOTIFY_INTERVAL=5s"]);
}

/// <summary>containerd on an operating system. Its configuration is /etc/containerd/config.toml everywhere.</summary>
/// <param name="Template">The template of its configuration, whose form changed with containerd 2.</param>
/// <param name="NamesConfiguration">Whether the distribution's unit reads another file unless the environment names this one.</param>
/// <param name="FromArchive">Whether it comes, with runc and a unit, from the site's files.</param>
internal sealed record ContainerdProgram(string Template, bool NamesConfiguration, bool FromArchive)
{
    /// <summary>Of containerd 1.7 (configuration version 2).</summary>
    public const string Version1 = "node/containerd.toml";

    /// <summary>Of containerd 2 (configuration version 3).</summary>
    public const string Version2 = "node/containerd-2.toml";
}

/// <summary>What manages the network of an operating system.</summary>
internal enum NetworkService
{
    /// <summary>systemd-networkd.</summary>
    Networkd,
    /// <summary>NetworkManager.</summary>
    NetworkManager,
}

/// <summary>What keeps the clock of an operating system.</summary>
internal enum TimeService
{
    /// <summary>systemd-timesyncd.</summary>
    Timesyncd,
    /// <summary>chronyd.</summary>
    Chrony,
}

/// <summary>Folders that are the same on every node.</summary>
internal static class Folders
{
    /// <summary>Programs that do not come with the system; some systems have a read-only /usr.</summary>
    public const string Programs = "/opt/bin";
}
