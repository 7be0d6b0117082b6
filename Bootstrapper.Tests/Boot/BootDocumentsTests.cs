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
public sealed class BootDocumentsTests
{
    private ServedAppliance appliance = null!;

    [SetUp]
    public async Task Start() => appliance = await ServedAppliance.StartAsync();

    [TearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
    }

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
        var grub = await appliance.Client(9).GetStringAsync(new Uri($"{appliance.HttpBase}/grub/grub.cfg"));
        Assert.That(grub, Does.Contain("/boot/$net_default_mac/grub.cfg"));
        Assert.That(await appliance.Client(9).GetStringAsync(new Uri($"{appliance.HttpBase}/assets/grub/grub.cfg")), Is.EqualTo(grub));
        var ipxe = await appliance.Client(9).GetStringAsync(new Uri($"{appliance.HttpBase}/assets/autoexec.ipxe"));
        Assert.That(ipxe, Does.StartWith("#!ipxe\n").And.Contain("ifconf -c dhcp").And.Contain($"{appliance.HttpBase}/boot/${{netX/mac:hexhyp}}/script.ipxe"));
        Assert.That(await TftpAsync("grub/grub.cfg", 9), Is.EqualTo(grub));
        Assert.That(await TftpAsync("autoexec.ipxe", 9), Is.EqualTo(ipxe));
    }

    [Test]
    public async Task The_same_decision_stands_behind_every_language()
    {
        await appliance.LeaseAsync(1);
        Assert.That(await ScriptsAsync(), Has.All.Contains("debian/vmlinuz").And.All.Contains("BOOTIF=01-52-54-00-00-00-01"));
        Assert.That(appliance.Machines.Find(ServedAppliance.Mac(1))!.Attempt, Is.EqualTo(4), "each began an install");
        await appliance.Machines.RecordAsync(new Installed(ServedAppliance.Mac(1), appliance.Time.GetUtcNow(), "/dev/vda"));
        Assert.That(await ScriptsAsync(), Has.None.Contains("vmlinuz"), "an installed machine starts from its disk whatever it asks with");
        Assert.That(appliance.LastEvent(1), Is.InstanceOf<ScriptServed>().With.Property(nameof(ScriptServed.Action)).EqualTo(BootAction.BootLocalDisk));
        await appliance.Machines.RecordAsync(new Held(ServedAppliance.Mac(1), appliance.Time.GetUtcNow(), HoldReason.Operator));
        Assert.That(await ScriptsAsync(), Has.All.Contains(Words.Of(HoldReason.Operator)).And.None.Contains("vmlinuz"));
    }

    [Test]
    public async Task Nobody_gets_another_machines_configuration()
    {
        await appliance.LeaseAsync(1);
        await appliance.LeaseAsync(2);
        using var overHttp = await appliance.Client(2).GetAsync(new Uri($"{appliance.HttpBase}/boot/{ServedAppliance.Mac(1)}/grub.cfg"));
        using var pxelinux = await appliance.Client(2).GetAsync(new Uri($"{appliance.HttpBase}/pxelinux.cfg/01-{ServedAppliance.Mac(1).ToHyphenString()}"));
        Assert.That((overHttp.StatusCode, pxelinux.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)));
        var denied = await Documents.MakeAsync($"boot/{ServedAppliance.Mac(1)}/grub.cfg", ServedAppliance.AddressOf(2));
        Assert.That(denied, Is.TypeOf<TftpDocument.Denied>().With.Property(nameof(TftpDocument.Denied.Why)).Contains("leases"));
        Assert.That(appliance.Machines.Find(ServedAppliance.Mac(1))!.Attempt, Is.Zero);
        Assert.That(appliance.LastEvent(1), Is.InstanceOf<Refused>().With.Property(nameof(Refused.Reason)).EqualTo(RefusalReason.WrongAddress));
    }

    [TestCase("default")]
    [TestCase("0A00000B")]
    public async Task The_other_names_that_pxelinux_tries_are_not_there(string name)
    {
        using var answer = await appliance.Client(1).GetAsync(new Uri($"{appliance.HttpBase}/pxelinux.cfg/{name}"));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Over_TFTP_pxelinux_is_told_of_files_over_TFTP_and_over_HTTP_of_files_over_HTTP()
    {
        await appliance.LeaseAsync(1);
        Assert.That(await TftpAsync(PxelinuxName, 1), Does.Contain("  KERNEL /debian/vmlinuz\n  INITRD /debian/live.img\n"));
        Assert.That(await appliance.Client(1).GetStringAsync(new Uri($"{appliance.HttpBase}/{PxelinuxName}")), Does.Contain($"  KERNEL {appliance.HttpBase}/assets/debian/vmlinuz\n"));
    }

    private LoaderDocuments Documents => new(appliance.Part<BootDocuments>());

    private static string PxelinuxName => ScriptDialect.Pxelinux.NameOf(ServedAppliance.Mac(1));

    private async Task<string> TftpAsync(string path, int peer) =>
        System.Text.Encoding.UTF8.GetString(((TftpDocument.Made)await Documents.MakeAsync(path, ServedAppliance.AddressOf(peer))).Octets);

    private async Task<string[]> ScriptsAsync() =>
    [
        await appliance.Client(1).GetStringAsync(appliance.Url(1, "script.ipxe")),
        await appliance.Client(1).GetStringAsync(new Uri($"{appliance.HttpBase}/boot/{ServedAppliance.Mac(1)}/grub.cfg")),
        await TftpAsync($"boot/{ServedAppliance.Mac(1)}/grub.cfg", 1),
        await TftpAsync(PxelinuxName, 1),
    ];
}
