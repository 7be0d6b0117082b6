using System.Text.Json;

namespace Sextant.Registry;

/// <summary>
/// <c>/v2/</c> and <c>/v2/token</c>: the Docker ecosystem's token authentication. Reading needs nothing; a client that asks at <c>/v2/</c> first is sent to fetch
/// a token, and gets one for reading without credentials, one for pushing with the push token.
/// </summary>
public sealed class AccessEndpoint(RegistryService service, TimeProvider time)
{
    /// <summary>The service's name in challenges.</summary>
    public const string ServiceName = "sextant";

    /// <summary><c>GET /v2/</c> (end-1). Clients learn here how to authenticate, and whether what they sent is right.</summary>
    public async Task<RegistryError?> ServeBaseAsync(HttpContext context)
    {
        var caller = Identify(context);
        if (caller is Caller.Anonymous or Caller.Wrong)
            return Challenge(context, null, caller, "This registry gives everything to read without credentials, but this address asks for a token: fetch one from the realm in WWW-Authenticate.");
        await Paging.WriteJsonAsync(context, "application/json", json =>
        {
            json.WriteStartObject();
            json.WriteEndObject();
        });
        return null;
    }

    /// <summary>Whether the request may change the repository; null for yes.</summary>
    public RegistryError? Refuse(HttpContext context, string name) => Identify(context) switch
    {
        Caller.Pusher => null,
        Caller.Puller => RegistryError.Denied(
            $"Pushing needs the push token. 'sextant registry token' on the bootstrapper shows it; log in as {PushToken.UserName} with it: podman login --username {PushToken.UserName} {context.Request.Host}"),
        Caller.Anonymous => Challenge(context, name, Caller.Anonymous, $"Pushing needs the push token. 'sextant registry token' on the bootstrapper shows it; log in as {PushToken.UserName} with it."),
        Caller.Wrong => Challenge(context, name, Caller.Wrong, "The credentials are wrong or out of date. 'sextant registry token' on the bootstrapper shows the push token in force."),
        var other => throw new InvalidOperationException($"no rule for {other}"),
    };

    /// <summary><c>GET /v2/token</c>, and POST with the form of OAuth 2 (RFC 6749 sections 4.3 and 6): a token.</summary>
    public async Task<RegistryError?> ServeTokenAsync(HttpContext context)
    {
        var pushToken = service.Token.Read();
        var now = time.GetUtcNow();
        var caller = Identify(context);
        var wantsRefresh = false;
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.HasFormContentType && caller == Caller.Anonymous)
        {
            if (await ReadFormAsync(context) is not { } form) return RegistryError.Of(StatusCodes.Status400BadRequest, "The form is malformed. It is application/x-www-form-urlencoded, with grant_type, username and password.");
            wantsRefresh = form["access_type"] == "offline";
            caller = form["grant_type"].ToString() switch
            {
                "refresh_token" => PushAuthority.IdentifyUser(PushToken.UserName, form["refresh_token"].ToString(), pushToken),
                _ => PushAuthority.IdentifyUser(form["username"].ToString(), form["password"].ToString(), pushToken),
            };
        }
        if (caller == Caller.Wrong)
            return RegistryError.Unauthorized($"The credentials are wrong. The user is {PushToken.UserName}, the password is what 'sextant registry token' on the bootstrapper shows.");
        var token = PushAuthority.Issue(caller == Caller.Pusher, pushToken, now);
        context.Response.Headers.CacheControl = "no-store";
        await Paging.WriteJsonAsync(context, "application/json", json => WriteToken(json, token, now, wantsRefresh && caller == Caller.Pusher ? pushToken : null));
        return null;
    }

    private static async Task<IFormCollection?> ReadFormAsync(HttpContext context)
    {
        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private Caller Identify(HttpContext context) => PushAuthority.Identify(context.Request.Headers.Authorization, service.Token.Read(), time.GetUtcNow());

    /// <summary>Where to get a token, by the name the client itself used for this registry: it trusts that one.</summary>
    private RegistryError Challenge(HttpContext context, string? name, Caller caller, string message)
    {
        var scope = name is null ? "" : $",scope=\"repository:{name}:pull,push\"";
        var problem = caller == Caller.Wrong ? ",error=\"invalid_token\"" : "";
        context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"https://{RealmHost(context.Request.Host)}/v2/token\",service=\"{ServiceName}\"{scope}{problem}";
        return RegistryError.Unauthorized(message);
    }

    private string RealmHost(HostString host) =>
        host.HasValue && host.Value.Length <= 260 && Uri.CheckHostName(host.Host.Trim('[', ']')) != UriHostNameType.Unknown ? host.Value : $"localhost:{service.Port}";

    private static void WriteToken(Utf8JsonWriter json, string token, DateTimeOffset now, string? refresh)
    {
        json.WriteStartObject();
        json.WriteString("token", token);
        json.WriteString("access_token", token);
        json.WriteNumber("expires_in", (long)PushAuthority.Lifetime.TotalSeconds);
        json.WriteString("issued_at", now.UtcDateTime);
        if (refresh is not null) json.WriteString("refresh_token", refresh);
        json.WriteEndObject();
    }
}
