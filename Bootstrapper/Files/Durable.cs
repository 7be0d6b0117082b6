using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Files;

/// <summary>Files that are on the disk before anybody is told of them (fsync(2), rename(2)).</summary>
internal static partial class Durable
{
    private const int Interrupted = 4; // EINTR
    private const int ReadOnly = 0; // O_RDONLY; O_DIRECTORY has another value on each architecture and is not needed

    /// <summary>Flushes the file's content, gives it its new name in place of whatever had it, and flushes the folder.</summary>
    /// <exception cref="IOException">The disk does not take it; the file that had the name is untouched.</exception>
    public static void Rename(string from, string to)
    {
        Flush(from);
        File.Move(from, to, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Writes a small file under a hidden name beside it, then gives it its name: whoever reads sees the earlier content or all of the new one.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="content">Its content.</param>
    /// <param name="mode">Its mode, from the first octet on; null for the process's own default.</param>
    /// <param name="owner">Whom it is to belong to; null for whoever runs this.</param>
    /// <exception cref="IOException">The disk does not take it; the earlier file is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null, FileOwner? owner = null)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = mode };
            using (var file = new FileStream(temporary, options)) file.Write(content);
            owner?.GiveTo(temporary);
            Rename(temporary, path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Waits until the file's content is on the disk.</summary>
    public static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Waits until the file's content is on the disk, with its length if that grew; not its times (fdatasync(2)). Where octets of the file were overwritten, that is one
    /// write to the disk, while fsync(2) writes the file's inode as well. After a cut, use fsync(2).
    /// </summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void FlushContent(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }
        while (SynchronizeContent(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() == Interrupted) continue;
            throw new IOException($"cannot flush a file: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits until the names in the folder are on the disk.</summary>
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    public static void FlushFolder(string folder)
    {
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) throw Failure(folder);
        try
        {
            if (Synchronize(descriptor) != 0) throw Failure(folder);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Makes the folder and those above it that are missing, each on disk in the one above.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void CreateFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        var above = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        CreateFolder(above);
        Directory.CreateDirectory(folder);
        FlushFolder(above);
    }

    /// <summary>True when the disk, or the user's share of it, is full (ENOSPC, EDQUOT).</summary>
    public static bool IsDiskFull(IOException failure) => failure.HResult is 28 or 122;

    private static IOException Failure(string folder) => new($"cannot flush folder {folder}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SynchronizeContent(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
