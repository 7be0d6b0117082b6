namespace Sextant.Dhcp.Wire;

/// <summary>Why a datagram is not a DHCP or BOOTP message. Nothing of such a datagram is used.</summary>
public enum DhcpError
{
    /// <summary>It is one.</summary>
    None,
    /// <summary>Fewer than the 236 octets of the fixed part (RFC 2131 §2).</summary>
    TooShort,
    /// <summary>hlen says more than the 16 octets that chaddr has.</summary>
    HardwareAddressTooLong,
    /// <summary>An option's length points past the end of its area.</summary>
    OptionTruncated,
    /// <summary>Option 52 has not exactly one octet of 1 to 3 (RFC 2132 §9.3).</summary>
    BadOverload,
}

/// <summary>What looking for an option found. Absent and malformed are different answers: the first is the client's choice, the second its fault.</summary>
public enum OptionRead
{
    /// <summary>The message has no such option.</summary>
    Absent,
    /// <summary>The value was read.</summary>
    Present,
    /// <summary>The option is there, with a length or content its RFC does not allow.</summary>
    Malformed,
}

/// <summary>The op field (RFC 2131 §2): who speaks.</summary>
public enum BootOp : byte
{
    /// <summary>A client.</summary>
    Request = 1,
    /// <summary>A server.</summary>
    Reply = 2,
}

/// <summary>Option 53 (RFC 2132 §9.6).</summary>
public enum DhcpMessageType : byte
{
    /// <summary>A client looks for servers.</summary>
    Discover = 1,
    /// <summary>A server offers an address.</summary>
    Offer = 2,
    /// <summary>A client takes an offer, verifies or extends a lease.</summary>
    Request = 3,
    /// <summary>A client found the address in use.</summary>
    Decline = 4,
    /// <summary>A server grants.</summary>
    Ack = 5,
    /// <summary>A server refuses.</summary>
    Nak = 6,
    /// <summary>A client gives its address back.</summary>
    Release = 7,
    /// <summary>A client with an address asks for the other parameters.</summary>
    Inform = 8,
}
