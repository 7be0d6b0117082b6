using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Tests.TestKit;

/// <summary>Speaks to a registry as a client of containers does, one request at a time.</summary>
/// <param name="http">Trusts the registry's certificate.</param>
/// <param name="root"><c>https://HOST:PORT</c></param>
/// <param name="pushToken">Sent as password of the user <c>push</c>; null for an anonymous client.</param>
internal sealed class RegistryClient(HttpClient http, string root, string? pushToken)
{
    public static AuthenticationHeaderValue Basic(string user, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[]? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith("https:", StringComparison.Ordinal) ? path : root + path);
        if (pushToken is not null) request.Headers.Authorization = Basic(PushToken.UserName, pushToken);
        if (body is not null) request.Content = new ByteArrayContent(body);
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content!.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<HttpResponseMessage> HeadAsync(string path) => SendAsync(HttpMethod.Head, path);

    /// <summary>Begins an upload.</summary>
    /// <returns>Its location.</returns>
    public async Task<string> BeginAsync(string repository, string query = "")
    {
        using var begun = await SendAsync(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/{query}", []);
        if (begun.StatusCode != HttpStatusCode.Accepted) throw new HttpRequestException($"POST: {(int)begun.StatusCode} {await begun.Content.ReadAsStringAsync()}");
        return begun.Headers.Location!.ToString();
    }

    /// <summary>Pushes a blob: POST, PATCH in chunks of a size, PUT.</summary>
    public async Task<HttpStatusCode> PushBlobAsync(string repository, byte[] blob, int chunk = int.MaxValue)
    {
        var location = await BeginAsync(repository);
        for (var at = 0; at < blob.Length;)
        {
            var end = (int)Math.Min(blob.Length, (long)at + chunk);
            using var patched = await SendAsync(HttpMethod.Patch, location, blob[at..end], ("Content-Range", $"{at}-{end - 1}"));
            if (patched.StatusCode != HttpStatusCode.Accepted) return patched.StatusCode;
            location = patched.Headers.Location!.ToString();
            at = end;
        }
        using var put = await SendAsync(HttpMethod.Put, $"{location}{(location.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={Digest.Sha256Of(blob)}", []);
        return put.StatusCode;
    }

    public async Task<HttpStatusCode> PushManifestAsync(string repository, string reference, byte[] manifest, string mediaType = MediaTypes.OciManifest)
    {
        using var put = await SendAsync(HttpMethod.Put, $"/v2/{repository}/manifests/{reference}", manifest, ("Content-Type", mediaType));
        return put.StatusCode;
    }

    /// <summary>Pushes an image; the last status is the first that is not 201.</summary>
    public async Task<HttpStatusCode> PushImageAsync(string repository, string tag, PushableImage image, int chunk = int.MaxValue)
    {
        foreach (var blob in image.Blobs)
        {
            using var there = await HeadAsync($"/v2/{repository}/blobs/{Digest.Sha256Of(blob)}");
            if (there.StatusCode == HttpStatusCode.OK) continue;
            if (await PushBlobAsync(repository, blob, chunk) is not HttpStatusCode.Created and var status) return status;
        }
        return await PushManifestAsync(repository, tag, image.Manifest);
    }
}
