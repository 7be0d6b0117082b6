using Sextant.Primitives;

namespace Sextant.Tftp.Server;

/// <content>What the service says, event ids 1100 to 1199.</content>
public sealed partial class TftpServer
{
    [LoggerMessage(1100, LogLevel.Information, "TFTP listens on {Endpoint}")]
    private partial void LogListening(string endpoint);

    [LoggerMessage(1101, LogLevel.Debug, "TFTP refused {Peer} ({Mac}): {Reason} ({Detail})")]
    private partial void LogRefused(TftpClient peer, MacAddress? mac, TftpRefusal reason, string detail);

    [LoggerMessage(1102, LogLevel.Debug, "TFTP transfer of {File} ({Length} octets) to {Peer} ({Mac}) ended: {How}")]
    private partial void LogEnded(TftpClient peer, MacAddress? mac, string file, long length, TransferEnd? how);

    [LoggerMessage(1103, LogLevel.Error, "TFTP cannot read {File}")]
    private partial void LogUnreadable(string file, Exception failure);

    [LoggerMessage(1104, LogLevel.Error, "TFTP transfer of {File} to {Peer} ({Mac}) broke")]
    private partial void LogTransferBroken(TftpClient peer, MacAddress? mac, string file, Exception failure);

    [LoggerMessage(1105, LogLevel.Error, "TFTP broke on packet {Packet}")]
    private partial void LogBrokenPacket(string packet, Exception failure);

    [LoggerMessage(1106, LogLevel.Error, "TFTP's loop broke, and goes on")]
    private partial void LogBroken(Exception failure);

    [LoggerMessage(1107, LogLevel.Error, "That {Mac} got {File} by TFTP could not be recorded")]
    private partial void LogNotRecorded(MacAddress mac, string file, Exception failure);
}
