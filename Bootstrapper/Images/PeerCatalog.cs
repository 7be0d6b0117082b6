using System.Text.Json;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>What another bootstrapper's registry has: <c>_catalog</c> and each repository's <c>tags/list</c>, page by page (OCI distribution specification, "Listing Tags").</summary>
/// <param name="client">The other registry.</param>
internal sealed class PeerCatalog(RegistryClient client)
{
    private const int LongestPage = 64 * 1024 * 1024;
    private const int MostPages = 10_000;

    /// <summary>Every image with a tag, in the order it is told.</summary>
    /// <exception cref="ImageException">The registry fails, or answers something else than a list.</exception>
    public async Task<IReadOnlyList<ImageReference>> ReadAsync(CancellationToken cancellation)
    {
        var images = new List<ImageReference>();
        foreach (var text in await ListAsync("registry:catalog:*", client.AddressOf("_catalog"), "repositories", cancellation))
        {
            if (!RepositoryName.TryParse(text, out var repository)) throw Strange($"the repository '{text}'");
            foreach (var name in await ListAsync($"repository:{repository}:pull", client.AddressOf($"{repository}/tags/list"), "tags", cancellation))
            {
                if (!TagName.TryParse(name, out var tag)) throw Strange($"the tag '{name}'");
                images.Add(ImageReference.OfStored(repository, tag, null) ?? ImageReference.OfOwn(repository, tag, null));
            }
        }
        return images;
    }

    private async Task<IReadOnlyList<string>> ListAsync(string scope, Uri first, string property, CancellationToken cancellation)
    {
        var items = new List<string>();
        var address = first;
        for (var page = 0; page < MostPages; page++)
        {
            var asked = address;
            using var response = await client.SendAsync(scope, () => new HttpRequestMessage(HttpMethod.Get, asked), cancellation);
            // A repository without any tag may be one that is not there.
            if (response.StatusCode == System.Net.HttpStatusCode.NotFound && property == "tags") return items;
            if (!response.IsSuccessStatusCode) throw await client.RefusalAsync(response, cancellation);
            items.AddRange(await ReadAsync(response, property, cancellation));
            if (Next(response, asked) is not { } next) return items;
            address = next;
        }
        throw Strange("a list without end");
    }

    private async Task<IReadOnlyList<string>> ReadAsync(HttpResponseMessage response, string property, CancellationToken cancellation)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(LongestPage, cancellation);
            using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), default, cancellation);
            var list = json.RootElement.GetProperty(property);
            return list.ValueKind == JsonValueKind.Null ? [] : [.. list.EnumerateArray().Select(item => item.GetString()!)];
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or HttpRequestException)
        {
            throw new ImageException($"{client.Name} does not answer {response.RequestMessage!.RequestUri!.AbsolutePath} with a list; --from wants the registry of a bootstrapper, such as https://10.0.0.1:5000", wrong);
        }
    }

    /// <summary>Where the next page is, on the same host: <c>Link: &lt;/v2/_catalog?n=100&amp;last=x&gt;; rel="next"</c> (RFC 8288).</summary>
    private static Uri? Next(HttpResponseMessage response, Uri asked)
    {
        if (!response.Headers.TryGetValues("Link", out var links) || links.FirstOrDefault(link => link.Contains("rel=\"next\"", StringComparison.Ordinal)) is not { } link) return null;
        var (from, to) = (link.IndexOf('<', StringComparison.Ordinal), link.IndexOf('>', StringComparison.Ordinal));
        return from >= 0 && to > from && Uri.TryCreate(asked, link[(from + 1)..to], out var next) && next.Authority == asked.Authority && next.Scheme == asked.Scheme ? next : null;
    }

    private ImageException Strange(string what) => new($"{client.Name} lists {what}, which no registry has; it is not believed");
}
