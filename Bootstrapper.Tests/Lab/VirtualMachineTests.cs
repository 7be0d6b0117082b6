using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class VirtualMachineTests
{
    private static readonly MachineFolder Files = new("/rack/node");

    [Test]
    public void A_bios_machine_has_the_option_rom_and_retries_like_a_server_board()
    {
        var arguments = Of(LabSamples.Bios);
        Assert.That(arguments, Does.Contain("-device virtio-net-pci,netdev=net0,mac=52:54:00:00:00:02,bootindex=1 "));
        Assert.That(arguments, Does.Contain("-boot reboot-timeout=5000"));
        Assert.That(arguments, Does.Not.Contain("pflash"));
    }

    [Test]
    public void A_uefi_machine_has_its_own_variables_and_no_option_rom()
    {
        var arguments = Of(LabSamples.Uefi);
        Assert.That(arguments, Does.Contain("-device virtio-net-pci,netdev=net0,mac=52:54:00:00:00:01,bootindex=1,romfile= "));
        Assert.That(arguments, Does.Contain("-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"));
        Assert.That(arguments, Does.Contain("-drive if=pflash,format=raw,file=/rack/node/uefi-vars.fd"));
        Assert.That(arguments, Does.Contain("-fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n"));
    }

    [Test]
    public void A_machine_with_Secure_Boot_keeps_its_variables_behind_system_management_mode()
    {
        var arguments = Of(LabSamples.Uefi with { Firmware = MachineFirmware.SecureBoot });
        Assert.That(arguments, Does.Contain("-machine q35,graphics=off,smm=on ").And.Contain("-global driver=cfi.pflash01,property=secure,value=on "));
        Assert.That(arguments, Does.Contain("file=/usr/share/OVMF/OVMF_CODE_4M.ms.fd"));
    }

    [Test]
    public void A_machine_with_HTTP_Boot_has_no_PXE() =>
        Assert.That(Of(LabSamples.Uefi with { Firmware = MachineFirmware.HttpBoot }), Does.Contain("-fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n "));

    [Test]
    public void An_ARM_machine_is_another_board()
    {
        var arguments = Of(LabSamples.Uefi with { Firmware = MachineFirmware.Arm64 });
        Assert.That(arguments, Does.StartWith("qemu-system-aarch64 ").And.Contain(" -machine virt ").And.Contain(" -cpu cortex-a57 ").And.Contain("AAVMF_CODE.fd"));
    }

    [Test]
    public void A_faulty_cable_ends_at_the_relay_and_a_good_one_at_the_switch()
    {
        Assert.That(Of(LabSamples.Bios), Does.Contain("-netdev tap,id=net0,ifname=tap1,script=no,downscript=no "));
        Assert.That(Of(LabSamples.Bios with { HasFaultyCable = true }), Does.Contain(
            "-netdev dgram,id=net0,local.type=unix,local.path=/rack/node/card.sock,remote.type=unix,remote.path=/rack/node/switch.sock "));
    }

    [TestCase(" -accel tcg,thread=multi,tb-size=288 ")]
    [TestCase(" -cpu qemu64,-cx16 ")]
    [TestCase(" -smp 2 ")]
    [TestCase(" -m 1536 ")]
    [TestCase(" -machine q35,graphics=off ")]
    [TestCase(" -device virtio-blk-pci,drive=disk0,bootindex=2 ")]
    [TestCase(" -drive if=none,id=disk0,file=/rack/node/disk.raw,format=raw,cache=unsafe,discard=unmap ")]
    [TestCase(" -device virtio-rng-pci,rng=rng0 ")]
    [TestCase(" -chardev socket,id=console0,path=/rack/node/console.sock,server=on,wait=off,logfile=/rack/node/console.log,logappend=on ")]
    [TestCase(" -serial chardev:console0 ")]
    [TestCase(" -qmp unix:/rack/node/qmp.sock,server=on,wait=off ")]
    [TestCase(" -display none ")]
    [TestCase(" -nodefaults ")]
    public void Every_machine_has(string argument)
    {
        Assert.That(Of(LabSamples.Bios), Does.Contain(argument));
        Assert.That(Of(LabSamples.Uefi), Does.Contain(argument));
    }

    [TestCase(256, 192)]
    [TestCase(1024, 192)]
    [TestCase(4096, 768)]
    public void The_store_of_translated_code_grows_with_the_machine(int memory, int store) =>
        Assert.That(VirtualMachine.Arguments(LabSamples.Bios, new MachineSize(memory, 1), new MachineFolder("/rack")), Has.Some.EndsWith($",tb-size={store}"));

    [TestCase("-no-reboot")]
    [TestCase("kvm")]
    [TestCase("-daemonize")]
    public void No_machine_has(string argument)
    {
        Assert.That(Of(LabSamples.Bios), Does.Not.Contain(argument));
        Assert.That(Of(LabSamples.Uefi), Does.Not.Contain(argument));
    }

    [Test]
    public void Each_machine_is_on_its_own_cable() => Assert.That(
        new[] { LabSamples.Uefi, LabSamples.Bios }.Select(machine => Of(machine).Split(' ').Single(word => word.StartsWith("tap,", StringComparison.Ordinal))),
        Is.EqualTo(new[] { "tap,id=net0,ifname=tap0,script=no,downscript=no", "tap,id=net0,ifname=tap1,script=no,downscript=no" }));

    [Test]
    public void A_comma_in_a_path_is_doubled_as_qemu_wants_it() => Assert.That(
        VirtualMachine.Arguments(LabSamples.Bios, MachineSize.Default, new MachineFolder("/a,b")), Has.Some.Contains("file=/a,,b/disk.raw,format"));

    [Test]
    public void Assembling_twice_keeps_what_the_machine_wrote()
    {
        using var folder = LabSamples.Folder();
        var files = new MachineFolder(folder["node2"]);
        VirtualMachine.Assemble(LabSamples.Bios, files);
        using (var disk = File.OpenWrite(files.Disk)) disk.WriteByte(0x55);
        VirtualMachine.Assemble(LabSamples.Bios, files);
        using var again = File.OpenRead(files.Disk);
        Assert.That((again.ReadByte(), again.Length), Is.EqualTo((0x55, VirtualMachine.DiskSize)));
    }

    private static string Of(RackMachine machine) => string.Join(' ', VirtualMachine.Arguments(machine, new MachineSize(1536, 2), Files)) + " ";
}
