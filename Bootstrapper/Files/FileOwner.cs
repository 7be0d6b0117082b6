using System.Runtime.InteropServices;

namespace Sextant.Files;

/// <summary>Whom a file belongs to (statx(2), chown(2)).</summary>
/// <param name="User">The user's number.</param>
/// <param name="Group">The group's number.</param>
internal readonly partial record struct FileOwner(uint User, uint Group)
{
    private const int WorkingFolder = -100;
    private const uint UserAndGroup = 0x18;
    private const int StructureLength = 256;

    /// <summary>Whom this process runs as (proc(5)).</summary>
    public static FileOwner Self => Of("/proc/self") ?? throw new IOException("/proc/self is not there; /proc has to be mounted");

    /// <summary>The owner of a file; null when there is no such file.</summary>
    public static FileOwner? Of(string path)
    {
        Span<byte> answer = stackalloc byte[StructureLength];
        // struct statx of linux/stat.h: uid at 20, gid at 24.
        return Statx(WorkingFolder, Path.GetFullPath(path), 0, UserAndGroup, ref MemoryMarshal.GetReference(answer)) == 0
            ? new FileOwner(MemoryMarshal.Read<uint>(answer[20..]), MemoryMarshal.Read<uint>(answer[24..]))
            : null;
    }

    /// <summary>Makes the file theirs.</summary>
    /// <exception cref="IOException">This process may not.</exception>
    public void GiveTo(string path)
    {
        if (Of(path) == this) return;
        if (Chown(path, User, Group) != 0) throw new IOException($"cannot give {path} to user {User}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Chown(string path, uint user, uint group);
}
