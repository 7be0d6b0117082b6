using System.Text.Json.Serialization;
using Sextant.Operators;
using Sextant.Planning;

namespace Sextant.Status;

/// <summary>What a login shows.</summary>
/// <param name="Token">The operator's token.</param>
public sealed record SessionRequest(string? Token = null) : IApiRequest;

/// <summary>Whether whoever asks is the operator, and may look at all.</summary>
/// <param name="Operator">True for the operator.</param>
/// <param name="Reader">True for who may look at the status page.</param>
/// <param name="HttpsBase">Where the page is served over TLS, for operators who sign in: <c>https://10.0.0.1</c>.</param>
/// <param name="ExpiresAt">When the session ends; null without one.</param>
public sealed record SessionView(bool Operator, bool Reader, string HttpsBase, [property: JsonPropertyName("expiresAt")] DateTimeOffset? ExpiresAt);

/// <summary>
/// <c>/api/v1/session</c>: the operator's login by browser. The page cannot read the cookie, other sites' pages cannot use it, and it is worth nothing without TLS.
/// </summary>
public sealed class SessionEndpoint(OperatorGate gate, ReadingGate reading, CurrentPlan plan, OperatorSessions sessions, AuditLog audit, TimeProvider time)
{
    /// <summary>Whether the request is the operator's, or a reader's.</summary>
    public Task ShowAsync(HttpContext context) => ApiAnswer.WriteAsync(
        context, new SessionView(gate.IsOperator(context), reading.IsOpenTo(context), plan.Value.Network.HttpsBase, gate.SessionOf(context)), StatusJson.Default.SessionView);

    /// <summary>Begins a session.</summary>
    public async Task BeginAsync(HttpContext context)
    {
        if (OperatorGate.Channel(context) is OperatorChannel.Plain)
        {
            await OperatorGate.DenyAsync(context, OperatorDenial.HttpsRequired);
            return;
        }
        if (OperatorGate.OriginOf(context.Request) is RequestOrigin.Foreign)
        {
            await OperatorGate.DenyAsync(context, OperatorDenial.CrossSite);
            return;
        }
        switch (await ApiBody.ReadAsync(context, StatusJson.Default.SessionRequest, new SessionRequest(), mustBeJson: true))
        {
            case ApiBody<SessionRequest>.Unread(var kind, var detail):
                await ApiAnswer.RefuseAsync(context, kind, detail);
                break;
            case ApiBody<SessionRequest>.Read({ Token: null }):
                await ApiAnswer.RefuseAsync(context, ApiProblemKind.Malformed, "The token is missing: {\"token\": \"…\"}.");
                break;
            case ApiBody<SessionRequest>.Read({ Token: { } given }):
                await BeginAsync(context, given);
                break;
            case var other:
                throw new InvalidOperationException($"no answer for {other}");
        }
    }

    /// <summary>Ends the session of the request, if it has one.</summary>
    public Task EndAsync(HttpContext context)
    {
        if (OperatorGate.OriginOf(context.Request) is RequestOrigin.Foreign) return OperatorGate.DenyAsync(context, OperatorDenial.CrossSite);
        if (context.Request.Cookies[OperatorGate.Cookie] is { Length: > 0 } name && sessions.End(name)) Record(context, "session", "logout");
        context.Response.Cookies.Delete(OperatorGate.Cookie, CookieOf(null));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private Task BeginAsync(HttpContext context, string given)
    {
        var shown = given.Trim();
        if (!gate.Check(context, shown, out var wait))
            return wait > TimeSpan.Zero
                ? OperatorGate.RefuseAsync(context, ApiProblemKind.TooManyRequests, "Too many wrong credentials came from this address.", wait)
                : OperatorGate.DenyAsync(context, OperatorDenial.TokenWrong);
        context.Response.Cookies.Append(OperatorGate.Cookie, sessions.Begin(shown, time.GetUtcNow()), CookieOf(OperatorSessions.Lifetime));
        Record(context, "token", "login");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private void Record(HttpContext context, string who, string what) =>
        audit.Add(new AuditEntry(time.GetUtcNow(), who, what, AuditEntry.Done) { Peer = OperatorGate.PeerOf(context) });

    private static CookieOptions CookieOf(TimeSpan? lifetime) => new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = lifetime };
}
