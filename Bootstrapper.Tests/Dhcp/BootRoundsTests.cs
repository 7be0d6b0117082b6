using System.Collections.Immutable;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Planning;

namespace Sextant.Tests.Dhcp;

/// <summary>
/// A machine speaks as its firmware, and then as whatever it was given to start. Whichever firmware it has, the second thing it is told by DHCP is its script
/// at the latest: nobody chainloads for ever.
/// </summary>
[TestFixture]
public sealed class BootRoundsTests
{
    private const string Script = "http://10.0.0.1/boot/52-54-00-00-00-01/script.ipxe";
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly byte[] WholeIpxe = [0x13, 1, 1, 0x14, 1, 1, 0x27, 1, 1];

    private static IEnumerable<TestCaseData> Firmwares() =>
        from firmware in Firmware.Table
        where firmware.Loader is not null
        from architecture in firmware.Architectures
        let word = firmware.Transport is LoaderTransport.Http ? "HTTPClient" : "PXEClient"
        select new TestCaseData(new[] { DhcpOption.Of(OptionCode.VendorClass, word), DhcpOption.Of(OptionCode.ClientArchitecture, architecture) }, architecture)
            .SetName($"{firmware.Name}, architecture {architecture}");

    [TestCaseSource(nameof(Firmwares))]
    public void Firmware_has_its_script_after_two_rounds(DhcpOption[] firmware, ushort architecture)
    {
        Assert.That(FileFor(firmware), Is.Not.Empty.And.Not.EqualTo(Script), "the first round gives a loader");
        Assert.That(FileFor(Ipxe(architecture, WholeIpxe)), Is.EqualTo(Script), "and the second the script");
    }

    [Test]
    public void A_ROM_with_iPXE_that_is_good_enough_has_its_script_after_one_round() => Assert.That(FileFor(Ipxe(0, WholeIpxe)), Is.EqualTo(Script));

    [Test]
    public void A_ROM_with_an_iPXE_that_lacks_something_fetches_ours_and_then_has_its_script()
    {
        Assert.That(FileFor(Ipxe(0, [0x15, 1, 1])), Is.EqualTo("tftp://10.0.0.1/undionly.kpxe"));
        Assert.That(FileFor(Ipxe(0, WholeIpxe)), Is.EqualTo(Script));
    }

    [Test]
    public void An_iPXE_that_lacks_something_on_firmware_without_a_loader_is_given_the_script_all_the_same() =>
        Assert.That(FileFor(Ipxe(6, [0x15, 1, 1])), Is.EqualTo(Script));

    [TestCase(false, BootChain.SecureBoot, "shimx64.efi")]
    [TestCase(true, BootChain.SecureBoot, "http://10.0.0.1/assets/shimx64.efi")]
    [TestCase(false, BootChain.Ipxe, "snponly.efi")]
    [TestCase(true, BootChain.Ipxe, "http://10.0.0.1/assets/snponly.efi")]
    public void The_way_of_a_machine_chooses_its_first_stage(bool http, BootChain chain, string expected)
    {
        DhcpOption[] client = [DhcpOption.Of(OptionCode.VendorClass, http ? "HTTPClient" : "PXEClient"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)(http ? 16 : 7))];
        Assert.That(FileFor(client, new NodeBootDescription(chain, null)), Is.EqualTo(expected));
    }

    [Test]
    public void The_boot_loader_of_a_machine_goes_before_all_else() =>
        Assert.That(FileFor([DhcpOption.Of(OptionCode.VendorClass, "PXEClient"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)7)], new NodeBootDescription(null, "ipxe.efi")), Is.EqualTo("ipxe.efi"));

    private static DhcpOption[] Ipxe(ushort architecture, byte[] features) =>
    [
        DhcpOption.Of(OptionCode.UserClass, "iPXE"), DhcpOption.Of(OptionCode.VendorClass, "PXEClient"), DhcpOption.Of(OptionCode.ClientArchitecture, architecture),
        new(OptionCode.IpxeEncapsulated, features),
    ];

    private static string FileFor(DhcpOption[] client, NodeBootDescription? boot = null)
    {
        var loaders = boot is null ? BootLoaders.Default : new BootLoaders(BootDescription.Default, ImmutableDictionary<Sextant.Primitives.MacAddress, NodeBootDescription>.Empty.Add(Site.Master, boot));
        var leases = new LeaseTable(new ScopeSet(Site.Network with { Loaders = loaders }), []);
        var offer = ((DhcpOutcome.Answer)Says.Discover(Site.Master, client).To(leases, Now)).Message;
        offer.Options.Read(OptionCode.BootFileName, out string file);
        return file;
    }
}
