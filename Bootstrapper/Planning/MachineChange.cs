using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>What another description means for a machine; ordered by how much it asks for.</summary>
[JsonConverter(typeof(MachineChangeKindConverter))]
public enum MachineChangeKind
{
    /// <summary>Nothing.</summary>
    Unchanged,
    /// <summary>What changes reaches the running machine by itself.</summary>
    Config,
    /// <summary>Something of it reaches the machine only with an installation.</summary>
    Reinstall,
    /// <summary>It is in the new description only.</summary>
    New,
    /// <summary>It is in the old description only.</summary>
    Removed,
}

/// <summary>Writes the words as the command line prints them.</summary>
public sealed class MachineChangeKindConverter() : JsonStringEnumConverter<MachineChangeKind>(JsonNamingPolicy.KebabCaseLower);

/// <summary>What another description changes for one machine.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Hostname">Its name, in the new description where that has one.</param>
/// <param name="Change">What that means for it.</param>
/// <param name="Config">What reaches it by itself: <c>lease</c>, <c>certificate kubelet-server</c>, <c>addons</c>.</param>
/// <param name="Reinstall">What only an installation applies: <c>file /etc/hosts</c>, <c>unit etcd.service</c>, <c>install disk</c>.</param>
public sealed record MachineChange(MacAddress Mac, string Hostname, MachineChangeKind Change, IReadOnlyList<string> Config, IReadOnlyList<string> Reinstall)
{
    /// <summary>The change of a machine that both descriptions name.</summary>
    internal static MachineChange Between(ClusterPlan before, ClusterPlan after, MacAddress mac)
    {
        var (was, now) = (before.For(mac, leased: null)!, after.For(mac, leased: null)!);
        string[] config = [.. Differing(Reaching(before, was), Reaching(after, now))];
        string[] reinstall = [.. Differing(Installed(was), Installed(now))];
        var change = reinstall.Length > 0 ? MachineChangeKind.Reinstall : config.Length > 0 ? MachineChangeKind.Config : MachineChangeKind.Unchanged;
        return new MachineChange(mac, now.Hostname, change, config, reinstall);
    }

    /// <summary>The names whose contents differ, or that only one side has.</summary>
    internal static IEnumerable<string> Differing(IEnumerable<(string Name, string Content)> before, IEnumerable<(string Name, string Content)> after)
    {
        var (was, now) = (Gathered(before), Gathered(after));
        return was.Keys.Union(now.Keys, StringComparer.Ordinal).Where(name => was.GetValueOrDefault(name) != now.GetValueOrDefault(name));
    }

    /// <summary>What the running machine gets without an installation: at its next DHCP renewal, when a certificate is renewed, when a master looks again.</summary>
    private static IEnumerable<(string Name, string Content)> Reaching(ClusterPlan plan, NodePlan node) =>
    [
        ("lease", Lease(plan.Network.Reservations[node.Mac])),
        .. node.Certificates.Select(one => ($"certificate {one.Name}", $"{one.CommonName} {one.Organization} {string.Join(' ', one.DnsNames)} {string.Join(' ', one.Addresses)} {one.Authority} {one.ServerAuth} {one.ClientAuth}")),
        .. node.Roles.Contains(Sextant.Cluster.NodeRole.KubeMaster) ? [("addons", plan.AddonManifests()), ("node labels", plan.NodeLabels())] : ((string, string)[])[],
    ];

    private static string Lease(Reservation reservation) => $"{reservation.Hostname} {reservation.Address} {PlanChanges.TextOf(reservation.Options)}";

    /// <summary>What is written once, by the installation.</summary>
    private static IEnumerable<(string Name, string Content)> Installed(NodePlan node) =>
    [
        ("operating system", $"{node.OperatingSystem} {node.ConfigFormat} {node.Installation}"),
        ("host name", node.Fqdn),
        ("install disk", string.Create(CultureInfo.InvariantCulture, $"{node.InstallDisk} {node.WipeDisks}")),
        ("kernel arguments", string.Join(' ', node.KernelArguments)),
        ("asset mirrors", string.Join(' ', node.AssetMirrors)),
        ("SSH keys", string.Join('\n', node.SshAuthorizedKeys)),
        ("accounts", string.Join(' ', node.Accounts)),
        ("masked units", string.Join(' ', node.MaskedUnits)),
        .. node.Files.Select(file => ($"file {file.Path}", $"{file.Mode} {file.Owner} {file.Content}")),
        .. node.Units.Select(unit => ($"unit {unit.Name}", $"{unit.Enabled} {unit.Content}")),
        .. node.Secrets.Select(secret => ($"secret {secret.Name}", $"{secret.Path} {secret.Owner}")),
        .. node.Downloads.Select(download => ($"download {download.Target}", $"{download.Asset} {download.Unpacking}")),
        // A machine asks for the certificates that its installation named, and keeps them where that said.
        .. node.Certificates.Select(one => ($"certificate {one.Name}, its files", $"{one.KeyPath} {one.CertificatePath} {one.Owner}")),
    ];

    /// <summary>Several archives may be unpacked to one folder.</summary>
    private static Dictionary<string, string> Gathered(IEnumerable<(string Name, string Content)> things) =>
        things.GroupBy(thing => thing.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => string.Join('\n', group.Select(thing => thing.Content)), StringComparer.Ordinal);
}
