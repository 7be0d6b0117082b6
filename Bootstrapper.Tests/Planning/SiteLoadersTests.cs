using NUnit.Framework;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning;

/// <summary>The firmware table and the project's manifest name the same files.</summary>
[TestFixture]
public sealed class SiteLoadersTests
{
    private static readonly AssetManifest Manifest = AssetManifest.Parse(File.ReadAllText(Repository.PathOf("pxe-assets", "manifest.yaml")));

    [Test]
    public void Every_loader_of_the_table_is_in_the_manifest_and_may_go_by_TFTP()
    {
        var loaders = Firmware.Table.SelectMany(row => new[] { row.Loader, row.SecureBootLoader }).OfType<string>().Distinct().ToArray();
        Assert.That(Manifest.Entries.Where(entry => entry is { Kind: AssetKind.Loader, ByTftp: true }).Select(entry => entry.Path), Is.SupersetOf(loaders));
    }

    [Test]
    public void A_shim_has_its_GRUB_beside_it_by_the_name_it_asks_for()
    {
        foreach (var shim in Firmware.Table.Select(row => row.SecureBootLoader).OfType<string>().Distinct())
            Assert.That(Manifest.Entries.Select(entry => entry.Path), Does.Contain(shim.Replace("shim", "grub", StringComparison.Ordinal)));
    }

    [TestCase(BootChain.Ipxe, false)]
    [TestCase(BootChain.SecureBoot, true)]
    public void Signed_loaders_are_needed_where_a_machine_goes_that_way(BootChain chain, bool expected)
    {
        var cluster = PlannedClusters.Three with { Boot = BootDescription.Default with { Chain = chain } };
        var ofOneNode = PlannedClusters.Three with { Nodes = [.. PlannedClusters.Three.Nodes.Select((node, at) => at == 0 ? node with { Boot = new NodeBootDescription(chain, null) } : node)] };
        foreach (var one in new[] { cluster, ofOneNode })
        {
            var needed = SiteNeeds.Of(one, Manifest).Assets.Select(asset => asset.Entry.Path).ToArray();
            Assert.That(new[] { "shimx64.efi", "grubx64.efi" }.All(needed.Contains), Is.EqualTo(expected));
            Assert.That(needed, Is.SupersetOf(new[] { "undionly.kpxe", "snponly.efi" }));
        }
    }
}
