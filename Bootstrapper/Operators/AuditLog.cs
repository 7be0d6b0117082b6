using System.Text.Json;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Operators;

/// <summary>
/// The record of who did what: JSON lines in <c>audit.jsonl</c> of the state folder, which only its owner reads. When the file has <see cref="Limit"/> octets
/// it becomes <c>audit.1.jsonl</c>, in place of the one before. An entry is on disk before the answer leaves. Whoever adds the first one, the file belongs to
/// the owner of the folder.
/// </summary>
public sealed partial class AuditLog
{
    /// <summary>Octets of one file; there are two.</summary>
    public const int Limit = 4 << 20;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Lock gate = new();
    private readonly string path;
    private readonly string earlier;
    private readonly ILogger log;

    /// <summary>That of a state folder.</summary>
    public AuditLog(string state, ILogger<AuditLog> log)
    {
        path = Path.Combine(state, "audit.jsonl");
        earlier = Path.Combine(state, "audit.1.jsonl");
        this.log = log;
    }

    /// <summary>
    /// Adds an entry. What was done is done when it is written down, so a disk that takes no more does not undo it: the entry is in the service's log then,
    /// where every entry is.
    /// </summary>
    public void Add(AuditEntry entry)
    {
        LogEntry(entry.Who, entry.Peer, entry.What, entry.Mac, entry.Outcome, entry.Code, entry.Reason);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, AuditJson.Default.AuditEntry), (byte)'\n'];
        try
        {
            lock (gate) Append(line);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(path, failure);
        }
    }

    /// <summary>The latest entries, oldest first.</summary>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<AuditEntry> Latest(int count)
    {
        lock (gate) return [.. Entries(earlier).Concat(Entries(path)).TakeLast(count)];
    }

    private void Append(byte[] line)
    {
        if (new FileInfo(path) is { Exists: true, Length: var length } && length + line.Length > Limit) File.Move(path, earlier, overwrite: true);
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, BufferSize = 0, UnixCreateMode = OwnerOnly });
        // A line that a power failure cut off ends here.
        if (file.Length > 0 && file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() != '\n') file.WriteByte((byte)'\n');
        file.Seek(0, SeekOrigin.End);
        if (file.Length == 0 && Environment.IsPrivilegedProcess) FileOwner.Of(Path.GetDirectoryName(Path.GetFullPath(path))!)?.GiveTo(path);
        file.Write(line);
        file.Flush(flushToDisk: true);
    }

    private static IEnumerable<AuditEntry> Entries(string path) => File.Exists(path) ? File.ReadLines(path).Select(Read).OfType<AuditEntry>() : [];

    private static AuditEntry? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.AuditEntry);
        }
        catch (JsonException)
        {
            return null; // cut off, or not ours
        }
    }

    [LoggerMessage(EventId = 1630, Level = LogLevel.Information, Message = "operator {Who} {Peer}: {What} {Mac}: {Outcome} {Code} {Reason}")]
    private partial void LogEntry(string who, string? peer, string what, MacAddress? mac, string outcome, string? code, string? reason);

    [LoggerMessage(EventId = 1631, Level = LogLevel.Error, Message = "The audit log {Path} takes no more entries")]
    private partial void LogNotWritten(string path, Exception failure);
}
