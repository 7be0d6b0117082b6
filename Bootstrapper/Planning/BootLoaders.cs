using System.Collections.Immutable;
using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>
/// Which boot loader each machine gets: the firmware table, with what the cluster description says in its place. What is said of a machine goes before
/// what is said of the site, and a loader before a way.
/// </summary>
/// <param name="Site">What is said of every machine.</param>
/// <param name="Machines">What is said of single machines.</param>
public sealed record BootLoaders(BootDescription Site, ImmutableDictionary<MacAddress, NodeBootDescription> Machines)
{
    /// <summary>The firmware table as it is.</summary>
    public static BootLoaders Default { get; } = new(BootDescription.Default, ImmutableDictionary<MacAddress, NodeBootDescription>.Empty);

    /// <summary>Those of a description.</summary>
    public static BootLoaders Of(ClusterDescription description) => new(
        description.Boot, description.Nodes.Where(node => node.Boot != NodeBootDescription.Default).ToImmutableDictionary(node => node.Mac, node => node.Boot));

    /// <summary>The loader, a file of the asset folder; null when this firmware gets none.</summary>
    public string? For(MacAddress mac, Firmware firmware)
    {
        var own = Machines.GetValueOrDefault(mac, NodeBootDescription.Default);
        if (own.Loader is { } loader) return loader;
        if (own.Chain is { } chain) return firmware.LoaderOf(chain);
        return Site.Loaders.GetValueOrDefault(firmware.Kind) ?? firmware.LoaderOf(Site.Chain);
    }
}
