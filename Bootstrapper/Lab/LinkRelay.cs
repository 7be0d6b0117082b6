using System.Globalization;

namespace Sextant.Lab;

/// <summary>
/// Carries the frames of a rack's machines between each machine and its tap interface on the switch, through a <see cref="FaultyLink"/> each way. Runs
/// inside the rack's namespace, in a process of its own, for as long as the rack is there.
/// </summary>
/// <param name="state">The rack.</param>
/// <param name="folder">Where it lies.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where the counts go, every five seconds while there is something new.</param>
public sealed class LinkRelay(RackState state, RackFolder folder, TimeProvider time, TextWriter log)
{
    private const int LongestFrame = 65536;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(5);
    private readonly Lock gate = new();
    private Exception? failure;

    /// <summary>Carries frames until cancelled, or until there is no rack any more.</summary>
    /// <exception cref="LabException">A tap interface cannot be opened.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var faults = state.Faults ?? throw new LabException("this rack's cables have no faults; there is nothing to relay.");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var cables = new List<Cable>();
        var threads = new List<Thread>();
        try
        {
            foreach (var machine in state.Machines) cables.Add(new Cable(machine, folder.Machine(machine.Hostname), faults, 2 * cables.Count));
            foreach (var cable in cables)
            {
                threads.Add(Start(cable.Tap, cable.ToMachine, cable.Emulator, ended));
                threads.Add(Start(cable.Emulator, cable.FromMachine, cable.Tap, ended));
            }
            await CountAsync(cables, ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
            foreach (var thread in threads) thread.Join();
            foreach (var cable in cables) cable.Dispose();
        }
        if (failure is not null) throw new LabException($"the relay of the cables broke: {failure}");
    }

    private Thread Start(IFramePort from, FaultyLink link, IFramePort to, CancellationTokenSource ended)
    {
        var thread = new Thread(() =>
        {
            try
            {
                Pump(from, link, to, ended.Token);
            }
            catch (Exception exception)
            {
                lock (gate) failure ??= exception;
                ended.Cancel();
            }
        })
        { IsBackground = true, Name = "cable" };
        thread.Start();
        return thread;
    }

    private void Pump(IFramePort from, FaultyLink link, IFramePort to, CancellationToken cancellation)
    {
        var frame = new byte[LongestFrame];
        while (!cancellation.IsCancellationRequested)
        {
            var wait = link.NextDue - time.GetUtcNow();
            if (wait > LongestWait) wait = LongestWait;
            var length = from.Receive(frame, wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            if (length > 0) link.Enter(frame.AsSpan(0, length), time.GetUtcNow());
            while (link.Leave(time.GetUtcNow()) is { } due) to.Send(due);
        }
    }

    private async Task CountAsync(IReadOnlyList<Cable> cables, CancellationToken cancellation)
    {
        var said = "";
        try
        {
            while (File.Exists(folder.StateFile))
            {
                var text = string.Join(Environment.NewLine, cables.Select(cable => cable.ToString()));
                if (text != said) await log.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():HH:mm:ss}{Environment.NewLine}{text}"));
                await log.FlushAsync(CancellationToken.None);
                said = text;
                await Task.Delay(CountEvery, time, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The rack is taken down, or a cable broke.
        }
    }

    /// <summary>One machine's cable.</summary>
    private sealed class Cable : IDisposable
    {
        private readonly string hostname;

        public Cable(RackMachine machine, MachineFolder files, LinkFaults faults, int direction)
        {
            hostname = machine.Hostname;
            (ToMachine, FromMachine) = (new FaultyLink(faults, direction), new FaultyLink(faults, direction + 1));
            Tap = new TapPort(machine.Tap);
            Directory.CreateDirectory(files.Root);
            Emulator = new EmulatorPort(files.SwitchSocket, files.CardSocket);
        }

        public TapPort Tap { get; }

        public EmulatorPort Emulator { get; }

        public FaultyLink ToMachine { get; }

        public FaultyLink FromMachine { get; }

        public void Dispose()
        {
            Tap.Dispose();
            Emulator.Dispose();
        }

        public override string ToString() => $"{hostname}: to it {ToMachine.Count}; from it {FromMachine.Count}";
    }
}
