using System.Net.Sockets;
using System.Text.Json;

namespace Sextant.Lab;

/// <summary>
/// A client of QEMU's machine protocol: one JSON object a line over a Unix socket. The server greets, the client leaves negotiation mode with
/// <c>qmp_capabilities</c>, then each command gets one <c>return</c> or <c>error</c>; events may come at any time in between (QEMU, docs/interop/qmp-spec).
/// </summary>
public sealed class Qmp : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Socket socket;
    private readonly NetworkStream stream;
    private readonly StreamReader reader;

    private Qmp(Socket socket)
    {
        this.socket = socket;
        stream = new NetworkStream(socket);
        reader = new StreamReader(stream);
    }

    /// <summary>Connects and leaves negotiation mode.</summary>
    /// <exception cref="LabException">Nobody answers within 10 seconds, or not in this protocol.</exception>
    public static async Task<Qmp> ConnectAsync(string socketPath, CancellationToken cancellation = default)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellation);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new LabException($"the machine's monitor {socketPath} does not answer: {exception.Message}.");
        }
        var client = new Qmp(socket);
        try
        {
            using var greeting = await client.ReadAsync(cancellation);
            if (!greeting.RootElement.TryGetProperty("QMP", out _)) throw new LabException($"{socketPath} does not speak QEMU's machine protocol.");
            await client.ExecuteAsync("qmp_capabilities", cancellation);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Runs a command without arguments and answers its <c>return</c> value as JSON text.</summary>
    /// <exception cref="LabException">QEMU refused it, or did not answer within 10 seconds.</exception>
    public async Task<string> ExecuteAsync(string command, CancellationToken cancellation = default)
    {
        await SendAsync(command, cancellation);
        while (true)
        {
            using var message = await ReadAsync(cancellation);
            if (message.RootElement.TryGetProperty("return", out var value)) return value.GetRawText();
            if (message.RootElement.TryGetProperty("error", out var error)) throw new LabException($"QEMU refused '{command}': {error.GetRawText()}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        reader.Dispose();
        stream.Dispose();
        socket.Dispose();
    }

    private async Task SendAsync(string command, CancellationToken cancellation)
    {
        try
        {
            await stream.WriteAsync(Command(command), cancellation);
        }
        catch (IOException exception)
        {
            throw new LabException($"QEMU's monitor broke off: {exception.Message}.");
        }
    }

    private static byte[] Command(string command)
    {
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line))
        {
            writer.WriteStartObject();
            writer.WriteString("execute", command);
            writer.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    private async Task<JsonDocument> ReadAsync(CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Patience);
        try
        {
            var line = await reader.ReadLineAsync(limited.Token) ?? throw new LabException("QEMU closed its monitor.");
            return JsonDocument.Parse(line);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LabException($"QEMU's monitor did not answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new LabException($"QEMU's monitor broke off: {exception.Message}.");
        }
    }
}
