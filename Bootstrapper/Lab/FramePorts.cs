using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sextant.Lab;

/// <summary>Where Ethernet frames come from and go to, one thread each way.</summary>
internal interface IFramePort : IDisposable
{
    /// <summary>Waits for a frame; 0 when none came in time.</summary>
    int Receive(byte[] frame, TimeSpan patience);

    /// <summary>Sends a frame; it is lost when nobody is there.</summary>
    void Send(byte[] frame);
}

/// <summary>The host's end of a machine's cable: a tap interface, which the switch has on its other side (the kernel's networking/tuntap.rst).</summary>
internal sealed partial class TapPort : IFramePort
{
    private const int ReadWrite = 2, CloseOnExec = 0x80000; // O_RDWR, O_CLOEXEC
    private const nuint SetInterface = 0x400454ca; // TUNSETIFF
    private const short Tap = 2, NoPacketInformation = 0x1000; // IFF_TAP, IFF_NO_PI
    private const short Readable = 1; // POLLIN
    private const int Interrupted = 4;
    private const int InterfaceNameLength = 16, InterfaceRequestLength = 40;

    private readonly SafeFileHandle device;

    /// <summary>Takes the interface of that name in this process's network namespace.</summary>
    /// <exception cref="LabException">It does not exist, or another program has it.</exception>
    public TapPort(string name)
    {
        device = Open("/dev/net/tun", ReadWrite | CloseOnExec);
        // struct ifreq: the name, then a union of which the flags are the first two octets.
        var request = new byte[InterfaceRequestLength];
        Encoding.ASCII.GetBytes(name, request.AsSpan(0, InterfaceNameLength - 1));
        BitConverter.TryWriteBytes(request.AsSpan(InterfaceNameLength), (short)(Tap | NoPacketInformation));
        if (!device.IsInvalid && Control(device, SetInterface, ref MemoryMarshal.GetArrayDataReference(request)) == 0) return;
        var problem = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
        device.Dispose();
        throw new LabException($"the tap interface {name} cannot be opened: {problem}.");
    }

    /// <inheritdoc/>
    public int Receive(byte[] frame, TimeSpan patience)
    {
        var watched = new PollRequest { Descriptor = (int)device.DangerousGetHandle(), Events = Readable };
        if (Poll(ref watched, 1, (int)Math.Ceiling(patience.TotalMilliseconds)) <= 0) return 0;
        var length = (int)Read(device, ref MemoryMarshal.GetArrayDataReference(frame), frame.Length);
        if (length < 0 && Marshal.GetLastPInvokeError() != Interrupted) throw new LabException($"the tap interface cannot be read: {Marshal.GetLastPInvokeErrorMessage()}.");
        return Math.Max(0, length);
    }

    /// <inheritdoc/>
    public void Send(byte[] frame) => Write(device, in MemoryMarshal.GetArrayDataReference(frame), frame.Length);

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle device, nuint request, ref byte argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollRequest watched, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle from, ref byte buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle to, in byte buffer, nint length);
}

/// <summary>The machine's end: QEMU's network backend <c>dgram</c>, one datagram of a Unix socket a frame.</summary>
internal sealed class EmulatorPort : IFramePort
{
    private readonly Socket socket;
    private readonly UnixDomainSocketEndPoint emulator;

    /// <summary>Takes the place QEMU sends to.</summary>
    /// <param name="own">The socket QEMU sends to.</param>
    /// <param name="emulator">The socket QEMU listens on, while it runs.</param>
    public EmulatorPort(string own, string emulator)
    {
        this.emulator = new UnixDomainSocketEndPoint(emulator);
        // A machine that is stopped does not empty its queue; the frames of a second are what a card would keep.
        socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = 1000 };
        File.Delete(own);
        socket.Bind(new UnixDomainSocketEndPoint(own));
    }

    /// <inheritdoc/>
    public int Receive(byte[] frame, TimeSpan patience)
    {
        try
        {
            return socket.Poll(patience, SelectMode.SelectRead) ? socket.Receive(frame) : 0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    public void Send(byte[] frame)
    {
        try
        {
            socket.SendTo(frame, emulator);
        }
        catch (SocketException)
        {
            // The machine is off, or does not take frames.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
