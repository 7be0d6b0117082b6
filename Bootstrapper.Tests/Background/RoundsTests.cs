using NUnit.Framework;
using Sextant.Background;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Background;

[TestFixture]
public sealed class RoundsTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    [Test, CancelAfter(10_000)]
    public async Task The_first_round_is_made_at_once_the_next_after_the_period_and_one_that_fails_ends_nothing(CancellationToken cancellation)
    {
        var time = new FakeTime();
        using var stopping = new CancellationTokenSource();
        using var made = new SemaphoreSlim(0);
        var (rounds, failures) = (0, new List<string>());
        var running = Rounds.RunAsync(
            Period,
            _ =>
            {
                rounds++;
                made.Release();
                return rounds switch
                {
                    2 => throw new InvalidOperationException("ours"),
                    3 => throw new OperationCanceledException("a patience that ended"),
                    _ => Task.CompletedTask,
                };
            },
            failure => failures.Add(failure.Message), time, stopping.Token);
        await made.WaitAsync(cancellation);
        time.Advance(Period - TimeSpan.FromTicks(1));
        Assert.That(rounds, Is.EqualTo(1));
        time.Advance(TimeSpan.FromTicks(1));
        await made.WaitAsync(cancellation);
        time.Advance(Period);
        await made.WaitAsync(cancellation);
        time.Advance(Period);
        await made.WaitAsync(cancellation);
        Assert.That(failures, Is.EqualTo(new[] { "ours", "a patience that ended" }));
        await stopping.CancelAsync();
        await running.WaitAsync(cancellation);
        Assert.That(rounds, Is.EqualTo(4));
    }
}
