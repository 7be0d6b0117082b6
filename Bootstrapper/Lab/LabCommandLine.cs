using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Sextant.Lab;

/// <summary>Runs the programs the rack is made with: to their end, or detached.</summary>
public static class LabCommandLine
{
    /// <summary>Runs a program to its end and answers what it printed.</summary>
    /// <exception cref="LabException">It cannot be started or exits with anything but 0; the message has its command line and its last words.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation = default)
    {
        var (exitCode, output, error) = await TryRunAsync(command, cancellation);
        return exitCode == 0 ? output : throw new LabException($"'{string.Join(' ', command)}' failed ({exitCode}): {(error.Length > 0 ? error : output).Trim()}");
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="LabException">It cannot be started.</exception>
    public static async Task<(int ExitCode, string Output, string Error)> TryRunAsync(IReadOnlyList<string> command, CancellationToken cancellation = default)
    {
        using var process = Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>
    /// Starts a program that outlives this one: in a session of its own (setsid(1)), without a terminal, its output appended to <paramref name="logFile"/>.
    /// </summary>
    /// <exception cref="LabException">It ended at once; the message has its last words.</exception>
    public static async Task<ProcessIdentity> StartDetachedAsync(IReadOnlyList<string> command, string logFile, CancellationToken cancellation = default)
    {
        // A child in the background is no process group leader, so setsid does not fork and the shell's $! stays the number of the program.
        const string script = """log=$1; shift; setsid -- "$@" </dev/null >>"$log" 2>&1 & echo $!""";
        var printed = await RunAsync(["/bin/sh", "-c", script, "sh", logFile, .. command], cancellation);
        return ProcessIdentity.Of(int.Parse(printed.Trim(), CultureInfo.InvariantCulture))
            ?? throw new LabException($"'{command[0]}' ended at once:{Environment.NewLine}{LogTail.Read(logFile, 20)}");
    }

    /// <summary>True when a program of that name is on the search path.</summary>
    public static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new LabException($"'{start.FileName}' cannot be started.");
        }
        catch (Win32Exception exception)
        {
            throw new LabException($"'{start.FileName}' cannot be started: {exception.Message}.");
        }
    }
}
