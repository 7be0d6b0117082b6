using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sextant.Power;

/// <summary>
/// A management controller that speaks Redfish (DSP0266). Each act is a few requests: find the system, look at it, change it. The account goes with each request (Basic, section 13.3.4); a service that does
/// not take that gets a session (section 13.3.5), which is ended at once.
/// </summary>
/// <param name="access">Where it is, and how it is trusted.</param>
/// <param name="client">Sends; belongs to the caller.</param>
public sealed class RedfishController(ControllerAccess access, HttpClient client) : IPowerController
{
    /// <summary>The longest answer that is read, in octets: a system of a large server has some tens of thousands.</summary>
    public const int LongestAnswer = 1 << 20;

    private const string Root = "/redfish/v1/", TokenHeader = "X-Auth-Token";

    private string? token;

    /// <inheritdoc/>
    public async Task<PowerOutcome> DoAsync(PowerAction action, bool isUefi, CancellationToken cancelled)
    {
        Uri? session = null;
        try
        {
            var root = await ReadAsync(new Uri(access.Base + Root), RedfishJson.Default.RedfishRoot, cancelled);
            // The root may be read by anybody (section 13.2), so what comes next tells whether the account is taken.
            var systems = Follow(root.Systems, "the service has no systems");
            RedfishCollection members;
            try
            {
                members = await ReadAsync(systems, RedfishJson.Default.RedfishCollection, cancelled);
            }
            catch (RedfishException refused) when (refused.Reason is PowerFailure.Unauthorized)
            {
                session = await OpenSessionAsync(root, refused, cancelled);
                members = await ReadAsync(systems, RedfishJson.Default.RedfishCollection, cancelled);
            }
            return await DoAsync(action, Choose(members), cancelled);
        }
        catch (RedfishException problem)
        {
            return new PowerOutcome.Failed(problem.Reason, $"{access.Base}: {problem.Message}");
        }
        finally
        {
            if (session is not null) await EndSessionAsync(session);
        }
    }

    private async Task<PowerOutcome> DoAsync(PowerAction action, Uri address, CancellationToken cancelled)
    {
        var system = await ReadAsync(address, RedfishJson.Default.RedfishSystem, cancelled);
        var now = ResetChoice.StateOf(system.PowerState);
        if (action is PowerAction.Status || ResetChoice.IsDone(action, now)) return new PowerOutcome.Done(now);
        if (action is PowerAction.NetworkBoot)
        {
            await ChangeBootAsync(address, system, cancelled);
            return new PowerOutcome.Done(now);
        }
        var reset = system.Actions?.Reset;
        var type = ResetChoice.Of(action, now, reset?.AllowableTypes) ?? throw new RedfishException(PowerFailure.Unsupported, $"the system has only {string.Join(", ", reset!.AllowableTypes!)}");
        var target = reset?.Target is { } named ? Resolve(named) : new Uri(address.AbsoluteUri.TrimEnd('/') + "/Actions/ComputerSystem.Reset");
        using var done = await SendAsync(HttpMethod.Post, target, Json(new RedfishResetRequest(type), RedfishJson.Default.RedfishResetRequest), null, cancelled);
        await CheckAsync(done, cancelled);
        return new PowerOutcome.Done(ResetChoice.StateOf((await ReadAsync(address, RedfishJson.Default.RedfishSystem, cancelled)).PowerState));
    }

    /// <summary>Once only: without an entity tag first where the service gives none; a service that insists gets the one that counts, or any.</summary>
    private async Task ChangeBootAsync(Uri address, RedfishSystem system, CancellationToken cancelled)
    {
        var target = ResetChoice.NetworkTarget(system.Boot?.AllowableTargets)
            ?? throw new RedfishException(PowerFailure.Unsupported, $"the system cannot be told to boot from the network, only from {string.Join(", ", system.Boot!.AllowableTargets!)}");
        var content = new RedfishBootRequest(new RedfishBootChange("Once", target));
        using var first = await SendAsync(HttpMethod.Patch, address, Json(content, RedfishJson.Default.RedfishBootRequest), system.EntityTag, cancelled);
        if (first.StatusCode is not (HttpStatusCode.PreconditionFailed or HttpStatusCode.PreconditionRequired))
        {
            await CheckAsync(first, cancelled);
            return;
        }
        var fresh = (await ReadAsync(address, RedfishJson.Default.RedfishSystem, cancelled)).EntityTag;
        using var second = await SendAsync(HttpMethod.Patch, address, Json(content, RedfishJson.Default.RedfishBootRequest), fresh == system.EntityTag ? "*" : fresh ?? "*", cancelled);
        await CheckAsync(second, cancelled);
    }

    private Uri Choose(RedfishCollection systems)
    {
        var members = systems.Members ?? [];
        if (access.System is { } wanted)
            return Follow(members.FirstOrDefault(member => member.Id?.TrimEnd('/').Split('/')[^1] == wanted), $"there is no system '{wanted}'; there are {Names()}");
        return members.Count == 1 ? Follow(members[0], "its system has no address")
            : throw new RedfishException(PowerFailure.Unsupported, members.Count == 0 ? "it has no system" : $"it has several systems: {Names()}. Say which one is the machine: bmc.system");

        string Names() => string.Join(", ", members.Select(member => member.Id?.TrimEnd('/').Split('/')[^1]));
    }

    private async Task<Uri> OpenSessionAsync(RedfishRoot root, RedfishException refused, CancellationToken cancelled)
    {
        var sessions = root.Links?.Sessions?.Id is { } named ? Resolve(named) : throw refused;
        using var opened = await SendAsync(HttpMethod.Post, sessions, Json(new RedfishLogin(access.Username, access.Password), RedfishJson.Default.RedfishLogin), null, cancelled);
        await CheckAsync(opened, cancelled);
        token = opened.Headers.TryGetValues(TokenHeader, out var tokens) ? tokens.First() : throw refused;
        return opened.Headers.Location is { } location ? Resolve(location.OriginalString) : throw new RedfishException(PowerFailure.Malformed, "a session has no address");
    }

    private async Task EndSessionAsync(Uri session)
    {
        try
        {
            using var patience = new CancellationTokenSource(client.Timeout);
            using var ended = await SendAsync(HttpMethod.Delete, session, null, null, patience.Token);
        }
        catch (RedfishException)
        {
            // It ends by itself, a little later.
        }
    }

    private async Task<T> ReadAsync<T>(Uri address, JsonTypeInfo<T> type, CancellationToken cancelled)
        where T : class
    {
        using var answer = await SendAsync(HttpMethod.Get, address, null, null, cancelled);
        await CheckAsync(answer, cancelled);
        try
        {
            return JsonSerializer.Deserialize(await BodyAsync(answer, cancelled), type) ?? throw new RedfishException(PowerFailure.Malformed, $"{address.AbsolutePath} is null");
        }
        catch (JsonException)
        {
            throw new RedfishException(PowerFailure.Malformed, $"{address.AbsolutePath} is no answer of Redfish");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, HttpContent? content, string? entityTag, CancellationToken cancelled)
    {
        using var request = new HttpRequestMessage(method, address) { Content = content };
        request.Headers.TryAddWithoutValidation("OData-Version", "4.0");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (token is not null) request.Headers.TryAddWithoutValidation(TokenHeader, token);
        else request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{access.Username}:{access.Password}")));
        if (entityTag is not null) request.Headers.TryAddWithoutValidation("If-Match", entityTag);
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancelled);
        }
        catch (HttpRequestException failure) when (failure.InnerException is AuthenticationException)
        {
            throw new RedfishException(PowerFailure.Untrusted, "its certificate is not trusted; give bmc.ca or bmc.fingerprint");
        }
        catch (HttpRequestException failure)
        {
            throw new RedfishException(PowerFailure.Unreachable, $"it does not answer: {failure.Message}");
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            throw new RedfishException(PowerFailure.Unreachable, $"it does not answer within {client.Timeout.TotalSeconds:0} seconds");
        }
    }

    private static async Task CheckAsync(HttpResponseMessage answer, CancellationToken cancelled)
    {
        if (answer.IsSuccessStatusCode) return;
        var said = Encoding.UTF8.GetString(await BodyAsync(answer, cancelled));
        throw answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new RedfishException(PowerFailure.Unauthorized, "it does not take the account; correct bmc.username and what is in bmc.password_file"),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => new RedfishException(PowerFailure.Unsupported, $"it has no {answer.RequestMessage?.RequestUri?.AbsolutePath}"),
            _ => new RedfishException(PowerFailure.Refused, $"{(int)answer.StatusCode} {Shortened(said)}"),
        };
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage answer, CancellationToken cancelled)
    {
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(cancelled);
            var octets = new byte[LongestAnswer];
            var length = await stream.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, cancelled);
            return octets[..length];
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw new RedfishException(PowerFailure.Unreachable, $"it broke off: {failure.Message}");
        }
    }

    private static string Shortened(string said) => new([.. said.Take(300).Select(letter => char.IsControl(letter) ? ' ' : letter)]);

    private static ByteArrayContent Json<T>(T value, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, type)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private Uri Follow(RedfishLink? link, string otherwise) => link?.Id is { } id ? Resolve(id) : throw new RedfishException(PowerFailure.Malformed, otherwise);

    /// <summary>An address that the service names: on this service and nowhere else, so that nobody is sent the account who names another.</summary>
    private Uri Resolve(string id) =>
        Uri.TryCreate(new Uri(access.Base + "/"), id, out var address) && address.GetLeftPart(UriPartial.Authority) == new Uri(access.Base).GetLeftPart(UriPartial.Authority)
            ? address
            : throw new RedfishException(PowerFailure.Malformed, "it names an address that is not its own");

    /// <summary>Ends an act.</summary>
    private sealed class RedfishException(PowerFailure reason, string message) : Exception(message)
    {
        public PowerFailure Reason => reason;
    }
}
