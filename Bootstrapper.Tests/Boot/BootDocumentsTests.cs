using System.Net;
using NUnit.Framework;
using Sextant.Boot;
using Sextant.Cli;
using Sextant.Lifecycle;
using Sextant.Rendering;
using Sextant.Tests.TestKit;
using Sextant.Tftp;

namespace Sextant.Tests.Boot;

/// <summary>What boot loaders ask for by fixed names, over HTTP and over TFTP, in every state of a machine.</summary>
[TestFixture]
public sealed class BootDocumentsTests : ServedApplianceTests
{
    [TestCase("grub/grub.cfg", "FindGrub { }")]
    [TestCase("grub.cfg", "FindGrub { }")]
    [TestCase("grub/x86_64-efi/grub.cfg", "FindGrub { }")]
    [TestCase("autoexec.ipxe", "FindIpxe { }")]
    [TestCase("efi/autoexec.ipxe", "FindIpxe { }")]
    [TestCase("boot/52:54:00:00:00:01/grub.cfg", "52:54:00:00:00:01 grub")]
    [TestCase("boot/52-54-00-00-00-01/grub.cfg", "52:54:00:00:00:01 grub")]
    [TestCase("boot/nobody/grub.cfg", "FindGrub { }")]
    [TestCase("pxelinux.cfg/01-52-54-00-00-00-01", "52:54:00:00:00:01 pxelinux")]
    [TestCase("pxelinux.cfg/01-52-54-00-00-00-AB", "52:54:00:00:00:ab pxelinux")]
    [TestCase("efi/pxelinux.cfg/01-52-54-00-00-00-01", "52:54:00:00:00:01 pxelinux")]
    [TestCase("pxelinux.cfg/06-52-54-00-00-00-01", null)]
    [TestCase("pxelinux.cfg/0A00000B", null)]
    [TestCase("pxelinux.cfg/default", null)]
    [TestCase("pxelinux.cfg/b8945908-d6a6-41a9-611d-74a6ab80b83d", null)]
    [TestCase("01-52-54-00-00-00-01", null)]
    [TestCase("grub/fs.lst", null)]
    [TestCase("snponly.efi", null)]
    public void A_path_is_a_document_or_not(string path, string? expected) =>
        Assert.That(BootDocuments.Of(path) is BootDocument.Script(var dialect, var mac) ? $"{mac} {dialect.Folder}" : BootDocuments.Of(path)?.ToString(), Is.EqualTo(expected));

    [Test]
    public async Task What_is_every_machines_is_served_to_everybody()
    {
        var grub = await Appliance.Client(9).GetStringAsync(new Uri($"{Appliance.HttpBase}/grub/grub.cfg"));
        Assert.That(grub, Does.Contain("/boot/$net_default_mac/grub.cfg"));
        Assert.That(await Appliance.Client(9).GetStringAsync(new Uri($"{Appliance.HttpBase}/assets/grub/grub.cfg")), Is.EqualTo(grub));
        var ipxe = await Appliance.Client(9).GetStringAsync(new Uri($"{Appliance.HttpBase}/assets/autoexec.ipxe"));
        Assert.That(ipxe, Does.StartWith("#!ipxe\n").And.Contain("ifconf -c dhcp").And.Contain($"{Appliance.HttpBase}/boot/${{netX/mac:hexhyp}}/script.ipxe"));
        Assert.That(await TftpAsync("grub/grub.cfg", 9), Is.EqualTo(grub));
        Assert.That(await TftpAsync("autoexec.ipxe", 9), Is.EqualTo(ipxe));
    }

    [Test]
    public async Task The_same_decision_stands_behind_every_language()
    {
        await Appliance.LeaseAsync(1);
        Assert.That(await ScriptsAsync(), Has.All.Contains("debian/vmlinuz").And.All.Contains("BOOTIF=01-52-54-00-00-00-01"));
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(1))!.Attempt, Is.EqualTo(4), "each began an install");
        await Appliance.Machines.RecordAsync(new Installed(ServedAppliance.Mac(1), Appliance.Time.GetUtcNow(), "/dev/vda"));
        Assert.That(await ScriptsAsync(), Has.None.Contains("vmlinuz"), "an installed machine starts from its disk whatever it asks with");
        Assert.That(Appliance.LastEvent(1), Is.InstanceOf<ScriptServed>().With.Property(nameof(ScriptServed.Action)).EqualTo(BootAction.BootLocalDisk));
        await Appliance.Machines.RecordAsync(new Held(ServedAppliance.Mac(1), Appliance.Time.GetUtcNow(), HoldReason.Operator));
        Assert.That(await ScriptsAsync(), Has.All.Contains(Words.Of(HoldReason.Operator)).And.None.Contains("vmlinuz"));
    }

    [Test]
    public async Task Nobody_gets_another_machines_configuration()
    {
        await Appliance.LeaseAsync(1);
        await Appliance.LeaseAsync(2);
        using var overHttp = await Appliance.Client(2).GetAsync(new Uri($"{Appliance.HttpBase}/boot/{ServedAppliance.Mac(1)}/grub.cfg"));
        using var pxelinux = await Appliance.Client(2).GetAsync(new Uri($"{Appliance.HttpBase}/pxelinux.cfg/01-{ServedAppliance.Mac(1).ToHyphenString()}"));
        Assert.That((overHttp.StatusCode, pxelinux.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)));
        var denied = await Documents.MakeAsync($"boot/{ServedAppliance.Mac(1)}/grub.cfg", ServedAppliance.AddressOf(2));
        Assert.That(denied, Is.TypeOf<TftpDocument.Denied>().With.Property(nameof(TftpDocument.Denied.Why)).Contains("leases"));
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(1))!.Attempt, Is.Zero);
        Assert.That(Appliance.LastEvent(1), Is.InstanceOf<Refused>().With.Property(nameof(Refused.Reason)).EqualTo(RefusalReason.WrongAddress));
    }

    [TestCase("default")]
    [TestCase("0A00000B")]
    public async Task The_other_names_that_pxelinux_tries_are_not_there(string name)
    {
        using var answer = await Appliance.Client(1).GetAsync(new Uri($"{Appliance.HttpBase}/pxelinux.cfg/{name}"));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Over_TFTP_pxelinux_is_told_of_files_over_TFTP_and_over_HTTP_of_files_over_HTTP()
    {
        await Appliance.LeaseAsync(1);
        Assert.That(await TftpAsync(PxelinuxName, 1), Does.Contain("  KERNEL /debian/vmlinuz\n  INITRD /debian/live.img\n"));
        Assert.That(await Appliance.Client(1).GetStringAsync(new Uri($"{Appliance.HttpBase}/{PxelinuxName}")), Does.Contain($"  KERNEL {Appliance.HttpBase}/assets/debian/vmlinuz\n"));
    }

    private LoaderDocuments Documents => new(Appliance.Part<BootDocuments>());

    private static string PxelinuxName => ScriptDialect.Pxelinux.NameOf(ServedAppliance.Mac(1));

    private async Task<string> TftpAsync(string path, int peer) =>
        System.Text.Encoding.UTF8.GetString(((TftpDocument.Made)await Documents.MakeAsync(path, ServedAppliance.AddressOf(peer))).Octets);

    private async Task<string[]> ScriptsAsync() =>
    [
        await Appliance.Client(1).GetStringAsync(Appliance.Url(1, "script.ipxe")),
        await Appliance.Client(1).GetStringAsync(new Uri($"{Appliance.HttpBase}/boot/{ServedAppliance.Mac(1)}/grub.cfg")),
        await TftpAsync($"boot/{ServedAppliance.Mac(1)}/grub.cfg", 1),
        await TftpAsync(PxelinuxName, 1),
    ];
}
