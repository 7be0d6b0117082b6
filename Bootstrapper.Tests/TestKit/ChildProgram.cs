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
    };

    /// <summary>Runs the child program that the first argument names.</summary>
    public static int Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return args.Length > 0 && Programs.TryGetValue(args[0], out var program) ? program(args[1..]) : 2;
    }

    /// <summary>Starts a child program with its standard output redirected.</summary>
    public static Process Start(params string[] args)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(ChildProgram).Assembly.Location);
        foreach (var arg in args) start.ArgumentList.Add(arg);
        return Process.Start(start) ?? throw new InvalidOperationException("the child did not start");
    }
}
