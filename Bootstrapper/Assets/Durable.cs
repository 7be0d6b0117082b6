using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Sextant.Assets;

/// <summary>Files that are on the disk before anybody is told of them.</summary>
internal static partial class Durable
{
    private const int ReadOnly = 0; // O_RDONLY; O_DIRECTORY has another value on each architecture and is not needed

    /// <summary>Flushes the file's content, gives it its new name in place of whatever had it, and flushes the folder.</summary>
    public static void Rename(string from, string to)
    {
        Flush(from);
        File.Move(from, to, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Waits until the file's content is on the disk.</summary>
    public static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Waits until the names in the folder are on the disk.</summary>
    /// <exception cref="Win32Exception">The folder cannot be opened or flushed.</exception>
    public static void FlushFolder(string folder)
    {
        // Only Linux has a way, and only Linux runs the appliance; a build of the tests elsewhere does without.
        if (!OperatingSystem.IsLinux()) return;
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        var result = Synchronize(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0) throw new Win32Exception(error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
