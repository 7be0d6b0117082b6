using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sextant.Tftp.Wire;

namespace Sextant.Tftp.Server;

/// <summary>
/// A transfer's socket and thread. The socket's port is the transfer's identifier (TID); it stays unconnected, so that a stranger's packet is seen
/// and answered with ERROR 5 (RFC 1350 section 4) instead of being swallowed.
/// </summary>
/// <remarks>
/// TFTP is one round trip after the other, and waking a sleeping thread costs several times what the packet does. So a session whose client answered
/// quickly last time looks for the next packet for a moment before it sleeps; how many sessions may do that at once is bounded by the processors.
/// </remarks>
internal sealed class TftpSession : IDisposable
{
    private const int MaxPacket = 2048;
    private static readonly TimeSpan QuickAnswer = TimeSpan.FromMicroseconds(150);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(250);
    private static readonly int MaxSpinning = Math.Max(1, Environment.ProcessorCount / 2);
    private static int spinning;

    private readonly TimeProvider time;
    private readonly DateTimeOffset started;
    private readonly long startedTicks;
    private readonly Socket socket;
    private readonly SocketAddress peer;
    private readonly SocketAddress sender = new(AddressFamily.InterNetwork);
    private readonly TransferParameters parameters;
    private readonly TftpContent content;
    private readonly TftpTransfer transfer;
    private readonly byte[] received = new byte[MaxPacket];
    private readonly byte[] packet;
    private TimeSpan lastWait = TimeSpan.MaxValue;

    /// <summary>Takes a transfer's port at the given local address.</summary>
    /// <exception cref="SocketException">There is none.</exception>
    public TftpSession(IPAddress local, SocketAddress peer, TransferParameters parameters, TftpContent content, TimeProvider time)
    {
        this.time = time;
        this.peer = peer;
        this.parameters = parameters;
        this.content = content;
        transfer = new TftpTransfer(parameters, content.Length);
        packet = new byte[TftpWriter.DataHeaderLength + Math.Max(parameters.BlockSize, TftpReader.MaxRequestLength)];
        (started, startedTicks) = (time.GetUtcNow(), time.GetTimestamp());
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            // A path narrower than the link fragments the packet instead of losing it.
            socket.DontFragment = false;
            socket.Bind(new IPEndPoint(local, 0));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>True once the client has answered.</summary>
    public bool HasAnswered => Volatile.Read(ref hasAnswered);

    private bool hasAnswered;

    /// <summary>Octets of the file.</summary>
    public long Length => content.Length;

    /// <summary>Runs the transfer to its end; null when <paramref name="stopping"/> ended it.</summary>
    public TransferEnd? Run(CancellationToken stopping)
    {
        for (var step = transfer.Start(Now()); ; step = Next())
        {
            switch (step)
            {
                case TransferStep.Wait:
                    break;
                case TransferStep.SendOptions:
                    SendTo(peer, new TftpPacket.OptionAcknowledgment(parameters.Accepted));
                    break;
                case TransferStep.SendBlocks blocks:
                    for (var i = 0; i < blocks.Count; i++) SendBlock(blocks.First + i);
                    break;
                case TransferStep.End end:
                    return end.How;
                default:
                    throw new InvalidOperationException($"no act for step {step}");
            }
            if (stopping.IsCancellationRequested) return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        content.Dispose();
    }

    private TransferStep Next()
    {
        if (!WaitForPacket()) return transfer.OnTimer(Now());
        int length;
        try
        {
            length = socket.ReceiveFrom(received, SocketFlags.None, sender);
        }
        catch (SocketException)
        {
            // A datagram longer than the buffer, or gone by its checksum: no packet of this transfer.
            return transfer.OnTimer(Now());
        }
        if (!sender.Equals(peer))
        {
            SendTo(sender, new TftpPacket.Error(TftpErrorCode.UnknownTransferId, "Unknown transfer ID"));
            return transfer.OnTimer(Now());
        }
        if (!TftpReader.TryRead(received.AsSpan(0, length), out var answer, out _)) return transfer.OnTimer(Now());
        var step = transfer.OnPacket(answer, Now());
        Volatile.Write(ref hasAnswered, transfer.HasAnswered);
        return step is TransferStep.Wait ? transfer.OnTimer(Now()) : step;
    }

    private bool WaitForPacket()
    {
        var since = Stopwatch.GetTimestamp();
        if (lastWait < QuickAnswer && Interlocked.Increment(ref spinning) <= MaxSpinning)
        {
            while (Stopwatch.GetElapsedTime(since) < QuickAnswer)
            {
                if (!socket.Poll(0, SelectMode.SelectRead)) continue;
                Interlocked.Decrement(ref spinning);
                lastWait = Stopwatch.GetElapsedTime(since);
                return true;
            }
            Interlocked.Decrement(ref spinning);
        }
        else if (lastWait < QuickAnswer)
        {
            Interlocked.Decrement(ref spinning);
        }
        var sleep = transfer.NextDeadline - Now();
        if (sleep > LongestSleep) sleep = LongestSleep;
        var arrived = socket.Poll(sleep > TimeSpan.Zero ? sleep : TimeSpan.Zero, SelectMode.SelectRead);
        lastWait = Stopwatch.GetElapsedTime(since);
        return arrived;
    }

    private void SendBlock(long number)
    {
        var offset = (number - 1) * parameters.BlockSize;
        var length = (int)Math.Min(parameters.BlockSize, content.Length - offset);
        TftpWriter.WriteDataHeader(packet, (ushort)number);
        content.Read(offset, packet.AsSpan(TftpWriter.DataHeaderLength, length));
        Send(peer, packet.AsSpan(0, TftpWriter.DataHeaderLength + length));
    }

    private void SendTo(SocketAddress to, TftpPacket answer) => Send(to, packet.AsSpan(0, TftpWriter.Write(packet, answer)));

    private void Send(SocketAddress to, ReadOnlySpan<byte> octets)
    {
        try
        {
            socket.SendTo(octets, SocketFlags.None, to);
        }
        catch (SocketException)
        {
            // No route, no buffer, an unreachable client: to the transfer it is a packet that was lost.
        }
    }

    /// <summary>Time that only goes forward, however the system's clock is set meanwhile.</summary>
    private DateTimeOffset Now() => started + time.GetElapsedTime(startedTicks);
}
