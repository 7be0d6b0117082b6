using System.Diagnostics.Metrics;
using Sextant.Networking;
using Sextant.Planning;
using Sextant.Storage;

namespace Sextant.Dhcp.Server;

/// <summary>
/// The DHCP server on UDP port 67 of the provisioning interface. What waits is decided and stored in one go: the busier it is, the more messages share one
/// fsync.
/// </summary>
public sealed class DhcpServer : IHostedService, IListener, IDisposable
{
    private readonly CurrentPlan plans;
    private readonly TimeProvider time;
    private readonly ILogger<DhcpServer> log;
    private readonly DhcpExchange exchange;
    private readonly Meter meter;
    private DhcpPort? port;

    /// <summary>Loads the leases; opens nothing.</summary>
    public DhcpServer(CurrentPlan plans, MachineStore machines, IStore store, IpxeClients ipxe, TimeProvider time, ILogger<DhcpServer> log)
    {
        this.plans = plans;
        this.time = time;
        this.log = log;
        exchange = new DhcpExchange(plans, machines, store, ipxe, log);
        meter = DhcpMetrics.Watch(() => exchange.Leases, time);
    }

    /// <inheritdoc/>
    public string Service => "DHCP";

    /// <inheritdoc/>
    public bool IsServing => port is { IsServing: true };

    /// <summary>Every stored lease, live or remembered, by address. From any thread.</summary>
    public IReadOnlyList<Lease> Leases => exchange.Leases;

    /// <summary>A number that is another one when a stored lease changed. From any thread.</summary>
    public long LeaseVersion => exchange.LeaseVersion;

    /// <summary>Opens the sockets and starts the thread.</summary>
    /// <exception cref="ListenException">The port is taken, the interface does not exist, or a privilege is missing.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var network = plans.Value.Network;
        var prober = new AddressProber(exchange, network.Interface, time, log);
        try
        {
            port = new DhcpPort(
                DhcpPort.ServerPort, network.Interface, "DHCP", batch => exchange.Handle(batch, time.GetUtcNow()), () => plans.Value.Network.ServerAddress, log, prober);
        }
        catch
        {
            prober.Dispose();
            throw;
        }
        port.Start();
        DhcpLog.Listening(log, network.Interface, string.Join(", ", network.Subnets.Select(subnet => subnet.Subnet)), exchange.Leases.Count);
        return Task.CompletedTask;
    }

    /// <summary>Finishes the batch at hand and closes the port.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => port is { } open ? open.StopAsync().WaitAsync(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        // The container holds it under two names, and disposes of it for each.
        Interlocked.Exchange(ref port, null)?.Dispose();
        meter.Dispose();
    }
}
