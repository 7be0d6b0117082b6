using Sextant.Primitives;

namespace Sextant.Dhcp.Wire;

/// <summary>A DHCP or BOOTP message, free of its encoding: fixed fields, texts and options.</summary>
/// <remarks>
/// The fixed part (RFC 2131 §2, figure 1), 236 octets, then the cookie 99.130.83.99 and the options (RFC 2132 §2):
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---------------+---------------+---------------+---------------+
/// |     op (1)    |   htype (1)   |   hlen (1)    |   hops (1)    |   0
/// +---------------+---------------+---------------+---------------+
/// |                            xid (4)                            |   4
/// +-------------------------------+-------------------------------+
/// |           secs (2)            |B|         flags (2)           |   8
/// +-------------------------------+-------------------------------+
/// |                          ciaddr  (4)                          |  12
/// |                          yiaddr  (4)                          |  16
/// |                          siaddr  (4)                          |  20
/// |                          giaddr  (4)                          |  24
/// +---------------------------------------------------------------+
/// |                          chaddr  (16)                         |  28
/// |                          sname   (64)                         |  44
/// |                          file    (128)                        | 108
/// +---------------------------------------------------------------+
/// |       cookie (4)  99.130.83.99, then options (variable)       | 236
/// +---------------------------------------------------------------+
/// </code>
/// </remarks>
public sealed record DhcpPacket
{
    /// <summary>Octets of the fixed part.</summary>
    public const int FixedLength = 236;

    /// <summary>Octets before the first option.</summary>
    public const int OptionsOffset = 240;

    /// <summary>The cookie that announces options (RFC 2131 §3).</summary>
    public const uint Cookie = 0x63825363;

    /// <summary>A BOOTP message has at least 300 octets (RFC 951 §3); relays and old ROMs drop shorter ones.</summary>
    public const int MinimumLength = 300;

    /// <summary>The broadcast bit of <see cref="Flags"/> (RFC 2131 §2, figure 2).</summary>
    public const ushort BroadcastFlag = 0x8000;

    /// <summary>Characters that fit into file beside its closing NUL.</summary>
    public const int FileLimit = 127;

    /// <summary>Characters that fit into sname beside its closing NUL.</summary>
    public const int ServerNameLimit = 63;

    /// <summary>Who speaks.</summary>
    public required BootOp Op { get; init; }

    /// <summary>Hardware type; 1 is Ethernet (IANA ARP parameters).</summary>
    public byte HardwareType { get; init; } = 1;

    /// <summary>Octets of <see cref="HardwareAddress"/> that count, 0 to 16.</summary>
    public byte HardwareLength { get; init; } = MacAddress.Length;

    /// <summary>Relays passed.</summary>
    public byte Hops { get; init; }

    /// <summary>The client's transaction number.</summary>
    public uint TransactionId { get; init; }

    /// <summary>Seconds since the client began. iPXE keeps its state in it: never a time to rely on.</summary>
    public ushort Seconds { get; init; }

    /// <summary>Flags; only <see cref="BroadcastFlag"/> means something.</summary>
    public ushort Flags { get; init; }

    /// <summary>ciaddr: the client's address, when it can answer ARP for it.</summary>
    public Ipv4Address ClientAddress { get; init; }

    /// <summary>yiaddr: "your" address.</summary>
    public Ipv4Address YourAddress { get; init; }

    /// <summary>siaddr: the server of the next boot step.</summary>
    public Ipv4Address NextServer { get; init; }

    /// <summary>giaddr: the relay.</summary>
    public Ipv4Address RelayAddress { get; init; }

    /// <summary>chaddr, all 16 octets.</summary>
    public required ReadOnlyMemory<byte> HardwareAddress { get; init; }

    /// <summary>sname as text; empty when it carried options.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>file as text; empty when it carried options.</summary>
    public string File { get; init; } = "";

    /// <summary>False for a BOOTP message without cookie, which can have no options.</summary>
    public bool HasCookie { get; init; } = true;

    /// <summary>The options, without padding, END and option 52 (which describes the encoding, not the message).</summary>
    public DhcpOptions Options { get; init; } = DhcpOptions.Empty;

    /// <summary>
    /// Octets beyond which options are written into file and sname, where these are empty (RFC 2132 §9.3); null writes all of them behind the cookie. Not
    /// read: what was read says nothing of how it was written.
    /// </summary>
    public int? OverloadBeyond { get; init; }

    /// <summary>True when the client asks for a broadcast answer.</summary>
    public bool WantsBroadcast => (Flags & BroadcastFlag) != 0;

    /// <summary>The Ethernet address in chaddr; null when htype and hlen say it is something else.</summary>
    public MacAddress? Mac => HardwareType == 1 && HardwareLength == MacAddress.Length ? MacAddress.FromOctets(HardwareAddress.Span) : null;

    /// <summary>One line for the log: message type, transaction, machine, addresses.</summary>
    public string Summary() => DhcpPrinter.Summary(this);

    /// <summary>The whole message in print: the summary and a line for each option.</summary>
    public override string ToString() => DhcpPrinter.Print(this);
}
