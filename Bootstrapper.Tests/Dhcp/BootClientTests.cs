using System.Text;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Dhcp;

[TestFixture]
public sealed class BootClientTests
{
    [TestCase("", null, "operating system", TestName = "No_vendor_class_is_an_operating_system")]
    [TestCase("dhcpcd-9.4", null, "operating system", TestName = "Another_vendor_class_is_an_operating_system")]
    [TestCase("PXEClient:Arch:00000:UNDI:002001", new ushort[] { 0 }, "BIOS", TestName = "Architecture_0_is_BIOS")]
    [TestCase("PXEClient:Arch:00007:UNDI:003016", new ushort[] { 7 }, "UEFI x64", TestName = "Architecture_7_is_UEFI_x64")]
    [TestCase("PXEClient:Arch:00009:UNDI:003016", new ushort[] { 9 }, "UEFI x64", TestName = "Architecture_9_is_UEFI_x64_of_firmware_written_by_RFC_4578")]
    [TestCase("PXEClient:Arch:00012:UNDI:003016", new ushort[] { 12, 7 }, "UEFI x64", TestName = "The_first_known_architecture_of_a_list_counts")]
    [TestCase("PXEClient:Arch:00007:UNDI:003016", null, "UEFI x64", TestName = "Without_option_93_the_vendor_class_tells")]
    [TestCase("PXEClient:Arch:00011:UNDI:003000", new ushort[] { 11 }, "UEFI arm64", TestName = "Architecture_11_is_UEFI_arm64")]
    [TestCase("PXEClient:Arch:00012:UNDI:003016", new ushort[] { 12 }, "firmware of architecture 12", TestName = "An_architecture_that_is_not_in_the_table")]
    [TestCase("PXEClient", null, "firmware", TestName = "Firmware_that_names_no_architecture_has_no_loader")]
    [TestCase("HTTPClient:Arch:00016:UNDI:003000", new ushort[] { 16 }, "UEFI x64 HTTP", TestName = "Architecture_16_is_UEFI_HTTP_boot")]
    [TestCase("HTTPClient:Arch:00016:UNDI:003000", null, "UEFI x64 HTTP", TestName = "The_vendor_class_of_HTTP_boot_tells_as_well")]
    [TestCase("HTTPClient", new ushort[] { 19 }, "UEFI arm64 HTTP", TestName = "The_bare_word_of_HTTP_boot_with_option_93")]
    [TestCase("U-Boot.armv8", null, "U-Boot", TestName = "U_Boot_by_its_vendor_class")]
    [TestCase("", new ushort[] { 22 }, "U-Boot", TestName = "U_Boot_by_its_architecture_alone")]
    [TestCase("PXEClient:Arch:00041:UNDI:003001", new ushort[] { 41 }, "Raspberry Pi", TestName = "Architecture_41_is_a_Raspberry_Pi")]
    [TestCase("HTTPClient:Arch:00007:UNDI:003000", new ushort[] { 7 }, "firmware of architecture 7", TestName = "HTTP_firmware_is_not_given_a_TFTP_name")]
    [TestCase("PXEClient:Arch:00016:UNDI:003000", new ushort[] { 16 }, "firmware of architecture 16", TestName = "PXE_firmware_is_not_given_a_URL")]
    public void Firmware_is_known_by_vendor_class_and_architecture(string vendorClass, ushort[]? architectures, string expected)
    {
        List<DhcpOption> options = [];
        if (vendorClass.Length > 0) options.Add(DhcpOption.Of(OptionCode.VendorClass, vendorClass));
        if (architectures is not null)
            options.Add(new DhcpOption(OptionCode.ClientArchitecture, architectures.SelectMany(code => new[] { (byte)(code >> 8), (byte)code }).ToArray()));
        Assert.That(BootClient.Of(new DhcpOptions(options), Site.Master).Name, Is.EqualTo(expected));
    }

    [TestCase("iPXE", true, TestName = "The_bare_word")]
    [TestCase("\u0004iPXE", true, TestName = "RFC_3004_length_prefixed")]
    [TestCase("\u0003abc\u0004iPXE", true, TestName = "RFC_3004_second_of_a_list")]
    [TestCase("iPXE\0", true, TestName = "The_bare_word_with_NUL")]
    [TestCase("gPXE", false, TestName = "Another_word")]
    [TestCase("\u0005iPXE", false, TestName = "A_length_past_the_end")]
    [TestCase("", false, TestName = "Empty")]
    public void The_user_class_tells_iPXE(string userClass, bool expected)
    {
        var options = new DhcpOptions([new(OptionCode.UserClass, Encoding.Latin1.GetBytes(userClass))]);
        Assert.That(BootClient.Of(options, Site.Master) is BootClient.Ipxe, Is.EqualTo(expected));
    }

    [TestCase(null, true, TestName = "Without_a_list_of_features_HTTP_is_taken_for_granted")]
    [TestCase(new byte[] { 0x13, 1, 1, 0x27, 1, 1 }, true, TestName = "With_HTTP_and_menus_it_runs_our_scripts")]
    [TestCase(new byte[] { 0x13, 1, 0, 0x27, 1, 1 }, false, TestName = "With_HTTP_switched_off_it_does_not")]
    [TestCase(new byte[] { 0x13, 1, 1 }, false, TestName = "With_HTTP_and_no_menus_it_is_too_old")]
    [TestCase(new byte[] { 0x15, 1, 1, 0x21, 1, 1 }, false, TestName = "With_other_features_only_it_does_not")]
    public void Option_175_tells_whether_iPXE_runs_our_scripts(byte[]? features, bool expected)
    {
        List<DhcpOption> options = [DhcpOption.Of(OptionCode.UserClass, "iPXE"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)0)];
        if (features is not null) options.Add(new(OptionCode.IpxeEncapsulated, features));
        Assert.That(BootClient.Of(new DhcpOptions(options), Site.Master), Is.EqualTo(new BootClient.Ipxe(expected, Firmware.Of(FirmwareKind.Bios))));
    }

    [TestCase("b8:27:eb:00:00:01", true, TestName = "A_Pi_3_calls_itself_a_BIOS")]
    [TestCase("dc:a6:32:00:00:01", true, TestName = "And_so_does_a_Pi_4")]
    [TestCase("52:54:00:00:00:01", false, TestName = "A_PC_is_a_PC")]
    public void A_Raspberry_Pi_is_known_by_its_address(string mac, bool expected)
    {
        var options = new DhcpOptions([DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00000:UNDI:002001"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)0)]);
        Assert.That(BootClient.Of(options, MacAddress.Parse(mac)) is BootClient.RaspberryPi, Is.EqualTo(expected));
        Assert.That(BootClient.Of(new DhcpOptions([]), MacAddress.Parse(mac)), Is.TypeOf<BootClient.OperatingSystem>(), "with its own system it wants an address only");
    }

    [Test]
    public void Malformed_facts_count_as_absent()
    {
        var options = new DhcpOptions([DhcpOption.Of(OptionCode.VendorClass, "PXEClient"), new(OptionCode.ClientArchitecture, new byte[] { 0, 7, 0 })]);
        Assert.That(BootClient.Of(options, Site.Master), Is.EqualTo(new BootClient.Unsupported(null)));
    }
}
