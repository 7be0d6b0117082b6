using System.CommandLine;
using System.Text.Json;
using Sextant.Registry;

namespace Sextant.Cli;

/// <summary><c>sextant images verify</c>: reads everything again.</summary>
public static class ImagesVerifyCommand
{
    /// <summary>The verb. Exit code 1 when something is wrong.</summary>
    public static Command Create(ImagesOptions common)
    {
        var command = new Command("verify", "Read every image again and compare it with its digests.");
        command.SetAction((arguments, cancellation) => ImagesCommand.RunAsync(arguments.GetRequiredValue(common.State), async store =>
        {
            var problems = await ProgressBars.RunAsync("verify", progress => StoreVerification.RunAsync(store, progress, cancellation));
            if (arguments.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(problems.ToArray(), ImagesJson.Default.StoreProblemArray));
            else if (problems.Count == 0) Console.Out.WriteLine($"{store.Folder}: all is well");
            return problems.Count == 0 ? 0 : arguments.GetValue(common.Json) ? 1 : Ending.Failed(problems.Select(problem => problem.ToString()));
        }));
        return command;
    }
}
