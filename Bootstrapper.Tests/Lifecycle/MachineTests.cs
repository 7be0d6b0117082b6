using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Tests.Lifecycle;

[TestFixture]
public sealed class MachineTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_good_install_passes_the_stages_in_order()
    {
        (MachineEvent Happened, MachineStage Then)[] story =
        [
            (new Discovered(Mac, At(0), "UEFI x64"), MachineStage.Discovered),
            (new Leased(Mac, At(1), Ipv4Address.Parse("10.0.0.11"), "UEFI x64"), MachineStage.Discovered),
            (new BootFileSent(Mac, At(2), "snponly.efi", "TFTP", 173_792), MachineStage.Booting),
            (new ScriptServed(Mac, At(3), BootAction.Install, 1), MachineStage.Installing),
            (new ConfigServed(Mac, At(4), "cloud-init", 1), MachineStage.Installing),
            (new Installing(Mac, At(5), "writing the image to /dev/vda"), MachineStage.Installing),
            (new Installed(Mac, At(6), "/dev/vda"), MachineStage.Installed),
            (new BootFileSent(Mac, At(7), "snponly.efi", "TFTP", 173_792), MachineStage.Installed),
            (new ScriptServed(Mac, At(8), BootAction.BootLocalDisk, 0), MachineStage.Installed),
            (new CertificateIssued(Mac, At(9), "etcd-server", At(9).AddYears(1)), MachineStage.Installed),
            (new Enrolled(Mac, At(10)), MachineStage.Enrolled),
            (new EtcdHealthChanged(Mac, At(11), true, ""), MachineStage.Healthy),
            (new EtcdHealthChanged(Mac, At(12), false, "no answer within 2 s"), MachineStage.Unhealthy),
        ];
        var machine = Machine.New(Mac, Start);
        foreach (var (happened, then) in story)
        {
            machine = machine.Apply(happened);
            Assert.That(machine.Stage, Is.EqualTo(then), happened.Summary);
        }
        Assert.That(machine.Timeline, Has.Count.EqualTo(story.Length));
        Assert.That(machine.Detail, Is.EqualTo("no answer within 2 s"));
    }

    [Test]
    public void A_wipe_passes_its_stages_and_ends_held_with_nothing_left_of_the_install()
    {
        (MachineEvent Happened, MachineStage Then)[] story =
        [
            (new ScriptServed(Mac, At(1), BootAction.Install, 1), MachineStage.Installing),
            (new Installed(Mac, At(2), "/dev/sda"), MachineStage.Installed),
            (new Enrolled(Mac, At(3)), MachineStage.Enrolled),
            (new EtcdHealthChanged(Mac, At(4), true, ""), MachineStage.Healthy),
            (new WipeRequested(Mac, At(5)), MachineStage.Discovered),
            (new BootFileSent(Mac, At(6), "snponly.efi", "TFTP", 173_792), MachineStage.Booting),
            (new ScriptServed(Mac, At(7), BootAction.Wipe, 0), MachineStage.Wiping),
            (new Wiping(Mac, At(8), "erasing every fixed disk"), MachineStage.Wiping),
            (new WipeFailed(Mac, At(9), "could not erase /dev/sda"), MachineStage.Failed),
            (new ScriptServed(Mac, At(10), BootAction.Wipe, 0), MachineStage.Wiping),
            (new Wiped(Mac, At(11), "erased /dev/sda"), MachineStage.Held),
        ];
        var machine = Machine.New(Mac, Start);
        foreach (var (happened, then) in story)
        {
            machine = machine.Apply(happened);
            Assert.That(machine.Stage, Is.EqualTo(then), happened.Summary);
            Assert.That(machine.IsInstalling, Is.EqualTo(then is MachineStage.Installing));
            Assert.That(machine.IsWiping, Is.EqualTo(happened is Wiping or WipeFailed or ScriptServed { Action: BootAction.Wipe }));
        }
        Assert.That(machine, Has.Property(nameof(Machine.IsInstalled)).False.And.Property(nameof(Machine.IsEnrolled)).False.And.Property(nameof(Machine.HoldsEtcdData)).False);
        Assert.That((machine.HoldReason, machine.Detail), Is.EqualTo(((HoldReason?)HoldReason.Wiped, "its disks were erased")));
    }

    [Test]
    public void The_time_of_a_stage_is_that_of_its_first_event()
    {
        var machine = Machine.New(Mac, Start)
            .Apply(new ScriptServed(Mac, At(1), BootAction.Install, 1))
            .Apply(new Installing(Mac, At(5), "partitioning /dev/vda"))
            .Apply(new Installing(Mac, At(9), "writing the image to /dev/vda"));
        Assert.That((machine.StageSince, machine.LastSeen), Is.EqualTo((At(1), At(9))));
    }

    [Test]
    public void A_machine_is_where_it_was_seen_last_whoever_leased_that_to_it()
    {
        var (leased, seen) = (Ipv4Address.Parse("10.0.0.11"), Ipv4Address.Parse("10.0.0.77"));
        var machine = Machine.New(Mac, Start).Apply(new AddressSeen(Mac, At(1), seen));
        Assert.That((machine.Address, machine.Stage), Is.EqualTo(((Ipv4Address?)seen, MachineStage.Discovered)));
        Assert.That(machine.Apply(new Leased(Mac, At(2), leased, "iPXE")).Address, Is.EqualTo(leased));
        Assert.That(machine.Apply(new AddressInUse(Mac, At(2), leased, MacAddress.Parse("52:54:00:00:00:02"))).Address, Is.EqualTo(seen));
    }

    [Test]
    public void Progress_is_seen_and_not_remembered()
    {
        var machine = Machine.New(Mac, Start).Apply(new AssetProgress(Mac, At(1), "debian/rootfs.tar.zst", 10, 100));
        Assert.That(machine.Transfer!.Bytes, Is.EqualTo(10));
        Assert.That((machine.Timeline.Count, machine.NextSequence), Is.EqualTo((0, 0L)));
    }

    [Test]
    public void A_timeline_keeps_its_latest_events_and_the_effect_of_all()
    {
        var machine = Machine.New(Mac, Start).Apply(new Installed(Mac, At(0), "/dev/vda"));
        for (var count = 0; count < Machine.TimelineLimit; count++) machine = machine.Apply(new Leased(Mac, At(count), new Ipv4Address((uint)count), "iPXE"));
        Assert.That(machine.Timeline, Has.Count.EqualTo(Machine.TimelineLimit));
        Assert.That(machine.Timeline[0], Is.InstanceOf<Leased>());
        Assert.That(machine.IsInstalled, Is.True);
    }

    [Test]
    public void A_new_install_forgets_what_the_old_one_earned()
    {
        var machine = Machine.New(Mac, Start)
            .Apply(new Installed(Mac, At(0), "/dev/vda")).Apply(new Enrolled(Mac, At(1))).Apply(new EtcdHealthChanged(Mac, At(2), true, ""))
            .Apply(new ReinstallRequested(Mac, At(3)));
        Assert.That((machine.IsInstalled, machine.IsEnrolled, machine.EtcdHealthy), Is.EqualTo((false, false, (bool?)null)));
    }

    [Test]
    public void A_held_machine_stays_held_whatever_happens_and_is_then_as_far_as_it_had_come()
    {
        var machine = Machine.New(Mac, Start)
            .Apply(new Installed(Mac, At(0), "/dev/vda")).Apply(new Enrolled(Mac, At(1)))
            .Apply(new Held(Mac, At(2), HoldReason.Operator)).Apply(new EtcdHealthChanged(Mac, At(3), true, ""));
        Assert.That((machine.Stage, machine.StageSince), Is.EqualTo((MachineStage.Held, At(2))));
        Assert.That(machine.Apply(new Released(Mac, At(4))).Stage, Is.EqualTo(MachineStage.Healthy));
    }

    [Test]
    public void Every_event_says_itself_in_one_line()
    {
        MachineEvent[] events = [new Held(Mac, Start, HoldReason.InstallLoop), new Refused(Mac, Start, RefusalReason.TicketSpent, "10.0.0.66", "etcd-peer"), new Released(Mac, Start)];
        Assert.That(events.Select(happened => happened.Summary), Is.All.Not.Contains("\n").And.All.Not.Empty);
    }

    private static DateTimeOffset At(int seconds) => Start.AddSeconds(seconds);
}
