using Sextant.Primitives;

namespace Sextant.Tftp;

/// <summary>A file that may be fetched.</summary>
/// <param name="Name">Its name, relative, with forward slashes: <c>snponly.efi</c>.</param>
/// <param name="Digest">Of its content.</param>
/// <param name="Length">Its size in octets.</param>
public sealed record TftpFile(string Name, Digest Digest, long Length);

/// <summary>What the server grants at most.</summary>
public sealed record TftpLimits
{
    /// <summary>Largest block, in octets, on paths that take more than Ethernet: a block also fits the path's MTU. 512 to 65464 (RFC 2348).</summary>
    public int BlockSize { get; init; } = 65464;

    /// <summary>Largest window, in blocks (RFC 7440).</summary>
    public int WindowSize { get; init; } = 64;

    /// <summary>Octets in flight at most, whatever block size and window multiply to: a burst must fit switches' buffers.</summary>
    public int WindowOctets { get; init; } = 256 << 10;

    /// <summary>Transfers at once: a site that comes back from a power failure.</summary>
    public int Sessions { get; init; } = 8192;

    /// <summary>Transfers at once to one address.</summary>
    public int SessionsPerClient { get; init; } = 8;

    /// <summary>Longest file that is served in netascii, which is converted in memory.</summary>
    public long NetAsciiOctets { get; init; } = 4 << 20;
}
