using Sextant.Cluster.Schema.Syntax;

namespace Sextant.Cluster.Schema;

/// <summary>syslog</summary>
internal sealed class SyslogSection : Section
{
    /// <summary>receive</summary>
    [Key<BooleanSyntax>("receive",
        "Whether the bootstrapper takes messages of syslog from machines and keeps them, and installers that can are told to send theirs. False leaves UDP and TCP port 514 alone.", Default = "true")]
    public Entry<bool>? Receive { get; set; }
}
