using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Sextant.Dhcp.Wire;
using Sextant.Networking;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// The cable of thousands of simulated machines: frames out in each machine's own name, DHCP replies to each by its transaction, and ARP answered for every
/// address that a machine was granted – and for no other, or the server would find them all in use.
/// </summary>
internal sealed class StormWire : IDisposable
{
    private const string Interface = "peer0";
    private const int SolSocket = 1, AttachFilter = 26;

    /// <summary>The hardware address that answers for the machines' addresses.</summary>
    private static readonly MacAddress Own = MacAddress.Parse("02:00:00:00:00:fe");

    private readonly Socket frames;
    private readonly Socket arp;
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<DhcpPacket>> waiting = new();
    private readonly ConcurrentDictionary<Ipv4Address, bool> granted = new();
    private readonly Thread[] threads;
    private volatile bool isOver;

    /// <summary>Takes the client's end of a segment. The kernel there must own the machines' addresses and leave ARP for them to us.</summary>
    public StormWire(Segment segment)
    {
        segment.SetClientMac(Own.ToString());
        (frames, arp) = segment.OnClientHost(() => (RawLink.Open(Interface, RawLink.EveryProtocol), RawLink.Open(Interface, RawLink.Arp)));
        DhcpRepliesOnly(frames);
        ReceiveQueue.Enlarge(frames, 16 << 20);
        ReceiveQueue.Enlarge(arp, 4 << 20);
        threads = [new Thread(ReceiveReplies), new Thread(AnswerArp)];
        foreach (var thread in threads) thread.Start();
    }

    /// <summary>Broadcasts a machine's message.</summary>
    public void Send(MacAddress mac, DhcpPacket message)
    {
        var payload = new byte[1500];
        if (!DhcpWriter.TryWrite(message, payload, out var length)) throw new InvalidOperationException("a message does not fit");
        RawLink.SendDhcp(frames, mac, payload.AsSpan(0, length));
    }

    /// <summary>The next reply of a transaction.</summary>
    public Task<DhcpPacket> ReplyTo(uint transaction) =>
        waiting.GetOrAdd(transaction, _ => new TaskCompletionSource<DhcpPacket>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Nobody waits for the transaction any more.</summary>
    public void Forget(uint transaction) => waiting.TryRemove(transaction, out _);

    /// <summary>From now on the address answers. False when it did already: two machines have it.</summary>
    public bool Grant(Ipv4Address address) => granted.TryAdd(address, true);

    public void Dispose()
    {
        isOver = true;
        foreach (var thread in threads) thread.Join();
        frames.Dispose();
        arp.Dispose();
    }

    private void ReceiveReplies()
    {
        var frame = new byte[2048];
        while (!isOver)
        {
            if (!frames.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead)) continue;
            var length = frames.Receive(frame);
            if (Pcap.Udp(default, frame[..length]) is not { SourcePort: 67, DestinationPort: 68 } datagram) continue;
            if (!DhcpReader.TryRead(datagram.Payload, out var reply, out _) || reply.Op is not BootOp.Reply) continue;
            if (waiting.TryRemove(reply.TransactionId, out var waiter)) waiter.TrySetResult(reply);
        }
    }

    private void AnswerArp()
    {
        var frame = new byte[2048];
        while (!isOver)
        {
            if (!arp.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead)) continue;
            var length = arp.Receive(frame);
            if (length < RawLink.HeaderLength || !ArpPacket.TryRead(frame.AsSpan(RawLink.HeaderLength, length - RawLink.HeaderLength), out var asked)) continue;
            if (asked.Operation is not ArpOperation.Request || asked.SenderMac == Own || !granted.ContainsKey(asked.Target)) continue;
            var answer = new byte[RawLink.HeaderLength + ArpPacket.Length];
            asked.SenderMac.CopyTo(answer);
            Own.CopyTo(answer.AsSpan(MacAddress.Length));
            BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(12), 0x0806);
            new ArpPacket(ArpOperation.Reply, Own, asked.Target, asked.SenderMac, asked.Sender).Write(answer.AsSpan(RawLink.HeaderLength));
            arp.Send(answer);
        }
    }

    /// <summary>
    /// Everything else that passes, transfers and scripts, stays out of the queue (SO_ATTACH_FILTER of socket(7)): IPv4 without options, UDP, to port 68, not
    /// sent by ourselves.
    /// </summary>
    private static void DhcpRepliesOnly(Socket socket)
    {
        (ushort Code, byte True, byte False, uint Value)[] program =
        [
            (0x28, 0, 0, 0xfffff004), // packet type (SKF_AD_PKTTYPE)
            (0x15, 8, 0, 4),          // PACKET_OUTGOING: no
            (0x28, 0, 0, 12),         // Ethernet type
            (0x15, 0, 6, 0x0800),
            (0x30, 0, 0, 23),         // protocol
            (0x15, 0, 4, 17),
            (0x28, 0, 0, 36),         // UDP destination port
            (0x15, 0, 2, 68),
            (0x06, 0, 0, 0xffff),     // whole
            (0x06, 0, 0, 0),
            (0x06, 0, 0, 0),
        ];
        var instructions = new byte[program.Length * 8];
        for (var i = 0; i < program.Length; i++)
        {
            var (code, whenTrue, whenFalse, value) = program[i];
            BitConverter.TryWriteBytes(instructions.AsSpan(i * 8), code);
            (instructions[i * 8 + 2], instructions[i * 8 + 3]) = (whenTrue, whenFalse);
            BitConverter.TryWriteBytes(instructions.AsSpan(i * 8 + 4), value);
        }
        var pinned = GCHandle.Alloc(instructions, GCHandleType.Pinned);
        try
        {
            // struct sock_fprog { unsigned short len; struct sock_filter *filter; }
            var filter = new byte[16];
            BitConverter.TryWriteBytes(filter, (ushort)program.Length);
            BitConverter.TryWriteBytes(filter.AsSpan(8), pinned.AddrOfPinnedObject());
            socket.SetRawSocketOption(SolSocket, AttachFilter, filter);
        }
        finally
        {
            pinned.Free();
        }
    }
}
