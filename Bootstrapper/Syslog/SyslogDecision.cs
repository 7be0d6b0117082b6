using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Syslog.Wire;

namespace Sextant.Syslog;

/// <summary>Why a message is not kept.</summary>
public enum SyslogRefusal
{
    /// <summary>It says nothing.</summary>
    Empty,
    /// <summary>Its priority is none.</summary>
    BadPriority,
    /// <summary>Nobody is known at the address it comes from.</summary>
    UnknownSender,
    /// <summary>The stream's messages cannot be told apart any more.</summary>
    TooLong,
    /// <summary>The sender has too many connections already.</summary>
    TooManyConnections,
}

/// <summary>What becomes of a message.</summary>
public abstract record SyslogDecision
{
    private static readonly string[] Facilities =
    [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock",
        "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];

    private SyslogDecision() { }

    /// <summary>It becomes a line of the machine's log.</summary>
    /// <param name="Mac">The machine.</param>
    /// <param name="Line">The line, without its time.</param>
    public sealed record Keep(MacAddress Mac, string Line) : SyslogDecision;

    /// <summary>It is dropped.</summary>
    public sealed record Refuse(SyslogRefusal Reason) : SyslogDecision;

    /// <summary>Decides about a message.</summary>
    /// <param name="octets">The message.</param>
    /// <param name="sender">The machine at the address it comes from; null when none is known there.</param>
    public static SyslogDecision Decide(ReadOnlySpan<byte> octets, Machine? sender)
    {
        if (sender is null) return new Refuse(SyslogRefusal.UnknownSender);
        if (!SyslogReader.TryRead(octets, out var message, out var error))
            return new Refuse(error switch
            {
                SyslogError.Empty => SyslogRefusal.Empty,
                SyslogError.BadPriority => SyslogRefusal.BadPriority,
                _ => throw new InvalidOperationException($"no refusal for {error}"),
            });
        return new Keep(sender.Mac, LineOf(message));
    }

    /// <summary>The message in one line: <c>daemon.error sshd[7]: text</c>.</summary>
    private static string LineOf(in SyslogMessage message)
    {
        var source = $"{Facilities[message.Facility]}.{message.Severity.ToString().ToLowerInvariant()}";
        return message.Tag.Length == 0 ? $"{source} {message.Text}" : $"{source} {message.Tag}: {message.Text}";
    }
}
