using NUnit.Framework;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Tracing;

namespace Sextant.Tests.Tracing;

/// <summary>The stories that racks tell, each with what became of the boot and the words that must be in its explanation.</summary>
[TestFixture]
public sealed class BootExplainerTests
{
    private const DhcpMessageType Discover = DhcpMessageType.Discover, Offer = DhcpMessageType.Offer, Request = DhcpMessageType.Request, Ack = DhcpMessageType.Ack, Nak = DhcpMessageType.Nak;

    private static IEnumerable<TestCaseData> Stories()
    {
        yield return Case("no packet arrives", new Story(), 100, BootVerdict.NothingArrived, "has reached eno1", "VLAN", "port-fast");
        yield return Case("the loader was just sent", new Story().Leases(0).AsksTftp(1).LoaderSent(2), 3, BootVerdict.UnderWay, "snponly.efi was sent");
        yield return Case("known from before the start", new Story().Installs(0), 100, BootVerdict.NothingRecorded, "installed to /dev/vda", "Power the machine on again");
        yield return Case("three offers and no request",
            new Story().Asks(0, Discover).Answers(0, Offer).Asks(4, Discover).Answers(4, Offer).Asks(12, Discover).Answers(12, Offer), 100,
            BootVerdict.OfferNotTaken, "offered 10.0.0.7 three times and sent no REQUEST", "another DHCP server answered", "VLAN", "snooping");
        yield return Case("an offer through a relay",
            new Story().Asks(0, Discover, relay: Story.Foreign).Answers(0, Offer, relay: Story.Foreign), 100, BootVerdict.OfferNotTaken, "relay 10.0.0.254", "route");
        yield return Case("another server is heard, too",
            new Story().Asks(0, Discover).Answers(0, Offer).OtherAnswers(0, Offer), 100, BootVerdict.OfferNotTaken, "10.0.0.254", "Switch the DHCP server 10.0.0.254 off");
        yield return Case("another server is chosen",
            new Story().Asks(0, Discover).Answers(0, Offer).OtherAnswers(0, Offer).Asks(4, Request, server: Story.Foreign, address: Story.Foreign).OtherAnswers(4, Ack), 100,
            BootVerdict.ForeignServerChosen, "offered 10.0.0.7 here", "another DHCP server, 10.0.0.254");
        yield return Case("another server is chosen, its answers are not heard",
            new Story().Asks(0, Discover).Answers(0, Offer).Asks(4, Request, server: Story.Foreign), 100, BootVerdict.ForeignServerChosen, "10.0.0.254");
        yield return Case("a stranger is ignored", new Story().Unplanned().Asks(0, Discover).Asks(4, Discover), 100, BootVerdict.NotInFile, "not in the cluster description", "unknown_machines");
        yield return Case("no address is free", new Story().Asks(0, Discover).Asks(4, Discover), 100, BootVerdict.NotAnswered, "twice", "dynamic_range");
        yield return Case("the switch port comes up late", new Story().Asks(0, Discover, seconds: 28).Answers(0, Offer), 100, BootVerdict.LinkLate, "28 s", "port-fast");
        yield return Case("the address is in use",
            new Story().Leases(0).Claims(1, Story.Stranger, Story.Address).Asks(2, DhcpMessageType.Decline, address: Story.Address), 100,
            BootVerdict.AddressInUse, "52:54:00:00:00:99", "10.0.0.7");
        yield return Case("another host claims the address", new Story().Leases(0).AsksTftp(1).Claims(1, Story.Stranger, Story.Address), 100, BootVerdict.AddressInUse, "52:54:00:00:00:99 says");
        yield return Case("refused again and again",
            new Story().Asks(0, Request, address: Story.Foreign).Answers(0, Nak, reason: "wrong network").Asks(4, Request, address: Story.Foreign).Answers(4, Nak, reason: "wrong network"), 100,
            BootVerdict.AddressRefused, "10.0.0.254", "refused twice: wrong network");
        yield return Case("there is no loader for it",
            new Story().Leases(0, TracedClient.UnknownFirmware, "firmware of architecture 6", file: ""), 100, BootVerdict.NoLoader, "architecture 6", "32-bit UEFI");
        yield return Case("the loader is never asked for", new Story().Leases(0), 100, BootVerdict.LoaderNotAsked, "told to load snponly.efi", "UDP port 69");
        yield return Case("beside another server, the loader is never asked for",
            new Story().Asks(0, Discover).Answers(0, Offer, proxy: true).OtherAnswers(0, Offer).Asks(4, Request, server: Story.Foreign).OtherAnswers(4, Ack), 100,
            BootVerdict.LoaderNotAsked, "10.0.0.200", "4011");
        yield return Case("the loader does not exist",
            new Story().Leases(0).AsksTftp(1, "pxelinux.0").RefusesTftp(1, 1, "File not found"), 100, BootVerdict.LoaderRefused, "pxelinux.0", "no such file", "assets build loaders");
        yield return Case("TFTP is filtered", new Story().Leases(0).AsksTftp(1).AsksTftp(5).AsksTftp(13), 100, BootVerdict.LoaderNotAnswered, "three times", "doctor");
        yield return Case("the first block never arrives",
            new Story().Leases(0).AsksTftp(1).GrantsTftp(1).Acknowledges(1, 0).SendsBlock(1, 1).SendsBlock(2, 1).SendsBlock(4, 1), 100,
            BootVerdict.TransferStalled, "Block 1 of snponly.efi (1514 octets a frame) was sent three times", "MTU");
        yield return Case("the transfer's port is filtered",
            new Story().Leases(0).AsksTftp(1).GrantsTftp(1).GrantsTftp(2).GrantsTftp(4), 100, BootVerdict.TransferStalled, "three times", "UDP");
        yield return Case("the transfer stops in the middle",
            new Story().Leases(0).AsksTftp(1).GrantsTftp(1).Acknowledges(1, 0).SendsBlock(1, 1).Acknowledges(1, 1).SendsBlock(2, 64).Acknowledges(2, 64), 100,
            BootVerdict.TransferStalled, "about block 64", "MTU");
        yield return Case("the transfer runs",
            new Story().Leases(0).AsksTftp(1).GrantsTftp(1).Acknowledges(1, 0).SendsBlock(1, 1).Acknowledges(1, 1), 5, BootVerdict.UnderWay, "is being sent");
        yield return Case("Secure Boot refuses the loader",
            new Story().Leases(0).AsksTftp(1).GrantsTftp(1).LoaderSent(2).Asks(5, Discover).Answers(5, Offer), 100, BootVerdict.LoaderNotStarted, "began again", "Secure Boot");
        yield return Case("a BIOS does not start the loader",
            new Story().Leases(0, name: "BIOS").AsksTftp(1).LoaderSent(2).Asks(5, Discover, name: "BIOS"), 100, BootVerdict.LoaderNotStarted, "snponly.efi", "ROM");
        yield return Case("the loader says nothing", new Story().Leases(0).AsksTftp(1).LoaderSent(2), 100, BootVerdict.LoaderSilent, "nothing was heard", "Secure Boot", "network card");
        yield return Case("iPXE asks for no script", new Story().Leases(0).AsksTftp(1).LoaderSent(2).Leases(5, TracedClient.Ipxe, "iPXE", ""), 100, BootVerdict.ScriptNotAsked, "no script");
        yield return Case("HTTP is filtered",
            new Story().Leases(0).LoaderSent(2).Leases(5, TracedClient.Ipxe, "iPXE", "").Connects(6).Connects(7).Connects(9), 100, BootVerdict.HttpNotAnswered, "TCP port 80, three times", "firewall");
        yield return Case("the kernel is missing",
            new Story().Leases(5, TracedClient.Ipxe, "iPXE", "").Gets(6, "/boot/52-54-00-00-00-01/script.ipxe", 200).Scripted(6, BootAction.Install).Gets(7, "/assets/debian/vmlinuz", 404), 100,
            BootVerdict.HttpFailed, "GET /assets/debian/vmlinuz was answered 404", "assets list");
        yield return Case("the kernel is not asked for", new Story().Leases(5, TracedClient.Ipxe, "iPXE", "").Scripted(6, BootAction.Install), 100, BootVerdict.KernelNotAsked, "mirror");
        yield return Case("the install runs",
            new Story().Leases(5, TracedClient.Ipxe, "iPXE", "").Scripted(6, BootAction.Install).Gets(7, "/assets/debian/vmlinuz", 200), 100, BootVerdict.UnderWay, "install");
        yield return Case("the installer gave up",
            new Story().Leases(5, TracedClient.Ipxe, "iPXE", "").Scripted(6, BootAction.Install).Gets(7, "/assets/debian/vmlinuz", 200).Fails(60, "no disk of 100 GB"), 100,
            BootVerdict.InstallFailed, "no disk of 100 GB");
        yield return Case("all went well",
            new Story().Leases(5, TracedClient.Ipxe, "iPXE", "").Scripted(6, BootAction.Install).Gets(7, "/assets/debian/vmlinuz", 200).Installs(60), 100, BootVerdict.WentThrough, "/dev/vda");
        yield return Case("the disk does not start",
            new Story().Leases(0).Scripted(6, BootAction.BootLocalDisk).Leases(20).Scripted(26, BootAction.BootLocalDisk).Leases(40).Scripted(46, BootAction.BootLocalDisk), 100,
            BootVerdict.DiskNotBooting, "three times", "reinstall");
        yield return Case("it is held", new Story().Leases(0).IsHeld(1), 100, BootVerdict.Held, "too many installs", "release");
        yield return Case("the firmware tries IPv6 only", new Story().AsksForRouters(0).TriesIpv6(1), 100, BootVerdict.OnlyIpv6, "IPv6", "PXEv4");
        yield return Case("a running system asks for IPv6 routers", new Story().AsksForRouters(0), 100, BootVerdict.NothingArrived, "only other packets", "network boot is off");
        yield return Case("the firmware goes on with IPv6",
            new Story().Asks(0, Discover).Answers(0, Offer).Asks(4, Discover).Answers(4, Offer).TriesIpv6(30), 100, BootVerdict.OfferNotTaken, "twice", "IPv6 afterwards");
        yield return Case("an operating system runs",
            new Story().Leases(0, TracedClient.OperatingSystem, "operating system", ""), 100, BootVerdict.WentThrough, "operating system");
    }

    [TestCaseSource(nameof(Stories))]
    public void A_story_is_told_in_its_words(object story, double at, BootVerdict verdict, string[] words)
    {
        var finding = ((Story)story).ExplainedAt(at).Finding;
        Assert.That(finding.Verdict, Is.EqualTo(verdict), finding.Summary);
        var text = string.Join('\n', [finding.Summary, .. finding.Advice]);
        Assert.Multiple(() =>
        {
            foreach (var word in words) Assert.That(text, Does.Contain(word));
            if (verdict is not (BootVerdict.UnderWay or BootVerdict.WentThrough)) Assert.That(finding.Advice, Is.Not.Empty, "what is wrong has advice");
        });
    }

    [Test]
    public void Every_verdict_has_a_story() =>
        Assert.That(Stories().Select(story => (BootVerdict)story.Arguments[2]!).Distinct(), Is.EquivalentTo(Enum.GetValues<BootVerdict>()));

    [Test]
    public void The_same_thing_several_times_in_a_row_is_one_step()
    {
        var steps = new Story().Leases(0).AsksTftp(1).GrantsTftp(1).Acknowledges(1, 0).SendsBlock(1, 1).Acknowledges(2, 1).LoaderSent(3).ExplainedAt(10).Steps;
        Assert.That(steps.Select(step => $"{step.Count} {step.Text}"), Is.EqualTo(new[]
        {
            "1 UEFI x64: DISCOVER", "1 answered: OFFER 10.0.0.7, boot file snponly.efi", "1 UEFI x64: REQUEST 10.0.0.7", "1 answered: ACK 10.0.0.7, boot file snponly.efi",
            "1 TFTP: asks for snponly.efi (blksize 1468, windowsize 4)", "1 TFTP: granted blksize 1468", "3 TFTP: blocks and acknowledgements", "1 recorded: boot file snponly.efi sent by TFTP",
        }));
    }

    [Test]
    public void Only_the_last_boot_is_told()
    {
        var twice = new Story().Leases(0).AsksTftp(1, "old.efi").Leases(3000, TracedClient.OperatingSystem, "operating system", "").Leases(5000).AsksTftp(5001, "new.efi").RefusesTftp(5001, 1, "File not found");
        var explanation = twice.ExplainedAt(5100);
        Assert.That(explanation.Finding.Summary, Does.Contain("new.efi"));
        Assert.That((explanation.Finding.Began, explanation.Finding.LastHeard), Is.EqualTo((explanation.Steps[0].At, explanation.Steps[^1].Until)));
        Assert.That(explanation.Steps.Select(step => step.Text), Has.None.Contains("old.efi"));
    }

    private static TestCaseData Case(string name, Story story, double at, BootVerdict verdict, params string[] words) =>
        new TestCaseData(story, at, verdict, words).SetArgDisplayNames(name);
}
