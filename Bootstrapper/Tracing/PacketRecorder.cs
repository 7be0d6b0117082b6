using Sextant.Networking;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Tracing;

/// <summary>
/// Records the last packets of each machine's boot from the provisioning interface: one thread and one packet socket, whose buffer overflows rather than
/// that anybody waits for it.
/// </summary>
public sealed partial class PacketRecorder : IHostedService, IListener, IDisposable
{
    private const int LargestFrame = 1600, KernelBuffer = 4 << 20;

    // As many frames at once mean that more are coming, and that the kernel's buffer should not wait.
    private const int Many = 256;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    // How long frames wait for each other: waking up costs more than keeping one does.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly CurrentPlan plan;
    private readonly MachineStore machines;
    private readonly TimeProvider time;
    private readonly ILogger<PacketRecorder> log;
    private readonly CancellationTokenSource stopping = new();
    private int disposals;
    private PacketTap? tap;
    private Thread? thread;

    /// <summary>A recorder that starts with the host.</summary>
    public PacketRecorder(CurrentPlan plan, MachineStore machines, TimeProvider time, ILogger<PacketRecorder> log)
    {
        this.plan = plan;
        this.machines = machines;
        this.time = time;
        this.log = log;
    }

    /// <inheritdoc/>
    public string Service => "the packet recorder";

    /// <inheritdoc/>
    public bool IsServing => thread is { IsAlive: true };

    /// <summary>What is kept.</summary>
    public TraceStore Store { get; } = new();

    /// <summary>Frames that came while the buffer was full, since the start: a trace may lack them.</summary>
    public long Dropped => tap?.Dropped ?? 0;

    /// <summary>Opens the socket and starts the thread.</summary>
    /// <exception cref="ListenException">The interface does not exist, or a privilege is missing.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        tap = new PacketTap(plan.Value.Network.Interface, BootFilter.Of(PortsOf(plan.Value.Network)), KernelBuffer);
        thread = new Thread(Run) { Name = "recorder", IsBackground = true };
        thread.Start();
        return Task.CompletedTask;
    }

    /// <summary>Ends the thread.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        stopping.Cancel();
        return thread is { } running ? Task.Run(running.Join, cancellationToken) : Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The container holds it under two names, and disposes of it for each.
        if (Interlocked.Exchange(ref disposals, 1) == 1) return;
        stopping.Cancel();
        thread?.Join();
        tap?.Dispose();
        stopping.Dispose();
    }

    /// <summary>Takes a frame, if it is worth keeping and belongs to a machine.</summary>
    /// <param name="octets">The frame.</param>
    /// <param name="outgoing">Whether this machine sent it.</param>
    /// <param name="now">When it passed.</param>
    internal void Take(ReadOnlySpan<byte> octets, bool outgoing, DateTimeOffset now)
    {
        var network = plan.Value.Network;
        if (!Frame.TryRead(octets, out var frame) || KeptPacket.Of(octets, frame, PortsOf(network)) is not { } kept) return;
        var packet = new RecordedPacket(now, outgoing, octets[..kept.Length].ToArray(), frame.WireLength);
        if (kept.Kind is TraceKind.Dhcp)
        {
            // DHCP introduces a machine, through a relay or not.
            if (PacketOwner.OfDhcp(octets, frame) is { } client) Store.Add(client, kept.Kind, packet, IsPlanned(client));
            return;
        }
        foreach (var owner in PacketOwner.Of(frame, outgoing, address => machines.FindByAddress(address)?.Mac))
            if (IsPlanned(owner) || Store.Knows(owner)) Store.Add(owner, kept.Kind, packet, IsPlanned(owner));

        bool IsPlanned(MacAddress mac) => network.Reservations.ContainsKey(mac);
    }

    /// <summary>The ports the machines of a network boot through.</summary>
    public static BootPorts PortsOf(BootNetwork network) => new((ushort)network.HttpPort, (ushort)network.HttpsPort);

    private void Run()
    {
        var frame = new byte[LargestFrame];
        while (!stopping.IsCancellationRequested)
        {
            var length = 0;
            try
            {
                if (!tap!.Wait(Tick)) continue;
                var count = 0;
                for (; count < Many && tap.TryReceive(frame) is { } heard; count++)
                {
                    length = heard.Length;
                    Take(frame.AsSpan(0, length), heard.Outgoing, heard.At ?? time.GetUtcNow());
                }
                if (count < Many) stopping.Token.WaitHandle.WaitOne(Pause);
            }
            catch (System.Net.Sockets.SocketException failure)
            {
                LogNotHeard(plan.Value.Network.Interface, failure.Message);
                // An interface that is down fails at once, every time.
                stopping.Token.WaitHandle.WaitOne(Tick);
            }
            catch (Exception failure)
            {
                LogBroken(Convert.ToHexStringLower(frame.AsSpan(0, length)), failure);
            }
        }
    }

    [LoggerMessage(EventId = 1770, Level = LogLevel.Debug, Message = "nothing can be recorded on {Interface}: {Problem}")]
    private partial void LogNotHeard(string @interface, string problem);

    [LoggerMessage(EventId = 1771, Level = LogLevel.Error, Message = "recording the frame {Frame} failed")]
    private partial void LogBroken(string frame, Exception failure);
}
