using System.Diagnostics;
using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class ProcessIdentityTests
{
    private const string Rest = " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20 21";

    [TestCase("42 (sleep) S" + Rest, 'S', 987654ul)]
    [TestCase("42 (a (b) c) R) Z" + Rest, 'Z', 987654ul)]
    [TestCase("42 () R" + Rest, 'R', 987654ul)]
    public void State_and_start_time_are_read_past_any_command_name(string line, char state, ulong start)
    {
        Assert.That(ProcessIdentity.TryReadStat(line, out var readState, out var readStart), Is.True);
        Assert.That((readState, readStart), Is.EqualTo((state, start)));
    }

    [TestCase("")]
    [TestCase("42 (sleep")]
    [TestCase("42 (sleep) S 1 2 3")]
    [TestCase("42 (sleep) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x 20")]
    public void Anything_else_is_no_process(string line) => Assert.That(ProcessIdentity.TryReadStat(line, out _, out _), Is.False);

    [Test]
    public void This_process_is_alive_and_its_number_with_another_start_time_is_not()
    {
        var self = ProcessIdentity.Of(Environment.ProcessId);
        Assert.That(self, Is.Not.Null);
        Assert.That(self!.IsAlive(), Is.True);
        Assert.That((self with { StartTime = self.StartTime + 1 }).IsAlive(), Is.False);
    }

    [Test]
    public async Task A_reused_number_gets_no_signal()
    {
        using var sleeper = Process.Start("sleep", "30");
        var stale = ProcessIdentity.Of(sleeper.Id)! with { StartTime = 1 };
        await stale.KillAsync();
        Assert.That(sleeper.HasExited, Is.False);
        sleeper.Kill();
        await sleeper.WaitForExitAsync();
    }

    [Test]
    public async Task A_detached_process_lives_in_a_session_of_its_own_and_ends_when_asked()
    {
        using var folder = LabSamples.Folder();
        var process = await LabCommandLine.StartDetachedAsync(["sleep", "30"], folder["log"]);
        // Its number is known when it is forked, a moment before setsid.
        Assert.That(() => File.ReadAllText($"/proc/{process.Pid}/stat").Split(' ')[5], Is.EqualTo($"{process.Pid}").After(5000, 10));
        Assert.That(await process.StopAsync(TimeSpan.FromSeconds(10)), Is.True);
        Assert.That(process.IsAlive(), Is.False);
    }

    [Test]
    public async Task A_process_that_does_not_listen_is_ended_all_the_same()
    {
        using var folder = LabSamples.Folder();
        var process = await LabCommandLine.StartDetachedAsync(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], folder["log"]);
        Assert.That(() => LogTail.Read(folder["log"], 1), Is.EqualTo("ready").After(10_000, 20));
        Assert.That(await process.StopAsync(TimeSpan.FromMilliseconds(100)), Is.False);
        Assert.That(process.IsAlive(), Is.False);
    }

    [Test]
    public void A_program_that_fails_says_why() => Assert.That(
        async () => await LabCommandLine.RunAsync(["sh", "-c", "echo no such bridge >&2; exit 3"]),
        Throws.TypeOf<LabException>().With.Message.EndsWith("failed (3): no such bridge"));

    [Test]
    public void A_program_that_is_missing_is_named() => Assert.That(
        async () => await LabCommandLine.RunAsync(["sextant-no-such-program"]),
        Throws.TypeOf<LabException>().With.Message.Contains("'sextant-no-such-program' cannot be started"));
}
