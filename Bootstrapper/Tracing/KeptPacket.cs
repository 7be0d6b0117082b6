using System.Text;

namespace Sextant.Tracing;

/// <summary>Which of a machine's rings a packet belongs to: what comes often pushes out its own kind and no other.</summary>
public enum TraceKind
{
    /// <summary>DHCP, its ports and the proxy's.</summary>
    Dhcp,
    /// <summary>ARP.</summary>
    Arp,
    /// <summary>TFTP's requests, option acknowledgements and errors.</summary>
    Tftp,
    /// <summary>TFTP's data and acknowledgements, a sample.</summary>
    TftpData,
    /// <summary>The beginning and the breaking off of TCP connections to the boot ports, request lines and status codes.</summary>
    Http,
    /// <summary>DNS.</summary>
    Dns,
    /// <summary>NTP.</summary>
    Time,
    /// <summary>What a machine tries by IPv6.</summary>
    Ipv6,
}

/// <summary>The ports a machine boots through.</summary>
/// <param name="Http">Scripts, configurations and assets.</param>
/// <param name="Https">Enrolment.</param>
public readonly record struct BootPorts(ushort Http, ushort Https);

/// <summary>
/// What of a frame is kept, and where. Nothing secret is: of HTTP the request line without its query and the three digits of the answer, of TLS the
/// opening of the connection, of TFTP no file content; whatever is not in this list is not kept at all.
/// </summary>
public static class KeptPacket
{
    /// <summary>TCP flags that are worth a packet without payload: SYN and RST.</summary>
    public const byte TelltaleFlags = 0x06;

    /// <summary>Octets of a TFTP packet of data that are kept: opcode and block.</summary>
    public const int TftpDataLength = 4;

    /// <summary>Octets of <c>HTTP/1.1 200</c>.</summary>
    public const int StatusLength = 12;

    private const int LongestDatagram = 1500, LongestQuestion = 512, LongestPath = 300, NtpLength = 48;

    private static readonly byte[][] Methods = [.. "GET |HEAD |POST ".Split('|').Select(Encoding.ASCII.GetBytes)];

    /// <summary>How many octets of the frame are kept, from its first; null when it is not kept.</summary>
    /// <param name="octets">The frame as captured.</param>
    /// <param name="frame">Its headers.</param>
    /// <param name="ports">The boot ports of the site.</param>
    public static (TraceKind Kind, int Length)? Of(ReadOnlySpan<byte> octets, in Frame frame, BootPorts ports)
    {
        var payload = frame.PayloadLength == 0 ? default : octets.Slice(frame.PayloadOffset, frame.PayloadLength);
        return frame.Kind switch
        {
            FrameKind.Arp => (TraceKind.Arp, Math.Min(octets.Length, 42)),
            FrameKind.IcmpV6 when frame.DestinationPort == 133 => (TraceKind.Ipv6, Math.Min(octets.Length, 128)),
            FrameKind.UdpV6 when frame.DestinationPort == 547 => (TraceKind.Ipv6, Math.Min(octets.Length, 512)),
            FrameKind.Udp when frame.HasPort(67) || frame.HasPort(68) || frame.HasPort(4011) => Udp(frame, TraceKind.Dhcp, LongestDatagram),
            FrameKind.Udp when frame.HasPort(53) => Udp(frame, TraceKind.Dns, LongestQuestion),
            FrameKind.Udp when frame.HasPort(123) => Udp(frame, TraceKind.Time, NtpLength),
            FrameKind.Udp => Tftp(payload, frame),
            FrameKind.Tcp => Tcp(payload, frame, ports),
            _ => null,
        };
    }

    private static (TraceKind, int)? Udp(in Frame frame, TraceKind kind, int limit) => (kind, frame.PayloadOffset + Math.Min(frame.PayloadLength, limit));

    /// <summary>A transfer runs between ports that nobody knows beforehand: it is told by its opcode (RFC 1350 §5, RFC 2347).</summary>
    private static (TraceKind, int)? Tftp(ReadOnlySpan<byte> payload, in Frame frame)
    {
        if (!frame.HasPort(69) && (frame.SourcePort < 1024 || frame.DestinationPort < 1024)) return null;
        if (payload.Length < TftpDataLength || payload[0] != 0) return null;
        return payload[1] switch
        {
            1 or 2 when frame.DestinationPort == 69 => Udp(frame, TraceKind.Tftp, LongestQuestion),
            5 or 6 => Udp(frame, TraceKind.Tftp, LongestQuestion),
            3 or 4 => Udp(frame, TraceKind.TftpData, TftpDataLength),
            _ => null,
        };
    }

    private static (TraceKind, int)? Tcp(ReadOnlySpan<byte> payload, in Frame frame, BootPorts ports)
    {
        var isPlain = frame.HasPort(ports.Http);
        if (!isPlain && !frame.HasPort(ports.Https)) return null;
        if ((frame.TcpFlags & TelltaleFlags) != 0) return (TraceKind.Http, frame.PayloadOffset);
        if (!isPlain) return null;
        var kept = frame.DestinationPort == ports.Http ? RequestLine(payload) : IsStatus(payload) ? StatusLength : 0;
        return kept == 0 ? null : (TraceKind.Http, frame.PayloadOffset + kept);
    }

    /// <summary>Method and path; a query may say more than a trace should know.</summary>
    private static int RequestLine(ReadOnlySpan<byte> payload)
    {
        foreach (var method in Methods)
        {
            if (payload.Length <= method.Length || !payload.StartsWith(method) || payload[method.Length] != (byte)'/') continue;
            var rest = payload[method.Length..];
            var end = rest.IndexOfAny(" ?\r\n"u8);
            return method.Length + Math.Min(end < 0 ? rest.Length : end, LongestPath);
        }
        return 0;
    }

    private static bool IsStatus(ReadOnlySpan<byte> payload) =>
        payload.Length >= StatusLength && payload.StartsWith("HTTP/1."u8) && payload[8] == (byte)' ' && !payload[9..StatusLength].ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
