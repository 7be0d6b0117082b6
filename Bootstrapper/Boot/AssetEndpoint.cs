using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Sextant.Assets;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Transfers;

namespace Sextant.Boot;

/// <summary>
/// <c>GET|HEAD /assets/{path}</c>: the catalogue's files and nothing else, from disk to socket through one pooled buffer a transfer, with the receiver's
/// progress counted for the machine that leases the peer's address.
/// </summary>
public sealed partial class AssetEndpoint(AssetCatalog assets, MachineStore machines, TransferProgress progress, TimeProvider time, ILogger<AssetEndpoint> log)
{
    /// <summary>Answers one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.RouteValues["path"] as string ?? "";
        if (assets.Find(path) is not { } file)
        {
            await PlainText.WriteAsync(context, StatusCodes.Status404NotFound,
                $"There is no asset '{PlainText.Bounded(path, 200)}'. The asset folder's manifest lists what is served; 'sextant assets' builds and verifies it.");
            return;
        }
        var isGet = HttpMethods.IsGet(context.Request.Method);
        var answer = AssetAnswer.Decide(file, isGet, AssetConditions.Of(context.Request.Headers));
        var headers = context.Response.Headers;
        headers.ETag = AssetAnswer.EntityTagOf(file);
        headers.LastModified = file.LastModified.ToUniversalTime().ToString("R", CultureInfo.InvariantCulture);
        headers.AcceptRanges = "bytes";
        switch (answer)
        {
            case AssetAnswer.NotModified:
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                break;
            case AssetAnswer.PreconditionFailed:
                await PlainText.WriteAsync(context, StatusCodes.Status412PreconditionFailed, $"{path} is not the version you have. Fetch it from its beginning.");
                break;
            case AssetAnswer.Unsatisfiable:
                headers.ContentRange = $"bytes */{file.Length}";
                await PlainText.WriteAsync(context, StatusCodes.Status416RangeNotSatisfiable, $"{path} has {file.Length} bytes; the range lies outside.");
                break;
            case AssetAnswer.Whole:
                await SendAsync(context, file, 0, file.Length, isGet);
                break;
            case AssetAnswer.Part part:
                context.Response.StatusCode = StatusCodes.Status206PartialContent;
                headers.ContentRange = $"bytes {part.First}-{part.Last}/{file.Length}";
                await SendAsync(context, file, part.First, part.Last - part.First + 1, isGet);
                break;
            default:
                throw new InvalidOperationException($"no response for {answer}");
        }
    }

    /// <summary>The type UEFI HTTP boot wants for its loaders; everything else is bytes.</summary>
    public static string ContentTypeOf(string path) => path.EndsWith(".efi", StringComparison.OrdinalIgnoreCase) ? "application/efi" : "application/octet-stream";

    private async Task SendAsync(HttpContext context, AssetFile file, long first, long count, bool withBody)
    {
        using var handle = Open(file);
        context.Response.ContentType = ContentTypeOf(file.Path);
        context.Response.ContentLength = count;
        if (!withBody) return;
        var receiver = Ipv4Address.FromIPAddress(context.Connection.RemoteIpAddress) is { } peer ? machines.FindByAddress(peer)?.Mac : null;
        Report(receiver, file, first, 0, count);
        if (!await FileTransfer.SendAsync(context, handle, first, count, sent => Report(receiver, file, first, sent, count))) return;
        if (receiver is { } machine && file.ByTftp && first + count == file.Length)
            Observe(machines.RecordAsync(new BootFileSent(machine, time.GetUtcNow(), file.Path, "HTTP", file.Length)), machine);
    }

    private static SafeFileHandle Open(AssetFile file)
    {
        var handle = File.OpenHandle(file.FullPath, options: FileOptions.SequentialScan);
        if (RandomAccess.GetLength(handle) == file.Length) return handle;
        handle.Dispose();
        throw new IOException($"{file.FullPath} is not the file that was catalogued; restart the service after changing assets");
    }

    private void Report(MacAddress? receiver, AssetFile file, long first, long sent, long count)
    {
        if (receiver is not { } machine) return;
        var now = time.GetUtcNow();
        if (progress.IsDue(machine, sent, count, now)) Observe(machines.RecordAsync(new AssetProgress(machine, now, file.Path, first + sent, file.Length)), machine);
    }

    /// <summary>A transfer does not wait for its history, and does not fail with it either.</summary>
    private void Observe(Task recorded, MacAddress mac) =>
        recorded.ContinueWith(failed => LogNotRecorded(mac, failed.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    [LoggerMessage(EventId = 1410, Level = LogLevel.Error, Message = "{Mac}: an event of a transfer was not recorded")]
    private partial void LogNotRecorded(MacAddress mac, Exception failure);
}
