using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Tftp.Wire;

namespace Sextant.Tftp;

/// <summary>Why a request gets no file.</summary>
public enum TftpRefusal
{
    /// <summary>It wants to write.</summary>
    Write,
    /// <summary>Its mode is not octet or netascii.</summary>
    Mode,
    /// <summary>Its path is none that could be served.</summary>
    Path,
    /// <summary>The catalogue has no such file.</summary>
    NoSuchFile,
    /// <summary>The machine is to get no answer by the plan.</summary>
    MachineIgnored,
    /// <summary>It is a document of another machine, or of a machine that gets none now.</summary>
    NotForThisPeer,
    /// <summary>The file is too long for netascii.</summary>
    TooLongForNetAscii,
    /// <summary>The packet is not a well-formed request.</summary>
    Malformed,
    /// <summary>The catalogue has the file, and it cannot be read.</summary>
    Unreadable,
    /// <summary>The catalogue has the file, and what lies there is something else: the server's log has the reason.</summary>
    Damaged,
    /// <summary>Too many transfers run already; the client's own retry may find room.</summary>
    Busy,
    /// <summary>Too many transfers to this client run already.</summary>
    BusyWithClient,
}

/// <summary>What a request gets.</summary>
public abstract record TftpDecision
{
    private TftpDecision() { }

    /// <summary>The file.</summary>
    /// <param name="File">Which one.</param>
    /// <param name="AsNetAscii">Converted to netascii; else octet for octet.</param>
    public sealed record Send(TftpFile File, bool AsNetAscii) : TftpDecision;

    /// <summary>A document that is made for whoever asks.</summary>
    /// <param name="Path">Its path, relative, with forward slashes.</param>
    /// <param name="AsNetAscii">Converted to netascii; else octet for octet.</param>
    public sealed record Make(string Path, bool AsNetAscii) : TftpDecision;

    /// <summary>An ERROR packet.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Answer">The packet.</param>
    public sealed record Refuse(TftpRefusal Reason, TftpPacket.Error Answer) : TftpDecision;

    /// <summary>
    /// Decides on a request. A peer whose address nobody leases (<paramref name="machine"/> null: another DHCP server's client, or one whose lease is
    /// being written this moment) may fetch boot loaders, which are public; a machine the plan ignores may not.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="find">The file of a path, or null.</param>
    /// <param name="isDocument">Whether a path is that of a document which is made for whoever asks.</param>
    /// <param name="machine">The record of the machine that leases the peer's address; null when none does.</param>
    /// <param name="entitlement">What the plan grants that machine.</param>
    /// <param name="limits">What is granted at most.</param>
    /// <param name="now">The time.</param>
    public static TftpDecision Decide(
        TftpPacket.Request request, Func<string, TftpFile?> find, Func<string, bool> isDocument, Machine? machine, Entitlement entitlement, TftpLimits limits, DateTimeOffset now)
    {
        if (request.IsWrite) return No(TftpRefusal.Write, TftpErrorCode.AccessViolation, "This server is read-only");
        var netAscii = request.Mode.Equals("netascii", StringComparison.OrdinalIgnoreCase);
        if (!netAscii && !request.Mode.Equals("octet", StringComparison.OrdinalIgnoreCase))
            return No(TftpRefusal.Mode, TftpErrorCode.IllegalOperation, "Only the modes octet and netascii are served");
        if (machine is not null && BootDecision.Decide(machine, entitlement, now) is BootDecision.Ignore)
            return No(TftpRefusal.MachineIgnored, TftpErrorCode.FileNotFound, "File not found");
        if (TftpPath.Normalize(request.File) is not { } path) return No(TftpRefusal.Path, TftpErrorCode.FileNotFound, "File not found");
        if (isDocument(path)) return new Make(path, netAscii);
        if ((find(path) ?? (RaspberryPath.AssetOf(path) is { } shared ? find(shared) : null)) is not { } file) return No(TftpRefusal.NoSuchFile, TftpErrorCode.FileNotFound, "File not found");
        if (netAscii && file.Length > limits.NetAsciiOctets) return No(TftpRefusal.TooLongForNetAscii, TftpErrorCode.NotDefined, "Fetch this file in octet mode");
        return new Send(file, netAscii);
    }

    private static Refuse No(TftpRefusal reason, TftpErrorCode code, string message) => new(reason, new TftpPacket.Error(code, message));
}
