using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Sextant.Images;

/// <summary>Takes images out of a container engine on this machine, Docker's or podman's, by the Docker Engine API over its Unix socket.</summary>
/// <param name="socket">The socket's path.</param>
/// <param name="loader">Where the images go.</param>
public sealed class DockerEngine(string socket, ImageLoader loader) : IDisposable
{
    /// <summary>Docker's own socket.</summary>
    public const string DefaultSocket = "/var/run/docker.sock";

    private const string Address = "http://engine";
    private const string NoName = "<none>";

    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, cancellation) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
    }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Loads images, one after the other.</summary>
    /// <param name="names">Which; empty for all that have a name.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IntakeOutcome> LoadAsync(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        if (!File.Exists(socket)) return new IntakeOutcome.Refused($"{socket}: no container engine answers there: there is no such socket; start it, or name its socket after --from-docker");
        var taken = new List<TakenImage>();
        try
        {
            if (names.Count == 0) names = await ListAsync(cancellation);
            if (names.Count == 0) return new IntakeOutcome.Refused($"{socket}: the engine has no image with a name");
            foreach (var name in names)
            {
                using var response = await http.GetAsync($"{Address}/images/get?names={Uri.EscapeDataString(name)}", HttpCompletionOption.ResponseHeadersRead, cancellation);
                if (!response.IsSuccessStatusCode) return new IntakeOutcome.Refused($"{socket}: {name}: {await ReasonAsync(response, cancellation)}");
                using var archive = await response.Content.ReadAsStreamAsync(cancellation);
                switch (await loader.LoadAsync(name, archive, response.Content.Headers.ContentLength, name: null, cancellation))
                {
                    case IntakeOutcome.Taken(var images):
                        taken.AddRange(images);
                        break;
                    case IntakeOutcome.Refused refused:
                        return refused with { Problem = $"{socket}: {refused.Problem}" };
                    case var other:
                        throw new InvalidOperationException($"no such end of an intake: {other}");
                }
            }
            return new IntakeOutcome.Taken(taken);
        }
        catch (HttpRequestException failure)
        {
            return new IntakeOutcome.Refused($"{socket}: no container engine answers there: {failure.InnerException?.Message ?? failure.Message}; start it, or name its socket after --from-docker");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation)
    {
        using var response = await http.GetAsync(Address + "/images/json", cancellation);
        response.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
        var names = new List<string>();
        foreach (var image in json.RootElement.EnumerateArray())
            if (image.TryGetProperty("RepoTags", out var tags) && tags.ValueKind == JsonValueKind.Array)
                names.AddRange(tags.EnumerateArray().Select(tag => tag.GetString()).OfType<string>().Where(tag => !tag.Contains(NoName, StringComparison.Ordinal)));
        return [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var body = await response.Content.ReadAsStringAsync(cancellation);
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.TryGetProperty("message", out var message) && message.GetString() is { Length: > 0 } text) return text;
        }
        catch (JsonException)
        {
            // Not every engine explains itself in JSON.
        }
        return response.StatusCode == HttpStatusCode.NotFound ? "the engine does not have it" : $"the engine answers {(int)response.StatusCode} {response.ReasonPhrase}";
    }
}
