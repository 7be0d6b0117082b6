using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sextant.Status;

/// <summary>Marks what the API reads and not writes: every member may be left out.</summary>
public interface IApiRequest;

/// <summary>What the body of a request says.</summary>
/// <typeparam name="T">The request.</typeparam>
public abstract record ApiBody<T> where T : class, IApiRequest
{
    private ApiBody() { }

    /// <summary>It is understood; an empty body says nothing.</summary>
    public sealed record Read(T Value) : ApiBody<T>;

    /// <summary>It is not.</summary>
    public sealed record Unread(ApiProblemKind Kind, string Detail) : ApiBody<T>;
}

/// <summary>Reads the bodies of requests: JSON, small, and said to be JSON, because that is what a form on another site's page cannot say.</summary>
public static class ApiBody
{
    /// <summary>The largest body, in octets.</summary>
    public const int Limit = 16 * 1024;

    /// <summary>Reads one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="type">Its contract.</param>
    /// <param name="empty">What an empty body says.</param>
    /// <param name="mustBeJson">Whether an empty body has to be called JSON, too.</param>
    public static async Task<ApiBody<T>> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, T empty, bool mustBeJson) where T : class, IApiRequest
    {
        if (await ReadAsync(context, Limit) is not { } octets) return new ApiBody<T>.Unread(ApiProblemKind.TooLarge, $"The body is larger than {Limit} octets.");
        if ((octets.Length > 0 || mustBeJson) && !context.Request.HasJsonContentType())
            return new ApiBody<T>.Unread(ApiProblemKind.JsonRequired, "Send JSON and say so: Content-Type: application/json.");
        if (octets.Length == 0) return new ApiBody<T>.Read(empty);
        try
        {
            return JsonSerializer.Deserialize(octets, type) is { } value
                ? new ApiBody<T>.Read(value)
                : new ApiBody<T>.Unread(ApiProblemKind.Malformed, "The body is null.");
        }
        catch (JsonException fault)
        {
            return new ApiBody<T>.Unread(ApiProblemKind.Malformed, $"The body is not the JSON that is read here: {fault.Message}");
        }
    }

    /// <summary>The body as it came; null when it has more octets than <paramref name="limit"/>.</summary>
    public static async Task<byte[]?> ReadAsync(HttpContext context, int limit)
    {
        if (context.Request.ContentLength > limit) return null;
        var octets = new byte[(context.Request.ContentLength ?? limit) + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, context.RequestAborted);
        return length > limit ? null : octets[..length];
    }
}
