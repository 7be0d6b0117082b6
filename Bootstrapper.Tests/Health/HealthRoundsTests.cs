using NUnit.Framework;
using Sextant.Health;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Health;

[TestFixture]
public sealed class HealthRoundsTests
{
    [Test, CancelAfter(10_000)]
    public async Task The_first_round_is_made_at_once_the_next_after_the_period_and_one_that_fails_ends_nothing(CancellationToken cancellation)
    {
        var time = new FakeTime();
        using var stopping = new CancellationTokenSource();
        using var made = new SemaphoreSlim(0);
        var (rounds, failures) = (0, new List<string>());
        var running = HealthRounds.RunAsync(
            _ =>
            {
                rounds++;
                made.Release();
                return rounds == 2 ? throw new InvalidOperationException("ours") : Task.CompletedTask;
            },
            failure => failures.Add(failure.Message), time, stopping.Token);
        await made.WaitAsync(cancellation);
        time.Advance(HealthRounds.Period - TimeSpan.FromTicks(1));
        Assert.That(rounds, Is.EqualTo(1));
        time.Advance(TimeSpan.FromTicks(1));
        await made.WaitAsync(cancellation);
        time.Advance(HealthRounds.Period);
        await made.WaitAsync(cancellation);
        Assert.That((rounds, failures.Single()), Is.EqualTo((3, "ours")));
        await stopping.CancelAsync();
        await running.WaitAsync(cancellation);
        Assert.That(rounds, Is.EqualTo(3));
    }
}
