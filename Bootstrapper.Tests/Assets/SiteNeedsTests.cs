using NUnit.Framework;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

public sealed class SiteNeedsTests
{
    private static readonly AssetManifest Project = AssetManifest.Parse(AssetManifest.BuiltIn());

    private static ClusterDescription Example => ClusterFile.Load(Repository.PathOf("cluster-desc.example.yaml")).Description!;

    [Test]
    public void The_example_cluster_needs_its_loaders_Debian_and_the_binaries_of_its_Kubernetes()
    {
        var needs = SiteNeeds.Of(Example, Project);
        Assert.That(needs.Unpinned, Is.Empty);
        Assert.That(needs.Assets.Select(asset => (asset.Entry.Path, asset.Reason)), Is.EqualTo(new[]
        {
            ("undionly.kpxe", "machines with BIOS firmware"),
            ("snponly.efi", "machines with UEFI firmware"),
            ("debian/vmlinuz", "Debian on every node"),
            ("debian/live.img", "Debian on every node"),
            ("debian/rootfs.tar.zst", "Debian on every node"),
            ("kubernetes/1.36.4/kubelet", "Kubernetes 1.36.4 on every node"),
            ("kubernetes/1.36.4/kubectl", "Kubernetes 1.36.4 on every node"),
            ("cni-plugins/cni-plugins-linux-amd64-v1.9.1.tgz", "Kubernetes 1.36.4 on every node"),
            ("crictl/crictl-v1.36.0-linux-amd64.tar.gz", "Kubernetes 1.36.4 on every node"),
        }));
        Assert.That(needs.Images.Select(image => image.Reference), Is.EqualTo(new[]
        {
            "registry.k8s.io/kube-apiserver:v1.36.4", "registry.k8s.io/kube-controller-manager:v1.36.4", "registry.k8s.io/kube-scheduler:v1.36.4",
            "registry.k8s.io/kube-proxy:v1.36.4", "registry.k8s.io/pause:3.10.2", "registry.k8s.io/coredns/coredns:v1.14.2",
            "ghcr.io/flannel-io/flannel:v0.28.9", "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3",
            "docker.io/library/haproxy:3.2.19-alpine",
        }));
    }

    [Test]
    public void A_virtual_address_of_the_API_or_of_ingress_needs_what_moves_it()
    {
        var address = Ipv4Address.Parse("10.0.0.5");
        foreach (var cluster in new[] { Example with { Api = new ApiDescription(address) }, Example with { Ingress = new IngressDescription(address) } })
            Assert.That(SiteNeeds.Of(cluster, Project).Images.Select(image => (image.Reference, image.Reason)),
                Has.Some.EqualTo(("ghcr.io/kube-vip/kube-vip:v1.2.4", "Kubernetes 1.36.4 on every node, a virtual address")));
    }

    [Test]
    public void Another_release_of_Kubernetes_needs_its_own_files_and_images()
    {
        var needs = SiteNeeds.Of(Example with { Kubernetes = Example.Kubernetes with { Version = "1.35.8" } }, Project);
        Assert.That(needs.Unpinned, Is.Empty);
        Assert.That(needs.Assets.Select(asset => asset.Entry.Path), Has.Some.EqualTo("kubernetes/1.35.8/kubelet").And.None.Contains("1.36"));
        Assert.That(needs.Images.Select(image => image.Reference), Has.Some.EqualTo("registry.k8s.io/pause:3.10.1").And.None.Contains("1.36.4"));
    }

    [Test]
    public void A_release_that_nobody_pinned_is_named_with_those_that_are() =>
        Assert.That(SiteNeeds.Of(Example with { Kubernetes = Example.Kubernetes with { Version = "1.37.0" } }, Project).Unpinned, Is.EqualTo(new[]
        {
            "manifest.yaml has no binaries of Kubernetes 1.37.0; it has 1.35.8, 1.36.4; 'sextant assets add kubernetes DIR' takes in a build of your own",
            "manifest.yaml has no container images of Kubernetes 1.37.0; it has 1.35.8, 1.36.4",
        }));

    [Test]
    public void What_belongs_to_a_minor_release_is_there_for_every_one_of_it()
    {
        var needs = SiteNeeds.Of(Example with { Kubernetes = Example.Kubernetes with { Version = "1.36.40" } }, Project);
        Assert.That(needs.Images.Select(image => image.Reference), Has.Some.EqualTo("registry.k8s.io/pause:3.10.2").And.Some.Contains("coredns:v1.14.2").And.None.Contains("kube-"));
        Assert.That(needs.Assets.Select(asset => asset.Entry.Path), Has.Some.StartsWith("crictl/crictl-v1.36").And.Some.StartsWith("cni-plugins/").And.None.StartsWith("kubernetes/"));
        Assert.That(needs.Unpinned, Has.Count.EqualTo(2), "the release itself is still one that nobody pinned");
    }

    [TestCase(OperatingSystemName.Flatcar, "flatcar/4593.2.5/flatcar_production_pxe.vmlinuz", "Flatcar on every node")]
    [TestCase(OperatingSystemName.FedoraCoreos, "fedora-coreos/44.20260707.3.1/fedora-coreos-44.20260707.3.1-live-kernel.x86_64", "Fedora CoreOS on every node")]
    [TestCase(OperatingSystemName.Rocky, "rocky/10.2/vmlinuz", "Rocky Linux on every node")]
    public void Another_system_needs_its_own_kernel_and_etcd_as_a_file(OperatingSystemName system, string kernel, string reason)
    {
        var assets = SiteNeeds.Of(Example with { OperatingSystem = Example.OperatingSystem with { Name = system } }, Project).Assets;
        Assert.That(assets.Select(asset => (asset.Entry.Path, asset.Reason)), Has.Some.EqualTo((kernel, reason)));
        Assert.That(assets.Select(asset => asset.Entry.Path), Has.Some.StartsWith("etcd/").And.None.StartsWith("debian/"));
    }

    [Test]
    public void Flatcar_needs_the_signature_that_its_installer_asks_for()
    {
        var assets = SiteNeeds.Of(Example with { OperatingSystem = Example.OperatingSystem with { Name = OperatingSystemName.Flatcar } }, Project).Assets;
        Assert.That(assets.Select(asset => asset.Entry.Path), Is.SupersetOf(new[]
            { "flatcar/4593.2.5/flatcar_production_image.bin.bz2", "flatcar/4593.2.5/flatcar_production_image.bin.bz2.sig" }));
    }

    [Test]
    public void Addons_bring_their_images_and_an_addon_without_any_is_named()
    {
        var needs = SiteNeeds.Of(Example with { Addons = ["coredns", "metrics-server", "logging"] }, Project);
        Assert.That(needs.Images.Select(image => (image.Reference, image.Reason)), Has.Some.EqualTo(("registry.k8s.io/metrics-server/metrics-server:v0.8.1", "addon metrics-server")));
        Assert.That(needs.Images.Select(image => image.Reference), Has.None.Contains("headlamp"));
        Assert.That(needs.Unpinned, Is.Empty);
        var without = Project with { Images = [.. Project.Images.Where(image => !image.For.Addons.Contains("logging"))] };
        Assert.That(SiteNeeds.Of(Example with { Addons = ["logging"] }, without).Unpinned, Is.EqualTo(new[] { "manifest.yaml has no container images of the addon logging" }));
    }

    [Test]
    public void A_manifest_without_the_system_of_the_nodes_says_so() =>
        Assert.That(SiteNeeds.Of(Example, new AssetManifest([], [], [], [])).Unpinned, Has.Some.EqualTo("manifest.yaml has no files of Debian, the system of every node"));

    [Test]
    public void An_entry_without_conditions_is_needed_by_no_cluster_and_all_conditions_must_hold()
    {
        var manifest = AssetManifest.Parse("""
            version: 2
            assets:
              never: {kind: binary, description: d, licence: MIT, build: debian}
              both: {kind: binary, description: d, licence: MIT, build: debian, for: {os: [rocky, debian], kubernetes: 1.36.4}}
              other: {kind: binary, description: d, licence: MIT, build: debian, for: {os: rocky, kubernetes: 1.36.4}}
            """);
        Assert.That(SiteNeeds.Of(Example, manifest).Assets.Select(asset => (asset.Entry.Path, asset.Reason)),
            Is.EqualTo(new[] { ("both", "Debian on every node, Kubernetes 1.36.4 on every node") }));
    }
}
