using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Rendering;
using Sextant.Tests.Planning.Kubernetes;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>
/// One field of the description changed, and exactly which machines differ in which of their documents: boot script and what the installer reads, by their names; the
/// node's own document by what is in it, files (below <c>/etc</c>), units, certificates, secrets, downloads and settings; what a master applies to the cluster. Whoever
/// changes a field reads here what it costs.
/// </summary>
[TestFixture]
public sealed class ChangedFieldTests
{
    private const string Scripts = "script.ipxe grub.cfg pxelinux.cfg";
    private const string All = "m1 m2 m3 m4 m5 m6";
    private const string Kubelets = "m1 m2 m3 m4 m6";
    private const string Masters = "m1 m2";
    private const string Members = "m1 m5";
    private const string Fixed = "m1 m2 m3 m4 m5";
    private const string Network = "systemd/network/10-sextant.network";
    private const string TimeService = "systemd/timesyncd.conf.d/10-sextant.conf chrony.conf";
    private const string NetworkManager = "NetworkManager/system-connections/sextant.nmconnection NetworkManager/conf.d/10-sextant.conf";
    private const string RegistryHosts = "containerd/certs.d/_default/hosts.toml";

    private static readonly ClusterDescription Base = KubernetesClusters.Mixed with { AssetMirrors = [new AssetMirrorDescription("http://10.0.0.6", ["r1"])] };

    private static readonly SubnetDescription Behind = new(Ipv4Network.Parse("10.0.1.0/24"), Ipv4Address.Parse("10.0.1.254"), null, TimeSpan.FromHours(1));

    private static IEnumerable<TestCaseData> Changes()
    {
        static TestCaseData Case(string name, ClusterDescription changed, params (string Nodes, string Things)[] affected) => new TestCaseData(changed, affected).SetArgDisplayNames(name);
        static ClusterDescription Node(int number, Func<NodeDescription, NodeDescription> change) =>
            Base with { Nodes = [.. Base.Nodes.Select((node, at) => at == number - 1 ? change(node) : node)] };
        static Ipv4Address Address(string text) => Ipv4Address.Parse(text);
        var (bootstrapper, network, system, kubernetes) = (Base.Bootstrapper, Base.Network, Base.OperatingSystem, Base.Kubernetes);

        yield return Case("nothing", Base with { });
        yield return Case("name", Base with { Name = "other" },
            (Members, "etcd/etcd.env etcd.service sextant-etcd-promote.service"),
            (Kubelets, "kubernetes/kubelet.conf"),
            (Masters, "kubernetes/controller-manager.conf kubernetes/scheduler.conf kubernetes/admin.conf"));
        yield return Case("bootstrapper.address", Base with { Bootstrapper = bootstrapper with { Address = Address("10.0.0.2") } },
            (All, "hosts sextant/certificates.sh systemd/timesyncd.conf.d/10-sextant.conf"),
            (Fixed, Network),
            (Kubelets, $"sextant/fetch {RegistryHosts}"),
            (Members, "etcd/join"),
            (Masters, "sextant/addons"),
            (All, $"{Scripts} install.env"),
            (Masters, "addons.yaml"));
        yield return Case("bootstrapper.interface", Base with { Bootstrapper = bootstrapper with { Interface = "eno2" } });
        yield return Case("bootstrapper.http_port", Base with { Bootstrapper = bootstrapper with { HttpPort = 8080 } },
            (Kubelets, "sextant/fetch"),
            (All, $"{Scripts} install.env"));
        yield return Case("bootstrapper.https_port", Base with { Bootstrapper = bootstrapper with { HttpsPort = 8443 } },
            (All, "sextant/certificates.sh"),
            (Members, "etcd/join"),
            (Masters, "sextant/addons"));
        yield return Case("network.subnet", Base with { Network = network.With(subnet => subnet with { Subnet = Ipv4Network.Parse("10.0.0.0/23") }) },
            (Fixed, Network));
        yield return Case("network.gateway", Base with { Network = network.With(subnet => subnet with { Gateway = null }) },
            (All, Network));
        yield return Case("network.dynamic_range", Base with { Network = network.With(subnet => subnet with { DynamicRange = new Ipv4Range(Address("10.0.0.120"), Address("10.0.0.130")) }) });
        yield return Case("network.domain", Base with { Network = network with { Domain = "other.example" } },
            (All, "hosts fqdn"),
            (Fixed, Network),
            (Members, "etcd-server etcd-peer"),
            (Kubelets, "kubelet-server"),
            (Masters, "kube-apiserver"),
            (Masters, "addons.yaml"));
        yield return Case("network.upstream_resolvers", Base with { Network = network with { UpstreamResolvers = [Address("10.0.0.253")] } },
            (Fixed, Network),
            (Masters, "addons.yaml"));
        yield return Case("network.lease_time", Base with { Network = network.With(subnet => subnet with { LeaseTime = TimeSpan.FromHours(1) }) });
        yield return Case("network.subnets", Base with { Network = network with { Subnets = [.. network.Subnets, Behind] } });
        yield return Case("a worker in another subnet", Node(3, node => node with { Address = Address("10.0.1.13") }) with { Network = network with { Subnets = [.. network.Subnets, Behind] } },
            (All, "hosts"),
            ("m3", $"address {Network} kubelet.service kubelet-server"),
            (Masters, "addons.yaml"));
        yield return Case("dhcp.options", Base with
            {
                Network = network.With(subnet => subnet with { Options = [OptionSetting.Of(DhcpOption.Of(OptionCode.NtpServer, [Address("10.0.0.5")]))] }),
            },
            (Fixed, Network));
        yield return Case("a node's dhcp_options", Node(3, node => node with { Options = [OptionSetting.Of(DhcpOption.Of(OptionCode.InterfaceMtu, (ushort)1400))] }),
            ("m3", Network));
        yield return Case("dns.mode", Base with { Dns = Base.Dns with { IsOn = false } },
            (Fixed, Network),
            (Masters, "addons.yaml"));
        yield return Case("dns.clients and records", Base with { Dns = Base.Dns with { Clients = [Ipv4Network.Parse("10.8.0.0/16")], Records = [new DnsRecordDescription("w.demo.example", TimeSpan.FromSeconds(60), [Address("10.0.0.50")], [], null, [], [])] } });
        yield return Case("ntp.mode", Base with { Ntp = new NtpDescription(NtpMode.Off, null) }, (All, "systemd/timesyncd.conf.d/10-sextant.conf"));
        yield return Case("ntp.local_stratum", Base with { Ntp = new NtpDescription(NtpMode.On, 10) });
        yield return Case("status.readers", Base with { Status = new StatusDescription(StatusReaders.Operator) });
        yield return Case("dhcp.mode", Base with { Dhcp = new DhcpDescription(DhcpMode.Proxy) });
        yield return Case("boot.chain", Base with { Boot = BootDescription.Default with { Chain = BootChain.SecureBoot } });
        yield return Case("os.name: flatcar", Base.On(OperatingSystemName.Flatcar),
            (All, $"format {Scripts} install.env meta-data install.ign"),
            (Members, "sextant/fetch.conf etcd/etcd.env etcd.service download:/opt/bin"),
            (Kubelets, "containerd/config.toml systemd/system/containerd.service.d/10-sextant.conf"),
            ("m3", "flatcar/enabled-sysext.conf"),
            ("m5", "sextant/fetch sextant-fetch.service"));
        yield return Case("os.name: fedora-coreos", Base.On(OperatingSystemName.FedoraCoreos),
            (All, $"format {Scripts} install.env meta-data install.ign {Network} {NetworkManager} {TimeService} selinux/config"),
            (Members, "sextant/fetch.conf etcd/etcd.env etcd.service download:/opt/bin"),
            (Kubelets, "containerd/config.toml"),
            ("m5", "sextant/fetch sextant-fetch.service"));
        yield return Case("os.name: rocky", Base.On(OperatingSystemName.Rocky),
            (All, $"{Scripts} install.env kickstart.cfg {Network} {NetworkManager} {TimeService} sextant/fetch.conf download:/opt/bin"),
            (Members, "etcd/etcd.env etcd.service"),
            (Kubelets, "containerd/config.toml kubernetes/kubelet.yaml containerd.service download:/opt/bin/runc"),
            ("m5", "sextant/fetch sextant-fetch.service"));
        yield return Case("os.config_format", Base.On(OperatingSystemName.Debian, NodeConfigFormat.CloudConfig));
        yield return Case("os.wipe_disks", Base with { OperatingSystem = system with { WipeDisks = true } }, (All, "install.env"));
        yield return Case("os.install_disk", Node(1, node => node with { InstallDisk = "/dev/sdb" }), ("m1", "disk"),
            ("m1", "install.env"));
        yield return Case("os.kernel_arguments", Base with { OperatingSystem = system with { KernelArguments = ["quiet"] } }, (All, "arguments"),
            (All, $"{Scripts} install.env"));
        yield return Case("etcd.cluster_token", Base with { Etcd = new EtcdDescription("other") }, (Members, "etcd/etcd.env"));
        yield return Case("kubernetes.version", Base with { Kubernetes = kubernetes with { Version = "1.35.8" } },
            (Kubelets, "containerd/config.toml sextant/fetch.conf download:/opt/bin/kubelet download:/opt/bin"),
            (Masters, "kubernetes/manifests/kube-apiserver.yaml kubernetes/manifests/kube-controller-manager.yaml kubernetes/manifests/kube-scheduler.yaml download:/opt/bin/kubectl"),
            (Masters, "addons.yaml"));
        yield return Case("kubernetes.service_range", Base with { Kubernetes = kubernetes with { ServiceRange = Ipv4Network.Parse("10.97.0.0/16") } },
            (Masters, "kubernetes/manifests/kube-apiserver.yaml kubernetes/manifests/kube-controller-manager.yaml kube-apiserver"));
        yield return Case("kubernetes.pod_range", Base with { Kubernetes = kubernetes with { PodRange = Ipv4Network.Parse("10.245.0.0/16") } }, (Masters, "kubernetes/manifests/kube-controller-manager.yaml"),
            (Masters, "addons.yaml"));
        yield return Case("kubernetes.dns_ip", Base with { Kubernetes = kubernetes with { DnsIp = Address("10.96.0.53") } }, (Kubelets, "kubernetes/kubelet.yaml"),
            (Masters, "addons.yaml"));
        yield return Case("kubernetes.cluster_domain", Base with { Kubernetes = kubernetes with { ClusterDomain = "cluster.local" } }, (Kubelets, "kubernetes/kubelet.yaml"),
            (Masters, "kubernetes/manifests/kube-apiserver.yaml kube-apiserver"),
            (Masters, "addons.yaml"));
        yield return Case("kubernetes.proxy_mode", Base with { Kubernetes = kubernetes with { ProxyMode = ProxyMode.Iptables } },
            (Masters, "addons.yaml"));
        yield return Case("kubernetes.api_endpoint", Base with { Kubernetes = kubernetes with { ApiEndpoint = "10.0.0.7:6443" } }, (Masters, "kube-apiserver"),
            (Masters, "addons.yaml"));
        yield return Case("api.vip", Base with { Api = new ApiDescription(Address("10.0.0.7")) }, (Masters, "kubernetes/vip/kube-vip.yaml kube-apiserver"),
            (Masters, "addons.yaml"));
        yield return Case("no api.vip", Base with { Api = new ApiDescription(null) }, (Masters, "kubernetes/vip/kube-vip.yaml kubernetes/vip/place kubelet.service kube-apiserver"),
            (Masters, "addons.yaml"));
        foreach (var addon in new[] { "dashboard", "ingress", "logging", "metrics-server", "monitoring" })
            yield return Case($"addons: {addon}", Base with { Addons = [addon] }, (Masters, "addons.yaml"));
        yield return Case("addons: ceph-csi-rbd", Base with { Addons = ["ceph-csi-rbd"], Ceph = PlannedClusters.WithVip.Ceph }, (Masters, "addons.yaml"),
            (Kubelets, "modules-load.d/90-sextant-kubernetes.conf"));
        yield return Case("ingress.vip", Base with { Ingress = new IngressDescription(Address("10.0.0.8")) });
        yield return Case("flannel.backend", Base with { Flannel = new FlannelDescription(FlannelBackend.HostGw) },
            (Masters, "addons.yaml"));
        yield return Case("registry.mode", Base with { Registry = RegistryDescription.At("r.example") },
            (All, "hosts"),
            (Kubelets, RegistryHosts),
            (Masters, "addons.yaml"));
        yield return Case("registry.port", Base with { Registry = RegistryDescription.Builtin with { Port = 5001 } },
            (Kubelets, RegistryHosts));
        yield return Case("registry.pull_through and images", Base with { Registry = RegistryDescription.Builtin with { PullThrough = true, Images = ["quay.io/a/b:1"] } });
        yield return Case("asset_mirrors", Base with { AssetMirrors = [.. Base.AssetMirrors, new AssetMirrorDescription("http://10.0.0.7", [])] },
            (All, "mirrors"),
            (Kubelets, "sextant/fetch"),
            (All, "script.ipxe install.env"));
        yield return Case("ssh_authorized_keys", Base with { SshAuthorizedKeys = [] }, (All, "keys"));
        yield return Case("enrollment", Base with { Enrollment = Enrollment.Approve });
        yield return Case("unknown_machines", Base with { UnknownMachines = UnknownMachines.Discover });
        yield return Case("a worker's mac", Node(3, node => node with { Mac = PlannedClusters.Mac(77) }),
            ("m3", $"mac {Network} sextant/certificates.sh machine"),
            ("m3", $"{Scripts} meta-data"));
        yield return Case("a worker's hostname", Node(3, node => node with { Hostname = "other" }), (All, "hosts"),
            ("m3", "hostname fqdn kubernetes/kubelet.yaml kubernetes/kubelet.conf kubernetes/manifests/api-proxy.yaml kubelet.service kubelet-client kubelet-server"),
            (Masters, "addons.yaml node-labels"),
            ("m3", $"{Scripts} install.env meta-data"));
        yield return Case("a worker's ip", Node(3, node => node with { Address = Address("10.0.0.77") }),
            (All, "hosts"),
            ("m3", $"address {Network} kubelet.service kubelet-server"),
            (Masters, "addons.yaml"));
        yield return Case("a worker's ip, left out", Node(3, node => node with { Address = null }),
            (All, "hosts"),
            ("m3", $"address {Network} kubelet.service kubelet-server"),
            (Masters, "addons.yaml"));
        yield return Case("a master's hostname", Node(2, node => node with { Hostname = "other" }), (All, "hosts"),
            (Kubelets, "kubernetes/proxy/haproxy.cfg kubernetes/manifests/api-proxy.yaml"), (Masters, "kube-apiserver"),
            ("m2", "hostname fqdn kubernetes/kubelet.yaml kubernetes/kubelet.conf kubelet.service kubelet-client kubelet-server kubernetes/manifests/kube-apiserver.yaml "
                + "kubernetes/manifests/kube-controller-manager.yaml kubernetes/manifests/kube-scheduler.yaml"),
            (Masters, "addons.yaml node-labels"),
            ("m2", $"{Scripts} install.env meta-data"));
        yield return Case("a master's ip", Node(2, node => node with { Address = Address("10.0.0.77") }),
            (All, "hosts"),
            (Kubelets, "kubernetes/proxy/haproxy.cfg kubernetes/manifests/api-proxy.yaml"),
            (Masters, "kube-apiserver"),
            ("m2", $"address {Network} kubernetes/manifests/kube-apiserver.yaml kubernetes/vip/place kubelet.service kubelet-server"),
            (Masters, "addons.yaml"));
        yield return Case("a member's ip", Node(5, node => node with { Address = Address("10.0.0.77") }),
            (All, "hosts"),
            (Members, "etcd/etcd.env etcd/promote"),
            (Masters, "kubernetes/manifests/kube-apiserver.yaml"),
            ("m5", $"address {Network} etcd/join etcd-server etcd-peer"),
            (Masters, "addons.yaml"));
        yield return Case("a member's mac", Node(5, node => node with { Mac = PlannedClusters.Mac(77) }),
            ("m5", $"mac {Network} sextant/certificates.sh etcd/join machine"),
            ("m5", $"{Scripts} meta-data"));
        yield return Case("a master becomes a worker, too", Node(2, node => node with { Roles = [NodeRole.KubeMaster, NodeRole.Worker] }), ("m2", "kubernetes/kubelet.yaml"),
            (Masters, "node-labels"));
        yield return Case("a worker takes traffic from outside, too", Node(3, node => node with { Roles = [NodeRole.Worker, NodeRole.Ingress] }), ("m3", "kubelet.service"),
            (Masters, "node-labels"));
        yield return Case("a node's labels", Node(3, node => node with { Labels = new Dictionary<string, string>() }), ("m3", "kubelet.service"),
            (Masters, "node-labels"));
        yield return Case("a node's taints", Node(3, node => node with { Taints = [] }), ("m3", "kubernetes/kubelet.yaml"));
        yield return Case("a node's gpu", Node(3, node => node with { Gpu = false }), ("m3", "kubelet.service"),
            (Masters, "node-labels"));
        yield return Case("a node's rack", Node(3, node => node with { Rack = "r1" }),
            ("m3", "mirrors sextant/fetch"),
            ("m3", "script.ipxe install.env"));
        yield return Case("a node's kernel_arguments", Node(3, node => node with { KernelArguments = ["quiet"] }), ("m3", "arguments"),
            ("m3", $"{Scripts} install.env"));
        yield return Case("a node's boot_loader", Node(3, node => node with { Boot = new NodeBootDescription(null, "ipxe.efi") }));
        yield return Case("a node's flannel_iface", Node(3, node => node with { FlannelInterface = "eno2" }),
            ("m3", "kubelet.service"),
            (Masters, "addons.yaml node-labels"));
        yield return Case("a new worker with a fixed address", Base with { Nodes = [.. Base.Nodes, PlannedClusters.Node(9, [NodeRole.Worker])] }, (All, "hosts"),
            (Masters, "addons.yaml node-labels"));
        yield return Case("a new worker with a dynamic address", Base with { Nodes = [.. Base.Nodes, PlannedClusters.Node(9, [NodeRole.Worker]) with { Address = null }] },
            (Masters, "node-labels"));
        yield return Case("a new master", Base with { Nodes = [.. Base.Nodes, PlannedClusters.Node(9, [NodeRole.KubeMaster])] }, (All, "hosts"),
            (Kubelets, "kubernetes/proxy/haproxy.cfg kubernetes/manifests/api-proxy.yaml"), (Masters, "kube-apiserver"),
            (Masters, "addons.yaml node-labels"));
        yield return Case("a new member", Base with { Nodes = [.. Base.Nodes, PlannedClusters.Node(9, [NodeRole.EtcdMember])] },
            (All, "hosts"),
            (Members, "etcd/etcd.env etcd/promote"),
            (Masters, "kubernetes/manifests/kube-apiserver.yaml"),
            (Masters, "addons.yaml"));
    }

    [TestCaseSource(nameof(Changes))]
    public void One_changed_field_changes_exactly_what_depends_on_it(ClusterDescription changed, (string Nodes, string Things)[] affected)
    {
        var expected = affected.SelectMany(one => one.Nodes.Split(' ').SelectMany(node => one.Things.Split(' ').Select(thing => $"{node} {thing}")));
        var actual = Differences(changed).ToList();
        Assert.That(actual, Is.EquivalentTo(expected), string.Join('\n', actual));
    }

    private static IEnumerable<string> Differences(ClusterDescription changed)
    {
        var (before, after) = (PlannedClusters.Plan(Base), PlannedClusters.Plan(changed));
        foreach (var (one, other) in Base.Nodes.Zip(changed.Nodes))
        {
            var was = Contents(before, one);
            var now = Contents(after, other);
            foreach (var thing in was.Keys.Union(now.Keys).Where(thing => was.GetValueOrDefault(thing) != now.GetValueOrDefault(thing))) yield return $"{one.Hostname} {thing}";
        }
    }

    private static Dictionary<string, string> Contents(ClusterPlan cluster, NodeDescription node)
    {
        var plan = cluster.For(node.Mac, null)!;
        var request = new RenderRequest(plan, cluster.Network, cluster.Templates, PlannedClusters.Ticket, 1, InstallImage.Debian(cluster.Network, new string('0', 64), 1));
        var contents = Parts(plan);
        foreach (var format in ConfigFormat.All.Where(format => format != NodeDocument.For(plan) && format.Has(plan)))
            contents.Add(format.FileName, ((RenderedDocument.Text)format.Render(request)).Content);
        if (!node.Has(NodeRole.KubeMaster)) return contents;
        contents.Add("addons.yaml", cluster.AddonManifests());
        contents.Add("node-labels", cluster.NodeLabels());
        return contents;
    }

    private static Dictionary<string, string> Parts(NodePlan plan) => new[]
        {
            ("format", NodeDocument.For(plan).Name),
            ("mac", plan.Mac.ToString()), ("hostname", plan.Hostname), ("fqdn", plan.Fqdn), ("address", $"{plan.Address} {plan.HasFixedAddress}"), ("disk", plan.InstallDisk),
            ("arguments", string.Join(' ', plan.KernelArguments)), ("mirrors", string.Join(' ', plan.AssetMirrors)), ("keys", string.Join('\n', plan.SshAuthorizedKeys)),
        }
        .Concat(plan.Files.Select(file => (file.Path["/etc/".Length..], $"{file.Mode} {file.Owner} {file.Content}")))
        .Concat(plan.Units.Select(unit => (unit.Name, unit.Enabled + unit.Content)))
        .Concat(plan.Certificates.Select(one => (one.Name, $"{one with { DnsNames = [], Addresses = [] }} {string.Join(' ', one.DnsNames)} {string.Join(' ', one.Addresses)}"
            .Replace("System.String[]", "", StringComparison.Ordinal))))
        .Concat(plan.Secrets.Select(one => ("secret:" + one.Name, one.ToString())))
        .Concat(plan.Downloads.Select(one => ("download:" + one.Target, one.ToString())))
        .GroupBy(part => part.Item1) // several archives may be unpacked to one folder
        .ToDictionary(parts => parts.Key, parts => string.Join('\n', parts.Select(part => part.Item2)));
}
