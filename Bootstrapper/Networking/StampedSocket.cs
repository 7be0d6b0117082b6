using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sextant.Networking;

/// <summary>A UDP socket over IPv4 whose datagrams carry the kernel's time of their arrival (SO_TIMESTAMPNS), so that waiting to be read does not count. For one thread.</summary>
public sealed partial class StampedSocket : IDisposable
{
    private const int SolSocket = 1, SoTimestampNanoseconds = 35;
    private const int ControlLength = 64, ControlHeader = 16, AddressLength = 16;

    private readonly Socket socket;

    /// <summary>Binds an address and port, in the calling thread's network namespace.</summary>
    /// <exception cref="SocketException">They cannot be bound.</exception>
    public StampedSocket(IPEndPoint at)
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(at);
            Span<byte> on = stackalloc byte[sizeof(int)];
            BitConverter.TryWriteBytes(on, 1);
            socket.SetRawSocketOption(SolSocket, SoTimestampNanoseconds, on);
            ReceiveQueue.Watch(socket, "NTP");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Where it is bound.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)socket.LocalEndPoint!;

    /// <summary>Waits for a datagram.</summary>
    /// <returns>False when none came in time.</returns>
    public bool Wait(TimeSpan time) => socket.Poll(time, SelectMode.SelectRead);

    /// <summary>Receives a datagram; waits for it.</summary>
    /// <param name="datagram">Where it goes; what does not fit is lost.</param>
    /// <param name="sender">Set to who sent it.</param>
    /// <param name="arrived">When it arrived by the kernel's clock, to 100 ns; null when the kernel does not say.</param>
    /// <exception cref="SocketException">Receiving failed.</exception>
    public unsafe int Receive(Span<byte> datagram, SocketAddress sender, out DateTimeOffset? arrived)
    {
        Span<byte> control = stackalloc byte[ControlLength];
        fixed (byte* data = datagram, name = sender.Buffer.Span, ancillary = control)
        {
            var part = new IoVector { Base = data, Length = (nuint)datagram.Length };
            var message = new MessageHeader { Name = name, NameLength = AddressLength, Parts = &part, PartCount = 1, Control = ancillary, ControlLength = ControlLength };
            var length = ReceiveMessage(socket.SafeHandle, ref message, 0);
            if (length < 0) throw new SocketException((int)SocketError.SocketError, Marshal.GetLastPInvokeErrorMessage());
            arrived = StampIn(control[..(int)Math.Min(message.ControlLength, ControlLength)]);
            return (int)length;
        }
    }

    /// <summary>Sends a datagram.</summary>
    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to) => socket.SendTo(datagram, SocketFlags.None, to);

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    /// <summary>struct cmsghdr (length, level, type), then struct timespec (seconds, nanoseconds).</summary>
    private static DateTimeOffset? StampIn(ReadOnlySpan<byte> control)
    {
        if (control.Length < ControlHeader + 16 || BitConverter.ToInt32(control[8..]) != SolSocket || BitConverter.ToInt32(control[12..]) != SoTimestampNanoseconds) return null;
        var seconds = BitConverter.ToInt64(control[ControlHeader..]);
        var nanoseconds = BitConverter.ToInt64(control[(ControlHeader + 8)..]);
        return DateTimeOffset.UnixEpoch.AddTicks(seconds * TimeSpan.TicksPerSecond + nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Parts;
        public nuint PartCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReceiveMessage(SafeSocketHandle socket, ref MessageHeader message, int flags);
}
