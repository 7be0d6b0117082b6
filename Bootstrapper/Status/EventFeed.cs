using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary>
/// The event stream's source: what a machine is now, whenever that changed, made once and handed to every listener. The first change is told at once; those that follow
/// within <see cref="CoalescingPeriod"/> are told together, each machine once, as it is by then. A listener that does not keep up loses its stream, not single messages, and
/// starts again with a snapshot; nobody waits for it.
/// </summary>
public sealed partial class EventFeed : IDisposable
{
    /// <summary>How often something is told that may wait for one listener: more than two seconds' worth, when something changes all the time.</summary>
    public const int QueueLimit = 64;

    /// <summary>
    /// Changes are coalesced for so long after others were told: each message wakes a thread here and a browser there for every page that is open. It is shorter
    /// than <see cref="MachineStore.Interval"/>, so that in a storm of events each commit is told of when it is made.
    /// </summary>
    public static readonly TimeSpan CoalescingPeriod = TimeSpan.FromMilliseconds(40);

    /// <summary>The cluster is counted at most this often: a storm of events changes it with each of them.</summary>
    public static readonly TimeSpan CountingPause = TimeSpan.FromMilliseconds(500);

    private readonly ClusterViews views;
    private readonly TimeProvider time;
    private readonly ILogger<EventFeed> log;
    private readonly IDisposable subscription;
    private readonly ITimer telling;
    private readonly ITimer counting;
    private readonly Lock gate = new();
    private readonly List<Channel<byte[]>> listeners = [];
    private readonly Dictionary<MacAddress, NodeView> told = [];
    private readonly HashSet<MacAddress> changed = [];
    private long? toldAt;
    private bool isTellingDue;
    private byte[] lastCluster = [];
    private bool isCountDue;

    /// <summary>Starts to watch the records.</summary>
    public EventFeed(ClusterViews views, MachineStore machines, TimeProvider time, ILogger<EventFeed> log)
    {
        (this.views, this.time, this.log) = (views, time, log);
        telling = time.CreateTimer(_ => OnTime(TellChanged), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        counting = time.CreateTimer(_ => OnTime(TellCluster), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        subscription = machines.Subscribe(OnEvent, OnCommitEnd);
    }

    /// <summary>How many listen now.</summary>
    public int ListenerCount
    {
        get { lock (gate) return listeners.Count; }
    }

    /// <summary>Begins to listen. The first message is a snapshot; the channel ends when the listener was too slow or the feed closes.</summary>
    public ChannelReader<byte[]> Listen()
    {
        var channel = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(QueueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        lock (gate)
        {
            channel.Writer.TryWrite(SnapshotMessage());
            listeners.Add(channel);
        }
        return channel.Reader;
    }

    /// <summary>Stops listening.</summary>
    public void Leave(ChannelReader<byte[]> reader)
    {
        lock (gate) listeners.RemoveAll(channel => channel.Reader == reader);
    }

    /// <summary>Tells every listener that the plan was swapped or its problems changed.</summary>
    public void AnnouncePlan()
    {
        lock (gate)
        {
            if (listeners.Count > 0) Send(SnapshotMessage());
        }
    }

    /// <summary>Tells every listener of a machine that came to need somebody, needs nobody any more, or was switched, without an event of its own.</summary>
    /// <param name="node">The machine as it is now.</param>
    public void Announce(NodeView node)
    {
        lock (gate)
        {
            var before = told.GetValueOrDefault(node.Mac);
            if (listeners.Count == 0 || before?.NodeReady == node.NodeReady && before?.Power == node.Power && Attention.AreSame(before?.Attention, node.Attention)) return;
            changed.Add(node.Mac);
            TellSoon();
            CountSoon();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        subscription.Dispose();
        telling.Dispose();
        counting.Dispose();
        lock (gate)
        {
            foreach (var channel in listeners) channel.Writer.TryComplete();
            listeners.Clear();
        }
    }

    private void OnEvent(MachineEvent happened, Machine machine)
    {
        lock (gate)
        {
            if (listeners.Count == 0) return;
            changed.Add(machine.Mac);
            if (happened.IsDurable) CountSoon();
        }
    }

    private void OnCommitEnd()
    {
        lock (gate)
        {
            if (changed.Count > 0) TellSoon();
        }
    }

    private void TellSoon()
    {
        if (isTellingDue) return;
        var pause = toldAt is { } before ? CoalescingPeriod - time.GetElapsedTime(before) : TimeSpan.Zero;
        if (pause <= TimeSpan.Zero)
        {
            TellChanged();
            return;
        }
        isTellingDue = true;
        telling.Change(pause, Timeout.InfiniteTimeSpan);
    }

    private void CountSoon()
    {
        if (isCountDue) return;
        isCountDue = true;
        counting.Change(CountingPause, Timeout.InfiniteTimeSpan);
    }

    private void OnTime(Action tell)
    {
        try
        {
            lock (gate) tell();
        }
        catch (Exception failure)
        {
            LogNotTold(failure);
        }
    }

    private void TellChanged()
    {
        isTellingDue = false;
        toldAt = time.GetTimestamp();
        var buffer = new ArrayBufferWriter<byte>(1024);
        foreach (var mac in changed)
        {
            if (views.Node(mac, withStory: false) is not { } node) continue; // forgotten meanwhile: a snapshot says so
            told[mac] = node;
            Write(buffer, "node", node, StatusJson.Default.NodeView);
        }
        changed.Clear();
        if (buffer.WrittenCount > 0) Send(buffer.WrittenSpan.ToArray());
    }

    private void TellCluster()
    {
        isCountDue = false;
        if (listeners.Count == 0) return;
        var cluster = Message("cluster", views.Cluster([.. told.Values]), StatusJson.Default.ClusterView);
        if (cluster.AsSpan().SequenceEqual(lastCluster)) return;
        lastCluster = cluster;
        Send(cluster);
    }

    private void Send(byte[] message)
    {
        for (var i = listeners.Count - 1; i >= 0; i--)
        {
            if (listeners[i].Writer.TryWrite(message)) continue;
            listeners[i].Writer.TryComplete();
            listeners.RemoveAt(i);
        }
    }

    private byte[] SnapshotMessage()
    {
        var nodes = views.Nodes();
        told.Clear();
        foreach (var node in nodes) told[node.Mac] = node;
        var cluster = views.Cluster(nodes);
        lastCluster = Message("cluster", cluster, StatusJson.Default.ClusterView);
        return Message("snapshot", new Snapshot(cluster, nodes), StatusJson.Default.Snapshot);
    }

    private static byte[] Message<T>(string name, T value, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        Write(buffer, name, value, type);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A message of the event stream format (WHATWG HTML, server-sent events). The JSON is one line.</summary>
    private static void Write<T>(ArrayBufferWriter<byte> buffer, string name, T value, JsonTypeInfo<T> type)
    {
        buffer.Write(Encoding.ASCII.GetBytes($"event: {name}\ndata: "));
        using (var writer = new Utf8JsonWriter(buffer)) JsonSerializer.Serialize(writer, value, type);
        buffer.Write("\n\n"u8);
    }

    [LoggerMessage(EventId = 1641, Level = LogLevel.Error, Message = "telling those who listen what changed failed")]
    private partial void LogNotTold(Exception failure);
}
