using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Sextant.Primitives;

namespace Sextant.Networking;

/// <summary>
/// Datagrams received and answered many at a time, by recvmmsg(2) and sendmmsg(2): under load one system call serves a whole batch, and a single datagram
/// waits for no other. Everything is allocated once. For one thread.
/// </summary>
public sealed unsafe partial class DatagramBatch : IDisposable
{
    private const int AddressLength = 16;
    private const int WaitForOne = 0x10000; // MSG_WAITFORONE
    private const int SolSocket = 1, ReceiveTimeoutOption = 20; // SO_RCVTIMEO
    private const int TryAgain = 11, Interrupted = 4;

    private readonly int capacity;
    private readonly int receiveSize;
    private readonly int sendSize;
    private readonly byte* addresses;
    private readonly byte* received;
    private readonly byte* replies;
    private readonly Vector* receiveVectors;
    private readonly Vector* sendVectors;
    private readonly MessageHeader* receiveHeaders;
    private readonly MessageHeader* sendHeaders;
    private int waiting;
    private bool isDisposed;

    /// <summary>Allocates a batch.</summary>
    /// <param name="capacity">Most datagrams at a time.</param>
    /// <param name="receiveSize">Octets of the longest datagram; what is longer arrives cut off.</param>
    /// <param name="sendSize">Octets of the longest reply.</param>
    public DatagramBatch(int capacity, int receiveSize, int sendSize)
    {
        (this.capacity, this.receiveSize, this.sendSize) = (capacity, receiveSize, sendSize);
        addresses = Allocate<byte>(capacity * AddressLength);
        received = Allocate<byte>(capacity * receiveSize);
        replies = Allocate<byte>(capacity * sendSize);
        receiveVectors = Allocate<Vector>(capacity);
        sendVectors = Allocate<Vector>(capacity);
        receiveHeaders = Allocate<MessageHeader>(capacity);
        sendHeaders = Allocate<MessageHeader>(capacity);
    }

    /// <summary>Makes <see cref="Receive"/> come back empty-handed after a time, so that its thread can look whether it is to end.</summary>
    public static void SetPatience(Socket socket, TimeSpan patience)
    {
        Span<byte> time = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(time, (long)patience.TotalSeconds);
        BinaryPrimitives.WriteInt64LittleEndian(time[8..], patience.Microseconds + patience.Milliseconds * 1000L);
        socket.SetRawSocketOption(SolSocket, ReceiveTimeoutOption, time);
    }

    /// <summary>Waits for a datagram, and takes what else is there.</summary>
    /// <returns>How many; 0 when none came in time.</returns>
    /// <exception cref="SocketException">The socket cannot receive.</exception>
    public int Receive(Socket socket)
    {
        for (var i = 0; i < capacity; i++)
        {
            receiveVectors[i] = new Vector { Base = received + i * receiveSize, Length = (nuint)receiveSize };
            receiveHeaders[i] = new MessageHeader { Name = addresses + i * AddressLength, NameLength = AddressLength, Vectors = receiveVectors + i, VectorCount = 1 };
        }
        waiting = 0;
        var count = ReceiveMany((int)socket.Handle, receiveHeaders, (uint)capacity, WaitForOne, null);
        if (count >= 0) return count;
        var error = Marshal.GetLastPInvokeError();
        return error is TryAgain or Interrupted ? 0 : throw new SocketException(error);
    }

    /// <summary>A datagram of the batch.</summary>
    public ReadOnlySpan<byte> Message(int index) => new(received + index * receiveSize, (int)Math.Min(receiveHeaders[index].Length, (uint)receiveSize));

    /// <summary>Who sent it.</summary>
    public Ipv4Address Source(int index) => Ipv4Address.FromOctets(new ReadOnlySpan<byte>(addresses + index * AddressLength + 4, 4));

    /// <summary>From which port.</summary>
    public int SourcePort(int index) => BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(addresses + index * AddressLength + 2, 2));

    /// <summary>Where the reply to it is written.</summary>
    public Span<byte> Reply(int index) => new(replies + index * sendSize, sendSize);

    /// <summary>The reply is written and leaves with the others.</summary>
    public void Answer(int index, int length)
    {
        sendVectors[waiting] = new Vector { Base = replies + index * sendSize, Length = (nuint)length };
        sendHeaders[waiting] = new MessageHeader { Name = addresses + index * AddressLength, NameLength = AddressLength, Vectors = sendVectors + waiting, VectorCount = 1 };
        waiting++;
    }

    /// <summary>Sends the replies.</summary>
    /// <returns>How many could not be sent: their receiver asks again.</returns>
    public int Send(Socket socket)
    {
        var (sent, failed) = (0, 0);
        while (sent < waiting)
        {
            var count = SendMany((int)socket.Handle, sendHeaders + sent, (uint)(waiting - sent), 0);
            if (count > 0) sent += count;
            else if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                // The first one is the one that failed.
                sent++;
                failed++;
            }
        }
        waiting = 0;
        return failed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        foreach (var block in (ReadOnlySpan<nint>)[(nint)addresses, (nint)received, (nint)replies, (nint)receiveVectors, (nint)sendVectors, (nint)receiveHeaders, (nint)sendHeaders])
            NativeMemory.Free((void*)block);
    }

    private static T* Allocate<T>(int count)
        where T : unmanaged => (T*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(T));

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    private static partial int ReceiveMany(int socket, MessageHeader* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int SendMany(int socket, MessageHeader* messages, uint count, int flags);

    /// <summary>struct iovec</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct mmsghdr of 64-bit Linux: struct msghdr (56 octets) and the datagram's length.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct MessageHeader
    {
        [FieldOffset(0)]
        public byte* Name;
        [FieldOffset(8)]
        public uint NameLength;
        [FieldOffset(16)]
        public Vector* Vectors;
        [FieldOffset(24)]
        public nuint VectorCount;
        [FieldOffset(56)]
        public uint Length;
    }
}
