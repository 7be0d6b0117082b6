using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Files;

/// <summary>
/// What the file system says of a file whenever its content may have changed (statx(2)). The change time cannot be set by anybody, so two equal stamps
/// of one path are one content, unless the disk itself lies.
/// </summary>
/// <param name="Inode">The inode's number.</param>
/// <param name="Device">The file system's number.</param>
/// <param name="Length">Size in octets.</param>
/// <param name="Modified">Modification time, nanoseconds since 1970.</param>
/// <param name="Changed">Change time of the inode, nanoseconds since 1970.</param>
internal readonly partial record struct FileStamp(ulong Inode, ulong Device, long Length, long Modified, long Changed)
{
    private const int WorkingFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int StructureLength = 256;

    /// <summary>The stamp of an open file.</summary>
    /// <exception cref="IOException">The file system does not tell.</exception>
    public static FileStamp Of(SafeFileHandle file)
    {
        Span<byte> answer = stackalloc byte[StructureLength];
        return Statx(file, "", EmptyPath, BasicStats, ref MemoryMarshal.GetReference(answer)) == 0
            ? Read(answer)
            : throw new IOException($"cannot look at a file: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The stamp of the file that has the name now; null when it cannot be looked at.</summary>
    public static FileStamp? Of(string path)
    {
        Span<byte> answer = stackalloc byte[StructureLength];
        return StatxAt(WorkingFolder, Path.GetFullPath(path), 0, BasicStats, ref MemoryMarshal.GetReference(answer)) == 0 ? Read(answer) : null;
    }

    /// <summary>struct statx of linux/stat.h: ino at 32, size at 40, ctime at 96, mtime at 112 (seconds in 64 bits, nanoseconds in 32), dev at 136 and 140.</summary>
    private static FileStamp Read(ReadOnlySpan<byte> answer) => new(
        MemoryMarshal.Read<ulong>(answer[32..]),
        (ulong)MemoryMarshal.Read<uint>(answer[136..]) << 32 | MemoryMarshal.Read<uint>(answer[140..]),
        MemoryMarshal.Read<long>(answer[40..]), Time(answer[112..]), Time(answer[96..]));

    private static long Time(ReadOnlySpan<byte> timestamp) =>
        MemoryMarshal.Read<long>(timestamp) * 1_000_000_000 + MemoryMarshal.Read<uint>(timestamp[8..]);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(SafeFileHandle folder, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatxAt(int folder, string path, int flags, uint mask, ref byte answer);
}
