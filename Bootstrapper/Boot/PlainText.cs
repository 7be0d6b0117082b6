using System.Text;

namespace Sextant.Boot;

/// <summary>Answers for people.</summary>
public static class PlainText
{
    /// <summary>Writes a complete answer; a missing end of line is added to plain text. HEAD gets the headers only.</summary>
    public static Task WriteAsync(HttpContext context, int status, string text, string contentType = "text/plain; charset=utf-8")
    {
        var octets = Encoding.UTF8.GetBytes(text.EndsWith('\n') ? text : text + "\n");
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = octets.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(octets).AsTask();
    }
}
