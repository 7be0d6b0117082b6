using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sextant.Assets;

/// <summary>A program of the building host and the Debian package that has it.</summary>
/// <param name="Name">The command.</param>
/// <param name="Package">Its Debian package.</param>
public sealed record HostProgram(string Name, string Package);

/// <summary>The end of a program.</summary>
/// <param name="ExitCode">0 when all went well.</param>
/// <param name="LastLines">The end of what it wrote, to say what went wrong.</param>
public sealed record ProgramResult(int ExitCode, IReadOnlyList<string> LastLines);

/// <summary>Looks for programs on the host and runs them.</summary>
internal static partial class HostPrograms
{
    private const int RememberedLines = 15;
    private const int SigTerm = 15;

    /// <summary>Those that are not on the path (a superuser's folders included).</summary>
    public static IReadOnlyList<HostProgram> Missing(IEnumerable<HostProgram> wanted)
    {
        var folders = Folders();
        return [.. wanted.Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program.Name))))];
    }

    /// <summary>The folders of programs, in the order in which they are looked through.</summary>
    public static IReadOnlyList<string> Folders() =>
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Concat(["/usr/sbin", "/sbin"]).Distinct(StringComparer.Ordinal)];

    /// <summary>
    /// Runs a program and hands over each line of its output and errors. When cancelled it is asked to stop (SIGTERM: mmdebstrap unmounts and
    /// removes its folder) and waited for.
    /// </summary>
    public static async Task<ProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string folder, Action<string> onLine, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var last = new Queue<string>();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, received) => Take(received.Data);
        process.ErrorDataReceived += (_, received) => Take(received.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await using (cancellation.Register(() => Terminate(process.Id)))
            await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        return new ProgramResult(process.ExitCode, [.. last]);

        void Take(string? line)
        {
            if (string.IsNullOrWhiteSpace(line)) return;
            lock (last)
            {
                last.Enqueue(line);
                if (last.Count > RememberedLines) last.Dequeue();
                onLine(line);
            }
        }
    }

    private static void Terminate(int process) => _ = Kill(process, SigTerm);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
