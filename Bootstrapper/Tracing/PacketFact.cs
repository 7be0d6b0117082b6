using Sextant.Dhcp.Wire;
using Sextant.Primitives;

namespace Sextant.Tracing;

/// <summary>Who sent a packet.</summary>
public enum PacketSender
{
    /// <summary>The machine the trace is of.</summary>
    Machine,
    /// <summary>This service.</summary>
    Sextant,
    /// <summary>Somebody else on the segment.</summary>
    Other,
}

/// <summary>What speaks DHCP on the machine's behalf at a stage of its boot.</summary>
public enum TracedClient
{
    /// <summary>A reply: it does not say.</summary>
    Unknown,
    /// <summary>Firmware that there is a loader for.</summary>
    Firmware,
    /// <summary>Firmware of an architecture that there is no loader for.</summary>
    UnknownFirmware,
    /// <summary>iPXE.</summary>
    Ipxe,
    /// <summary>An operating system.</summary>
    OperatingSystem,
}

/// <summary>What one packet says, as far as it tells how a boot goes.</summary>
/// <param name="At">When it passed.</param>
/// <param name="Sender">Who sent it.</param>
public abstract record PacketFact(DateTimeOffset At, PacketSender Sender)
{
    /// <summary>A DHCP or BOOTP message.</summary>
    public sealed record Dhcp(DateTimeOffset At, PacketSender Sender) : PacketFact(At, Sender)
    {
        /// <summary>Its type; null for BOOTP.</summary>
        public DhcpMessageType? Type { get; init; }

        /// <summary>What speaks.</summary>
        public TracedClient Client { get; init; }

        /// <summary>The same in words, <c>UEFI x64</c>; empty in replies.</summary>
        public string ClientName { get; init; } = "";

        /// <summary>Since when the client tries, in seconds by its own count; iPXE keeps other things there.</summary>
        public ushort Seconds { get; init; }

        /// <summary>The server meant or speaking: option 54, else the reply's source.</summary>
        public Ipv4Address? Server { get; init; }

        /// <summary>The address asked for or given.</summary>
        public Ipv4Address? Address { get; init; }

        /// <summary>The boot file of a reply; empty when it has none.</summary>
        public string BootFile { get; init; } = "";

        /// <summary>Option 56: why not.</summary>
        public string Reason { get; init; } = "";

        /// <summary>The relay it came through; null when it came by itself.</summary>
        public Ipv4Address? Relay { get; init; }
    }

    /// <summary>ARP.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="IsReply">An answer, else a question.</param>
    /// <param name="SenderMac">Who says so.</param>
    /// <param name="SenderAddress">The address it claims; 0.0.0.0 in a probe (RFC 5227).</param>
    /// <param name="Target">The address asked for.</param>
    public sealed record Arp(DateTimeOffset At, PacketSender Sender, bool IsReply, MacAddress SenderMac, Ipv4Address SenderAddress, Ipv4Address Target) : PacketFact(At, Sender);

    /// <summary>A TFTP request.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="File">The name asked for.</param>
    /// <param name="Options">The options in words; empty without.</param>
    public sealed record TftpRequest(DateTimeOffset At, PacketSender Sender, string File, string Options) : PacketFact(At, Sender);

    /// <summary>TFTP's option acknowledgement.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="Options">The options in words.</param>
    public sealed record TftpOptions(DateTimeOffset At, PacketSender Sender, string Options) : PacketFact(At, Sender);

    /// <summary>A block of a file. Of long transfers only a sample is kept.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="Block">Its number, modulo 65536.</param>
    /// <param name="WireLength">Octets of the frame.</param>
    public sealed record TftpData(DateTimeOffset At, PacketSender Sender, ushort Block, int WireLength) : PacketFact(At, Sender);

    /// <summary>An acknowledged block.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="Block">Its number, modulo 65536; 0 acknowledges options.</param>
    public sealed record TftpAck(DateTimeOffset At, PacketSender Sender, ushort Block) : PacketFact(At, Sender);

    /// <summary>TFTP's ERROR.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="Code">Its code (RFC 1350 appendix).</param>
    /// <param name="Message">Its text.</param>
    public sealed record TftpError(DateTimeOffset At, PacketSender Sender, int Code, string Message) : PacketFact(At, Sender);

    /// <summary>A request line of HTTP.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="Method">GET, HEAD, POST.</param>
    /// <param name="Path">The path without its query.</param>
    public sealed record HttpRequest(DateTimeOffset At, PacketSender Sender, string Method, string Path) : PacketFact(At, Sender);

    /// <summary>The status of an answer of HTTP.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="Status">Three digits.</param>
    public sealed record HttpStatus(DateTimeOffset At, PacketSender Sender, int Status) : PacketFact(At, Sender);

    /// <summary>A TCP connection begins, is accepted, or is broken off.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="Port">The server's port.</param>
    /// <param name="IsReset">Broken off or refused.</param>
    public sealed record Tcp(DateTimeOffset At, PacketSender Sender, ushort Port, bool IsReset) : PacketFact(At, Sender);

    /// <summary>DNS.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    /// <param name="ResponseCode">RCODE of an answer (RFC 1035 §4.1.1); null for a question.</param>
    public sealed record Dns(DateTimeOffset At, PacketSender Sender, int? ResponseCode) : PacketFact(At, Sender);

    /// <summary>NTP.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    public sealed record Time(DateTimeOffset At, PacketSender Sender) : PacketFact(At, Sender);

    /// <summary>A question for IPv6 routers (RFC 4861 section 4.1). Every operating system asks it when its link comes up: it does not tell that the machine boots.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    public sealed record RouterSolicitation(DateTimeOffset At, PacketSender Sender) : PacketFact(At, Sender);

    /// <summary>A message to DHCPv6 servers (RFC 8415): firmware that boots by IPv6 sends it.</summary>
    /// <param name="At">When.</param>
    /// <param name="Sender">Who.</param>
    public sealed record Dhcpv6(DateTimeOffset At, PacketSender Sender) : PacketFact(At, Sender);
}
