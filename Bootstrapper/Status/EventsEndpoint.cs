namespace Sextant.Status;

/// <summary>
/// <c>GET /api/v1/events</c>: a snapshot, then every change as it happens, and a heartbeat so that a dead connection is noticed. Who may not look any more, because
/// the session or the description changed, has no stream any more within a <see cref="Heartbeat"/>.
/// </summary>
public sealed class EventsEndpoint(EventFeed feed, ReadingGate reading, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>The media type (WHATWG HTML section 9.2.5).</summary>
    public const string MediaType = "text/event-stream";

    /// <summary>The longest silence.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Streams until the peer leaves, falls behind, or may not look any more, or the service stops.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        context.Response.ContentType = MediaType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var messages = feed.Listen();
        var admitted = time.GetUtcNow();
        try
        {
            await context.Response.Body.WriteAsync("retry: 1000\n\n"u8.ToArray(), ended.Token);
            for (var readable = Readable(); ; )
            {
                var waited = await WaitAsync(readable, ended.Token);
                if (waited is Waited.Ended) return;
                if (waited is Waited.Silence)
                {
                    if (!IsStillAdmitted()) return;
                    await context.Response.Body.WriteAsync(": still here\n\n"u8.ToArray(), ended.Token);
                    continue;
                }
                while (messages.TryRead(out var message))
                {
                    if (!IsStillAdmitted()) return;
                    await context.Response.Body.WriteAsync(message, ended.Token);
                }
                readable = Readable();
            }

            Task<bool> Readable() => messages.WaitToReadAsync(ended.Token).AsTask();

            bool IsStillAdmitted()
            {
                if (time.GetUtcNow() - admitted < Heartbeat) return true;
                admitted = time.GetUtcNow();
                return reading.IsOpenTo(context);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The peer left or the service stops: the stream ends, which is all there is to do.
        }
        finally
        {
            feed.Leave(messages);
        }
    }

    private enum Waited
    {
        Message,
        Silence,
        Ended,
    }

    private async Task<Waited> WaitAsync(Task<bool> readable, CancellationToken ended)
    {
        try
        {
            return await readable.WaitAsync(Heartbeat, time, ended) ? Waited.Message : Waited.Ended;
        }
        catch (TimeoutException)
        {
            return Waited.Silence;
        }
    }
}
