using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Files;

/// <summary>
/// A lock between processes and within one (flock(2)): many may hold it shared, or one alone. It ends with the process, however that ends.
/// </summary>
/// <remarks>
/// Two files: everybody passes the gate before asking for the lock itself, and whoever wants it alone keeps the gate closed meanwhile. So a stream of
/// shared holders does not keep the exclusive one waiting for ever.
/// </remarks>
internal sealed partial class FileLock : IDisposable
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int DoNotBlock = 4;
    private const int OpenOrCreateForBoth = 0x80042; // O_RDWR | O_CREAT | O_CLOEXEC
    private const int OwnerOnly = 0x180; // 0600
    private const int WouldBlock = 11;
    private const int Interrupted = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly SafeFileHandle handle;

    private FileLock(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Waits for the lock together with others who do not want it alone.</summary>
    /// <param name="path">The lock's file; made when it is missing. Whoever has the lock alone may remove it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<FileLock> ShareAsync(string path, CancellationToken cancellation)
    {
        using var gate = await TakeAsync(path + ".gate", Shared, cancellation);
        return await TakeAsync(path, Shared, cancellation);
    }

    /// <summary>Waits for the lock alone.</summary>
    /// <param name="path">The lock's file; made when it is missing. Whoever has the lock alone may remove it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<FileLock> OwnAsync(string path, CancellationToken cancellation)
    {
        using var gate = await TakeAsync(path + ".gate", Exclusive, cancellation);
        return await TakeAsync(path, Exclusive, cancellation);
    }

    /// <summary>The lock alone, or null when somebody has it now.</summary>
    public static FileLock? TryOwn(string path) => TryTake(path, Exclusive);

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private static async Task<FileLock> TakeAsync(string path, int kind, CancellationToken cancellation)
    {
        while (true)
        {
            if (TryTake(path, kind) is { } taken) return taken;
            await Task.Delay(Pause, cancellation);
        }
    }

    private static FileLock? TryTake(string path, int kind)
    {
        // Not File.OpenHandle: it takes a lock of its own.
        var handle = new SafeFileHandle(Open(path, OpenOrCreateForBoth, OwnerOnly), ownsHandle: true);
        if (handle.IsInvalid) throw new IOException($"cannot open {path}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
        while (Lock(handle, kind | DoNotBlock) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted) continue;
            handle.Dispose();
            return error == WouldBlock ? null : throw new IOException($"cannot lock {path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        if (FileStamp.Of(path)?.Inode == FileStamp.Of(handle).Inode) return new FileLock(handle);
        // The file was removed between opening and locking it: others will lock another one.
        handle.Dispose();
        return TryTake(path, kind);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
