using Microsoft.Win32.SafeHandles;
using Sextant.Files;

namespace Sextant.Storage;

/// <summary>What the journal asks of a folder. The second implementation is the tests' disk that loses power and runs full.</summary>
internal interface IJournalFolder : IDisposable
{
    /// <summary>The folder's path, for messages.</summary>
    string Path { get; }

    /// <summary>Whether the file exists.</summary>
    bool Exists(string name);

    /// <summary>Opens an existing file for reading and writing.</summary>
    IJournalFile Open(string name);

    /// <summary>Makes an empty file, in place of an existing one.</summary>
    IJournalFile Create(string name);

    /// <summary>Gives the file another name, in place of the file that has it.</summary>
    void Rename(string from, string to);

    /// <summary>Removes the file if it exists.</summary>
    void Delete(string name);

    /// <summary>Returns when names made, changed and removed so far are on disk.</summary>
    void Sync();
}

/// <summary>What the journal asks of a file.</summary>
internal interface IJournalFile : IDisposable
{
    /// <summary>Length in octets.</summary>
    long Length { get; }

    /// <summary>Reads up to the buffer's length; fewer at the end of the file.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Writes all octets.</summary>
    void Write(long offset, ReadOnlySpan<byte> octets);

    /// <summary>Cuts the file.</summary>
    void SetLength(long length);

    /// <summary>Returns when everything written is on disk.</summary>
    void Sync();
}

/// <summary>A folder of the real file system, held by this process alone as long as it is open.</summary>
internal sealed class JournalFolder : IJournalFolder
{
    private const string LockName = "lock";
    private const int LockedByAnother = 11; // EAGAIN of flock(2)
    private readonly FileStream held;

    /// <summary>Creates the folder when it is missing, and locks it.</summary>
    /// <exception cref="JournalException">Another process has it open, or it cannot be made.</exception>
    public JournalFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        try
        {
            if (!Directory.Exists(Path))
            {
                if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Path);
                else Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                if (System.IO.Path.GetDirectoryName(Path) is { } parent) Durable.FlushFolder(parent);
            }
            held = new FileStream(System.IO.Path.Combine(Path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new JournalException($"The state folder {Path} cannot be written by this user: {denied.Message}", denied);
        }
        catch (IOException failure) when (failure.HResult != LockedByAnother)
        {
            throw new JournalException($"The state folder {Path} cannot be opened: {failure.Message}", failure);
        }
        catch (IOException failure)
        {
            throw new JournalException(
                $"The state folder {Path} cannot be opened; most likely another Sextant process has it open. Stop that process first. ({failure.Message})", failure);
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public bool Exists(string name) => File.Exists(Full(name));

    /// <inheritdoc/>
    public IJournalFile Open(string name) => new DiskFile(File.OpenHandle(Full(name), FileMode.Open, FileAccess.ReadWrite, FileShare.Read));

    /// <inheritdoc/>
    public IJournalFile Create(string name)
    {
        var handle = File.OpenHandle(Full(name), FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        // What is stored may be secret, and a folder made by somebody else may be open to all.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new DiskFile(handle);
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(Full(from), Full(to), overwrite: true);

    /// <inheritdoc/>
    public void Delete(string name) => File.Delete(Full(name));

    /// <inheritdoc/>
    public void Sync() => Durable.FlushFolder(Path);

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();

    private string Full(string name) => System.IO.Path.Combine(Path, name);

    private sealed class DiskFile(SafeFileHandle handle) : IJournalFile
    {
        /// <summary>A cut is on the disk for certain after fsync(2) only.</summary>
        private bool isCut;

        public long Length => RandomAccess.GetLength(handle);

        public int Read(long offset, Span<byte> buffer)
        {
            var read = 0;
            while (read < buffer.Length)
            {
                var got = RandomAccess.Read(handle, buffer[read..], offset + read);
                if (got == 0) break;
                read += got;
            }
            return read;
        }

        public void Write(long offset, ReadOnlySpan<byte> octets) => RandomAccess.Write(handle, octets, offset);

        public void SetLength(long length)
        {
            RandomAccess.SetLength(handle, length);
            isCut = true;
        }

        public void Sync()
        {
            if (isCut) RandomAccess.FlushToDisk(handle);
            else Durable.FlushContent(handle);
            isCut = false;
        }

        public void Dispose() => handle.Dispose();
    }
}
