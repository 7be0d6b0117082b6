using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Networking;

/// <summary>
/// Waits on thousands of sockets at once (epoll(7), level-triggered), for one thread. Any thread may end its wait by <see cref="Wake"/> (eventfd(2)).
/// A socket that is closed leaves by itself.
/// </summary>
public sealed partial class ReadinessPoller : IDisposable
{
    private const int CloseOnExec = 0x80000; // EPOLL_CLOEXEC and EFD_CLOEXEC
    private const int NonBlocking = 0x800; // EFD_NONBLOCK
    private const int AddToSet = 1; // EPOLL_CTL_ADD
    private const uint Readable = 1; // EPOLLIN
    private const int Interrupted = 4;
    private const long WakeToken = -1;

    // struct epoll_event { uint32_t events; uint64_t data; } is packed on x86-64 and nowhere else.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 4 : 8;
    private static readonly int EventLength = DataOffset + sizeof(long);

    private readonly SafeFileHandle set;
    private readonly SafeFileHandle wake;
    private readonly byte[] events;

    /// <summary>A poller without sockets.</summary>
    /// <param name="most">How many ready sockets one wait reports at most.</param>
    /// <exception cref="Win32Exception">The process has no file descriptor left.</exception>
    public ReadinessPoller(int most)
    {
        events = new byte[most * EventLength];
        set = Opened(EpollCreate(CloseOnExec));
        try
        {
            wake = Opened(EventDescriptor(0, CloseOnExec | NonBlocking));
            Add(wake, WakeToken);
        }
        catch
        {
            wake?.Dispose();
            set.Dispose();
            throw;
        }
    }

    /// <summary>Watches a socket until it is closed.</summary>
    /// <param name="socket">It.</param>
    /// <param name="token">What <see cref="Wait"/> calls it, 0 or more.</param>
    /// <exception cref="Win32Exception">The kernel refuses (epoll_ctl(2)).</exception>
    public void Add(Socket socket, long token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        Add(socket.SafeHandle, token);
    }

    /// <summary>Ends the present wait, or the next one.</summary>
    public void Wake() => Write(wake, 1, sizeof(long));

    /// <summary>Waits until a socket can be read, somebody calls <see cref="Wake"/>, or the time is over.</summary>
    /// <param name="ready">Takes the tokens of readable sockets; those that find no room are reported by the next wait.</param>
    /// <param name="patience">How long; not positive looks without waiting. Rounded up to milliseconds.</param>
    /// <returns>How many tokens there are.</returns>
    public int Wait(Span<long> ready, TimeSpan patience)
    {
        var milliseconds = patience <= TimeSpan.Zero ? 0 : (int)Math.Min(int.MaxValue, Math.Ceiling(patience.TotalMilliseconds));
        var found = EpollWait(set, ref MemoryMarshal.GetArrayDataReference(events), Math.Min(ready.Length, events.Length / EventLength), milliseconds);
        if (found < 0 && Marshal.GetLastPInvokeError() != Interrupted) throw new Win32Exception(Marshal.GetLastPInvokeError());
        var count = 0;
        for (var i = 0; i < found; i++)
        {
            var token = BitConverter.ToInt64(events, i * EventLength + DataOffset);
            if (token == WakeToken) Read(wake, out _, sizeof(long));
            else ready[count++] = token;
        }
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        wake.Dispose();
        set.Dispose();
    }

    private void Add(SafeHandle descriptor, long token)
    {
        var watched = new byte[EventLength];
        BitConverter.TryWriteBytes(watched, Readable);
        BitConverter.TryWriteBytes(watched.AsSpan(DataOffset), token);
        if (EpollControl(set, AddToSet, descriptor, ref MemoryMarshal.GetArrayDataReference(watched)) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    private static SafeFileHandle Opened(int descriptor) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(SafeFileHandle set, int operation, SafeHandle descriptor, ref byte watched);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(SafeFileHandle set, ref byte events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventDescriptor(uint first, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle to, in long counter, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle from, out long counter, nint count);
}
