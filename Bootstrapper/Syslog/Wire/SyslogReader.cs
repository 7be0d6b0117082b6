using System.Buffers.Text;
using System.Text;

namespace Sextant.Syslog.Wire;

/// <summary>
/// Reads messages of syslog: RFC 5424, and what RFC 3164 found in use.
/// <code>
/// RFC 5424 §6   &lt;PRI&gt;1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]
/// RFC 3164 §4   &lt;PRI&gt;Mmm dd hh:mm:ss HOSTNAME TAG[PID]: CONTENT
/// </code>
/// </summary>
/// <remarks>
/// Tolerated, with who needs it: no priority (kernels by netconsole; it counts as user.notice, RFC 3164 §4.3.3), no host name (the C library's syslog()), a time of RFC 3339 in the place
/// of RFC 3164's (rsyslog's forward format), a line end or NUL at the end (BusyBox, network devices), and a version 1 without what RFC 5424 wants after it, which is text then.
/// </remarks>
public static class SyslogReader
{
    private const byte UserFacility = 1, HighestPriority = 191;
    private const int LongestTag = 64;

    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>Reads one message.</summary>
    /// <param name="octets">The datagram, or what lay between two frame ends.</param>
    /// <param name="message">The message.</param>
    /// <param name="error">Why it is none.</param>
    public static bool TryRead(ReadOnlySpan<byte> octets, out SyslogMessage message, out SyslogError error)
    {
        message = default;
        var rest = octets.TrimEnd("\r\n\0 "u8);
        error = SyslogError.Empty;
        if (rest.IsEmpty) return false;
        error = SyslogError.BadPriority;
        if (!TryReadPriority(ref rest, out var facility, out var severity)) return false;
        error = SyslogError.None;
        message = TryReadNew(rest, out var host, out var tag, out var text) ? new SyslogMessage(facility, severity, host, tag, text) : ReadOld(rest, facility, severity);
        return true;
    }

    private static bool TryReadPriority(ref ReadOnlySpan<byte> rest, out byte facility, out SyslogSeverity severity)
    {
        (facility, severity) = (UserFacility, SyslogSeverity.Notice);
        if (rest[0] != '<') return true;
        var end = rest.IndexOf((byte)'>');
        if (end is < 2 or > 4 || !Utf8Parser.TryParse(rest[1..end], out byte priority, out var used) || used != end - 1 || priority > HighestPriority) return false;
        (facility, severity) = ((byte)(priority >> 3), (SyslogSeverity)(priority & 7));
        rest = rest[(end + 1)..];
        return true;
    }

    /// <summary>What follows the priority in RFC 5424.</summary>
    private static bool TryReadNew(ReadOnlySpan<byte> rest, out string host, out string tag, out string text)
    {
        (host, tag, text) = ("", "", "");
        if (!rest.StartsWith("1 "u8)) return false;
        rest = rest[2..];
        if (!TryTakeWord(ref rest, out var time) || (!IsTime(time) && !time.SequenceEqual("-"u8))) return false;
        if (!TryTakeWord(ref rest, out var named) || !TryTakeWord(ref rest, out var program) || !TryTakeWord(ref rest, out var process) || !TryTakeWord(ref rest, out _)) return false;
        var structured = LengthOfData(rest);
        if (structured == 0 || (structured < rest.Length && rest[structured] != ' ')) return false;
        host = Word(named);
        tag = Word(process).Length == 0 ? Word(program) : $"{Word(program)}[{Word(process)}]";
        var said = rest[Math.Min(structured + 1, rest.Length)..];
        if (said.StartsWith(ByteOrderMark)) said = said[ByteOrderMark.Length..];
        // Some senders put all they have to say into the data.
        text = said.IsEmpty && structured > 1 ? Encoding.UTF8.GetString(rest[..structured]) : Encoding.UTF8.GetString(said);
        return true;
    }

    private static bool TryTakeWord(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        var space = rest.IndexOf((byte)' ');
        word = space > 0 ? rest[..space] : [];
        rest = space > 0 ? rest[(space + 1)..] : rest;
        return space > 0;
    }

    /// <summary>The length of STRUCTURED-DATA: a hyphen, or elements in brackets in whose values quotes, backslashes and brackets are escaped; 0 when it is neither.</summary>
    private static int LengthOfData(ReadOnlySpan<byte> said)
    {
        if (said.StartsWith("-"u8)) return 1;
        var at = 0;
        while (at < said.Length && said[at] == '[')
        {
            var isQuoted = false;
            for (at++; at < said.Length && (isQuoted || said[at] != ']'); at++)
            {
                if (said[at] == '\\' && isQuoted) at++;
                else if (said[at] == '"') isQuoted = !isQuoted;
            }
            if (at >= said.Length) return 0;
            at++;
        }
        return at;
    }

    /// <summary>What follows the priority in RFC 3164, or anything.</summary>
    private static SyslogMessage ReadOld(ReadOnlySpan<byte> rest, byte facility, SyslogSeverity severity)
    {
        var hadTime = TrySkipTime(ref rest);
        var host = "";
        // "HOST TAG: text" and "TAG: text": a tag ends in a colon or a bracket, a host in neither.
        var space = rest.IndexOf((byte)' ');
        if (hadTime && space > 0 && LengthOfTag(rest) == 0 && LengthOfTag(rest[(space + 1)..]) > 0)
        {
            host = Encoding.UTF8.GetString(rest[..space]);
            rest = rest[(space + 1)..];
        }
        var length = LengthOfTag(rest);
        if (length == 0) return new SyslogMessage(facility, severity, host, "", Encoding.UTF8.GetString(rest));
        var tag = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        if (rest.StartsWith(":"u8)) rest = rest[1..];
        return new SyslogMessage(facility, severity, host, tag, Encoding.UTF8.GetString(rest.TrimStart((byte)' ')));
    }

    /// <summary>The length of <c>program</c> or <c>program[123]</c> with a colon behind it; 0 when there is none.</summary>
    private static int LengthOfTag(ReadOnlySpan<byte> rest)
    {
        var end = rest[..Math.Min(rest.Length, LongestTag)].IndexOfAny(" :["u8);
        if (end <= 0 || rest[end] == ' ') return 0;
        if (rest[end] == ':') return end;
        var close = rest[..Math.Min(rest.Length, end + LongestTag)].IndexOf((byte)']');
        return close > end && close + 1 < rest.Length && rest[close + 1] == ':' ? close + 1 : 0;
    }

    /// <summary>Skips "Oct  1 22:14:15 " or a time of RFC 3339 with the blank behind it.</summary>
    private static bool TrySkipTime(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= 16 && rest[3] == ' ' && rest[6] == ' ' && rest[9] == ':' && rest[12] == ':' && rest[15] == ' ' && IsMonth(rest[..3]))
        {
            rest = rest[16..];
            return true;
        }
        var space = rest.IndexOf((byte)' ');
        if (space < 0 || !IsTime(rest[..space])) return false;
        rest = rest[(space + 1)..];
        return true;
    }

    private static bool IsMonth(ReadOnlySpan<byte> word) => "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"u8.IndexOf(word) is >= 0 and var at && at % 4 == 0;

    private static bool IsTime(ReadOnlySpan<byte> word) =>
        word.Length is >= 19 and <= 35 && word[4] == '-' && word[7] == '-' && word[10] == 'T' && word[13] == ':' && word[16] == ':' && Utf8Parser.TryParse(word[..4], out int _, out var used) && used == 4;

    /// <summary>A word, or nothing where a hyphen stands for it.</summary>
    private static string Word(ReadOnlySpan<byte> octets) => octets.SequenceEqual("-"u8) ? "" : Encoding.UTF8.GetString(octets);
}
