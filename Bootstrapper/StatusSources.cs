using Sextant.Assets;
using Sextant.Dhcp;
using Sextant.Dns;
using Sextant.Images;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Registry;
using Sextant.Status;
using Sextant.Transfers;

namespace Sextant;

/// <summary>
/// Joins the status page to services it does not know: their values in the page's words. Part of the composition root, because only that knows both sides.
/// </summary>
internal static class StatusSources
{
    /// <summary>The long transfers of this moment.</summary>
    public static TransfersView Transfers(TransferGate gate)
    {
        var counts = gate.Counts;
        return new TransfersView(counts.Active, counts.Waiting, counts.Refused, counts.Limit);
    }

    /// <summary>The leases, by address.</summary>
    public static IReadOnlyList<LeaseView> Leases(IEnumerable<Lease> leases, BootNetwork network, DateTimeOffset now) =>
    [
        .. leases.OrderBy(lease => lease.Address).Select(lease => new LeaseView(
            lease.Address, lease.Mac, network.Reservations.GetValueOrDefault(lease.Mac)?.Hostname,
            lease.State is LeaseState.Bound && !lease.IsLive(now) ? "expired" : lease.State.ToString().ToLowerInvariant(), lease.Client, lease.Since, lease.ExpiresAt)),
    ];

    /// <summary>The names of the cluster, as DNS gives them.</summary>
    public static ZoneView Zone(NamePlan names, IReadOnlyList<LeasedName> leases, AnsweringApis answering, DateTimeOffset now)
    {
        var planned = names.Records.Select(record => record switch
        {
            PlannedRecord.Address address => new ZoneRecordView(address.Name, "A", address.Value.ToString(), "plan"),
            PlannedRecord.Ipv6 address => new ZoneRecordView(address.Name, "AAAA", address.Value.ToString(), "plan"),
            PlannedRecord.Alias alias => new ZoneRecordView(alias.Name, "CNAME", alias.Target, "plan"),
            PlannedRecord.Text text => new ZoneRecordView(text.Name, "TXT", text.Value, "plan"),
            PlannedRecord.Service service => new ZoneRecordView(service.Name, "SRV", $"{service.Priority} {service.Weight} {service.Port} {service.Target}", "plan"),
            _ => throw new InvalidOperationException($"{record.GetType().Name} is a new record"),
        }).ToList();
        var api = names.ApiNames.SelectMany(name => ApiAddresses.Of(names, answering.Addresses).Select(address => new ZoneRecordView(name, "A", address.ToString(), "health"))).ToList();
        var addresses = planned.Where(record => record.Type == "A").Select(record => record.Value).ToHashSet(StringComparer.Ordinal);
        var taken = planned.Concat(api).Select(record => record.Name).ToHashSet(StringComparer.Ordinal);
        var leased = LeasedName.Name(leases.Where(lease => !addresses.Contains(lease.Address.ToString())), names, taken.Contains, now)
            .Select(named => new ZoneRecordView(named.Name, "A", named.Lease.Address.ToString(), "lease"));
        return new ZoneView(names.IsOn, names.Domain, [.. planned, .. api, .. leased]);
    }

    /// <summary>The files machines install from.</summary>
    public static AssetsView Assets(CurrentAssets current, string folder, ClusterPlan plan)
    {
        var (manifest, catalog, problems) = (AssetManifest.Load(folder), current.Value, current.Problems);
        var needs = SiteNeeds.Of(plan.Description, manifest);
        var reasons = needs.Assets.ToDictionary(asset => asset.Entry.Path, asset => asset.Reason, StringComparer.Ordinal);
        return new AssetsView(
            [.. manifest.Entries.Select(entry => AssetStanding.Of(entry, catalog, folder, [])).Where(standing => standing.State is not AssetState.Missing || reasons.ContainsKey(standing.Entry.Path)).Select(View)],
            [.. needs.Unpinned, .. problems]);

        AssetStateView View(AssetStanding standing)
        {
            var path = standing.Entry.Path;
            // What was found damaged when it was read, the folder's index does not know.
            var damage = problems.FirstOrDefault(problem => problem.StartsWith($"asset {path}: ", StringComparison.Ordinal));
            return new AssetStateView(
                path, damage is null ? standing.State.ToString().ToLowerInvariant() : "damaged", damage ?? standing.Remark, reasons.GetValueOrDefault(path),
                standing.File?.Entry?.Version ?? standing.Entry.Version, standing.File?.Length);
        }
    }

    /// <summary>The container images; those of another registry are not looked at.</summary>
    public static async Task<RegistryView> RegistryAsync(RegistryService? registry, BootNetwork network, CancellationToken cancelled) => registry is null
        ? new RegistryView(false, network.RegistryBase, [])
        : new RegistryView(true, network.RegistryBase, [.. (await ImageListing.ReadAsync(registry.Store, cancelled)).Select(image => new ImageView(image.Name, image.Size, image.Platforms))]);
}
