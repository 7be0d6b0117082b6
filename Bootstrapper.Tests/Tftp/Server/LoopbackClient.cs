using System.Net;
using System.Net.Sockets;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp.Server;

/// <summary>A socket that speaks TFTP.</summary>
internal sealed class LoopbackClient : IDisposable
{
    private readonly Socket socket;

    public LoopbackClient(int receiveBuffer = 1 << 20, IPAddress? address = null)
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000, ReceiveBufferSize = receiveBuffer };
        socket.Bind(new IPEndPoint(address ?? IPAddress.Loopback, 0));
    }

    public static TftpPacket.Request Request(string file, string options) => new(false, file, "octet",
        [.. options.Split(' ').Where(each => each.Length > 0).Select(each => new TftpOption(each.Split('=')[0], each.Split('=')[1]))]);

    /// <summary>Fetches a file.</summary>
    public static byte[] Get(IPEndPoint server, string file, string options)
    {
        using var client = new LoopbackClient();
        var request = Request(file, options);
        client.Send(server, request);
        var (packet, transfer) = client.Receive();
        var accepted = (packet as TftpPacket.OptionAcknowledgment ?? throw new InvalidDataException(TftpCorpus.Print(packet))).Options.ToDictionary(each => each.Name, each => int.Parse(each.Value, null));
        var blockSize = accepted["blksize"];
        var window = accepted.GetValueOrDefault("windowsize", 1);
        var content = new List<byte>();
        var inWindow = 0;
        client.Send(transfer, new TftpPacket.Acknowledgment(0));
        for (ushort expected = 1; ;)
        {
            packet = client.Receive().Packet;
            if (packet is TftpPacket.Error error) throw new InvalidDataException(TftpCorpus.Print(error));
            if (packet is not TftpPacket.Data data) continue;
            if (data.Block == expected)
            {
                content.AddRange(data.Content);
                expected++;
                var last = data.Content.Length < blockSize;
                if (++inWindow < window && !last) continue;
                inWindow = 0;
                client.Send(transfer, new TftpPacket.Acknowledgment(data.Block));
                if (last) return [.. content];
            }
            else
            {
                inWindow = 0;
                client.Send(transfer, new TftpPacket.Acknowledgment((ushort)(expected - 1)));
            }
        }
    }

    public void Send(IPEndPoint to, TftpPacket packet, bool broadcast = false)
    {
        socket.EnableBroadcast = broadcast;
        var octets = new byte[2000];
        SendRaw(to, octets[..TftpWriter.Write(octets, packet)]);
    }

    public void SendRaw(IPEndPoint to, byte[] octets) => socket.SendTo(octets, to);

    public (TftpPacket Packet, IPEndPoint From) Receive()
    {
        var octets = new byte[70_000];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        var length = socket.ReceiveFrom(octets, ref from);
        return TftpReader.TryRead(octets.AsSpan(0, length), out var packet, out var error) ? (packet, (IPEndPoint)from) : throw new InvalidDataException($"{error}");
    }

    public void Dispose() => socket.Dispose();
}
