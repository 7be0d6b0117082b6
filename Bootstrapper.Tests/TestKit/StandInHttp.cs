using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sextant.Tests.TestKit;

/// <summary>A web server on loopback that answers as a test wants, wrongly too: one request a connection.</summary>
internal sealed class StandInHttp : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ended = new();
    private readonly List<Request> requests = [];
    private int open;
    private bool isDisposed;

    public StandInHttp(Func<Request, Answer> behaviour)
    {
        Behaviour = behaviour;
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>What it received.</summary>
    /// <param name="Path">With the leading slash.</param>
    /// <param name="Headers">By name in lower case.</param>
    /// <param name="Number">1 for the first of this path.</param>
    public sealed record Request(string Path, IReadOnlyDictionary<string, string> Headers, int Number)
    {
        /// <summary>The first octet asked for; 0 when no range was.</summary>
        public int From => Headers.TryGetValue("range", out var range) ? int.Parse(range.Split('=', '-')[1], CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>What it sends.</summary>
    public sealed record Answer(int Status, byte[] Body)
    {
        public (string Name, string Value)[] Headers { get; init; } = [];

        /// <summary>Octets of the body after which the connection ends.</summary>
        public int BreakAfter { get; init; } = int.MaxValue;

        /// <summary>Whether the length is announced.</summary>
        public bool HasLength { get; init; } = true;

        /// <summary>Octets sent between two pauses of a millisecond; 0 sends all at once.</summary>
        public int Chunk { get; init; }

        /// <summary>Whether it falls silent after the head.</summary>
        public bool IsSilent { get; init; }
    }

    public Func<Request, Answer> Behaviour { get; set; }

    public string Base => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Most requests at a time whose answers were not complete.</summary>
    public int MostOpen { get; private set; }

    public IReadOnlyList<Request> Requests
    {
        get
        {
            lock (requests) return [.. requests];
        }
    }

    /// <summary>A right answer: ranges and If-Range as RFC 9110 says.</summary>
    public static Answer Right(Request request, byte[] content, string? tag = "\"v1\"")
    {
        (string, string)[] headers = tag is null ? [] : [("ETag", tag)];
        var isSame = !request.Headers.TryGetValue("if-range", out var validator) || validator == tag;
        if (!request.Headers.ContainsKey("range") || !isSame) return new Answer(200, content) { Headers = headers };
        return request.From >= content.Length
            ? new Answer(416, []) { Headers = [.. headers, ("Content-Range", $"bytes */{content.Length}")] }
            : new Answer(206, content[request.From..]) { Headers = [.. headers, ("Content-Range", $"bytes {request.From}-{content.Length - 1}/{content.Length}")] };
    }

    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        ended.Cancel();
        listener.Dispose();
        ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync(ended.Token), ended.Token);
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken cancelled)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            if (await reader.ReadLineAsync(cancelled) is not { } line) return;
            var path = line.Split(' ')[1];
            var headers = new Dictionary<string, string>(StringComparer.Ordinal);
            while (await reader.ReadLineAsync(cancelled) is { Length: > 0 } header) headers[header.Split(':')[0].ToLowerInvariant()] = header.Split(':', 2)[1].Trim();
            Request request;
            var isOpen = true;
            lock (requests)
            {
                MostOpen = Math.Max(MostOpen, ++open);
                requests.Add(request = new Request(path, headers, requests.Count(one => one.Path == path) + 1));
            }
            var answer = Behaviour(request);
            try
            {
                // With its last octet a client may begin the next request, before this one has noticed its end.
                await SendAsync(stream, answer, Ends, cancelled);
            }
            finally
            {
                Ends();
            }
            void Ends()
            {
                lock (requests) (open, isOpen) = (open - (isOpen ? 1 : 0), false);
            }
        }
        catch (Exception left) when (left is IOException or OperationCanceledException or SocketException)
        {
            // The client left, or the test is over.
        }
    }

    private static async Task SendAsync(NetworkStream stream, Answer answer, Action beforeLast, CancellationToken cancelled)
    {
        var head = new StringBuilder($"HTTP/1.1 {answer.Status} Said\r\nConnection: close\r\n");
        if (answer.HasLength) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Body.Length}\r\n");
        foreach (var (name, value) in answer.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (answer.Body.Length == 0) beforeLast();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), cancelled);
        if (answer.IsSilent) await Task.Delay(Timeout.InfiniteTimeSpan, cancelled);
        var body = answer.Body.AsMemory(0, Math.Min(answer.Body.Length, answer.BreakAfter));
        while (body.Length > 0)
        {
            var chunk = answer.Chunk == 0 ? body.Length : Math.Min(answer.Chunk, body.Length);
            if (chunk == body.Length) beforeLast();
            await stream.WriteAsync(body[..chunk], cancelled);
            body = body[chunk..];
            if (answer.Chunk > 0) await Task.Delay(1, cancelled);
        }
    }
}
