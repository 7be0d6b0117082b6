namespace Sextant.Storage;

/// <content>What the store says, event ids 1200 to 1209.</content>
public sealed partial class JournalStore
{
    [LoggerMessage(1200, LogLevel.Information, "Store {Path} open: {Keys} keys, {Octets} octets")]
    private partial void LogOpened(string path, int keys, long octets);

    [LoggerMessage(1201, LogLevel.Warning, "Store {Path}: cut {Torn} octets of an interrupted, never acknowledged write at offset {Offset}")]
    private partial void LogTornTail(string path, long torn, long offset);

    [LoggerMessage(1202, LogLevel.Debug, "Store {Path} rewritten from {Before} to {After} octets")]
    private partial void LogRewritten(string path, long before, long after);

    [LoggerMessage(1203, LogLevel.Warning, "Store {Path} could not be rewritten and goes on growing")]
    private partial void LogRewriteFailed(string path, Exception cause);

    [LoggerMessage(1205, LogLevel.Error, "Store {Path} has no room for a commit; it goes on when the disk has")]
    private partial void LogNoRoom(string path, Exception cause);

    [LoggerMessage(1204, LogLevel.Critical, "Store {Path} failed and takes no more commits")]
    private partial void LogFailed(string path, Exception cause);
}
