using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Machines;

/// <summary>Prints each change to the test's output as it happens.</summary>
internal sealed class TestScreen : IRackScreen
{
    private RackProgress? last;

    public void Show(RackProgress progress)
    {
        var before = last ?? RackProgress.Begin(progress.Machines.Select(machine => machine.Machine), progress.StartedAt);
        foreach (var line in RackText.Changes(before, progress)) TestContext.Progress.WriteLine(line);
        last = progress;
    }
}
