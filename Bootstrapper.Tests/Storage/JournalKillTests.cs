using System.Globalization;
using System.Text;
using NUnit.Framework;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Storage;

/// <summary>A process that is killed with SIGKILL in the middle of its commits, over and over, on the same folder.</summary>
[TestFixture]
public sealed class JournalKillTests
{
    internal const string ChildName = "journal-writer";
    private const int Lanes = 4;
    private const int KeysPerLane = 50;

    [Test]
    public void Everything_acknowledged_before_a_kill_is_there_after_it()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        var acknowledged = new long[Lanes];
        for (var round = 0; round < 10; round++)
        {
            using var child = ChildProgram.Start(ChildName, folder.Path);
            var lines = random.Next(1, 1500);
            for (var i = 0; i < lines && child.StandardOutput.ReadLine() is { } line; i++) Acknowledge(line);
            child.Kill();
            while (child.StandardOutput.ReadLine() is { } line) Acknowledge(line);
            child.WaitForExit();

            using var store = JournalStore.Open(folder.Path);
            for (var lane = 0; lane < Lanes; lane++)
            {
                var newest = store.Read($"lane/{lane}/").Select(pair => Number(pair.Value)).DefaultIfEmpty(0).Max();
                Assert.That(newest, Is.GreaterThanOrEqualTo(acknowledged[lane]), $"round {round}, lane {lane}");
                for (var number = Math.Max(1, newest - KeysPerLane + 1); number <= newest; number++)
                    Assert.That(store.Read(Key(lane, number)).Select(pair => Number(pair.Value)), Is.EqualTo([number]), $"round {round}, lane {lane}");
                acknowledged[lane] = newest;
            }
        }
        Assert.That(acknowledged, Has.All.GreaterThan(0), "every lane of the children got work done");

        void Acknowledge(string line)
        {
            // A kill may cut the last line short: only a line with its closing mark counts.
            if (!line.EndsWith('.')) return;
            var parts = line[..^1].Split(' ');
            acknowledged[int.Parse(parts[0], CultureInfo.InvariantCulture)] = long.Parse(parts[1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Commits numbers in several lanes at once, and prints each when it is acknowledged. Snapshots happen all the time.</summary>
    internal static int Child(string[] args)
    {
        using var store = JournalStore.Open(args[0], new JournalOptions(MinimumOctets: 8 << 10, Factor: 2));
        using var output = new StreamWriter(Console.OpenStandardOutput(), Encoding.ASCII) { AutoFlush = true };
        Task.WaitAll([.. Enumerable.Range(0, Lanes).Select(lane => Task.Run(async () =>
        {
            var number = store.Read($"lane/{lane}/").Select(pair => Number(pair.Value)).DefaultIfEmpty(0).Max();
            while (true)
            {
                number++;
                await store.CommitAsync([new Change(Key(lane, number), Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)))]);
                lock (output) output.WriteLine($"{lane} {number}.");
            }
        }))]);
        return 0;
    }

    private static string Key(int lane, long number) => $"lane/{lane}/{number % KeysPerLane:d4}";

    private static long Number(byte[] value) => long.Parse(Encoding.ASCII.GetString(value), CultureInfo.InvariantCulture);
}
