using System.Globalization;
using Sextant.Operators;
using Sextant.Primitives;

namespace Sextant.Status;

/// <summary>Whom a request is from that was let through.</summary>
/// <param name="Means">By what the operator was known.</param>
/// <param name="Who">The same for the audit log: <c>uid 0</c>, <c>token</c>, <c>session</c>.</param>
/// <param name="Peer">The address it came from; null for the Unix socket.</param>
public sealed record KnownOperator(OperatorMeans Means, string Who, string? Peer);

/// <summary>
/// The one door to what only the operator may do. Reads what a request shows, lets <see cref="OperatorAdmission"/> decide, and bounds how often anybody may
/// try and how often the operator may change something.
/// </summary>
public sealed class OperatorGate(OperatorToken token, OperatorSessions sessions, AuditLog audit, TimeProvider time)
{
    /// <summary>The session's cookie.</summary>
    public const string Cookie = "sextant-session";

    private const string Bearer = "Bearer ";

    /// <summary>Wrong tokens and sessions of one address: ten at once, then one in six seconds.</summary>
    private readonly RateLimit attempts = new(10, TimeSpan.FromSeconds(6));

    /// <summary>Cross-site requests that are written down: a page that sends many must not push everything else out of the audit log, nor lock its reader out.</summary>
    private readonly RateLimit foreign = new(10, TimeSpan.FromSeconds(6));

    /// <summary>Changes of one operator from one address: two hundred at once, then ten a second.</summary>
    private readonly RateLimit changes = new(200, TimeSpan.FromMilliseconds(100));

    /// <summary>The operator whose request this is; null when it was not let through.</summary>
    public static KnownOperator Of(HttpContext context) =>
        context.Features.Get<KnownOperator>() ?? throw new InvalidOperationException($"{context.Request.Path} is not behind the operator's gate");

    /// <summary>Lets the operator through, and answers everybody else.</summary>
    /// <param name="name">The operation, for the audit log.</param>
    /// <param name="serve">Answers the operator.</param>
    public RequestDelegate Guard(string name, RequestDelegate serve) => async context =>
    {
        var now = time.GetUtcNow();
        var isChange = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
        if (attempts.WaitFor(PeerOf(context) ?? "", now) is var wait && wait > TimeSpan.Zero && Channel(context) is not OperatorChannel.Socket)
        {
            await RefuseAsync(context, ApiProblemKind.TooManyRequests, "Too many wrong credentials came from this address.", wait);
            return;
        }
        switch (OperatorAdmission.Decide(ClaimOf(context, isChange, now)))
        {
            case OperatorAdmission.Admitted(var means):
                var known = new KnownOperator(means, NameOf(means, context), PeerOf(context));
                if (isChange && changes.Take($"{known.Who} {known.Peer}", now) is var pause && pause > TimeSpan.Zero)
                {
                    await RefuseAsync(context, ApiProblemKind.TooManyRequests, "Too many changes in a short time.", pause);
                    return;
                }
                context.Features.Set(known);
                await serve(context);
                break;
            case OperatorAdmission.Denied(var reason):
                if (reason is OperatorDenial.TokenWrong or OperatorDenial.SessionEnded or OperatorDenial.CrossSite) Count(context, name, KindOf(reason), now);
                await DenyAsync(context, reason);
                break;
            case var other:
                throw new InvalidOperationException($"no answer for {other}");
        }
    };

    /// <summary>Whether the token is the one in force. Every wrong one counts against its address.</summary>
    /// <param name="context">The request that shows it.</param>
    /// <param name="given">What it shows.</param>
    /// <param name="wait">How long to wait when nothing was compared because of earlier ones; else zero.</param>
    public bool Check(HttpContext context, string given, out TimeSpan wait)
    {
        var now = time.GetUtcNow();
        wait = attempts.WaitFor(PeerOf(context) ?? "", now);
        if (wait > TimeSpan.Zero) return false;
        if (token.IsInForce(given)) return true;
        Count(context, "login", ApiProblemKind.TokenWrong, now);
        return false;
    }

    /// <summary>When the session of a request ends; null when it shows none that is good.</summary>
    public DateTimeOffset? SessionOf(HttpContext context) =>
        context.Request.IsHttps && context.Request.Cookies[Cookie] is { Length: > 0 } name ? sessions.Find(name, token.Read(), time.GetUtcNow()) : null;

    /// <summary>Whether the request is the operator's, as far as reading goes.</summary>
    public bool IsOperator(HttpContext context) => OperatorAdmission.Decide(ClaimOf(context, isChange: false, time.GetUtcNow())) is OperatorAdmission.Admitted;

    /// <summary>The way a request came.</summary>
    public static OperatorChannel Channel(HttpContext context) =>
        LocalOperator.Of(context.Features) is not null ? OperatorChannel.Socket : context.Request.IsHttps ? OperatorChannel.Https : OperatorChannel.Plain;

    /// <summary>The address a request came from; null for the Unix socket.</summary>
    public static string? PeerOf(HttpContext context) => Ipv4Address.FromIPAddress(context.Connection.RemoteIpAddress)?.ToString();

    /// <summary>Whose page a request is from. Browsers say it in Sec-Fetch-Site; older ones name the page's origin in what changes something.</summary>
    public static RequestOrigin OriginOf(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site) return site == "same-origin" ? RequestOrigin.Ours : RequestOrigin.Foreign;
        if (request.Headers.Origin is { Count: > 0 } origin) return origin == $"{request.Scheme}://{request.Host}" ? RequestOrigin.Ours : RequestOrigin.Foreign;
        return RequestOrigin.Unsaid;
    }

    /// <summary>Refuses for now.</summary>
    public static Task RefuseAsync(HttpContext context, ApiProblemKind kind, string detail, TimeSpan wait)
    {
        var seconds = Math.Ceiling(wait.TotalSeconds);
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return ApiAnswer.RefuseAsync(context, kind, string.Create(CultureInfo.InvariantCulture, $"{detail} Ask again in {seconds} seconds."));
    }

    /// <summary>Refuses somebody who is not the operator.</summary>
    public static Task DenyAsync(HttpContext context, OperatorDenial reason)
    {
        var kind = KindOf(reason);
        if (kind.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer realm=\"sextant\"";
        return ApiAnswer.RefuseAsync(context, kind, reason switch
        {
            OperatorDenial.HttpsRequired => "Others can read what comes over plain HTTP. Ask over HTTPS with the operator's token, or over the operator's Unix socket on the bootstrapper.",
            OperatorDenial.CredentialsMissing => "Show the operator's token, which 'sextant token show' on the bootstrapper prints: Authorization: Bearer TOKEN.",
            OperatorDenial.TokenWrong => "The token is not the one in force, which 'sextant token show' on the bootstrapper prints.",
            OperatorDenial.SessionEnded => "The session is over. Log in again.",
            OperatorDenial.CrossSite => "A page of another site sent this. Only the service's own page may use the session.",
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        });
    }

    private static ApiProblemKind KindOf(OperatorDenial reason) => reason switch
    {
        OperatorDenial.HttpsRequired => ApiProblemKind.HttpsRequired,
        OperatorDenial.CredentialsMissing => ApiProblemKind.CredentialsMissing,
        OperatorDenial.TokenWrong => ApiProblemKind.TokenWrong,
        OperatorDenial.SessionEnded => ApiProblemKind.SessionEnded,
        OperatorDenial.CrossSite => ApiProblemKind.CrossSite,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    private static string NameOf(OperatorMeans means, HttpContext context) => means switch
    {
        OperatorMeans.Socket => LocalOperator.Of(context.Features)?.Uid is { } uid ? LocalOperator.NameOf(uid) : "unix socket",
        OperatorMeans.Token => "token",
        OperatorMeans.Session => "session",
        _ => throw new ArgumentOutOfRangeException(nameof(means)),
    };

    private OperatorClaim ClaimOf(HttpContext context, bool isChange, DateTimeOffset now)
    {
        var channel = Channel(context);
        if (channel is not OperatorChannel.Https) return new OperatorClaim(channel, Proof.None, Proof.None, RequestOrigin.Unsaid, isChange);
        var authorization = context.Request.Headers.Authorization.ToString();
        var shown = authorization.Length == 0 ? Proof.None
            : authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && token.IsInForce(authorization[Bearer.Length..].Trim()) ? Proof.Good
            : Proof.Bad;
        var session = context.Request.Cookies[Cookie] is not { Length: > 0 } name ? Proof.None : sessions.Find(name, token.Read(), now) is null ? Proof.Bad : Proof.Good;
        return new OperatorClaim(channel, shown, session, OriginOf(context.Request), isChange);
    }

    private void Count(HttpContext context, string name, ApiProblemKind kind, DateTimeOffset now)
    {
        var peer = PeerOf(context);
        if ((kind == ApiProblemKind.CrossSite ? foreign : attempts).Take(peer ?? "", now) > TimeSpan.Zero) return;
        audit.Add(new AuditEntry(now, "nobody", name, AuditEntry.Refused) { Peer = peer, Mac = ApiAnswer.MacOf(context), Code = kind.Code });
    }
}
