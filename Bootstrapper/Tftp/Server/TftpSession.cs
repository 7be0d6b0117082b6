using System.Net;
using System.Net.Sockets;
using Sextant.Primitives;
using Sextant.Tftp.Wire;

namespace Sextant.Tftp.Server;

/// <summary>Where a client is: its address and port, which is its transfer identifier (TID).</summary>
internal readonly record struct TftpClient(Ipv4Address Address, int Port)
{
    /// <summary>The same for people.</summary>
    public override string ToString() => $"{Address}:{Port}";
}

/// <summary>
/// One transfer from its request on: first its file is opened elsewhere, then it has a socket and a <see cref="TftpTransfer"/>. It acts on steps and
/// decides nothing. Belongs to the server's thread.
/// </summary>
/// <remarks>
/// The socket is the transfer's own, whose port is the server's TID, and stays unconnected, so that a stranger's packet is seen and answered with ERROR 5
/// (RFC 1350 section 4) instead of being swallowed. With one port for everything it is the listener's.
/// </remarks>
internal sealed class TftpSession(long token, TftpClient client, SocketAddress peer, TftpPacket.Request request, TftpOffer offer, MacAddress? mac) : IDisposable
{
    private Socket? socket;
    private TftpContent? content;
    private TftpTransfer? transfer;
    private TransferParameters? parameters;
    private bool ownsSocket;

    /// <summary>Its number, never used again.</summary>
    public long Token { get; } = token;

    /// <summary>Where the packets go.</summary>
    public TftpClient Client { get; } = client;

    /// <summary>The same as the socket calls it.</summary>
    public SocketAddress Peer { get; } = peer;

    /// <summary>What was asked.</summary>
    public TftpPacket.Request Request { get; } = request;

    /// <summary>What it gets.</summary>
    public TftpOffer Offer { get; } = offer;

    /// <summary>The machine; null when nobody leases its address.</summary>
    public MacAddress? Mac { get; } = mac;

    /// <summary>Octets that are sent in all.</summary>
    public long Length => content?.Length ?? 0;

    /// <summary>The transfer's own socket; null before it has one, and when it shares the listener's.</summary>
    public Socket? OwnSocket => ownsSocket ? socket : null;

    /// <summary>True once packets are sent.</summary>
    public bool HasBegun => transfer is not null;

    /// <summary>True once the client has answered.</summary>
    public bool HasAnswered => transfer is { HasAnswered: true };

    /// <summary>When the client was heard last.</summary>
    public DateTimeOffset LastHeard { get; private set; }

    /// <summary>When <see cref="OnTimer"/> is due.</summary>
    public DateTimeOffset NextDeadline => transfer?.NextDeadline ?? DateTimeOffset.MaxValue;

    /// <summary>The earliest time at which the server looks at <see cref="NextDeadline"/> anyway.</summary>
    public DateTimeOffset LookedAtBy { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>Takes over content and socket, and sends the first packet.</summary>
    public void Begin(TftpContent content, TransferParameters parameters, Socket socket, bool ownsSocket, TftpOutbox outbox, DateTimeOffset now)
    {
        (this.content, this.parameters, this.socket, this.ownsSocket) = (content, parameters, socket, ownsSocket);
        transfer = new TftpTransfer(parameters, content.Length);
        Act(transfer.Start(now), outbox);
    }

    /// <summary>Takes a packet of the client's; the answer is how the transfer ended, null while it goes on.</summary>
    public TransferEnd? OnPacket(TftpPacket packet, TftpOutbox outbox, DateTimeOffset now)
    {
        LastHeard = now;
        var step = transfer!.OnPacket(packet, now);
        return Act(step is TransferStep.Wait ? transfer.OnTimer(now) : step, outbox);
    }

    /// <summary>Retransmits, or gives up, when the deadline has passed; the answer is how the transfer ended, null while it goes on.</summary>
    public TransferEnd? OnTimer(TftpOutbox outbox, DateTimeOffset now) => transfer is null ? null : Act(transfer.OnTimer(now), outbox);

    /// <inheritdoc/>
    public void Dispose()
    {
        OwnSocket?.Dispose();
        content?.Dispose();
    }

    private TransferEnd? Act(TransferStep step, TftpOutbox outbox)
    {
        switch (step)
        {
            case TransferStep.Wait:
                return null;
            case TransferStep.SendOptions:
                outbox.Send(socket!, Peer, new TftpPacket.OptionAcknowledgment(parameters!.Accepted));
                return null;
            case TransferStep.SendBlocks blocks:
                for (var number = blocks.First; number < blocks.First + blocks.Count; number++) outbox.SendBlock(socket!, Peer, content!, parameters!.BlockSize, number);
                return null;
            case TransferStep.End end:
                return end.How;
            default:
                throw new InvalidOperationException($"no act for step {step}");
        }
    }
}

/// <summary>Sends packets out of one buffer, which every transfer of the thread shares.</summary>
internal sealed class TftpOutbox
{
    private readonly byte[] packet = new byte[TftpWriter.DataHeaderLength + TftpNegotiation.MaxBlockSize];

    /// <summary>Sends a packet.</summary>
    public void Send(Socket socket, SocketAddress to, TftpPacket answer) => Send(socket, to, TftpWriter.Write(packet, answer));

    /// <summary>Sends a DATA packet.</summary>
    /// <param name="socket">From where.</param>
    /// <param name="to">Whereto.</param>
    /// <param name="content">The octets it has a part of.</param>
    /// <param name="blockSize">The size of every block but the last.</param>
    /// <param name="number">The block's number, counted from 1 without roll-over.</param>
    /// <exception cref="IOException">The content cannot be read.</exception>
    public void SendBlock(Socket socket, SocketAddress to, TftpContent content, int blockSize, long number)
    {
        var offset = (number - 1) * blockSize;
        var length = (int)Math.Min(blockSize, content.Length - offset);
        TftpWriter.WriteDataHeader(packet, (ushort)number);
        content.Read(offset, packet.AsSpan(TftpWriter.DataHeaderLength, length));
        Send(socket, to, TftpWriter.DataHeaderLength + length);
        TftpMetrics.Sent(length);
    }

    private void Send(Socket socket, SocketAddress to, int length)
    {
        try
        {
            socket.SendTo(packet.AsSpan(0, length), SocketFlags.None, to);
        }
        catch (SocketException)
        {
            // No route, no buffer, an unreachable client: to the transfer it is a packet that was lost.
        }
    }
}
