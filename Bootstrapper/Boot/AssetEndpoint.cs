using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Sextant.Assets;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Transfers;

namespace Sextant.Boot;

/// <summary>
/// <c>GET|HEAD /assets/{path}</c>: the catalogue's files, each only while its content has its digest, the keys they are signed by, and nothing else. Long ones take turns
/// (<see cref="TransferGate"/>); the receiver's progress is counted for the machine that leases the peer's address.
/// </summary>
public sealed partial class AssetEndpoint(
    CurrentAssets assets, TransferGate gate, MachineStore machines, MachineAt at, TransferProgress progress, TimeProvider time, ILogger<AssetEndpoint> log)
{
    /// <summary>Answers one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.RouteValues["path"] as string ?? "";
        switch (await assets.OpenAsync(path, context.RequestAborted))
        {
            case AssetOpening.Unknown when assets.TextOf(path) is { } text:
                await PlainText.WriteAsync(context, StatusCodes.Status200OK, text);
                break;
            case AssetOpening.Unknown:
                await PlainText.WriteAsync(context, StatusCodes.Status404NotFound,
                    $"There is no asset '{PrintableText.Bounded(path, 200)}'. The asset folder's manifest lists what is served; 'sextant assets' builds and verifies it.");
                break;
            case AssetOpening.Damaged damaged:
                await PlainText.WriteAsync(context, StatusCodes.Status500InternalServerError, $"On the bootstrapper, the asset {damaged.Problem}. Asking again does no harm.");
                break;
            case AssetOpening.Good good:
                using (good.Handle) await AnswerAsync(context, good.File, good.Handle);
                break;
            case var other:
                throw new InvalidOperationException($"no response for {other}");
        }
    }

    /// <summary>The type UEFI HTTP boot wants for its loaders; everything else is bytes.</summary>
    public static string ContentTypeOf(string path) => path.EndsWith(".efi", StringComparison.OrdinalIgnoreCase) ? "application/efi" : "application/octet-stream";

    private async Task AnswerAsync(HttpContext context, AssetFile file, SafeFileHandle handle)
    {
        var answer = AssetAnswer.Decide(file, HttpMethods.IsGet(context.Request.Method), AssetConditions.Of(context.Request.Headers));
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
                await PlainText.WriteAsync(context, StatusCodes.Status412PreconditionFailed, $"{file.Path} is not the version you have. Fetch it from its beginning.");
                break;
            case AssetAnswer.Unsatisfiable:
                headers.ContentRange = $"bytes */{file.Length}";
                await PlainText.WriteAsync(context, StatusCodes.Status416RangeNotSatisfiable, $"{file.Path} has {file.Length} bytes; the range lies outside.");
                break;
            case AssetAnswer.Whole:
                await SendAsync(context, file, handle, 0, file.Length);
                break;
            case AssetAnswer.Part part:
                context.Response.StatusCode = StatusCodes.Status206PartialContent;
                headers.ContentRange = $"bytes {part.First}-{part.Last}/{file.Length}";
                await SendAsync(context, file, handle, part.First, part.Last - part.First + 1);
                break;
            default:
                throw new InvalidOperationException($"no response for {answer}");
        }
    }

    private async Task SendAsync(HttpContext context, AssetFile file, SafeFileHandle handle, long first, long count)
    {
        context.Response.ContentType = ContentTypeOf(file.Path);
        context.Response.ContentLength = count;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        using var place = await gate.EnterAsync(context, count);
        if (place is null)
        {
            await RefuseAsync(context);
            return;
        }
        var receiver = Ipv4Address.FromIPAddress(context.Connection.RemoteIpAddress) is { } peer ? at(peer)?.Mac : null;
        Report(receiver, file, first, 0, count);
        if (!await FileTransfer.SendAsync(context, handle, first, count, TransferService.Http, sent => Report(receiver, file, first, sent, count))) return;
        if (receiver is { } machine && file.Entry?.Kind is AssetKind.Loader && first + count == file.Length)
            Observe(machines.RecordAsync(new BootFileSent(machine, time.GetUtcNow(), file.Path, "HTTP", file.Length)), machine);
    }

    private static Task RefuseAsync(HttpContext context)
    {
        var wait = (int)TransferGate.RetryAfter.TotalSeconds;
        context.Response.Clear();
        context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        return PlainText.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"Too many machines wait for a transfer already. Ask again in {wait} seconds.");
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
