using System.Globalization;
using System.Runtime.InteropServices;

namespace Sextant.Lab;

/// <summary>
/// One process and no other: its number alone is reused by the kernel, its number together with its start time is not. A signal goes only to the very
/// process that was started.
/// </summary>
/// <param name="Pid">The process number.</param>
/// <param name="StartTime">Field 22 of <c>/proc/PID/stat</c>: its start in clock ticks since the host's boot (proc(5)).</param>
public sealed partial record ProcessIdentity(int Pid, ulong StartTime)
{
    private const int Terminate = 15;
    private const int Kill = 9;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    /// <summary>The process of that number; null when there is none, or only its exit status is left (a zombie).</summary>
    public static ProcessIdentity? Of(int pid)
    {
        try
        {
            return TryReadStat(File.ReadAllText($"/proc/{pid}/stat"), out var state, out var startTime) && state is not ('Z' or 'X')
                ? new ProcessIdentity(pid, startTime)
                : null;
        }
        catch (IOException)
        {
            return null; // gone between the look and the read
        }
    }

    /// <summary>True while this very process runs.</summary>
    public bool IsAlive() => Of(Pid) == this;

    /// <summary>Asks the process to end (SIGTERM) and ends it (SIGKILL) when it is still there after <paramref name="patience"/>.</summary>
    /// <returns>True when it ended by itself or was gone already.</returns>
    public async Task<bool> StopAsync(TimeSpan patience, CancellationToken cancellation = default)
    {
        Signal(Terminate);
        if (await HasEndedAsync(patience, cancellation)) return true;
        await KillAsync(cancellation);
        return false;
    }

    /// <summary>Ends the process at once (SIGKILL) and waits until it is gone.</summary>
    /// <exception cref="LabException">It is still there after 10 seconds: it hangs in the kernel.</exception>
    public async Task KillAsync(CancellationToken cancellation = default)
    {
        Signal(Kill);
        if (!await HasEndedAsync(TimeSpan.FromSeconds(10), cancellation)) throw new LabException($"process {Pid} does not end; it hangs in the kernel.");
    }

    /// <summary>Waits at most <paramref name="patience"/> for the process to end.</summary>
    public async Task<bool> HasEndedAsync(TimeSpan patience, CancellationToken cancellation = default)
    {
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (IsAlive())
        {
            if (Environment.TickCount64 >= deadline) return false;
            await Task.Delay(Poll, cancellation);
        }
        return true;
    }

    /// <summary>Reads the state letter and the start time from a line of <c>/proc/PID/stat</c>. The command name (field 2) may hold blanks and
    /// parentheses, so fields are counted from its last closing one.</summary>
    public static bool TryReadStat(string line, out char state, out ulong startTime)
    {
        state = default;
        startTime = default;
        var close = line.LastIndexOf(')');
        if (close < 0) return false;
        var fields = line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // fields[0] is field 3
        if (fields.Length < 20 || fields[0].Length != 1) return false;
        state = fields[0][0];
        return ulong.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out startTime);
    }

    private void Signal(int signal)
    {
        if (IsAlive()) _ = SendSignal(Pid, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
