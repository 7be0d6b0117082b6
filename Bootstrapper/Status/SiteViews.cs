using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Status;

/// <summary>What the status page shows of services it does not know: each gives the facts of this moment. The composition root joins them.</summary>
/// <param name="Transfers">The long transfers.</param>
/// <param name="Leases">The DHCP leases, by address.</param>
/// <param name="Zone">The cluster's names.</param>
/// <param name="Assets">The files machines install from.</param>
/// <param name="Registry">The container images.</param>
public sealed record SiteSources(
    Func<TransfersView> Transfers, Func<IReadOnlyList<LeaseView>> Leases, Func<ZoneView> Zone, Func<AssetsView> Assets, Func<CancellationToken, Task<RegistryView>> Registry);

/// <summary>A DHCP lease.</summary>
/// <param name="Address">The address.</param>
/// <param name="Mac">Whose it is.</param>
/// <param name="Hostname">The machine's name in the description; null for a stranger.</param>
/// <param name="State"><c>bound</c>, <c>offered</c>, <c>released</c>, <c>declined</c> or <c>expired</c>.</param>
/// <param name="Client">Who asked last: <c>UEFI x64</c>, <c>iPXE</c>, <c>operating system</c>.</param>
/// <param name="Since">When the machine was first granted it.</param>
/// <param name="ExpiresAt">From when on it is free.</param>
public sealed record LeaseView(Ipv4Address Address, MacAddress Mac, string? Hostname, string State, string Client, DateTimeOffset Since, DateTimeOffset ExpiresAt);

/// <summary>The cluster's names.</summary>
/// <param name="IsServed">Whether this service answers DNS.</param>
/// <param name="Domain">The domain, without a dot at its end.</param>
/// <param name="Records">The names, in the order of the plan, then the leased ones.</param>
public sealed record ZoneView(bool IsServed, string Domain, IReadOnlyList<ZoneRecordView> Records);

/// <summary>One record of the zone.</summary>
/// <param name="Name">Its name, whole.</param>
/// <param name="Type"><c>A</c>, <c>AAAA</c>, <c>CNAME</c>, <c>SRV</c> or <c>TXT</c>.</param>
/// <param name="Value">What it says.</param>
/// <param name="Source"><c>plan</c>, <c>lease</c>, or <c>health</c> for names that lead to masters that answer.</param>
public sealed record ZoneRecordView(string Name, string Type, string Value, string Source);

/// <summary>The files machines install from.</summary>
/// <param name="Assets">Those that are there or needed, in the order of the manifest.</param>
/// <param name="Problems">What is wrong, one line each: what is needed and pinned nowhere, and what is damaged.</param>
public sealed record AssetsView(IReadOnlyList<AssetStateView> Assets, IReadOnlyList<string> Problems);

/// <summary>A file machines install from.</summary>
/// <param name="Path">Its path.</param>
/// <param name="State"><c>present</c>, <c>missing</c>, <c>stale</c> or <c>damaged</c>.</param>
/// <param name="Remark">What is wrong with it; null when nothing is.</param>
/// <param name="Needed">Why the cluster needs it; null when it does not.</param>
/// <param name="Version">The version that is there, else the pinned one; null where there are none.</param>
/// <param name="Size">Its size in octets; null when it is not there.</param>
public sealed record AssetStateView(string Path, string State, string? Remark, string? Needed, string? Version, long? Size);

/// <summary>The container images.</summary>
/// <param name="IsHere">Whether the registry is this service's own.</param>
/// <param name="Address">Where machines pull from.</param>
/// <param name="Images">The images; empty for somebody else's registry.</param>
public sealed record RegistryView(bool IsHere, string Address, IReadOnlyList<ImageView> Images);

/// <summary>A container image.</summary>
/// <param name="Name">Repository and tag or digest.</param>
/// <param name="Size">Octets of its manifests and layers; what images share is counted for each.</param>
/// <param name="Platforms">The platforms it is for.</param>
public sealed record ImageView(string Name, long Size, IReadOnlyList<string> Platforms);

/// <summary>How the cluster says it is.</summary>
/// <param name="Members">The planned members of etcd.</param>
/// <param name="Masters">The planned masters.</param>
/// <param name="Kubernetes">What Kubernetes said when it was last asked.</param>
public sealed record HealthView(IReadOnlyList<MemberView> Members, IReadOnlyList<MasterView> Masters, KubernetesView Kubernetes);

/// <summary>A member of etcd.</summary>
/// <param name="Mac">Its machine.</param>
/// <param name="Hostname">The machine's name.</param>
/// <param name="Address">Its address; null when it is not known.</param>
/// <param name="Healthy">Whether it is healthy; null before its first answer.</param>
/// <param name="Since">Since when; null before.</param>
/// <param name="Detail">Why it is not healthy; empty otherwise.</param>
public sealed record MemberView(MacAddress Mac, string Hostname, Ipv4Address? Address, bool? Healthy, DateTimeOffset? Since, string Detail);

/// <summary>A master.</summary>
/// <param name="Mac">Its machine; null for the virtual address that one of them holds.</param>
/// <param name="Hostname">The machine's name.</param>
/// <param name="Address">Where its API server is asked.</param>
/// <param name="Answers">Whether it answered when it was last asked.</param>
public sealed record MasterView(MacAddress? Mac, string Hostname, Ipv4Address Address, bool Answers);

/// <summary>What Kubernetes said when it was last asked.</summary>
/// <param name="AskedAt">When; null before the first time.</param>
/// <param name="Problem">Why there is no answer; empty when there is one.</param>
/// <param name="Nodes">Its nodes, by name.</param>
/// <param name="Workloads">The addons' workloads.</param>
public sealed record KubernetesView(DateTimeOffset? AskedAt, string Problem, IReadOnlyList<KubernetesNodeView> Nodes, IReadOnlyList<Workload> Workloads);

/// <summary>A node of Kubernetes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ready">Whether it is ready.</param>
/// <param name="Since">Since when.</param>
/// <param name="Reason">Why it is not; empty otherwise.</param>
/// <param name="Version">The kubelet's version.</param>
public sealed record KubernetesNodeView(string Name, bool Ready, DateTimeOffset Since, string Reason, string Version);
