using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Status;
using Sextant.Tracing;

namespace Sextant.Tests.Status;

/// <summary>What a machine is said to need, as a table: what happened to it, when somebody looks, what is said.</summary>
[TestFixture]
public sealed class AttentionDecisionTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01"), Stranger = MacAddress.Parse("52:54:00:00:00:10");
    private static readonly Ipv4Address Own = Ipv4Address.Parse("10.0.0.11");
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static IEnumerable<TestCaseData> Stories()
    {
        yield return Case("five installs in an hour", 9, AttentionCode.InstallLoop, AttentionGrade.Stuck, "release", ["finished none", "no disk", "release node1"],
            [new InstallFailed(Mac, At(1), "no disk of 8 GB"), new Held(Mac, At(2), HoldReason.InstallLoop)]);
        yield return Case("held by hand", 9, AttentionCode.Held, AttentionGrade.Decision, "release", ["holds it", "release node1"], [new Held(Mac, At(2), HoldReason.Operator)]);
        yield return Case("a wipe waits", 9, AttentionCode.WipeWaits, AttentionGrade.Decision, null, ["are to be erased", "cycle --network-boot"], [.. Installed(), new WipeRequested(Mac, At(4))]);
        yield return Case("a wipe failed", 9, AttentionCode.WipeFailed, AttentionGrade.Stuck, null, ["sda: write error.", "tries again by itself"],
            [.. Installed(), new WipeRequested(Mac, At(4)), new ScriptServed(Mac, At(5), BootAction.Wipe, 0), new WipeFailed(Mac, At(6), "sda: write error")]);
        yield return Case("its wipes fail all the time", 9, AttentionCode.WipeLoop, AttentionGrade.Stuck, "release", ["finished none", "sda: write error.", "release node1"],
            [.. Installed(), new WipeRequested(Mac, At(4)), new WipeFailed(Mac, At(6), "sda: write error"), new Held(Mac, At(7), HoldReason.WipeLoop)]);
        yield return Case("it was wiped", 9, AttentionCode.Wiped, AttentionGrade.Decision, "release", ["were erased", "release node1"], [.. Installed(), new WipeRequested(Mac, At(4)), new Wiped(Mac, At(6), "vda")]);
        yield return Case("the disk is too small", 9, AttentionCode.InstallFailed, AttentionGrade.Stuck, null, ["no fixed disk has 100GB or more; there are: vda 10 GB.", "install_disk", "by itself"],
            [.. Scripted(), new InstallFailed(Mac, At(2), "disk: no fixed disk has 100GB or more; there are: vda 10 GB")]);
        yield return Case("the image is damaged", 9, AttentionCode.InstallFailed, AttentionGrade.Stuck, null, ["another digest", "console"],
            [.. Scripted(), new InstallFailed(Mac, At(2), "the image has another digest")]);
        yield return Case("the network is cut during the image", 3, AttentionCode.TransferStopped, AttentionGrade.Stuck, null,
            ["loading debian/rootfs.tar.zst", "has 25 % of debian/rootfs.tar.zst (50 MB of 200 MB)", "cable"],
            [.. Scripted(), new AssetProgress(Mac, At(2), "debian/rootfs.tar.zst", 50_000_000, 200_000_000)]);
        yield return Case("the installer is silent", 40, AttentionCode.InstallerSilent, AttentionGrade.Stuck, null, ["unpacking", "its console"],
            [.. Scripted(), new Installing(Mac, At(2), "unpacking the system")]);
        yield return Case("the ticket has expired", 60, AttentionCode.EnrolmentRefused, AttentionGrade.Stuck, "reinstall", ["getting its certificates", "the ticket has expired", "24 hours", "reinstall node1"],
            [.. Installed(), Refused(3, RefusalReason.TicketExpired)]);
        yield return Case("the ticket was used by somebody else", 5, AttentionCode.EnrolmentRefused, AttentionGrade.Stuck, "reinstall", ["spent for other keys", "disk was copied"],
            [.. Installed(), Refused(3, RefusalReason.TicketSpent)]);
        yield return Case("it waits for a yes", 5, AttentionCode.AwaitingApproval, AttentionGrade.Decision, "approve", ["approve node1", "10.0.0.11"],
            [.. Installed(), Refused(3, RefusalReason.AwaitingApproval)]);
        yield return Case("its disk does not start", 9, AttentionCode.DiskNotBooting, AttentionGrade.Stuck, "reinstall", ["told 3 times", "BIOS or UEFI"],
            [.. Installed(), Disk(4), Disk(5), Disk(6)]);
        yield return Case("an enrolled machine's disk does not start", 20, AttentionCode.DiskNotBooting, AttentionGrade.Stuck, "reinstall", ["told 3 times"],
            [.. Installed(), new Enrolled(Mac, At(3)), Disk(14), Disk(15), Disk(16)]);
        yield return Case("it never asks for its certificates", 30, AttentionCode.NotEnrolled, AttentionGrade.Stuck, null, ["has not asked for its certificates", "console"], [.. Installed()]);
        yield return Case("a first member is alone", 30, AttentionCode.MemberNotStarted, AttentionGrade.Stuck, null, ["majority"], [.. Installed(), new Enrolled(Mac, At(3))]);
        yield return Case("a member is lost", 30, AttentionCode.MemberUnhealthy, AttentionGrade.Stuck, null, ["no answer within 2 s.", "journalctl -u etcd"],
            [.. Installed(), new Enrolled(Mac, At(3)), new EtcdHealthChanged(Mac, At(4), true, ""), new EtcdHealthChanged(Mac, At(5), false, "no answer within 2 s")]);
        yield return Case("a reinstall waits", 30, AttentionCode.ReinstallWaits, AttentionGrade.Decision, null, ["Restart it"], [.. Installed(), new ReinstallRequested(Mac, At(4))]);
        yield return Case("a boot without packets is silent", 30, AttentionCode.BootHangs, AttentionGrade.Stuck, null, ["fetching its boot script", "boot file snponly.efi sent by TFTP"],
            [new Discovered(Mac, At(0), "UEFI x64"), new BootFileSent(Mac, At(1), "snponly.efi", "TFTP", 1)]);
        yield return Case("somebody asks in its name", 10, AttentionCode.AskedByAnother, AttentionGrade.Warning, null, ["10.0.0.77 asked", "ip neighbour"],
            [.. Healthy(), new Refused(Mac, At(9), RefusalReason.WrongAddress, "10.0.0.77", "GET user-data")]);
        yield return Case("a certificate ends", 60 * 24 * 355, AttentionCode.CertificateEnds, AttentionGrade.Warning, null, ["etcd-server is over at 2027", "sextant-renew"], [.. Healthy()]);
        yield return Case("a certificate is over", 60 * 24 * 366, AttentionCode.CertificateEnds, AttentionGrade.Stuck, null, ["is over since 2027", "reinstall node1"], [.. Healthy()]);
    }

    [TestCaseSource(nameof(Stories))]
    public void A_machine_that_needs_somebody_says_where_since_when_why_and_what_to_do(object events, int minutes, AttentionCode code, AttentionGrade grade, string? remedy, string[] words)
    {
        var now = Situation((MachineEvent[])events, minutes);
        var said = AttentionDecision.Decide(now);
        Assert.That(said, Is.Not.Null);
        Assert.That((said!.Code, said.Grade, said.Remedy), Is.EqualTo((code, grade, remedy)), said.Why);
        var text = string.Join('\n', [said.Where, said.Why, .. said.Advice]);
        Assert.Multiple(() =>
        {
            foreach (var word in words) Assert.That(text, Does.Contain(word));
            Assert.That(said.Where, Is.Not.Empty);
            Assert.That(said.Since, Is.InRange(Start, now.Now));
            Assert.That(said.Advice, Is.Not.Empty);
            Assert.That(said.Why, Does.EndWith("."));
        });
    }

    [TestCase(BootVerdict.ForeignServerChosen, "getting an address by DHCP")]
    [TestCase(BootVerdict.LoaderRefused, "loading the boot loader")]
    [TestCase(BootVerdict.LoaderSilent, "starting the boot loader")]
    [TestCase(BootVerdict.HttpNotAnswered, "fetching its boot script")]
    [TestCase(BootVerdict.HttpFailed, "loading kernel and live system")]
    [TestCase(BootVerdict.UnderWay, null)]
    [TestCase(BootVerdict.WentThrough, null)]
    public void A_boot_that_hangs_is_told_in_the_words_of_its_packets(BootVerdict verdict, string? where)
    {
        var step = new BootStep(At(1), At(2), 1, "DISCOVER");
        var said = AttentionDecision.Decide(Situation([new Discovered(Mac, At(1), "BIOS")], 3) with { Boot = new BootFinding(verdict, "what was seen.", ["what to do"], step.At, step.Until) });
        Assert.That((said?.Where, said?.Why, said?.Advice[0]), Is.EqualTo(where is null ? ((string?)null, (string?)null, (string?)null) : (where, "what was seen.", "what to do")));
        if (said is not null) Assert.That((said.Code, said.Since), Is.EqualTo((AttentionCode.BootHangs, At(1))));
    }

    [Test]
    public void Every_verdict_of_a_boot_has_a_place_or_is_none_to_worry_about() => Assert.Multiple(() =>
    {
        foreach (var verdict in Enum.GetValues<BootVerdict>())
            Assert.DoesNotThrow(() => AttentionDecision.Decide(Situation([new Discovered(Mac, At(1), "BIOS")], 2) with { Boot = new BootFinding(verdict, "x", ["y"], null, null) }), verdict.ToString());
    });

    [Test]
    public void A_machine_with_another_MAC_than_the_files_is_named_from_both_sides()
    {
        var planned = AttentionDecision.Decide(Situation(null, 5) with { LookAlike = new LookAlike(Stranger, Stranger.ToString(), At(1)) });
        Assert.That((planned!.Code, planned.Grade, planned.Since), Is.EqualTo((AttentionCode.OtherMac, AttentionGrade.Stuck, At(1))));
        Assert.That(string.Join('\n', [planned.Why, .. planned.Advice]), Does.Contain("52:54:00:00:00:10 boots").And.Contain("write 'mac: 52:54:00:00:00:10'"));

        var stranger = Situation([new Discovered(Mac, At(1), "BIOS")], 5) with { Entitlement = Entitlement.Discovered, IsInFile = false, LookAlike = new LookAlike(Stranger, "node7", null) };
        var said = AttentionDecision.Decide(stranger);
        Assert.That((said!.Code, said.Grade), Is.EqualTo((AttentionCode.NotInFile, AttentionGrade.Warning)));
        Assert.That(said.Why, Does.Contain("node7").And.Contain("52:54:00:00:00:10"));
        Assert.That(AttentionDecision.Decide(stranger with { LookAlike = null })!.Grade, Is.EqualTo(AttentionGrade.Decision));
        Assert.That(AttentionDecision.Decide(stranger with { Now = At(60 * 25) }), Is.Null, "nobody is bothered by a visitor of yesterday");
    }

    [TestCase("52:54:00:00:00:01", "52:54:00:00:00:10", true, TestName = "Neighbouring digits changed places")]
    [TestCase("52:54:00:00:00:01", "52:54:00:00:70:01", true, TestName = "One digit differs")]
    [TestCase("52:54:00:00:00:ff", "52:54:00:00:01:01", true, TestName = "The port beside it")]
    [TestCase("52:54:00:00:00:01", "52:54:00:00:00:25", false, TestName = "Two digits differ")]
    [TestCase("52:54:00:12:00:01", "52:54:00:00:12:01", false, TestName = "Digits far apart changed places")]
    [TestCase("52:54:00:00:00:01", "52:54:00:00:00:01", false, TestName = "The same")]
    public void MACs_are_near_when_one_may_have_been_taken_for_the_other(string one, string other, bool isNear) =>
        Assert.That((LookAlike.IsNear(MacAddress.Parse(one), MacAddress.Parse(other)), LookAlike.IsNear(MacAddress.Parse(other), MacAddress.Parse(one))), Is.EqualTo((isNear, isNear)));

    [Test]
    public void A_node_that_is_not_ready_counts_after_a_while()
    {
        var node = new NodeCondition(false, At(10), "container runtime network not ready", "v1.36.4");
        var now = Situation([.. Healthy()], 11) with { Node = node };
        Assert.That(AttentionDecision.Decide(now), Is.Null);
        var said = AttentionDecision.Decide(now with { Now = At(14) });
        Assert.That((said!.Code, said.Since), Is.EqualTo((AttentionCode.NodeNotReady, At(10))));
        Assert.That(said.Why, Does.EndWith("container runtime network not ready."));
    }

    [Test]
    public void Of_a_silent_machine_that_is_off_it_is_said_so_and_how_to_switch_it_on()
    {
        var now = Situation([.. Healthy(), new EtcdHealthChanged(Mac, At(5), false, "no answer")], 6);
        var silent = AttentionDecision.Decide(now with { Power = PowerState.On })!;
        var off = AttentionDecision.Decide(now with { Power = PowerState.Off })!;
        Assert.That((off.Code, off.Since, off.Why), Is.EqualTo((silent.Code, silent.Since, "Its management controller says that it is off. " + silent.Why)));
        Assert.That(off.Advice, Is.EqualTo(new[] { "Switch it on: sextant node power node1 on." }.Concat(silent.Advice)));
        var held = now with { Machine = now.Machine!.Apply(new Held(Mac, At(6), HoldReason.Operator)) };
        Assert.That(AttentionDecision.Decide(held with { Power = PowerState.Off })!.Why, Does.Not.Contain("off"), "who holds a machine may have switched it off");
        Assert.That(AttentionDecision.Decide(Situation([.. Healthy()], 60) with { Power = PowerState.Off }), Is.Null, "nobody misses it yet");
    }

    private static IEnumerable<TestCaseData> Quiet()
    {
        yield return new TestCaseData(null, 60).SetArgDisplayNames("never powered on");
        yield return new TestCaseData(new MachineEvent[] { new Discovered(Mac, At(0), "BIOS") }, 1).SetArgDisplayNames("just seen");
        yield return new TestCaseData((MachineEvent[])[.. Scripted(), new AssetProgress(Mac, At(2), "a", 5, 9)], 2).SetArgDisplayNames("loading");
        yield return new TestCaseData((MachineEvent[])[.. Scripted(), new AssetProgress(Mac, At(2), "a", 9, 9)], 10).SetArgDisplayNames("loaded, and unpacking");
        yield return new TestCaseData((MachineEvent[])[.. Installed(), Disk(3)], 8).SetArgDisplayNames("restarting");
        yield return new TestCaseData((MachineEvent[])[.. Installed(), new Refused(Mac, At(3), RefusalReason.AwaitingApproval, "10.0.0.11", "POST x"), new Approved(Mac, At(4))], 8).SetArgDisplayNames("approved");
        yield return new TestCaseData((MachineEvent[])[.. Healthy()], 60 * 24 * 30).SetArgDisplayNames("healthy for a month");
    }

    [TestCaseSource(nameof(Quiet))]
    public void A_machine_on_its_way_needs_nobody(object? events, int minutes) => Assert.That(AttentionDecision.Decide(Situation((MachineEvent[]?)events, minutes)), Is.Null);

    [Test]
    public void Every_code_has_a_story()
    {
        AttentionCode[] elsewhere = [AttentionCode.OtherMac, AttentionCode.NotInFile, AttentionCode.NodeNotReady];
        Assert.That(Stories().Select(story => (AttentionCode)story.Arguments[2]!).Concat(elsewhere).Distinct(), Is.EquivalentTo(Enum.GetValues<AttentionCode>()));
    }

    private static Situation Situation(MachineEvent[]? events, int minutes) => new()
    {
        Mac = Mac, Name = "node1", Entitlement = Entitlement.Node, IsInFile = true, IsEtcdMember = true, Boot = null, Node = null, Power = null, LookAlike = null, Now = At(minutes),
        Machine = events?.Aggregate(Machine.New(Mac, Start), (machine, happened) => machine.Apply(happened)),
    };

    private static MachineEvent[] Scripted() => [new Discovered(Mac, At(0), "UEFI x64"), new Leased(Mac, At(0), Own, "iPXE"), new ScriptServed(Mac, At(1), BootAction.Install, 1)];

    private static MachineEvent[] Installed() => [.. Scripted(), new ConfigServed(Mac, At(1), "cloud-init", 1), new Installed(Mac, At(2), "/dev/vda")];

    private static MachineEvent[] Healthy() =>
        [.. Installed(), new CertificateIssued(Mac, At(3), "etcd-server", At(3).AddDays(365)), new Enrolled(Mac, At(3)), new EtcdHealthChanged(Mac, At(4), true, "")];

    private static ScriptServed Disk(int minutes) => new(Mac, At(minutes), BootAction.BootLocalDisk, 0);

    private static Refused Refused(int minutes, RefusalReason reason) => new(Mac, At(minutes), reason, "10.0.0.11", "POST etcd-server");

    private static DateTimeOffset At(int minutes) => Start + minutes * Minute;

    private static TestCaseData Case(string name, int minutes, AttentionCode code, AttentionGrade grade, string? remedy, string[] words, MachineEvent[] events) =>
        new TestCaseData(events, minutes, code, grade, remedy, words).SetArgDisplayNames(name);
}
