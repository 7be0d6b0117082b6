namespace Sextant.Tftp.Server;

/// <summary>What a request gets, before it is opened.</summary>
/// <param name="Name">Its name in the catalogue's spelling.</param>
/// <param name="AsNetAscii">Converted to netascii; else octet for octet.</param>
/// <param name="IsLoader">Whether its arrival is worth a line of the machine's history; a document's maker writes its own.</param>
/// <param name="Open">Opens it, on any thread.</param>
internal sealed record TftpOffer(string Name, bool AsNetAscii, bool IsLoader, Func<Task<TftpOpening>> Open);

/// <summary>What opening came to.</summary>
internal abstract record TftpOpening
{
    private TftpOpening() { }

    /// <summary>It is open.</summary>
    internal sealed record Content(TftpContent Octets) : TftpOpening;

    /// <summary>It must not be served.</summary>
    internal sealed record Damaged : TftpOpening;

    /// <summary>This peer does not get it.</summary>
    internal sealed record Denied(string Why) : TftpOpening;

    /// <summary>It cannot be read.</summary>
    internal sealed record Failed(Exception Problem) : TftpOpening;
}
