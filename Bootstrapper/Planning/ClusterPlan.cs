using Sextant.Cluster;
using Sextant.Planning.Addons;
using Sextant.Planning.Kubernetes;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>One <see cref="ClusterDescription"/> thought through: the network, who is entitled to what, and each machine's plan. Immutable.</summary>
public sealed class ClusterPlan
{
    private readonly Dictionary<MacAddress, NodeDescription> nodes;
    private readonly Dictionary<MacAddress, RosterEntry> lines;
    private readonly Lazy<string> addonManifests;

    /// <summary>Plans a description.</summary>
    /// <param name="description">The description.</param>
    /// <param name="material">What the plan is made from besides.</param>
    public ClusterPlan(ClusterDescription description, PlanMaterial material)
    {
        Description = description;
        Material = material;
        nodes = description.Nodes.ToDictionary(node => node.Mac);
        Roster = [.. description.Nodes.Select(RosterEntry.Of)];
        EtcdMembers = [.. Roster.Where(line => line.IsEtcdMember)];
        lines = Roster.ToDictionary(line => line.Mac);
        Network = BootNetwork.Of(description);
        Names = NamePlan.Of(description);
        addonManifests = new Lazy<string>(() => AddonSet.Text(AddonSet.Of(description, material)));
    }

    /// <summary>The description this plan is of.</summary>
    public ClusterDescription Description { get; }

    /// <summary>What the plan is made from besides.</summary>
    public PlanMaterial Material { get; }

    /// <summary>The templates it uses.</summary>
    public TemplateSet Templates => Material.Templates;

    /// <summary>The authorities machines pin.</summary>
    public TrustAnchors Anchors => Material.Anchors;

    /// <summary>The network's part of the plan.</summary>
    public BootNetwork Network { get; }

    /// <summary>The names of the cluster.</summary>
    public NamePlan Names { get; }

    /// <summary>The planned machines, in the order of the file.</summary>
    public IReadOnlyList<RosterEntry> Roster { get; }

    /// <summary>Those of them that are members of etcd.</summary>
    public IReadOnlyList<RosterEntry> EtcdMembers { get; }

    /// <summary>The machine's line: the file's, or the one a stranger gets when the plan accepts it as a worker; null when it has none.</summary>
    public RosterEntry? LineOf(MacAddress mac) => lines.GetValueOrDefault(mac) ?? (EntitlementOf(mac) is Entitlement.Node ? RosterEntry.Of(NodePlanner.Stranger(Description, mac)) : null);

    /// <summary>What the plan grants the machine.</summary>
    public Entitlement EntitlementOf(MacAddress mac) =>
        nodes.ContainsKey(mac) ? Entitlement.Node : Description.UnknownMachines switch
        {
            UnknownMachines.Ignore => Entitlement.Ignored,
            UnknownMachines.Discover => Entitlement.Discovered,
            UnknownMachines.Worker => Entitlement.Node,
            var other => throw new InvalidOperationException($"policy {other} has no entitlement"),
        };

    /// <summary>The machine's plan; null when it is entitled to none.</summary>
    /// <param name="mac">The machine.</param>
    /// <param name="leased">Its address of the dynamic range, used when the file fixes none.</param>
    public NodePlan? For(MacAddress mac, Ipv4Address? leased) =>
        EntitlementOf(mac) is Entitlement.Node ? NodePlanner.Plan(Description, nodes.GetValueOrDefault(mac) ?? NodePlanner.Stranger(Description, mac), leased, Material) : null;

    /// <summary>The manifests of the cluster's addons, one text of several YAML documents; it may hold secrets, and only masters may have it.</summary>
    /// <exception cref="TemplateException">A template is missing, asks for a value that does not exist, or is not YAML once it is filled.</exception>
    /// <exception cref="PinException">An image is not pinned for this cluster.</exception>
    public string AddonManifests() => addonManifests.Value;

    /// <summary>The labels that a master puts on the nodes: one line for each machine of the file that runs a kubelet, <c>NAME key=value key=value …</c>.</summary>
    public string NodeLabels() => Kubernetes.NodeLabels.ForMasters(Description);

    /// <summary>The content of one of a plan's secrets.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such secret.</exception>
    /// <exception cref="InvalidOperationException">The plan was made without the site's keys, to be looked at only.</exception>
    public string ContentOf(PlannedSecret secret) => secret.Name switch
    {
        ContainerRuntime.CredentialsName => ContainerRuntime.RegistryHosts(Description, Material),
        ControlPlane.ServiceAccountKeyName => ControlPlane.ServiceAccountKey(Keys(secret)),
        ControlPlane.EncryptionName => ControlPlane.Encryption(Material, Keys(secret)),
        _ => throw new ArgumentOutOfRangeException(nameof(secret), secret.Name, "no plan has such a secret"),
    };

    private SiteKeys Keys(PlannedSecret secret) =>
        Material.Keys ?? throw new InvalidOperationException($"this plan was made without the site's keys, and {secret.Name} is made from them");
}

/// <summary>Holds the plan in force. Readers take it once per packet or request; a reload swaps it whole.</summary>
public sealed class CurrentPlan(ClusterPlan initial)
{
    private volatile ClusterPlan value = initial;
    private volatile IReadOnlyList<string> problems = [];

    /// <summary>The plan in force.</summary>
    public ClusterPlan Value { get => value; set => this.value = value; }

    /// <summary>What is wrong with the file as it is now, one line each: warnings of the plan in force, or the errors that keep a newer file from being it.</summary>
    public IReadOnlyList<string> Problems { get => problems; set => problems = value; }
}
