using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class PrerequisitesTests
{
    private static readonly MachineFirmware[] Mixed = [MachineFirmware.Uefi, MachineFirmware.Bios];

    [Test]
    public void A_host_with_everything_lacks_nothing() => Assert.That(Prerequisites.Missing(Mixed, _ => true, _ => true), Is.Null);

    [TestCase("qemu-system-x86_64", "apt-get install -y qemu-system-x86")]
    [TestCase("ip", "apt-get install -y iproute2")]
    [TestCase("setsid", "apt-get install -y util-linux")]
    public void A_missing_program_is_named_with_its_package(string program, string command) => Assert.That(
        Prerequisites.Missing(Mixed, name => name != program, _ => true),
        Is.EqualTo($"the virtual rack needs {program}; install with: {command}"));

    [TestCase(MachineFirmware.Uefi, "OVMF", "apt-get install -y ovmf")]
    [TestCase(MachineFirmware.Bios, "efi-virtio.rom", "apt-get install -y ipxe-qemu")]
    [TestCase(MachineFirmware.SecureBoot, "OVMF_VARS_4M.ms", "apt-get install -y ovmf")]
    [TestCase(MachineFirmware.Arm64, "AAVMF", "apt-get install -y qemu-efi-aarch64")]
    public void Missing_firmware_matters_to_the_machines_that_use_it(MachineFirmware firmware, string file, string command)
    {
        bool Exists(string path) => !path.Contains(file, StringComparison.Ordinal);
        Assert.That(Prerequisites.Missing([firmware], _ => true, Exists), Does.EndWith(command));
        Assert.That(Prerequisites.Missing(Mixed.Where(other => other != firmware), _ => true, Exists), Is.Null);
    }

    [Test]
    public void An_ARM_machine_needs_its_own_emulator_and_no_other() => Assert.That(
        Prerequisites.Missing([MachineFirmware.Arm64], name => name == "qemu-system-x86_64", _ => true),
        Does.StartWith("the virtual rack needs qemu-system-aarch64, ip, setsid, setpriv;").And.EndWith("apt-get install -y qemu-system-arm iproute2 util-linux"));

    [Test]
    public void All_that_is_missing_is_one_command_line() => Assert.That(
        Prerequisites.Missing(Mixed, _ => false, _ => false),
        Does.EndWith("apt-get install -y qemu-system-x86 iproute2 util-linux ipxe-qemu ovmf"));

    [Test]
    public void A_kernel_without_taps_is_told_how_to_get_them() => Assert.That(
        Prerequisites.Missing(Mixed, _ => true, path => path != "/dev/net/tun"), Does.EndWith("modprobe tun"));
}
