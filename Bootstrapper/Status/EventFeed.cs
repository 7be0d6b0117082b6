using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Sextant.Lifecycle;
using Sextant.Storage;

namespace Sextant.Status;

/// <summary>
/// The event stream's source: one message for each change, made once and handed to every listener. A listener that does not keep up loses its
/// stream, not single messages, and starts again with a snapshot; nobody waits for it.
/// </summary>
public sealed class EventFeed : IDisposable
{
    /// <summary>Messages that may wait for one listener.</summary>
    public const int QueueLimit = 256;

    private readonly ClusterViews views;
    private readonly IDisposable subscription;
    private readonly Lock gate = new();
    private readonly List<Channel<byte[]>> listeners = [];
    private byte[] lastCluster = [];

    /// <summary>Starts to watch the records.</summary>
    public EventFeed(ClusterViews views, MachineStore machines)
    {
        this.views = views;
        subscription = machines.Subscribe(OnEvent);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        subscription.Dispose();
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
            if (listeners.Count == 0 || views.Node(machine.Mac, withTimeline: false) is not { } view) return;
            Send(Message("node", view, StatusJson.Default.NodeView));
            if (!happened.IsDurable) return;
            var cluster = Message("cluster", views.Cluster(), StatusJson.Default.ClusterView);
            if (cluster.AsSpan().SequenceEqual(lastCluster)) return;
            lastCluster = cluster;
            Send(cluster);
        }
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
        var cluster = views.Cluster();
        lastCluster = Message("cluster", cluster, StatusJson.Default.ClusterView);
        return Message("snapshot", new Snapshot(cluster, views.Nodes()), StatusJson.Default.Snapshot);
    }

    /// <summary>A message of the event stream format (WHATWG HTML, server-sent events). The JSON is one line.</summary>
    private static byte[] Message<T>(string name, T value, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        buffer.Write(System.Text.Encoding.ASCII.GetBytes($"event: {name}\ndata: "));
        using (var writer = new Utf8JsonWriter(buffer)) JsonSerializer.Serialize(writer, value, type);
        buffer.Write("\n\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
