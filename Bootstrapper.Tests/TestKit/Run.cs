using System.Diagnostics;

namespace Sextant.Tests.TestKit;

/// <summary>What a finished program left.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error);

/// <summary>Runs programs to their end, bounded in time; the built product as <c>sextant</c>.</summary>
internal static class Run
{
    /// <summary>The built product, run by the same <c>dotnet</c> as the tests.</summary>
    public static string SextantDll { get; } = Path.Combine(AppContext.BaseDirectory, "sextant.dll");

    /// <summary>Runs <c>sextant</c>.</summary>
    public static Outcome Sextant(string folder, params string[] arguments) => Program(folder, "dotnet", [SextantDll, .. arguments]);

    /// <summary>Runs any program.</summary>
    public static Outcome Program(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} still ran after 60 s");
        }
        return new Outcome(process.ExitCode, output.Result, error.Result);
    }
}
