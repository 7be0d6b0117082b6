using System.Diagnostics.Metrics;
using Sextant.Primitives;

namespace Sextant.Transfers;

/// <summary>Whose files are sent.</summary>
public enum TransferService
{
    /// <summary>Kernels, images and loaders over HTTP.</summary>
    Http,
    /// <summary>The registry's blobs.</summary>
    Registry,
}

/// <summary>Counters of files over HTTP (meter <c>Sextant.Transfers</c>).</summary>
internal static class TransferMetrics
{
    private static readonly Meter Meter = new("Sextant.Transfers");
    private static readonly Tally<TransferService> Octets = new("service");

    static TransferMetrics() => Meter.CreateObservableCounter("sextant.transfers.sent", () => Octets.Measure(), "By", "Octets of files handed to the network, by service.");

    /// <summary>Octets of a file that were handed to the network.</summary>
    public static void Sent(TransferService service, long octets) => Octets.Add(service, octets);
}
