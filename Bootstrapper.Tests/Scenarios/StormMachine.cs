using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;
using Sextant.Tests.Dhcp;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// One machine of UEFI firmware on its way to its boot script: DHCP and TFTP as EDK2 speaks them, then DHCP and HTTP as iPXE does, with the retries of both
/// and no more. It asks for what the answers before named, and for nothing it knows by itself.
/// </summary>
internal sealed class StormMachine(StormWire wire, MacAddress mac, Socket datagrams, Socket stream, bool fetchesWhole)
{
    /// <summary>EDK2 asks again after 4, 8, 16 and 32 seconds (PxeBcDhcp4.c); iPXE begins at one second.</summary>
    private static readonly TimeSpan[] FirmwarePatience = [.. new[] { 4, 8, 16, 32 }.Select(seconds => TimeSpan.FromSeconds(seconds))];
    private static readonly TimeSpan[] IpxePatience = [.. new[] { 1, 2, 4, 8, 16 }.Select(seconds => TimeSpan.FromSeconds(seconds))];
    private static readonly TimeSpan TftpPatience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ScriptPatience = TimeSpan.FromSeconds(60);
    private const int TftpTries = 6, FirstBlocks = 4;
    private const ushort Broadcast = DhcpPacket.BroadcastFlag;

    private static readonly DhcpOption[] Firmware =
    [
        DhcpOption.Of(OptionCode.MaximumMessageSize, (ushort)1472), new(OptionCode.ParameterRequestList, new byte[] { 1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135 }),
        new(OptionCode.ClientMachineIdentifier, new byte[17]), new(OptionCode.ClientNetworkInterface, new byte[] { 1, 3, 16 }),
        DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)7), DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00007:UNDI:003016"),
    ];

    private static int transactions;

    /// <summary>The machine.</summary>
    public MacAddress Mac => mac;

    /// <summary>How far it came, for the report of one that did not arrive.</summary>
    public string Stage { get; private set; } = "off";

    /// <summary>Its address.</summary>
    public Ipv4Address Address { get; private set; }

    /// <summary>Messages that had to be sent again.</summary>
    public int Retries { get; private set; }

    /// <summary>Boots up to the script; the answer is the script.</summary>
    /// <exception cref="TimeoutException">An answer did not come in the firmware's patience.</exception>
    /// <exception cref="InvalidDataException">An answer was wrong.</exception>
    public async Task<string> BootAsync()
    {
        using (datagrams)
        using (stream)
        {
            Stage = "firmware DHCP";
            var ack = await LeaseAsync(Firmware, Broadcast, FirmwarePatience);
            Address = ack.YourAddress;
            Check(wire.Grant(Address), $"{Address} was granted to two machines");
            Stage = "TFTP";
            datagrams.Bind(new IPEndPoint(Address.ToIPAddress(), 0));
            await FetchLoaderAsync(new IPEndPoint(ack.NextServer.ToIPAddress(), 69), ack.File);
            Stage = "iPXE DHCP";
            var second = await LeaseAsync(Says.Ipxe, 0, IpxePatience);
            Check(second.YourAddress == Address, $"{Address} became {second.YourAddress}");
            second.Options.Read(OptionCode.BootFileName, out string url);
            Stage = "boot script";
            var script = await FetchScriptAsync(new Uri(url)).WaitAsync(ScriptPatience);
            Stage = "done";
            return script;
        }
    }

    private async Task<DhcpPacket> LeaseAsync(DhcpOption[] client, ushort flags, TimeSpan[] patience)
    {
        var offer = await AskAsync(DhcpMessageType.Discover, DhcpMessageType.Offer, client, flags, patience);
        Check(offer.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address server) is OptionRead.Present, "an offer has no server identifier");
        DhcpOption[] chosen = [DhcpOption.Of(OptionCode.ServerIdentifier, server), DhcpOption.Of(OptionCode.RequestedAddress, offer.YourAddress), .. client];
        var ack = await AskAsync(DhcpMessageType.Request, DhcpMessageType.Ack, chosen, flags, patience);
        Check(ack.YourAddress == offer.YourAddress, $"{offer.YourAddress} was offered and {ack.YourAddress} granted");
        return ack;
    }

    private async Task<DhcpPacket> AskAsync(DhcpMessageType type, DhcpMessageType expected, DhcpOption[] options, ushort flags, TimeSpan[] patience)
    {
        var transaction = (uint)Interlocked.Increment(ref transactions);
        var message = Says.Message(mac, type, options, flags: flags);
        var request = new DhcpPacket
        {
            Op = message.Op, TransactionId = transaction, Flags = flags, HardwareAddress = message.HardwareAddress, Options = message.Options,
        };
        foreach (var wait in patience)
        {
            var reply = wire.ReplyTo(transaction);
            wire.Send(mac, request);
            if (await Task.WhenAny(reply, Task.Delay(wait)) == reply)
            {
                var answer = await reply;
                answer.Options.Read(out DhcpMessageType got);
                Check(got == expected && answer.HardwareAddress.Span.SequenceEqual(request.HardwareAddress.Span), $"{type} was answered with {answer.Summary()}");
                return answer;
            }
            Retries++;
        }
        wire.Forget(transaction);
        throw new TimeoutException($"{type} got no answer");
    }

    /// <summary>EDK2 asks for the size first and breaks off, then fetches (PxeBcMtftp.c).</summary>
    private async Task FetchLoaderAsync(EndPoint server, string file)
    {
        var (size, port) = await AskTftpAsync(Read(file, "tsize", "0", "blksize", "1468"), server, opcode: 6, block: null);
        await datagrams.SendToAsync(Error(), SocketFlags.None, port);
        var announced = long.Parse(OptionOf(size, "tsize"), System.Globalization.CultureInfo.InvariantCulture);
        (_, port) = await AskTftpAsync(Read(file, "blksize", "1468"), server, opcode: 6, block: null);
        long octets = 0;
        for (ushort block = 0; ; block++)
        {
            var (data, _) = await AskTftpAsync([0, 4, (byte)(block >> 8), (byte)block], port, opcode: 3, block: (ushort)(block + 1));
            octets += data.Length - 4;
            if (data.Length - 4 < 1468) break;
            if (fetchesWhole || block + 1 < FirstBlocks) continue;
            await datagrams.SendToAsync(Error(), SocketFlags.None, port);
            return;
        }
        await datagrams.SendToAsync(new byte[] { 0, 4, 0, 0 }, SocketFlags.None, port);
        Check(octets == announced, $"{file} has {octets} octets, and {announced} were announced");
    }

    private async Task<(byte[] Answer, EndPoint From)> AskTftpAsync(byte[] packet, EndPoint to, byte opcode, ushort? block)
    {
        var buffer = new byte[2048];
        for (var attempt = 0; attempt < TftpTries; attempt++)
        {
            if (attempt > 0) Retries++;
            await datagrams.SendToAsync(packet, SocketFlags.None, to);
            using var patience = new CancellationTokenSource(TftpPatience);
            try
            {
                while (true)
                {
                    var received = await datagrams.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), patience.Token);
                    var answer = buffer.AsSpan(0, received.ReceivedBytes);
                    if (answer.Length < 4) continue;
                    Check(answer[1] != 5, $"TFTP error: {Encoding.ASCII.GetString(answer[4..])}");
                    // What a retry brought twice is not this answer.
                    if (answer[1] != opcode || (block is { } wanted && BinaryPrimitives.ReadUInt16BigEndian(answer[2..]) != wanted)) continue;
                    return (answer.ToArray(), received.RemoteEndPoint);
                }
            }
            catch (OperationCanceledException)
            {
                // again
            }
        }
        throw new TimeoutException("TFTP got no answer");
    }

    private async Task<string> FetchScriptAsync(Uri url)
    {
        stream.Bind(new IPEndPoint(Address.ToIPAddress(), 0));
        await stream.ConnectAsync(new IPEndPoint(IPAddress.Parse(url.Host), url.Port));
        await stream.SendAsync(Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Host}\r\nUser-Agent: iPXE/1.21.1\r\nConnection: close\r\n\r\n"));
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (await stream.ReceiveAsync(buffer) is > 0 and var length) text.Append(Encoding.ASCII.GetString(buffer, 0, length));
        var answer = text.ToString();
        Check(answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), answer);
        return answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    private static byte[] Read(string file, params string[] options) =>
        [0, 1, .. Encoding.ASCII.GetBytes(string.Join('\0', [file, "octet", .. options]) + "\0")];

    private static byte[] Error() => [0, 5, 0, 0, 0];

    private static string OptionOf(byte[] acknowledged, string name)
    {
        var words = Encoding.ASCII.GetString(acknowledged, 2, acknowledged.Length - 2).Split('\0');
        var at = Array.IndexOf(words, name);
        Check(at >= 0, $"the server does not acknowledge {name}");
        return words[at + 1];
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidDataException(otherwise);
    }
}
