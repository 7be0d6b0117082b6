using System.Collections.Immutable;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Planning;

/// <summary>The firmware table, and what a description says in its place.</summary>
[TestFixture]
public sealed class BootLoadersTests
{
    private static readonly MacAddress Mine = MacAddress.Parse("52:54:00:00:00:01");
    private static readonly MacAddress Other = MacAddress.Parse("52:54:00:00:00:02");

    [Test]
    public void No_architecture_has_two_rows() =>
        Assert.That(Firmware.Table.SelectMany(row => row.Architectures), Is.Unique);

    [Test]
    public void A_family_has_at_most_one_row_for_each_transport() =>
        Assert.That(Firmware.Table.Select(row => (row.Kind, row.Transport)), Is.Unique);

    [Test]
    public void Firmware_without_Secure_Boot_keeps_its_loader_on_that_way()
    {
        Assert.That(Firmware.Of(FirmwareKind.Bios).LoaderOf(BootChain.SecureBoot), Is.EqualTo("undionly.kpxe"));
        Assert.That(Firmware.Of(FirmwareKind.UefiX64).LoaderOf(BootChain.SecureBoot), Is.EqualTo("shimx64.efi"));
        Assert.That(Firmware.Of(FirmwareKind.UefiArm64).LoaderOf(BootChain.SecureBoot), Is.EqualTo("shimaa64.efi"));
    }

    // site chain, site loader, node chain, node loader: the first that is there from right to left
    [TestCase(BootChain.Ipxe, null, null, null, "snponly.efi")]
    [TestCase(BootChain.SecureBoot, null, null, null, "shimx64.efi")]
    [TestCase(BootChain.SecureBoot, "ipxe.efi", null, null, "ipxe.efi")]
    [TestCase(BootChain.Ipxe, "ipxe.efi", BootChain.SecureBoot, null, "shimx64.efi")]
    [TestCase(BootChain.SecureBoot, "ipxe.efi", BootChain.Ipxe, null, "snponly.efi")]
    [TestCase(BootChain.Ipxe, "ipxe.efi", null, "own/loader.efi", "own/loader.efi")]
    public void What_is_said_of_a_machine_goes_before_what_is_said_of_the_site(BootChain site, string? siteLoader, BootChain? node, string? nodeLoader, string expected)
    {
        var loaders = new BootLoaders(
            new BootDescription(site, siteLoader is null ? ImmutableSortedDictionary<FirmwareKind, string>.Empty : ImmutableSortedDictionary<FirmwareKind, string>.Empty.Add(FirmwareKind.UefiX64, siteLoader)),
            ImmutableDictionary<MacAddress, NodeBootDescription>.Empty.Add(Mine, new NodeBootDescription(node, nodeLoader)));
        Assert.That(loaders.For(Mine, Firmware.Of(FirmwareKind.UefiX64)), Is.EqualTo(expected));
        Assert.That(loaders.For(Other, Firmware.Of(FirmwareKind.Bios)), Is.EqualTo("undionly.kpxe"), "nothing is said of BIOS machines");
    }

    [Test]
    public void A_description_says_it_in_its_own_words()
    {
        const string text = """
            version: 1
            name: lab
            bootstrapper: {address: 10.0.0.1, interface: eno1}
            network: {subnet: 10.0.0.0/24, dynamic_range: 10.0.0.100-10.0.0.199, domain: lab.example}
            os: {name: debian}
            boot:
              chain: secure-boot
              loaders: {bios: ipxe.pxe, uefi-ia32: own/ia32.efi}
            nodes:
              - {mac: "52:54:00:00:00:01", hostname: node1, ip: 10.0.0.11, roles: [kube_master, etcd_member, worker], boot_chain: ipxe}
              - {mac: "52:54:00:00:00:02", hostname: node2, roles: [worker], boot_loader: ipxe.efi}
            """;
        var read = ClusterFile.Parse(text, "text");
        Assert.That(read.Description, Is.Not.Null, string.Join('\n', read.Problems));
        var loaders = BootNetwork.Of(read.Description!).Loaders;
        var stranger = MacAddress.Parse("52:54:00:00:00:99");
        Assert.That(
            new[] { Mine, Other, stranger }.SelectMany(mac => new[] { FirmwareKind.Bios, FirmwareKind.UefiX64, FirmwareKind.UefiIa32 }.Select(kind => loaders.For(mac, Firmware.Of(kind)))),
            Is.EqualTo(new[] { "undionly.kpxe", "snponly.efi", null, "ipxe.efi", "ipxe.efi", "ipxe.efi", "ipxe.pxe", "shimx64.efi", "own/ia32.efi" }));
    }
}
