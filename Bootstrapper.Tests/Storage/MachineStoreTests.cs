using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Storage;

[TestFixture]
public sealed class MachineStoreTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly MacAddress First = MacAddress.Parse("52:54:00:00:00:01");
    private static readonly MacAddress Second = MacAddress.Parse("52:54:00:00:00:02");
    private static readonly Ipv4Address Ten = Ipv4Address.Parse("10.0.0.10");
    private static readonly Ipv4Address Eleven = Ipv4Address.Parse("10.0.0.11");

    private static readonly MachineEvent[] OneOfEachKind =
    [
        new Discovered(First, Start, "UEFI x64"),
        new AddressInUse(First, Start.AddSeconds(0.5), Eleven, Second),
        new Leased(First, Start.AddSeconds(1), Ten, "UEFI x64"),
        new BootFileSent(First, Start.AddSeconds(2), "snponly.efi", "TFTP", 260_000),
        new ScriptServed(First, Start.AddSeconds(3), BootAction.Install, 1),
        new AssetProgress(First, Start.AddSeconds(4), "debian/live.img", 5, 10),
        new ConfigServed(First, Start.AddSeconds(5), "cloud-init", 1),
        new Installing(First, Start.AddSeconds(6), "partitioning /dev/vda"),
        new InstallFailed(First, Start.AddSeconds(7), "disk full"),
        new ScriptServed(First, Start.AddSeconds(8), BootAction.Install, 2),
        new Installed(First, Start.AddSeconds(9), "/dev/vda"),
        new Approved(First, Start.AddSeconds(9.5)),
        new CertificateIssued(First, Start.AddSeconds(10), "etcd-server", Start.AddYears(1)),
        new CertificateRenewed(First, Start.AddSeconds(10), "etcd-peer", Start.AddYears(1)),
        new SecretReleased(First, Start.AddSeconds(10), "registry-credentials"),
        new Enrolled(First, Start.AddSeconds(11)),
        new EtcdHealthChanged(First, Start.AddSeconds(12), true, ""),
        new Refused(First, Start.AddSeconds(13), RefusalReason.TicketSpent, "10.0.0.66", "etcd-peer"),
        new ReinstallRequested(First, Start.AddSeconds(14)),
        new Held(First, Start.AddSeconds(15), HoldReason.Operator),
        new Released(First, Start.AddSeconds(16)),
        new AddressSeen(First, Start.AddSeconds(17), Ten),
        new WipeRequested(First, Start.AddSeconds(18)),
        new ScriptServed(First, Start.AddSeconds(19), BootAction.Wipe, 0),
        new Wiping(First, Start.AddSeconds(20), "erasing every fixed disk"),
        new WipeFailed(First, Start.AddSeconds(21), "could not erase /dev/vda"),
        new Wiped(First, Start.AddSeconds(22), "erased /dev/vda"),
    ];

    [Test]
    public void The_story_has_every_kind_of_event() =>
        Assert.That(OneOfEachKind.Select(each => each.GetType()).Distinct(), Is.EquivalentTo(typeof(MachineEvent).Assembly.GetTypes().Where(type => type.BaseType == typeof(MachineEvent))));

    [Test]
    public async Task A_reloaded_record_equals_the_one_before_after_every_event()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk);
        for (var count = 0; count < OneOfEachKind.Length; count++)
        {
            var recorded = await machines.RecordAsync(OneOfEachKind[count]);
            Assert.That(machines.Find(First), Is.SameAs(recorded));
            await using var reloaded = new MachineStore(disk);
            if (OneOfEachKind[count].IsDurable) Assert.That(Print(reloaded.Find(First)), Is.EqualTo(Print(recorded)), OneOfEachKind[count].Summary);
            Assert.That(reloaded.FindByAddress(Ten)?.Mac, Is.EqualTo(machines.FindByAddress(Ten)?.Mac));
        }
    }

    [Test]
    public async Task A_forgotten_machine_leaves_nothing_behind_and_may_come_again()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk, new CommitPace(TimeSpan.Zero, burst: 1), NullLogger.Instance);
        await Task.WhenAll(OneOfEachKind.Select(machines.RecordAsync));
        for (var at = 0; at < Machine.TimelineLimit; at++) await machines.RecordAsync(new Installing(First, Start.AddSeconds(100 + at), $"step {at}"));
        await machines.RecordAsync(new Leased(Second, Start, Eleven, "iPXE"));
        await machines.ForgetAsync(First);
        Assert.That(machines.Find(First), Is.Null);
        Assert.That(machines.FindByAddress(Ten), Is.Null);
        Assert.That(disk.Read("").Select(pair => pair.Key), Is.All.Contains(Second.ToString()).Or.EqualTo($"address/{Eleven}"));
        await using (var reloaded = new MachineStore(disk)) Assert.That(reloaded.All.Select(machine => machine.Mac), Is.EqualTo(new[] { Second }));
        await machines.ForgetAsync(First);
        await machines.RecordAsync(new Leased(First, Start.AddHours(1), Ten, "iPXE"));
        Assert.That(machines.Find(First), Has.Property(nameof(Machine.Attempt)).Zero.And.Property(nameof(Machine.FirstSeen)).EqualTo(Start.AddHours(1)));
    }

    [Test]
    public async Task A_machine_that_is_forgotten_and_comes_again_in_one_commit_begins_anew()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk);
        await Task.WhenAll(machines.RecordAsync(new Held(First, Start, HoldReason.Operator)), machines.ForgetAsync(First), machines.RecordAsync(new Leased(First, Start.AddSeconds(1), Ten, "iPXE")));
        await using var reloaded = new MachineStore(disk);
        foreach (var machine in (Machine?[])[machines.Find(First), reloaded.Find(First)]) Assert.That((machine!.HoldReason, machine.Timeline.Count), Is.EqualTo(((HoldReason?)null, 1)));
        Assert.That(reloaded.FindByAddress(Ten)?.Mac, Is.EqualTo(First));
    }

    [Test]
    public async Task The_journal_on_disk_brings_back_what_was_recorded()
    {
        using var folder = new TemporaryFolder();
        string before;
        using (var disk = JournalStore.Open(folder.Path))
        {
            await using var machines = new MachineStore(disk);
            await Task.WhenAll(OneOfEachKind.Select(machines.RecordAsync));
            before = Print(machines.Find(First));
        }
        using var again = JournalStore.Open(folder.Path);
        await using var reloaded = new MachineStore(again);
        Assert.That(Print(reloaded.Find(First)), Is.EqualTo(before));
    }

    [Test]
    public async Task Events_recorded_at_once_keep_their_order_and_share_commits()
    {
        var disk = new MemoryStore();
        var slow = new TaskCompletionSource();
        disk.Delay = slow.Task;
        await using var machines = new MachineStore(disk);
        var recorded = Enumerable.Range(0, 200).Select(number => machines.RecordAsync(new Installing(number % 2 == 0 ? First : Second, Start.AddSeconds(number), $"{number}"))).ToList();
        slow.SetResult();
        await Task.WhenAll(recorded);
        Assert.That(machines.Find(First)!.Timeline.Select(each => int.Parse(((Installing)each).Step, null)).ToList(), Is.Ordered.And.Count.EqualTo(100));
        Assert.That(machines.Find(Second)!.Detail, Is.EqualTo("199"));
        Assert.That(disk.Commits, Has.Count.LessThan(20));
    }

    [Test]
    public async Task In_a_storm_events_wait_for_each_other_until_they_are_many_and_listeners_hear_where_a_commit_ends()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk, new CommitPace(TimeSpan.FromDays(1), burst: 1), NullLogger.Instance);
        var heard = new List<string>();
        using var subscription = machines.Subscribe((happened, _) => heard.Add(((Installing)happened).Step), () => heard.Add("end"));
        await machines.RecordAsync(new Installing(First, Start, "0"));
        Assert.That(disk.Commits, Has.Count.EqualTo(1), "the first one waits for nobody");
        var waiting = Enumerable.Range(1, MachineStore.Company - 1).Select(number => machines.RecordAsync(new Installing(First, Start.AddSeconds(number), $"{number}"))).ToList();
        await Task.WhenAny(Task.WhenAny(waiting), Task.Delay(100));
        Assert.That((disk.Commits.Count, waiting.Count(one => one.IsCompleted)), Is.EqualTo((1, 0)));
        await Task.WhenAll([.. waiting, machines.RecordAsync(new Installing(First, Start.AddSeconds(99), "99"))]);
        Assert.That(disk.Commits, Has.Count.EqualTo(2));
        Assert.That(heard, Is.EqualTo(["0", "end", .. Enumerable.Range(1, MachineStore.Company - 1).Select(number => $"{number}"), "99", "end"]));
    }

    [Test]
    public async Task Disposal_does_not_wait_for_more_events()
    {
        var disk = new MemoryStore();
        var machines = new MachineStore(disk, new CommitPace(TimeSpan.FromDays(1), burst: 1), NullLogger.Instance);
        await machines.RecordAsync(new Installing(First, Start, "0"));
        var waiting = machines.RecordAsync(new Installing(First, Start, "1"));
        await machines.DisposeAsync();
        Assert.That((waiting.IsCompletedSuccessfully, disk.Commits.Count), Is.EqualTo((true, 2)));
    }

    [Test]
    public async Task A_timeline_longer_than_its_limit_loses_its_oldest_events_on_disk_as_in_memory()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk);
        var limit = Machine.TimelineLimit;
        await Task.WhenAll(Enumerable.Range(0, limit + 44).Select(number => machines.RecordAsync(new Installing(First, Start.AddSeconds(number), $"{number}"))));
        await machines.RecordAsync(new AssetProgress(First, Start.AddSeconds(limit + 44), "a", 1, 2));
        await machines.RecordAsync(new Installing(First, Start.AddSeconds(limit + 45), "last"));
        var timeline = machines.Find(First)!.Timeline;
        Assert.That(timeline, Has.Count.EqualTo(limit));
        Assert.That(((Installing)timeline[0]).Step, Is.EqualTo("45"));
        Assert.That(disk.Read("event/"), Has.Count.EqualTo(limit));
        await using var reloaded = new MachineStore(disk);
        Assert.That(reloaded.Find(First)!.Timeline, Is.EqualTo(timeline));
    }

    [Test]
    public async Task Progress_is_visible_and_published_and_not_stored()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk);
        await machines.RecordAsync(new Discovered(First, Start, "BIOS"));
        var seen = new List<MachineEvent>();
        using var subscription = machines.Subscribe((happened, _) => seen.Add(happened));
        var progress = new AssetProgress(First, Start.AddSeconds(1), "debian/live.img", 1, 2);
        await machines.RecordAsync(progress);
        Assert.That(machines.Find(First)!.Transfer, Is.EqualTo(progress));
        Assert.That(seen, Is.EqualTo([progress]));
        Assert.That(disk.Commits, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task An_event_is_published_only_when_it_is_durable()
    {
        var disk = new MemoryStore();
        var slow = new TaskCompletionSource();
        disk.Delay = slow.Task;
        await using var machines = new MachineStore(disk);
        var seen = 0;
        using var subscription = machines.Subscribe((_, _) => seen++);
        var recorded = machines.RecordAsync(new Discovered(First, Start, "BIOS"));
        await Task.Yield();
        Assert.That((machines.Find(First), recorded.IsCompleted, seen), Is.EqualTo(((Machine?)null, false, 0)));
        slow.SetResult();
        await recorded;
        Assert.That((machines.Find(First)?.Firmware, seen), Is.EqualTo(("BIOS", 1)));
    }

    [Test]
    public async Task When_the_store_fails_the_act_fails_nothing_is_published_and_later_events_go_on_from_what_is_durable()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk);
        await machines.RecordAsync(new Discovered(First, Start, "BIOS"));
        var seen = 0;
        using var subscription = machines.Subscribe((_, _) => seen++);
        disk.Failure = new IOException("disk full");
        Assert.That(async () => await machines.RecordAsync(new Leased(First, Start, Ten, "BIOS")), Throws.TypeOf<IOException>());
        Assert.That((seen, machines.Find(First)!.Address, machines.FindByAddress(Ten)), Is.EqualTo((0, (Ipv4Address?)null, (Machine?)null)));
        disk.Failure = null;
        var after = await machines.RecordAsync(new Leased(First, Start, Eleven, "BIOS"));
        Assert.That(after.Timeline, Has.Count.EqualTo(2));
        Assert.That(machines.FindByAddress(Eleven), Is.SameAs(after));
    }

    [Test]
    public async Task What_belongs_to_an_event_is_committed_with_it_or_not_at_all()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk);
        await machines.RecordAsync(new Discovered(First, Start, "BIOS"), [new Change("lease/10.0.0.10", [1])]);
        Assert.That(disk.Commits.Single().Select(change => change.Key), Is.EquivalentTo(new[] { $"event/{First}/000000000000", "lease/10.0.0.10", $"machine/{First}" }));
        disk.Fails = true;
        Assert.That(async () => await machines.RecordAsync(new Leased(First, Start, Ten, "BIOS"), [new Change("lease/10.0.0.10", null)]), Throws.TypeOf<IOException>());
        Assert.That(disk.Read("lease/").Single().Value, Is.EqualTo(new byte[] { 1 }));
        disk.Fails = false;
        for (var time = 0; time < 2; time++) await machines.RecordAsync(Refusal(time, "10.0.0.66", "etcd-peer"), [new Change($"mark/{time}", [])]);
        Assert.That((machines.Find(First)!.Timeline.Count, disk.Read("mark/").Count), Is.EqualTo((2, 2)), "a refusal that repeats is not recorded, and what came with it is made all the same");
    }

    [Test]
    public async Task A_listener_that_throws_harms_neither_the_event_nor_other_listeners()
    {
        await using var machines = new MachineStore(new MemoryStore());
        var seen = 0;
        using var broken = machines.Subscribe((_, _) => throw new InvalidOperationException("broken listener"), () => throw new InvalidOperationException("broken at the end"));
        using var sound = machines.Subscribe((_, _) => seen++);
        await machines.RecordAsync(new Discovered(First, Start, "BIOS"));
        await machines.RecordAsync(new Discovered(Second, Start, "BIOS"));
        Assert.That(seen, Is.EqualTo(2));
    }

    [Test]
    public async Task A_listener_subscribed_twice_is_called_twice_and_can_leave_once()
    {
        await using var machines = new MachineStore(new MemoryStore());
        var seen = 0;
        Action<MachineEvent, Machine> listener = (_, _) => seen++;
        using var first = machines.Subscribe(listener);
        var second = machines.Subscribe(listener);
        await machines.RecordAsync(new Discovered(First, Start, "BIOS"));
        second.Dispose();
        second.Dispose();
        await machines.RecordAsync(new Discovered(Second, Start, "BIOS"));
        Assert.That(seen, Is.EqualTo(3));
    }

    [Test]
    public async Task An_address_belongs_to_whoever_leased_it_last_also_after_a_reload()
    {
        var disk = new MemoryStore();
        await using var machines = new MachineStore(disk);
        await machines.RecordAsync(new Leased(Second, Start, Ten, "BIOS"));
        await machines.RecordAsync(new Leased(First, Start.AddHours(1), Ten, "BIOS"));
        await Expect(First, null);
        await machines.RecordAsync(new Leased(Second, Start.AddHours(2), Eleven, "BIOS"));
        await Expect(First, Second);
        await machines.RecordAsync(new Leased(First, Start.AddHours(3), Eleven, "BIOS"));
        await Expect(null, First);

        async Task Expect(MacAddress? ten, MacAddress? eleven)
        {
            Assert.That((machines.FindByAddress(Ten)?.Mac, machines.FindByAddress(Eleven)?.Mac), Is.EqualTo((ten, eleven)));
            await using var reloaded = new MachineStore(disk);
            Assert.That((reloaded.FindByAddress(Ten)?.Mac, reloaded.FindByAddress(Eleven)?.Mac), Is.EqualTo((ten, eleven)));
        }
    }

    [Test]
    public async Task The_same_holds_when_the_leases_share_a_commit()
    {
        var disk = new MemoryStore();
        var slow = new TaskCompletionSource();
        disk.Delay = slow.Task;
        await using var machines = new MachineStore(disk);
        Task[] recorded =
        [
            machines.RecordAsync(new Discovered(First, Start, "BIOS")),
            machines.RecordAsync(new Leased(First, Start, Eleven, "BIOS")),
            machines.RecordAsync(new Leased(Second, Start, Ten, "BIOS")),
            machines.RecordAsync(new Leased(First, Start, Ten, "BIOS")),
            machines.RecordAsync(new Leased(Second, Start, Eleven, "BIOS")),
        ];
        slow.SetResult();
        await Task.WhenAll(recorded);
        Assert.That((machines.FindByAddress(Ten)?.Mac, machines.FindByAddress(Eleven)?.Mac), Is.EqualTo((First, Second)));
        await using var reloaded = new MachineStore(disk);
        Assert.That((reloaded.FindByAddress(Ten)?.Mac, reloaded.FindByAddress(Eleven)?.Mac), Is.EqualTo((First, Second)));
    }

    [Test]
    public async Task A_refusal_over_and_over_is_recorded_once_and_again_after_the_quiet_time()
    {
        await using var machines = new MachineStore(new MemoryStore(), new CommitPace(TimeSpan.Zero, burst: 1), NullLogger.Instance);
        await machines.RecordAsync(new Discovered(First, Start, "BIOS"));
        for (var second = 0; second < 500; second++)
        {
            await machines.RecordAsync(Refusal(second, "10.0.0.66", "etcd-peer"));
            await machines.RecordAsync(Refusal(second, "10.0.0.67", "etcd-peer"));
        }
        Assert.That(machines.Find(First)!.Timeline, Has.Count.EqualTo(3));
        var later = await machines.RecordAsync(Refusal((int)MachineStore.RefusalQuietTime.TotalSeconds, "10.0.0.66", "etcd-peer"));
        Assert.That(later.Timeline, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task Ever_different_refusals_do_not_push_the_history_out()
    {
        await using var machines = new MachineStore(new MemoryStore(), new CommitPace(TimeSpan.Zero, burst: 1), NullLogger.Instance);
        await machines.RecordAsync(new Discovered(First, Start, "BIOS"));
        for (var number = 0; number < 400; number++) await machines.RecordAsync(Refusal(number, "10.0.0.66", $"name-{number}"));
        Assert.That(machines.Find(First)!.Timeline, Has.Count.EqualTo(1 + MachineStore.RefusalLimit));
        Assert.That(machines.Find(First)!.Timeline[0], Is.InstanceOf<Discovered>());
    }

    [Test]
    public async Task Disposal_writes_what_is_queued_and_refuses_what_comes_later()
    {
        var disk = new MemoryStore();
        var machines = new MachineStore(disk);
        var recorded = Enumerable.Range(0, 300).Select(number => machines.RecordAsync(new Installing(First, Start, $"{number}"))).ToList();
        await machines.DisposeAsync();
        Assert.That(recorded, Has.All.Property(nameof(Task.IsCompleted)).True);
        Assert.That((await recorded[^1]).NextSequence, Is.EqualTo(300));
        Assert.That(async () => await machines.RecordAsync(new Discovered(First, Start, "BIOS")), Throws.TypeOf<ObjectDisposedException>());
    }

    private static Refused Refusal(int second, string peer, string detail) => new(First, Start.AddSeconds(second), RefusalReason.TicketUnknown, peer, detail);

    private static string Print(Machine? machine) => machine is null ? "none"
        : JsonSerializer.Serialize(machine, LifecycleJson.Default.Machine) + string.Concat(machine.Timeline.Select(each => "\n" + JsonSerializer.Serialize(each, LifecycleJson.Default.MachineEvent)));
}
