using System.CommandLine;
using System.Globalization;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary><c>sextant node log MACHINE</c>: what a machine said last: its installer, and whatever it sent by syslog.</summary>
public static class NodeLogCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var machine = MachineArgument.Create();
        var lines = new Option<int>("--lines") { Description = "How many lines at most.", HelpName = "N", DefaultValueFactory = _ => LogEndpoint.DefaultLines };
        lines.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > LogEndpoint.LongestAnswer) result.AddError($"--lines is a number from 1 to {LogEndpoint.LongestAnswer}");
        });
        var command = new Command("log", "Print what a machine logged last, the newest line last.") { machine, lines };
        MachineArgument.SetAction(command, machine, async (arguments, client, known, cancelled) =>
        {
            var reply = await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"nodes/{known.ToHyphenString()}/log?lines={arguments.GetValue(lines)}"), cancelled);
            if (reply is not ServiceReply.Answered answered) return reply.Say();
            await Console.Out.WriteAsync(answered.Text);
            return Ending.Done;
        });
        return command;
    }
}
