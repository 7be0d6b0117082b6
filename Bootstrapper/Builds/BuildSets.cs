using Sextant.Assets;

namespace Sextant.Builds;

/// <summary>What <c>sextant assets add</c> knows to take in, and what becomes of it. Places and users are those of the published images.</summary>
internal static class BuildSets
{
    private static readonly HostProgram[] Filters =
    [
        new("nft", "nftables"),
        new("iptables", "iptables"), new("iptables-save", "iptables"), new("iptables-restore", "iptables"),
        new("ip6tables", "iptables"), new("ip6tables-save", "iptables"), new("ip6tables-restore", "iptables"),
    ];

    /// <summary>Every set, by name.</summary>
    public static IReadOnlyList<BuildSet> All { get; } =
    [
        new("kubernetes", "Apache-2.0", ("kubelet", "--version"),
        [
            new BuildMember.AsFile("kubernetes", "kubelet", "The Kubernetes agent of a node."),
            new BuildMember.AsFile("kubernetes", "kubectl", "The Kubernetes command line."),
            new BuildMember.AsFile("kubernetes", "kubeadm", "Upstream's installer of clusters, to compare with; Sextant does not use it.", IsOptional: true),
            new BuildMember.AsImage("kube-apiserver", Server("kube-apiserver", "The Kubernetes API.") with { MayBindLowPorts = true }),
            new BuildMember.AsImage("kube-controller-manager", Server("kube-controller-manager", "Kubernetes' control loops.")),
            new BuildMember.AsImage("kube-scheduler", Server("kube-scheduler", "Gives pods their nodes.")),
            new BuildMember.AsImage("kube-proxy", Server("kube-proxy", "Virtual addresses of services on a node.") with { Tools = Filters }),
            new BuildMember.AsImage("pause", new ImageShape("registry.k8s.io/pause", "/pause", "Holds the namespaces of a pod.") { User = "65535:65535" }, IsOptional: true),
        ]),
        new("flannel", "Apache-2.0", ("flanneld", "--version"),
        [
            new BuildMember.AsImage("flanneld", new ImageShape("ghcr.io/flannel-io/flannel", "/opt/bin/flanneld", "The pod network.")
            {
                Companions = ["install-conf"], Tools = [.. Filters, new("cp", "coreutils")],
            }),
            new BuildMember.AsImage("flannel", new ImageShape("ghcr.io/flannel-io/flannel-cni-plugin", "/flannel", "The pod network's plugin of the container network interface.")
            {
                HasEntryPoint = false, Tools = [new("cp", "coreutils")],
            }),
        ]),
        new("cni-plugins", "Apache-2.0", ("bridge", "--version"),
        [
            new BuildMember.AsArchive("cni-plugins", ["bridge", "host-local", "loopback", "portmap"],
                ["bandwidth", "dhcp", "dummy", "firewall", "host-device", "ipvlan", "macvlan", "ptp", "sbr", "static", "tap", "tuning", "vlan", "vrf"]),
        ]),
        new("crictl", "Apache-2.0", ("crictl", "--version"), [new BuildMember.AsArchive("crictl", ["crictl"], [])]),
        new("coredns", "Apache-2.0", ("coredns", "--version"),
        [
            new BuildMember.AsImage("coredns", new ImageShape("registry.k8s.io/coredns/coredns", "/coredns", "DNS of the cluster.") { User = "65532:65532", MayBindLowPorts = true }),
        ]),
        new("haproxy", "GPL-2.0-or-later AND LGPL-2.1-or-later", ("haproxy", "-v"),
        [
            new BuildMember.AsImage("haproxy", new ImageShape("docker.io/library/haproxy", "/usr/local/sbin/haproxy", "A TCP proxy before several API servers.")
            {
                User = "99:99", Arguments = ["-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"], StopSignal = "SIGUSR1",
            }),
        ]),
        new("metrics-server", "Apache-2.0", ("metrics-server", "--version"),
        [
            new BuildMember.AsImage("metrics-server", new ImageShape("registry.k8s.io/metrics-server/metrics-server", "/metrics-server", "CPU and memory of nodes and pods.") { User = "65534:65534" }),
        ]),
        new("kube-vip", "Apache-2.0", ("kube-vip", "version"),
        [
            new BuildMember.AsImage("kube-vip", new ImageShape("ghcr.io/kube-vip/kube-vip", "/kube-vip", "A virtual address for the Kubernetes API.")),
        ]),
    ];

    /// <summary>The set of that name; null when there is none.</summary>
    public static BuildSet? Find(string name) => All.FirstOrDefault(set => set.Name == name);

    private static ImageShape Server(string program, string description) =>
        new($"registry.k8s.io/{program}", $"/usr/local/bin/{program}", description) { HasVersionOfSet = true };
}
