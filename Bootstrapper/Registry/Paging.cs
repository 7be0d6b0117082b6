using System.Globalization;
using System.Text.Json;

namespace Sextant.Registry;

/// <summary>A part of a sorted list, and where the next part begins (OCI distribution specification, "Listing Tags").</summary>
/// <param name="Items">The part.</param>
/// <param name="Last">The <c>last</c> of the next request; null when nothing follows.</param>
public sealed record Page(IReadOnlyList<string> Items, string? Last)
{
    /// <summary>Cuts a list that is sorted ordinally.</summary>
    /// <param name="sorted">All of it.</param>
    /// <param name="count">At most so many; null for no limit. None at all never leads on.</param>
    /// <param name="after">Only what comes behind this, whether it is in the list or not; null for all.</param>
    public static Page Of(IEnumerable<string> sorted, int? count, string? after)
    {
        var rest = sorted.Where(item => after is null || string.CompareOrdinal(item, after) > 0).ToArray();
        var items = count is { } limit && limit < rest.Length ? rest[..limit] : rest;
        return new Page(items, items.Length is > 0 and var length && length < rest.Length ? items[^1] : null);
    }
}

/// <summary>Lists over HTTP: <c>n</c>, <c>last</c> and the header <c>Link</c>.</summary>
internal static class Paging
{
    /// <summary>Answers with a page of a list.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">Its path here.</param>
    /// <param name="sorted">The whole list.</param>
    /// <param name="property">The list's name in the answer.</param>
    /// <param name="name">The repository the list is of; null for none.</param>
    public static async Task<RegistryError?> ServeAsync(HttpContext context, string path, IEnumerable<string> sorted, string property, string? name)
    {
        int? count = null;
        if (context.Request.Query["n"] is [{ } text])
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return RegistryError.Of(StatusCodes.Status400BadRequest, "The parameter n is a number of list entries, 0 or more.");
            count = number;
        }
        var page = Page.Of(sorted, count, context.Request.Query["last"] is [{ } last] ? last : null);
        if (page.Last is { } next) context.Response.Headers.Link = $"<{path}?n={count}&last={Uri.EscapeDataString(next)}>; rel=\"next\"";
        await WriteJsonAsync(context, "application/json", json =>
        {
            json.WriteStartObject();
            if (name is not null) json.WriteString("name", name);
            json.WriteStartArray(property);
            foreach (var item in page.Items) json.WriteStringValue(item);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        return null;
    }

    /// <summary>Answers 200 with JSON. HEAD gets the headers only.</summary>
    public static async Task WriteJsonAsync(HttpContext context, string contentType, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        context.Response.ContentType = contentType;
        context.Response.ContentLength = buffer.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }
}
