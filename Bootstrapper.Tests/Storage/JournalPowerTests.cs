using System.Text;
using NUnit.Framework;
using Sextant.Storage;

namespace Sextant.Tests.Storage;

/// <summary>Power failures and full disks at every single operation of a run with several snapshots in it.</summary>
[TestFixture]
public sealed class JournalPowerTests
{
    private const int Commits = 60;
    private static readonly JournalOptions SmallJournal = new(MinimumOctets: 600, Factor: 2, PreallocatedOctets: 150);

    [Test]
    public void A_power_failure_at_any_operation_loses_no_acknowledged_commit_and_tears_none()
    {
        var failures = 0;
        for (var seed = 0; seed < 6; seed++)
        {
            for (var at = 1; ; at++)
            {
                var disk = new PoweredDisk(seed * 1000 + at) { PowerFailsAt = at };
                var acknowledged = RunUntilFailure(disk, out var finished);
                if (finished) break;
                failures++;
                using var store = new JournalStore(disk.AfterPowerFailure(), SmallJournal);
                var present = Present(store);
                Assert.That(present, Is.InRange(acknowledged, acknowledged + 1), $"seed {seed}, operation {at}");
                store.CommitAsync(CommitNumber(present + 1)).Wait();
                Assert.That(Present(store), Is.EqualTo(present + 1));
            }
        }
        Assert.That(failures, Is.GreaterThan(6 * 2 * Commits), "each commit has at least a write and a sync to fail at");
    }

    [Test]
    public void A_disk_that_refuses_at_any_operation_fails_the_commit_and_all_later_ones_and_keeps_what_was_acknowledged()
    {
        for (var at = 1; ; at++)
        {
            var disk = new PoweredDisk(at) { FullFrom = at };
            var acknowledged = RunUntilFailure(disk, out var finished);
            if (finished) break;
            using var store = new JournalStore(disk.AfterPowerFailure(), SmallJournal);
            Assert.That(Present(store), Is.InRange(acknowledged, acknowledged + 1), $"operation {at}");
        }
    }

    [Test]
    public void A_snapshot_that_does_not_fit_is_given_up_and_the_journal_goes_on_until_it_fits()
    {
        var disk = new PoweredDisk(1);
        var number = 0;
        using (var store = new JournalStore(disk, SmallJournal))
        {
            var atFirst = disk.Renames;
            disk.RefusesNewFiles = true;
            while (number < 100) store.CommitAsync(CommitNumber(++number)).Wait();
            Assert.That(disk.Renames, Is.EqualTo(atFirst));
            Assert.That(Present(store), Is.EqualTo(100));
            disk.RefusesNewFiles = false;
            while (disk.Renames == atFirst && number < 10_000) store.CommitAsync(CommitNumber(++number)).Wait();
            Assert.That(disk.Renames, Is.GreaterThan(atFirst), "the next try comes when the journal has doubled");
        }
        using var again = new JournalStore(disk.AfterPowerFailure(), SmallJournal);
        Assert.That(Present(again), Is.EqualTo(number));
    }

    /// <summary>Commit n sets <c>newest</c> and one of seven slots, and removes another; so every state tells which commits it consists of.</summary>
    private static Change[] CommitNumber(int number)
    {
        var text = Encoding.ASCII.GetBytes($"{number}");
        return [new Change("newest", text), new Change($"slot/{number % 7}", text), new Change($"slot/{(number + 3) % 7}", null)];
    }

    private static int RunUntilFailure(PoweredDisk disk, out bool finished)
    {
        var acknowledged = 0;
        finished = false;
        JournalStore? store = null;
        try
        {
            store = new JournalStore(disk, SmallJournal);
            for (var number = 1; number <= Commits; number++)
            {
                store.CommitAsync(CommitNumber(number)).Wait();
                acknowledged = number;
                Assert.That(Present(store), Is.EqualTo(number));
            }
            store.Dispose();
            finished = disk.Operations < Math.Min(disk.PowerFailsAt, disk.FullFrom);
            return acknowledged;
        }
        catch (Exception failure) when (failure is PoweredDisk.PowerFailure or IOException)
        {
            Assert.That(store, Is.Null, "after the start a failure is the commit's");
        }
        catch (AggregateException)
        {
            Assert.That(Present(store!), Is.EqualTo(acknowledged), "what is visible is what is durable");
            Assert.That(store!.CommitAsync(CommitNumber(99)).IsFaulted, Is.True, "no commit is taken after a failure");
        }
        store?.Dispose();
        return acknowledged;
    }

    private static int Present(JournalStore store)
    {
        var values = store.Read("").ToDictionary(pair => pair.Key, pair => int.Parse(Encoding.ASCII.GetString(pair.Value), System.Globalization.CultureInfo.InvariantCulture));
        var newest = values.GetValueOrDefault("newest");
        var expected = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var number = 1; number <= newest; number++)
        {
            expected["newest"] = number;
            expected[$"slot/{number % 7}"] = number;
            expected.Remove($"slot/{(number + 3) % 7}");
        }
        Assert.That(values, Is.EquivalentTo(expected), "the state is exactly that after some commit");
        return newest;
    }
}
