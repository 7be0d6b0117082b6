namespace Sextant.Cli;

/// <summary>
/// Whether standard error is the journal's. systemd says which socket that is in <c>JOURNAL_STREAM</c>, as device and inode (systemd.exec(5)); a program that was started from a service with its
/// output elsewhere has the variable, too, so the inode is compared.
/// </summary>
internal static class JournalStream
{
    private const string Variable = "JOURNAL_STREAM", StandardError = "/proc/self/fd/2";

    /// <summary>Whether this process writes to the journal.</summary>
    public static bool IsStandardError() => Is(Environment.GetEnvironmentVariable(Variable), new FileInfo(StandardError).LinkTarget);

    /// <summary>Whether the file that a descriptor's link names, <c>socket:[INODE]</c>, is the one of the variable, <c>DEVICE:INODE</c>.</summary>
    public static bool Is(string? variable, string? link) =>
        variable?.Split(':') is [_, { Length: > 0 } inode] && link == $"socket:[{inode}]";
}
