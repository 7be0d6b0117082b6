using Microsoft.Extensions.Logging.Abstractions;
using Sextant.Files;

namespace Sextant.Storage;

/// <summary>When a journal is rewritten, and by how much it grows.</summary>
/// <param name="MinimumOctets">A file shorter than this is left alone.</param>
/// <param name="Factor">A file longer than this many times its live data is rewritten.</param>
/// <param name="PreallocatedOctets">Zeros that are written behind a commit that lengthens the file, for the next ones to overwrite.</param>
public sealed record JournalOptions(long MinimumOctets = 4 << 20, int Factor = 4, int PreallocatedOctets = 256 << 10);

/// <summary>
/// The durable store on the local disk: an append-only journal in a folder that one process holds. Commits that wait while the disk is busy go into
/// one frame and share one sync. Space is preallocated, because a commit that overwrites costs the disk one write, and one that lengthens the
/// file several. When the file has grown past its live data it is rewritten beside itself and takes its old name in one step.
/// A kill or a power failure at any moment loses nothing that was acknowledged.
/// </summary>
public sealed partial class JournalStore : IStore, IDisposable
{
    /// <summary>The journal's file name in its folder.</summary>
    internal const string FileName = "journal";

    /// <summary>The name of a rewritten journal before it replaces the old one.</summary>
    internal const string NewFileName = "journal.new";

    private const int GroupOctets = 8 << 20;

    private readonly IJournalFolder folder;
    private readonly JournalOptions options;
    private readonly ILogger logger;
    private readonly JournalState state = new();
    private readonly Thread writer;
    private readonly object gate = new();
    private readonly Queue<Pending> queue = new();
    private Exception? failure;
    private bool closed;

    // Everything below belongs to the writer's thread once it runs.
    private IJournalFile file;
    private JournalHeader header;
    private ulong nextNumber;
    private long end;
    private long allocatedEnd;
    private long rewriteAt;
    private byte[] frame = new byte[64 << 10];

    internal JournalStore(IJournalFolder folder, JournalOptions? options = null, ILogger<JournalStore>? logger = null)
    {
        this.folder = folder;
        this.options = options ?? new JournalOptions();
        this.logger = logger ?? NullLogger<JournalStore>.Instance;
        if (!folder.Exists(FileName))
        {
            JournalSnapshot.Write(folder, NewFileName, [], firstNumber: 1).File.Dispose();
            folder.Rename(NewFileName, FileName);
            folder.Sync();
        }
        var path = Path.Combine(folder.Path, FileName);
        file = folder.Open(FileName);
        try
        {
            var recovered = JournalRecovery.Read(file, path, state);
            (header, nextNumber, end, allocatedEnd) = (recovered.Header, recovered.NextNumber, recovered.End, recovered.AllocatedEnd);
            if (recovered.TornOctets > 0)
            {
                LogTornTail(path, recovered.TornOctets, end);
                file.SetLength(end);
                file.Sync();
            }
            folder.Delete(NewFileName);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        rewriteAt = RewriteThreshold();
        LogOpened(path, state.Count, end);
        writer = new Thread(Run) { IsBackground = true, Name = "journal" };
        writer.Start();
    }

    /// <summary>Opens the store in a folder, which is created when it is missing, and starts its writer.</summary>
    /// <exception cref="JournalException">Another process has the folder open; the journal is damaged or of a newer version; the disk refuses.</exception>
    public static JournalStore Open(string folder, JournalOptions? options = null, ILogger<JournalStore>? logger = null)
    {
        var held = new JournalFolder(folder);
        try
        {
            return new JournalStore(held, options, logger);
        }
        catch (Exception refusal)
        {
            held.Dispose();
            if (refusal is JournalException || refusal is not (IOException or UnauthorizedAccessException)) throw;
            throw new JournalException($"The store in {held.Path} cannot be opened: {refusal.Message}", refusal);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The arrays are the store's own; they are not to be changed.</remarks>
    public IReadOnlyList<KeyValuePair<string, byte[]>> Read(string prefix) => state.Read(prefix);

    /// <inheritdoc/>
    /// <remarks>The changes are copied before this returns. Commits become durable and visible in the order of the calls.</remarks>
    /// <exception cref="ArgumentException">A key is empty, longer than 512 octets or not valid Unicode, or the commit is longer than 64 MiB.</exception>
    public Task CommitAsync(IReadOnlyList<Change> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var copied = new Change[changes.Count];
        for (var i = 0; i < copied.Length; i++) copied[i] = changes[i] with { Value = changes[i].Value?.AsSpan().ToArray() };
        var pending = new Pending(copied, JournalFormat.Encode(copied));
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            if (failure is not null) return Task.FromException(Refusal(failure));
            if (copied.Length == 0) return Task.CompletedTask;
            queue.Enqueue(pending);
            if (queue.Count == 1) Monitor.Pulse(gate);
        }
        return pending.Done.Task;
    }

    /// <summary>Writes what is queued, stops the writer and lets go of the folder.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (closed) return;
            closed = true;
            Monitor.Pulse(gate);
        }
        writer.Join();
        file.Dispose();
        folder.Dispose();
    }

    private void Run()
    {
        var group = new List<Pending>();
        while (TakeGroup(group))
        {
            IOException? full;
            try
            {
                full = Append(group);
            }
            catch (Exception cause)
            {
                Fail(cause, group);
                return;
            }
            if (full is not null)
            {
                LogNoRoom(folder.Path, full);
                foreach (var pending in group) pending.Done.SetException(NoRoom(full));
                continue;
            }
            foreach (var pending in group) pending.Done.SetResult();
            if (end < rewriteAt) continue;
            try
            {
                Rewrite();
            }
            catch (Exception cause)
            {
                Fail(cause, []);
                return;
            }
        }
        try
        {
            if (allocatedEnd > end) file.SetLength(end); // nobody waits for it: zeros do no harm
        }
        catch (Exception cause)
        {
            Fail(cause, []);
        }
    }

    private bool TakeGroup(List<Pending> group)
    {
        group.Clear();
        lock (gate)
        {
            while (queue.Count == 0)
            {
                if (closed) return false;
                Monitor.Wait(gate);
            }
            long octets = 0;
            while (queue.TryPeek(out var next) && (group.Count == 0 || octets + next.Encoded.Length <= GroupOctets))
            {
                octets += next.Encoded.Length;
                group.Add(queue.Dequeue());
            }
        }
        return true;
    }

    /// <summary>
    /// Writes a group. A write that finds no room was never acknowledged: cut off again, it leaves the journal as it was, and the next one may find
    /// room. That holds for a write only; after a sync that failed nobody knows what is on the disk.
    /// </summary>
    /// <returns>Null when the group is on the disk; why not when there is no room.</returns>
    private IOException? Append(List<Pending> group)
    {
        var length = JournalFormat.FrameHeadLength;
        foreach (var pending in group) length += pending.Encoded.Length;
        var allocated = end + length > allocatedEnd ? length + options.PreallocatedOctets : length;
        if (frame.Length < allocated) frame = new byte[allocated];
        var at = JournalFormat.FrameHeadLength;
        foreach (var pending in group)
        {
            pending.Encoded.CopyTo(frame, at);
            at += pending.Encoded.Length;
        }
        JournalFormat.SealFrame(frame.AsSpan(0, length), header.Salt, nextNumber);
        frame.AsSpan(length, allocated - length).Clear();
        if (Write(frame.AsSpan(0, allocated)) is not null && Write(frame.AsSpan(0, length)) is { } full) return full;
        file.Sync();
        nextNumber++;
        end += length;
        state.Apply(group.SelectMany(pending => pending.Changes));
        return null;
    }

    /// <returns>Null when it is written; why not when there is no room, and then the journal is as it was, on the disk, too.</returns>
    private IOException? Write(ReadOnlySpan<byte> octets)
    {
        try
        {
            file.Write(end, octets);
            allocatedEnd = Math.Max(allocatedEnd, end + octets.Length);
            return null;
        }
        catch (IOException cause) when (Durable.IsDiskFull(cause))
        {
            file.SetLength(end);
            file.Sync();
            allocatedEnd = end;
            return cause;
        }
    }

    /// <summary>
    /// A journal that cannot be rewritten (no room for a second one) is still whole: it goes on growing, and the next try is at twice the size. From
    /// the rename on there is no way back: which of the two files a power failure leaves is known only after the folder's sync.
    /// </summary>
    private void Rewrite()
    {
        JournalSnapshot snapshot;
        try
        {
            snapshot = JournalSnapshot.Write(folder, NewFileName, state.Read(""), nextNumber);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            LogRewriteFailed(folder.Path, cause);
            rewriteAt = end * 2;
            return;
        }
        var old = (File: file, End: end);
        (file, header, nextNumber, end) = snapshot;
        allocatedEnd = end;
        old.File.Dispose();
        folder.Rename(NewFileName, FileName);
        folder.Sync();
        rewriteAt = RewriteThreshold();
        LogRewritten(folder.Path, old.End, end);
    }

    private long RewriteThreshold() => Math.Max(options.MinimumOctets, options.Factor * state.LiveOctets);

    private void Fail(Exception cause, List<Pending> group)
    {
        LogFailed(folder.Path, cause);
        lock (gate)
        {
            failure = cause;
            group.AddRange(queue);
            queue.Clear();
        }
        foreach (var pending in group) pending.Done.SetException(Refusal(cause));
    }

    private JournalException Refusal(Exception cause) => new(
        $"The store in {folder.Path} takes no more commits: {cause.Message} Free the disk or repair it, then restart Sextant.", cause);

    private JournalException NoRoom(IOException full) => new(
        $"The store in {folder.Path} has no room for this commit: {full.Message} Nothing is lost; free the disk, and it goes on.", full);

    private sealed record Pending(Change[] Changes, byte[] Encoded)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
