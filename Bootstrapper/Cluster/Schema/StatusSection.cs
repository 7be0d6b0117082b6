using Sextant.Cluster.Schema.Syntax;

namespace Sextant.Cluster.Schema;

/// <summary>status</summary>
internal sealed class StatusSection : Section
{
    /// <summary>readers</summary>
    [Key<StatusReadersSyntax>("readers",
        "Who may look at the status page, the API and the metrics: whoever reaches the bootstrapper (anyone), or who shows the operator's token over HTTPS or asks over the Unix socket (operator). "
        + "Changing something is for the operator alone, whatever stands here.",
        Default = "anyone")]
    public Entry<StatusReaders>? Readers { get; set; }
}
