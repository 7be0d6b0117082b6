using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>Whatever a machine fetches to be installed is among what <c>sextant assets list</c> says its cluster needs, whatever its operating system.</summary>
[TestFixture]
public sealed partial class InstallationClosureTests
{
    private static IEnumerable<string> Clusters() => PlannedClusters.All.Keys;

    [TestCaseSource(nameof(Clusters))]
    public void Everything_an_installation_fetches_is_needed_by_the_cluster(string name)
    {
        var cluster = PlannedClusters.All[name];
        var manifest = AssetManifest.Load(Repository.PathOf("pxe-assets"));
        var needed = SiteNeeds.Of(cluster, manifest).Assets.Select(asset => asset.Entry.Path).Concat(manifest.Keys.Select(key => key.File)).ToHashSet(StringComparer.Ordinal);
        var fetched = Fetched(cluster).ToHashSet(StringComparer.Ordinal);
        Assert.That(fetched, Has.Count.GreaterThanOrEqualTo(2), "a kernel and an initramfs at least");
        Assert.That(fetched, Is.SubsetOf(needed));
    }

    [TestCase("flatcar", "flatcar/4593.2.5/flatcar_production_image.bin.bz2.sig")]
    [TestCase("flatcar", "keys/flatcar.asc")]
    [TestCase("fedora-coreos", "fedora-coreos/44.20260707.3.1/fedora-coreos-44.20260707.3.1-live-rootfs.x86_64.img")]
    [TestCase("three", "debian/rootfs.tar.zst")]
    [TestCase("rocky", "rocky/10.2/initrd.img")]
    public void The_search_finds_what_is_known_to_be_fetched(string name, string path) => Assert.That(Fetched(PlannedClusters.All[name]), Has.Some.EqualTo(path));

    /// <summary>Paths below /assets/ in the documents of the installation, those in files of an Ignition configuration included.</summary>
    private static IEnumerable<string> Fetched(ClusterDescription cluster)
    {
        var plan = PlannedClusters.Plan(cluster);
        var node = plan.For(PlannedClusters.Mac(1), null)!;
        var request = new RenderRequest(node, plan.Network, plan.Templates, "", 1, InstallImage.Debian(plan.Network, "00", 1));
        ConfigFormat[] formats = [ConfigFormat.Ipxe, ConfigFormat.InstallEnv, ConfigFormat.InstallIgn, ConfigFormat.KickstartFile];
        foreach (var format in formats.Where(format => format.Has(node)))
        {
            var text = ((RenderedDocument.Text)format.Render(request)).Content;
            text += string.Concat(Data().Matches(text).Select(match => Encoding.UTF8.GetString(Convert.FromBase64String(match.Groups[1].Value))));
            foreach (var path in Asset(plan.Network).Matches(text).Select(match => match.Groups[1].Value))
            {
                // flatcar-install is told a folder and a version, and knows the rest.
                if (node.Installation is not Installation.Flatcar flatcar || path != flatcar.Folder) yield return path;
                else foreach (var end in (string[])["", ".sig"]) yield return $"{path}/{flatcar.Version}/flatcar_production_image.bin.bz2{end}";
            }
        }
    }

    private static Regex Asset(BootNetwork network) => new(Regex.Escape($"{network.HttpBase}/assets/") + "([A-Za-z0-9._/+-]+)", RegexOptions.CultureInvariant);

    [GeneratedRegex("data:;base64,([A-Za-z0-9+/=]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Data();
}
