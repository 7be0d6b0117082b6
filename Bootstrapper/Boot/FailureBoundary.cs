using System.Net;
using Microsoft.AspNetCore.Connections;
using Sextant.Primitives;

namespace Sextant.Boot;

/// <summary>How a failed request is answered: with a status and a text for people, in the form its client reads.</summary>
public delegate Task FailureAnswer(HttpContext context, int status, string text);

/// <summary>
/// The one place where exceptions of requests end. A malformed request is the peer's fault and has its own status; a peer that left needs no answer;
/// anything else is our failure: logged with its stack, answered 500, and the service goes on.
/// </summary>
public sealed partial class FailureBoundary(FailureAnswer answer, ILogger<FailureBoundary> log)
{
    /// <summary>Runs the rest of the pipeline inside the boundary.</summary>
    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed, ContentLength: null })
                await answer(context, context.Response.StatusCode, TextOf(context.Response.StatusCode, context.Request));
        }
        catch (BadHttpRequestException malformed) when (!context.Response.HasStarted)
        {
            LogMalformed(context.Connection.RemoteIpAddress, malformed.Message);
            await answer(context, malformed.StatusCode, malformed.Message);
        }
        catch (Exception left) when (context.RequestAborted.IsCancellationRequested || left is ConnectionResetException or ConnectionAbortedException)
        {
            LogLeft(context.Connection.RemoteIpAddress, context.Request.Path);
            context.Abort();
        }
        catch (Exception failure)
        {
            LogFailed(context.Connection.RemoteIpAddress, context.Request.Method, context.Request.Path, failure);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            context.Response.Clear();
            await answer(context, StatusCodes.Status500InternalServerError,
                $"Sextant failed at {PrintableText.Bounded(context.Request.Path, 200)}: its log has the reason. Asking again does no harm.");
        }
    }

    private static string TextOf(int status, HttpRequest request) => status == StatusCodes.Status404NotFound
        ? $"There is nothing at {PrintableText.Bounded(request.Path, 200)}."
        : $"{PrintableText.Bounded(request.Method, 20)} is not done to {PrintableText.Bounded(request.Path, 200)}; the Allow header says what is.";

    [LoggerMessage(EventId = 1420, Level = LogLevel.Debug, Message = "{Peer}: malformed request: {Problem}")]
    private partial void LogMalformed(IPAddress? peer, string problem);

    [LoggerMessage(EventId = 1421, Level = LogLevel.Debug, Message = "{Peer} left during {Path}")]
    private partial void LogLeft(IPAddress? peer, PathString path);

    [LoggerMessage(EventId = 1422, Level = LogLevel.Error, Message = "{Peer}: {Method} {Path} failed")]
    private partial void LogFailed(IPAddress? peer, string method, PathString path, Exception failure);
}
