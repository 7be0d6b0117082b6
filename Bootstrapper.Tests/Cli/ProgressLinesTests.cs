using NUnit.Framework;
using Sextant.Cli;
using Sextant.Primitives;

namespace Sextant.Tests.Cli;

public sealed class ProgressLinesTests
{
    [Test]
    public void A_log_gets_a_line_at_the_beginning_at_each_quarter_and_at_the_end_of_an_item()
    {
        var output = new StringWriter { NewLine = "\n" };
        var lines = ProgressBars.LinesTo("pull", output);
        for (long done = 0; done <= 1000; done += 10) lines.Report(new WorkProgress("a", done, 1000));
        Assert.That(output.ToString(), Is.EqualTo("pull:   0% a\npull:  25% a\npull:  50% a\npull:  75% a\npull: 100% a\n"));
    }

    [Test]
    public void Items_are_told_apart_and_one_of_unknown_length_ends_when_its_length_is_known()
    {
        var output = new StringWriter { NewLine = "\n" };
        var lines = ProgressBars.LinesTo("pull", output);
        lines.Report(new WorkProgress("a", 0, null));
        lines.Report(new WorkProgress("b", 0, 10));
        lines.Report(new WorkProgress("a", 500, null));
        lines.Report(new WorkProgress("b", 10, 10));
        lines.Report(new WorkProgress("a", 700, 700));
        lines.Report(new WorkProgress("a", 700, 700));
        Assert.That(output.ToString(), Is.EqualTo("pull:   0% a\npull:   0% b\npull: 100% b\npull: 100% a\n"));
    }

    [Test]
    public void An_empty_item_is_done_at_once_and_a_restart_is_not_told_twice()
    {
        var output = new StringWriter { NewLine = "\n" };
        var lines = ProgressBars.LinesTo("pull", output);
        lines.Report(new WorkProgress("empty", 0, 0));
        lines.Report(new WorkProgress("a", 600, 1000));
        lines.Report(new WorkProgress("a", 0, 1000));
        lines.Report(new WorkProgress("a", 600, 1000));
        Assert.That(output.ToString(), Is.EqualTo("pull: 100% empty\npull:  50% a\n"));
    }
}
