namespace Sextant.Syslog.Wire;

/// <summary>How bad it is (RFC 5424 section 6.2.1, table 2).</summary>
public enum SyslogSeverity : byte
{
    /// <summary>System is unusable.</summary>
    Emergency,
    /// <summary>Action must be taken at once.</summary>
    Alert,
    /// <summary>Critical conditions.</summary>
    Critical,
    /// <summary>Error conditions.</summary>
    Error,
    /// <summary>Warning conditions.</summary>
    Warning,
    /// <summary>Normal, and worth saying.</summary>
    Notice,
    /// <summary>Information.</summary>
    Informational,
    /// <summary>For whoever looks for a fault.</summary>
    Debug,
}

/// <summary>Why octets are no message.</summary>
public enum SyslogError
{
    /// <summary>They are one.</summary>
    None,
    /// <summary>Nothing is left when the end of the line is taken away.</summary>
    Empty,
    /// <summary>A priority begins and does not end, or is more than 191.</summary>
    BadPriority,
}

/// <summary>A message as far as anybody here looks at it. The sender's time is not among it: machines that install have no right time.</summary>
/// <param name="Facility">What part of the system speaks, 0 to 23 (RFC 5424 section 6.2.1, table 1).</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Host">What the sender calls itself; empty when it does not.</param>
/// <param name="Tag">The program, with its process number in brackets where it was given; empty when there is none.</param>
/// <param name="Text">What it says; octets that are no UTF-8 are replaced.</param>
public readonly record struct SyslogMessage(byte Facility, SyslogSeverity Severity, string Host, string Tag, string Text);
