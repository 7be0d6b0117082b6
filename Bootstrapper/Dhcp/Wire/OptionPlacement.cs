namespace Sextant.Dhcp.Wire;

/// <summary>
/// Which options of a message are written where: behind the cookie, and when they do not fit there into the fields <c>file</c> and <c>sname</c>, which
/// option 52 then announces (RFC 2132 §9.3). Option 82 is the last behind the cookie (RFC 3046 §2.1). No option is divided between two areas.
/// </summary>
internal sealed class OptionPlacement
{
    /// <summary>Octets of the fields; the last is for END.</summary>
    public const int FileLength = 128, ServerNameLength = 64;

    private const int OverloadLength = 3, EndLength = 1;

    private OptionPlacement(List<DhcpOption> main, List<DhcpOption> file, List<DhcpOption> serverName)
    {
        Main = main;
        File = file;
        ServerName = serverName;
    }

    /// <summary>Behind the cookie.</summary>
    public IReadOnlyList<DhcpOption> Main { get; }

    /// <summary>In file; empty when that is not overloaded.</summary>
    public IReadOnlyList<DhcpOption> File { get; }

    /// <summary>In sname; empty when that is not overloaded.</summary>
    public IReadOnlyList<DhcpOption> ServerName { get; }

    /// <summary>Octets of the message, up to END.</summary>
    public int Length => DhcpPacket.OptionsOffset + Main.Sum(option => option.EncodedLength) + EndLength;

    /// <summary>Places a message's options.</summary>
    public static OptionPlacement Of(DhcpPacket packet)
    {
        List<DhcpOption> inOrder =
        [
            .. packet.Options.Where(option => option.Code is not OptionCode.RelayAgentInformation),
            .. packet.Options.Where(option => option.Code is OptionCode.RelayAgentInformation),
        ];
        var plain = new OptionPlacement(inOrder, [], []);
        if (packet.OverloadBeyond is not { } limit || plain.Length <= limit) return plain;
        List<DhcpOption> main = [], file = [], serverName = [], last = [.. inOrder.Where(option => option.Code is OptionCode.RelayAgentInformation)];
        var roomInMain = limit - DhcpPacket.OptionsOffset - EndLength - OverloadLength - last.Sum(option => option.EncodedLength);
        var roomInFile = packet.File.Length == 0 ? FileLength - EndLength : 0;
        var roomInServerName = packet.ServerName.Length == 0 ? ServerNameLength - EndLength : 0;
        foreach (var option in inOrder.Where(option => option.Code is not OptionCode.RelayAgentInformation))
        {
            if (TryTake(ref roomInMain, option)) main.Add(option);
            else if (TryTake(ref roomInFile, option)) file.Add(option);
            else if (TryTake(ref roomInServerName, option)) serverName.Add(option);
            else return plain;
        }
        // 1 is file, 2 is sname, 3 is both.
        main.Add(DhcpOption.Of(OptionCode.Overload, (byte)((file.Count > 0 ? 1 : 0) | (serverName.Count > 0 ? 2 : 0))));
        return new OptionPlacement([.. main, .. last], file, serverName);
    }

    private static bool TryTake(ref int room, DhcpOption option)
    {
        if (option.EncodedLength > room) return false;
        room -= option.EncodedLength;
        return true;
    }
}
