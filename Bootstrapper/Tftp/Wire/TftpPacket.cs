namespace Sextant.Tftp.Wire;

/// <summary>The code of an ERROR packet (RFC 1350 appendix I; 8: RFC 2347).</summary>
public enum TftpErrorCode : ushort
{
    /// <summary>See the message.</summary>
    NotDefined = 0,
    /// <summary>File not found.</summary>
    FileNotFound = 1,
    /// <summary>Access violation.</summary>
    AccessViolation = 2,
    /// <summary>Disk full or allocation exceeded.</summary>
    DiskFull = 3,
    /// <summary>Illegal TFTP operation.</summary>
    IllegalOperation = 4,
    /// <summary>Unknown transfer ID: the packet does not come from the peer of this transfer.</summary>
    UnknownTransferId = 5,
    /// <summary>File already exists.</summary>
    FileAlreadyExists = 6,
    /// <summary>No such user.</summary>
    NoSuchUser = 7,
    /// <summary>Options not acceptable; EDK2 also ends its size probe with it.</summary>
    OptionNegotiation = 8,
}

/// <summary>An option as it stands in the packet (RFC 2347): text, case kept.</summary>
/// <param name="Name">Its name, <c>blksize</c>; compared without regard to case.</param>
/// <param name="Value">Its value, <c>1468</c>.</param>
public readonly record struct TftpOption(string Name, string Value);

/// <summary>A TFTP packet (RFC 1350 section 5, RFC 2347). Text is held as Latin-1, so that any octets come back as they were.</summary>
public abstract record TftpPacket
{
    private TftpPacket() { }

    /// <summary>RRQ or WRQ: the peer wants a file, or wants to store one.</summary>
    /// <param name="IsWrite">WRQ.</param>
    /// <param name="File">The name as sent.</param>
    /// <param name="Mode">The mode as sent, <c>octet</c>; case does not matter.</param>
    /// <param name="Options">Options in the order sent.</param>
    public sealed record Request(bool IsWrite, string File, string Mode, IReadOnlyList<TftpOption> Options) : TftpPacket;

    /// <summary>DATA.</summary>
    /// <param name="Block">The block's number modulo 65536.</param>
    /// <param name="Content">Its octets; fewer than the block size in the last block.</param>
    public sealed record Data(ushort Block, byte[] Content) : TftpPacket;

    /// <summary>ACK.</summary>
    /// <param name="Block">The last block received in order, modulo 65536; 0 acknowledges options.</param>
    public sealed record Acknowledgment(ushort Block) : TftpPacket;

    /// <summary>ERROR: ends the transfer, unless it is about an unknown transfer ID.</summary>
    /// <param name="Code">What went wrong.</param>
    /// <param name="Message">The same in words.</param>
    public sealed record Error(TftpErrorCode Code, string Message) : TftpPacket;

    /// <summary>OACK: the options the server takes (RFC 2347).</summary>
    /// <param name="Options">They, with the values in force.</param>
    public sealed record OptionAcknowledgment(IReadOnlyList<TftpOption> Options) : TftpPacket;
}
