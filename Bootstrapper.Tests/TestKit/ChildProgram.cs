using System.Diagnostics;

namespace Sextant.Tests.TestKit;

/// <summary>
/// The test assembly's own entry point: a test that needs a second process (to kill it, or to compete with it) starts this assembly again with the
/// name of a child program.
/// </summary>
public static class ChildProgram
{
    private static readonly Dictionary<string, Func<string[], int>> Programs = new()
    {
        [Storage.JournalKillTests.ChildName] = Storage.JournalKillTests.Child,
        [Scenarios.GarbageSender.ChildName] = Scenarios.GarbageSender.Child,
    };

    /// <summary>Runs the child program that the first argument names.</summary>
    public static int Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return args.Length > 0 && Programs.TryGetValue(args[0], out var program) ? program(args[1..]) : 2;
    }

    /// <summary>Starts a child program with its standard output redirected.</summary>
    public static Process Start(params string[] args) => Start(command => command, args);

    /// <summary>The same within another command, such as one that enters a network namespace.</summary>
    public static Process Start(Func<string[], string[]> wrap, params string[] args)
    {
        ArgumentNullException.ThrowIfNull(wrap);
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var command = wrap([host, "exec", typeof(ChildProgram).Assembly.Location, .. args]);
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false };
        return Process.Start(start) ?? throw new InvalidOperationException("the child did not start");
    }
}
