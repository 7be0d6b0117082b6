using Sextant.Networking;
using Sextant.Planning;
using Sextant.Storage;

namespace Sextant.Dhcp.Server;

/// <summary>
/// The proxy on UDP ports 67 and 4011 of the provisioning interface, beside another DHCP server, which must be on another machine: one thread for each port.
/// </summary>
public sealed class ProxyDhcpServer(CurrentPlan plans, MachineStore machines, IpxeClients ipxe, TimeProvider time, ILogger<ProxyDhcpServer> log) : IHostedService, IListener, IDisposable
{
    private readonly ProxyExchange exchange = new(plans, machines, ipxe, log);
    private readonly List<DhcpPort> ports = [];

    /// <inheritdoc/>
    public string Service => "proxyDHCP";

    /// <inheritdoc/>
    public bool IsServing => ports.Count > 0 && ports.TrueForAll(port => port.IsServing);

    /// <summary>Opens the sockets and starts the threads.</summary>
    /// <exception cref="ListenException">A port is taken, the interface does not exist, or a privilege is missing.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var network = plans.Value.Network;
        ports.Add(Open(DhcpPort.ServerPort, ProxyService.Discovery, "proxyDHCP"));
        ports.Add(Open(DhcpPort.BootPort, ProxyService.Boot, "PXE boot service"));
        foreach (var port in ports) port.Start();
        DhcpLog.ProxyListening(log, network.Interface);
        return Task.CompletedTask;

        DhcpPort Open(ushort number, ProxyService service, string name) =>
            new(number, network.Interface, name, batch => exchange.Handle(service, batch, time.GetUtcNow()), () => plans.Value.Network.ServerAddress, log);
    }

    /// <summary>Finishes the batches at hand and closes the ports.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(ports.Select(port => port.StopAsync())).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var port in ports) port.Dispose();
    }
}
