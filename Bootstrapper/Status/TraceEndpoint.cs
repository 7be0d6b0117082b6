using Sextant.Tracing;

namespace Sextant.Status;

/// <summary>
/// <c>GET /api/v1/nodes/{mac}/trace</c> and <c>…/trace.pcap</c>: how a machine's last boot went, in words and in packets. For whoever may look at the status page:
/// nothing secret is recorded.
/// </summary>
public sealed class TraceEndpoint(Traces traces)
{
    private const string Unknown = "Neither the cluster description nor the records know this machine, and no packet of it was recorded.";

    /// <summary>In words.</summary>
    public Task ExplainAsync(HttpContext context) =>
        ApiAnswer.MacOf(context) is { } mac && traces.Explain(mac) is { } view
            ? ApiAnswer.WriteAsync(context, view, StatusJson.Default.TraceView)
            : ApiAnswer.RefuseAsync(context, ApiProblemKind.MachineUnknown, Unknown);

    /// <summary>In packets.</summary>
    public Task DownloadAsync(HttpContext context)
    {
        if (ApiAnswer.MacOf(context) is not { } mac || traces.Packets(mac) is not { } packets)
            return ApiAnswer.RefuseAsync(context, ApiProblemKind.MachineUnknown, Unknown);
        var octets = PcapWriter.Write(packets);
        context.Response.ContentType = PcapWriter.ContentType;
        context.Response.ContentLength = octets.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{mac.ToHyphenString()}.pcap\"";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
    }
}
