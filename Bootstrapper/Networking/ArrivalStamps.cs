using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sextant.Networking;

/// <summary>Messages that carry the kernel's time of their arrival (socket(7), SO_TIMESTAMPNS): however long they wait to be read, it is known when they came.</summary>
internal static partial class ArrivalStamps
{
    private const int SolSocket = 1, SoTimestampNanoseconds = 35;
    private const int ControlLength = 64, ControlHeader = 16;
    private const int DoNotWait = 0x40; // MSG_DONTWAIT
    private const int TryAgain = 11; // EAGAIN

    /// <summary>Has the kernel stamp what arrives at a socket from now on.</summary>
    /// <exception cref="SocketException">The kernel refuses.</exception>
    public static void Ask(Socket socket)
    {
        Span<byte> on = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(on, 1);
        socket.SetRawSocketOption(SolSocket, SoTimestampNanoseconds, on);
    }

    /// <summary>Receives a message that waits, or as much of it as fits.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="octets">Where it goes.</param>
    /// <param name="sender">Set to who sent it.</param>
    /// <param name="arrived">When it arrived by the kernel's clock, to 100 ns; null when the kernel does not say.</param>
    /// <returns>How many octets; null when none waits.</returns>
    /// <exception cref="SocketException">Receiving failed.</exception>
    public static unsafe int? TryReceive(Socket socket, Span<byte> octets, SocketAddress sender, out DateTimeOffset? arrived)
    {
        arrived = null;
        Span<byte> control = stackalloc byte[ControlLength];
        fixed (byte* data = octets, name = sender.Buffer.Span, ancillary = control)
        {
            var part = new IoVector { Base = data, Length = (nuint)octets.Length };
            var message = new MessageHeader
            {
                Name = name, NameLength = (uint)sender.Buffer.Length, Parts = &part, PartCount = 1, Control = ancillary, ControlLength = ControlLength,
            };
            var length = ReceiveMessage(socket.SafeHandle, ref message, DoNotWait);
            if (length < 0)
            {
                if (Marshal.GetLastPInvokeError() == TryAgain) return null;
                throw new SocketException((int)SocketError.SocketError, Marshal.GetLastPInvokeErrorMessage());
            }
            arrived = StampIn(control[..(int)Math.Min(message.ControlLength, ControlLength)]);
            return (int)length;
        }
    }

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
