using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Tests.Planning.Addons;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>
/// An offline site is complete: whatever a machine, a pod or a boot script of a cluster asks for is among what <see cref="SiteNeeds"/> names for it, and nothing is
/// named that nobody asks for.
/// </summary>
[TestFixture]
public sealed partial class ClosureTests
{
    /// <summary>What no document names, and why it is needed all the same.</summary>
    private static readonly Dictionary<string, string> NamedElsewhere = new()
    {
        ["undionly.kpxe"] = "DHCP names it to machines with BIOS firmware",
        ["snponly.efi"] = "DHCP names it to machines with UEFI firmware",
        ["flatcar/4593.2.5/flatcar_production_image.bin.bz2"] = "flatcar-install makes this name of the version and the folder it is told",
    };

    private static IEnumerable<TestCaseData> Clusters()
    {
        foreach (var (name, cluster) in PlannedClusters.All)
        {
            yield return new TestCaseData(cluster).SetArgDisplayNames(name);
            yield return new TestCaseData(AddonManifestTests.Whole(cluster)).SetArgDisplayNames(name + " with all addons");
        }
        yield return new TestCaseData(ClusterFile.Load(Repository.PathOf("cluster-desc.example.yaml")).Description).SetArgDisplayNames("the example");
    }

    [TestCaseSource(nameof(Clusters))]
    public void Every_image_that_is_named_is_needed_and_every_image_that_is_needed_is_named(ClusterDescription cluster)
    {
        var named = Texts(cluster).SelectMany(text => ImageName().Matches(text)).Select(match => match.Value).ToHashSet();
        Assert.That(Needs(cluster).Images.Select(image => image.Reference), Is.EquivalentTo(named));
    }

    [TestCaseSource(nameof(Clusters))]
    public void Every_file_that_is_named_is_needed_and_every_file_that_is_needed_is_named(ClusterDescription cluster)
    {
        var named = Texts(cluster).SelectMany(text => AssetPath().Matches(text)).Select(match => match.Groups[1].Value)
            .Concat(NodesOf(cluster).SelectMany(node => node.Downloads).Select(download => download.Asset.Path)).ToHashSet();
        var needed = Needs(cluster).Assets.Select(asset => asset.Entry.Path).ToHashSet();
        Assert.Multiple(() =>
        {
            Assert.That(named.Where(path => !IsCovered(path, needed)), Is.Empty, "a machine asks for it, and the site would not have it");
            Assert.That(needed.Where(path => !NamedElsewhere.ContainsKey(path) && !IsSignature(path, needed) && !named.Any(one => IsCovered(one, [path]))), Is.Empty, "the site has it, and nobody asks for it");
        });
    }

    [Test]
    public void What_is_looked_for_is_what_would_be_found()
    {
        Assert.That(ImageName().Matches("image: \"registry.k8s.io/pause:3.10.2\" and quay.io/a/b:v1@sha256:00").Select(match => match.Value),
            Is.EqualTo(new[] { "registry.k8s.io/pause:3.10.2", "quay.io/a/b:v1@sha256:00" }));
        Assert.That(AssetPath().Matches("kernel http://10.0.0.1/assets/debian/vmlinuz initrd").Select(match => match.Groups[1].Value), Is.EqualTo(new[] { "debian/vmlinuz" }));
        var pinned = PlannedClusters.Plan(PlannedClusters.Three).Material.Pins;
        Assert.That(pinned.Images.Select(image => ImageName().Match(image).Value), Is.EqualTo(pinned.Images), "the expression knows every registry that is pinned");
    }

    /// <summary>The file itself, one of a folder that is asked for as a whole, or what an installer adds to the name of a file that is there.</summary>
    private static bool IsCovered(string named, IEnumerable<string> needed) =>
        needed.Any(path => path == named || path.StartsWith(named.TrimEnd('/') + "/", StringComparison.Ordinal) || named == path + ".sig");

    /// <summary>A signature lies beside its file: whoever fetches the file, an installer or another site, checks it by that.</summary>
    private static bool IsSignature(string path, HashSet<string> needed) => path.EndsWith(".sig", StringComparison.Ordinal) && needed.Contains(path[..^".sig".Length]);

    private static SiteNeeds Needs(ClusterDescription cluster) => SiteNeeds.Of(cluster, AssetManifest.Load(Repository.PathOf("pxe-assets")));

    private static IEnumerable<NodePlan> NodesOf(ClusterDescription cluster) => PlannedClusters.NodesOf(cluster).Select(one => one.Node);

    /// <summary>Everything that machines and pods of the cluster read.</summary>
    private static IEnumerable<string> Texts(ClusterDescription cluster)
    {
        var plan = PlannedClusters.Plan(cluster);
        yield return plan.AddonManifests();
        foreach (var node in NodesOf(cluster))
        {
            foreach (var file in node.Files) yield return file.Content;
            foreach (var unit in node.Units) yield return unit.Content ?? "";
            var request = new RenderRequest(node, plan.Network, plan.Templates, PlannedClusters.Ticket, 1, InstallImage.Debian(plan.Network, new string('0', 64), 1));
            foreach (var format in ConfigFormat.All.Where(format => format.Has(node)))
                yield return format.Render(request) is RenderedDocument.Text(var text) ? text : throw new InvalidOperationException($"{format.Name} of {node.Hostname} is broken");
        }
    }

    [GeneratedRegex(@"\b(?:registry\.k8s\.io|ghcr\.io|docker\.io|quay\.io)/[a-z0-9][a-z0-9._/-]*[:@][A-Za-z0-9][A-Za-z0-9_.@:-]*", RegexOptions.CultureInvariant)]
    private static partial Regex ImageName();

    [GeneratedRegex(@"/assets/([A-Za-z0-9][A-Za-z0-9._/-]*)", RegexOptions.CultureInvariant)]
    private static partial Regex AssetPath();
}
