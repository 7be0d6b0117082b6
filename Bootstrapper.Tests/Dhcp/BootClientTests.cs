using System.Text;
using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;

namespace Sextant.Tests.Dhcp;

[TestFixture]
public sealed class BootClientTests
{
    [TestCase("", null, "operating system", TestName = "No_vendor_class_is_an_operating_system")]
    [TestCase("dhcpcd-9.4", null, "operating system", TestName = "Another_vendor_class_is_an_operating_system")]
    [TestCase("PXEClient:Arch:00000:UNDI:002001", new ushort[] { 0 }, "BIOS", TestName = "Architecture_0_is_BIOS")]
    [TestCase("PXEClient:Arch:00007:UNDI:003016", new ushort[] { 7 }, "UEFI x64", TestName = "Architecture_7_is_UEFI_x64")]
    [TestCase("PXEClient:Arch:00009:UNDI:003016", new ushort[] { 9 }, "UEFI x64", TestName = "Architecture_9_is_UEFI_x64_of_firmware_written_by_RFC_4578")]
    [TestCase("PXEClient:Arch:00011:UNDI:003016", new ushort[] { 11, 7 }, "UEFI x64", TestName = "The_first_known_architecture_of_a_list_counts")]
    [TestCase("PXEClient:Arch:00007:UNDI:003016", null, "UEFI x64", TestName = "Without_option_93_the_vendor_class_tells")]
    [TestCase("PXEClient:Arch:00011:UNDI:003016", new ushort[] { 11 }, "firmware of architecture 11", TestName = "ARM_has_no_loader")]
    [TestCase("PXEClient", null, "firmware", TestName = "Firmware_that_names_no_architecture_has_no_loader")]
    [TestCase("HTTPClient:Arch:00016:UNDI:003000", new ushort[] { 16 }, "UEFI x64 HTTP", TestName = "Architecture_16_is_UEFI_HTTP_boot")]
    [TestCase("HTTPClient:Arch:00007:UNDI:003000", new ushort[] { 7 }, "firmware of architecture 7", TestName = "HTTP_firmware_is_not_given_a_TFTP_name")]
    [TestCase("PXEClient:Arch:00016:UNDI:003000", new ushort[] { 16 }, "firmware of architecture 16", TestName = "PXE_firmware_is_not_given_a_URL")]
    public void Firmware_is_known_by_vendor_class_and_architecture(string vendorClass, ushort[]? architectures, string expected)
    {
        List<DhcpOption> options = [];
        if (vendorClass.Length > 0) options.Add(DhcpOption.Of(OptionCode.VendorClass, vendorClass));
        if (architectures is not null)
            options.Add(new DhcpOption(OptionCode.ClientArchitecture, architectures.SelectMany(code => new[] { (byte)(code >> 8), (byte)code }).ToArray()));
        Assert.That(BootClient.Of(new DhcpOptions(options)).Name, Is.EqualTo(expected));
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
        Assert.That(BootClient.Of(options) is BootClient.Ipxe, Is.EqualTo(expected));
    }

    [TestCase(null, true, TestName = "Without_a_list_of_features_HTTP_is_taken_for_granted")]
    [TestCase(new byte[] { 0x13, 1, 1 }, true, TestName = "With_feature_0x13_it_has_HTTP")]
    [TestCase(new byte[] { 0x13, 1, 0 }, false, TestName = "With_feature_0x13_switched_off_it_has_not")]
    [TestCase(new byte[] { 0x15, 1, 1, 0x21, 1, 1 }, false, TestName = "With_other_features_only_it_has_not")]
    public void Option_175_tells_whether_iPXE_speaks_HTTP(byte[]? features, bool expected)
    {
        List<DhcpOption> options = [DhcpOption.Of(OptionCode.UserClass, "iPXE"), DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)0)];
        if (features is not null) options.Add(new(OptionCode.IpxeEncapsulated, features));
        Assert.That(BootClient.Of(new DhcpOptions(options)), Is.EqualTo(new BootClient.Ipxe(expected, Firmware.Table[0])));
    }

    [Test]
    public void Malformed_facts_count_as_absent()
    {
        var options = new DhcpOptions([DhcpOption.Of(OptionCode.VendorClass, "PXEClient"), new(OptionCode.ClientArchitecture, new byte[] { 0, 7, 0 })]);
        Assert.That(BootClient.Of(options), Is.EqualTo(new BootClient.Unsupported(null)));
    }
}
