using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using System.Text.Json;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>
/// Requests to one registry (OCI distribution specification): they get the authorization they are asked for, are repeated when the reason of a failure
/// may pass, and follow redirects without taking the authorization to another host. The proxy variables of the environment are honoured.
/// </summary>
internal sealed class RegistryClient : IDisposable
{
    private const int MostRedirects = 5;
    private const int SlowestLine = 50_000; // octets a second
    private const int MostAuthorizations = 2;
    private const int LongestExplanation = 64 * 1024;

    private readonly RegistryEndpoint endpoint;
    private readonly RegistryAccess access;
    private readonly HttpClient http;
    private readonly ConcurrentDictionary<string, AuthenticationHeaderValue> authorizations = new(StringComparer.Ordinal);

    public RegistryClient(RegistryEndpoint endpoint, RegistryAccess access)
    {
        (this.endpoint, this.access) = (endpoint, access);
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = access.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, chain, errors) => access.IsTrusted(certificate, chain, errors) },
        }) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("sextant");
    }

    /// <summary>Who is asked, for people.</summary>
    public string Name => endpoint.Address.Authority;

    /// <summary>The longest time without an octet.</summary>
    public TimeSpan IdleTimeout => access.IdleTimeout;

    /// <summary>The policy of repeating.</summary>
    public RetryPolicy Retry => access.Retry;

    /// <summary>The address of something in a repository.</summary>
    /// <param name="repository">The repository there.</param>
    /// <param name="rest">What follows it: <c>manifests/1.0</c>.</param>
    public Uri AddressOf(RepositoryName repository, string rest)
    {
        var mirrored = endpoint.Namespace is { } name ? $"{(rest.Contains('?', StringComparison.Ordinal) ? '&' : '?')}ns={Uri.EscapeDataString(name)}" : "";
        return new Uri(endpoint.Address, $"v2/{repository}/{rest}{mirrored}");
    }

    /// <summary>Sends a request until it is answered for good; the answer's head is there, its content is still to be read.</summary>
    /// <param name="repository">The repository it is about.</param>
    /// <param name="isPush">Whether it changes the repository.</param>
    /// <param name="make">Makes the request anew for each attempt.</param>
    /// <param name="attempts">How often it is tried; null for what the policy says.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ImageException">The registry cannot be reached, or goes on failing.</exception>
    public Task<HttpResponseMessage> SendAsync(RepositoryName repository, bool isPush, Func<HttpRequestMessage> make, CancellationToken cancellation, int? attempts = null) =>
        SendAsync($"repository:{repository}:{(isPush ? "pull,push" : "pull")}", make, cancellation, attempts);

    /// <summary>The addresses of what is asked for of the registry itself, such as <c>_catalog</c>.</summary>
    public Uri AddressOf(string rest) => new(endpoint.Address, $"v2/{rest}");

    /// <summary>The same for what is not about one repository.</summary>
    /// <param name="scope">What the authorization must be for, as token services name it.</param>
    /// <param name="make">Makes the request anew for each attempt.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="attempts">How often it is tried; null for what the policy says.</param>
    public async Task<HttpResponseMessage> SendAsync(string scope, Func<HttpRequestMessage> make, CancellationToken cancellation, int? attempts = null)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan? asked = null;
            try
            {
                var response = await AuthorizedAsync(scope, make, cancellation);
                if (IsLast(attempt) || !MayPass(response.StatusCode)) return response;
                asked = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - TimeProvider.System.GetUtcNow() : null;
                response.Dispose();
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or TimeoutException)
            {
                if (IsLast(attempt) || failure.InnerException is System.Security.Authentication.AuthenticationException) throw Unreachable(failure);
            }
            await Task.Delay(access.Retry.After(attempt, asked, Random.Shared.NextDouble()), cancellation);
        }

        bool IsLast(int attempt) => attempt >= (attempts ?? access.Retry.Attempts) || Stopwatch.GetElapsedTime(begun) >= access.Retry.Within;
    }

    /// <summary>What a registry says when it refuses, for people.</summary>
    public async Task<ImageException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var reason = await ReasonAsync(response, cancellation);
        var advice = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when access.Account is null => "; it may want --username and --password-file",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"; the account {access.Account} may not do this, or its password is wrong",
            _ => "",
        };
        return new ImageException($"{Name} answers {(int)response.StatusCode} to {response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.AbsolutePath}{reason}{advice}");
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> AuthorizedAsync(string scope, Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        for (var tried = 0; ; tried++)
        {
            var response = await RedirectedAsync(scope, make, cancellation);
            if (response.StatusCode != HttpStatusCode.Unauthorized || tried == MostAuthorizations || !IsOwn(response.RequestMessage!.RequestUri!)) return response;
            var challenges = response.Headers.WwwAuthenticate.Select(challenge => AuthChallenge.Parse(challenge.Scheme, challenge.Parameter)).ToArray();
            if (await AnswerAsync(challenges, scope, cancellation) is not { } authorization || authorizations.GetValueOrDefault(scope)?.Equals(authorization) == true) return response;
            response.Dispose();
            authorizations[scope] = authorization;
        }
    }

    private async Task<HttpResponseMessage> RedirectedAsync(string scope, Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        Uri? target = null;
        for (var followed = 0; ; followed++)
        {
            var request = make();
            if (target is not null) request.RequestUri = target;
            if (IsOwn(request.RequestUri!) && authorizations.TryGetValue(scope, out var authorization)) request.Headers.Authorization = authorization;
            var response = await HeadAsync(request, cancellation);
            var mayFollow = request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;
            if (!mayFollow || (int)response.StatusCode is < 301 or > 308 || response.StatusCode == HttpStatusCode.NotModified || response.Headers.Location is not { } location) return response;
            response.Dispose();
            target = new Uri(request.RequestUri!, location);
            if (followed == MostRedirects) throw new ImageException($"{Name} redirects more than {MostRedirects} times, last to {target.GetLeftPart(UriPartial.Path)}");
            if (target.Scheme != Uri.UriSchemeHttps && !(target.Scheme == Uri.UriSchemeHttp && request.RequestUri!.Scheme == Uri.UriSchemeHttp))
                throw new ImageException($"{Name} redirects from TLS to {target.GetLeftPart(UriPartial.Path)}; this is not followed");
        }
    }

    private async Task<HttpResponseMessage> HeadAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // A body takes its time: as long as it would on the slowest line that is of any use.
        patience.CancelAfter(access.IdleTimeout + TimeSpan.FromSeconds((request.Content?.Headers.ContentLength ?? 0) / SlowestLine));
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(late.InnerException is TimeoutException ? $"no connection within {access.ConnectTimeout.TotalSeconds:0} s" : $"no answer within {access.IdleTimeout.TotalSeconds:0} s");
        }
    }

    /// <summary>The account itself, or the token that its realm gives for it; null when the registry asks for what cannot be given.</summary>
    private async Task<AuthenticationHeaderValue?> AnswerAsync(IReadOnlyList<AuthChallenge> challenges, string scope, CancellationToken cancellation)
    {
        if (challenges.FirstOrDefault(challenge => challenge.Scheme == "bearer") is { } bearer && bearer.Parameters.TryGetValue("realm", out var realm))
            return new AuthenticationHeaderValue("Bearer", await TokenAsync(realm, bearer.Parameters.GetValueOrDefault("service"), scope, cancellation));
        return challenges.Any(challenge => challenge.Scheme == "basic") ? Basic() : null;
    }

    private async Task<string> TokenAsync(string realm, string? service, string scope, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(realm, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && endpoint.Address.Scheme == Uri.UriSchemeHttp))
            throw new ImageException($"{Name} sends for a token to '{realm}', which is no TLS address; nothing was sent there");
        var query = $"{(address.Query.Length > 1 ? address.Query + "&" : "?")}scope={Uri.EscapeDataString(scope)}{(service is null ? "" : $"&service={Uri.EscapeDataString(service)}")}";
        using var request = new HttpRequestMessage(HttpMethod.Get, address.GetLeftPart(UriPartial.Path) + query);
        request.Headers.Authorization = Basic();
        using var response = await HeadAsync(request, cancellation);
        if (MayPass(response.StatusCode)) throw new HttpRequestException($"{address.Authority} answers {(int)response.StatusCode} to the request for a token");
        if (!response.IsSuccessStatusCode) throw await RefusalAsync(response, cancellation);
        try
        {
            using var json = JsonDocument.Parse(await ShortAsync(response, cancellation));
            foreach (var name in (string[])["token", "access_token"])
                if (json.RootElement.TryGetProperty(name, out var token) && token.GetString() is { Length: > 0 } text) return text;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new ImageException($"{address.Authority} answers the request for a token with something else", wrong);
        }
        throw new ImageException($"{address.Authority} gives no token");
    }

    private AuthenticationHeaderValue? Basic() =>
        access.Account is { } account ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account.Username}:{account.Password}"))) : null;

    private bool IsOwn(Uri address) => address.Scheme == endpoint.Address.Scheme && address.Authority == endpoint.Address.Authority;

    private ImageException Unreachable(Exception failure) => new($"{Name} cannot be reached: {failure.InnerException?.Message ?? failure.Message}", failure);

    private static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>What the body says in the form of the distribution specification ("Error codes"); empty when it says nothing.</summary>
    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            using var json = JsonDocument.Parse(await ShortAsync(response, cancellation));
            var error = json.RootElement.GetProperty("errors")[0];
            return $": {(error.TryGetProperty("message", out var message) ? message.GetString() : error.GetProperty("code").GetString())}";
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException or IOException or HttpRequestException)
        {
            return "";
        }
    }

    private static async Task<byte[]> ShortAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var content = new byte[LongestExplanation];
        using var body = await response.Content.ReadAsStreamAsync(cancellation);
        return content[..await body.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellation)];
    }
}
