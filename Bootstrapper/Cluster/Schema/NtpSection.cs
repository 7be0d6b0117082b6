using Sextant.Cluster.Schema.Syntax;

namespace Sextant.Cluster.Schema;

/// <summary>ntp</summary>
internal sealed class NtpSection : Section
{
    /// <summary>mode</summary>
    [Key<NtpModeSyntax>("mode", "Whether the bootstrapper serves the time: machines learn of it by DHCP option 42, and installed ones are set to it. Off leaves UDP port 123 alone.", Default = "on")]
    public Entry<NtpMode>? Mode { get; set; }

    /// <summary>local_stratum</summary>
    [Key<StratumSyntax>("local_stratum",
        "For a site without any source of time: serve the bootstrapper's own clock with this stratum, 1 to 15, while nothing keeps it right, so that the machines agree. "
        + "Without it they are told that it is not synchronised, and keep their own.",
        DefaultNote = "none", Example = "10")]
    public Entry<int>? LocalStratum { get; set; }
}
