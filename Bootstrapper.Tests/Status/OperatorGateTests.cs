using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Sextant.Operators;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

/// <summary>Who is taken for the operator, over the wire.</summary>
[TestFixture]
public sealed class OperatorGateTests : ServedApplianceTests
{
    private const string Hold = "/api/v1/nodes/52-54-00-00-00-01/hold";

    [Test]
    public async Task In_the_clear_nobody_is_the_operator_whatever_is_shown()
    {
        using var answer = await SendAsync(Appliance.HttpBase, Hold, token: Appliance.OperatorToken);
        await IsProblemAsync(answer, 403, "https-required");
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(1)), Is.Null);
    }

    [Test]
    public async Task Over_HTTPS_the_token_is_the_operators()
    {
        using var nothing = await SendAsync(Appliance.HttpsBase, Hold);
        await IsProblemAsync(nothing, 401, "credentials-missing");
        Assert.That(nothing.Headers.WwwAuthenticate.Single().ToString(), Is.EqualTo("Bearer realm=\"sextant\""));
        using var wrong = await SendAsync(Appliance.HttpsBase, Hold, token: Appliance.OperatorToken[1..]);
        await IsProblemAsync(wrong, 401, "token-wrong");
        using var right = await SendAsync(Appliance.HttpsBase, Hold, token: Appliance.OperatorToken, body: """{"reason": "fan"}""");
        Assert.That(right.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(JsonNode.Parse(await right.Content.ReadAsStringAsync())!["detail"]!.GetValue<string>(), Is.EqualTo("the operator holds it: fan"));
    }

    [Test]
    public async Task The_token_is_made_once_is_the_owners_and_a_new_one_is_in_force_at_once()
    {
        var file = OperatorToken.In(Appliance.State);
        Assert.That(File.GetUnixFileMode(file.Path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var first = Appliance.OperatorToken;
        Assert.That(first, Has.Length.EqualTo(43));
        Assert.That(OperatorToken.OpenOrCreate(Appliance.State).Read(), Is.EqualTo(first));
        var session = await LoginAsync(first);
        var second = file.Replace();
        using var old = await SendAsync(Appliance.HttpsBase, Hold, token: first);
        await IsProblemAsync(old, 401, "token-wrong");
        using var ended = await SendAsync(Appliance.HttpsBase, Hold, session: session, body: "{}");
        await IsProblemAsync(ended, 401, "session-ended");
        using var fresh = await SendAsync(Appliance.HttpsBase, Hold, token: second);
        Assert.That(fresh.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_session_is_the_operators_until_it_is_ended_or_over()
    {
        var session = await LoginAsync(Appliance.OperatorToken);
        Assert.That(await SessionAsync(session), Does.StartWith("{\"operator\":true,\"reader\":true,\"https_base\":\"https://127.0.0.1:").And.Contain("\"expiresAt\":\"").And.Not.Contain(session));
        using var held = await SendAsync(Appliance.HttpsBase, Hold, session: session, body: "{}");
        Assert.That(held.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var clear = await SendAsync(Appliance.HttpBase, Hold, session: session, body: "{}");
        await IsProblemAsync(clear, 403, "https-required");
        using var logout = new HttpRequestMessage(HttpMethod.Delete, Appliance.HttpsBase + "/api/v1/session");
        logout.Headers.Add("Cookie", $"sextant-session={session}");
        using var ended = await Appliance.Client("127.0.0.99").SendAsync(logout);
        Assert.That(ended.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await SessionAsync(session), Does.StartWith("{\"operator\":false,\"reader\":true,").And.Not.Contain("expiresAt"));
        var other = await LoginAsync(Appliance.OperatorToken);
        Appliance.Time.Advance(OperatorSessions.Lifetime);
        Assert.That(await SessionAsync(other), Does.StartWith("{\"operator\":false,\"reader\":true,").And.Not.Contain("expiresAt"));
    }

    [Test]
    public async Task A_login_needs_HTTPS_JSON_our_own_page_and_the_token()
    {
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpBase, $$"""{"token":"{{Appliance.OperatorToken}}"}"""), 403, "https-required");
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpsBase, $$"""{"token":"{{Appliance.OperatorToken}}"}""", "text/plain"), 415, "json-required");
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpsBase, "{}"), 400, "malformed-request");
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpsBase, "{\"token\":"), 400, "malformed-request");
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpsBase, "null"), 400, "malformed-request");
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpsBase, new string(' ', 20_000)), 413, "too-large");
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpsBase, "{\"token\":\"guess\"}"), 401, "token-wrong");
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpsBase, $$"""{"token":"{{Appliance.OperatorToken}}"}""", site: "cross-site"), 403, "cross-site");
        using var good = await LoginAnswerAsync(Appliance.HttpsBase, $$"""{"token":"{{Appliance.OperatorToken}}"}""", site: "same-origin");
        Assert.That(good.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(good.Headers.GetValues("Set-Cookie").Single(), Does.Match("^sextant-session=[A-Za-z0-9_-]{43}; max-age=28800; path=/; secure; samesite=strict; httponly$"));
    }

    [TestCase("same-origin", null, 200)]
    [TestCase("cross-site", null, 403)]
    [TestCase("same-site", null, 403)]
    [TestCase("none", null, 403)]
    [TestCase(null, "https://evil.example", 403)]
    [TestCase(null, "null", 403)]
    [TestCase(null, "ours", 200)]
    [TestCase(null, null, 200)]
    [TestCase("same-origin", "https://evil.example", 200)]
    public async Task Another_sites_page_does_nothing_with_the_session(string? site, string? origin, int status)
    {
        var session = await LoginAsync(Appliance.OperatorToken);
        using var answer = await SendAsync(Appliance.HttpsBase, Hold, session: session, body: "{}", site: site, origin: origin == "ours" ? Appliance.HttpsBase : origin);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task With_a_session_a_body_has_to_be_JSON_and_nothing_else_has_to_have_one()
    {
        var session = await LoginAsync(Appliance.OperatorToken);
        using var form = await SendAsync(Appliance.HttpsBase, Hold, session: session, body: "force=true", type: "application/x-www-form-urlencoded");
        await IsProblemAsync(form, 415, "json-required");
        using var empty = await SendAsync(Appliance.HttpsBase, Hold, session: session);
        await IsProblemAsync(empty, 415, "json-required");
        using var token = await SendAsync(Appliance.HttpsBase, Hold, token: Appliance.OperatorToken);
        Assert.That(token.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Wrong_tokens_are_counted_by_address_and_the_right_one_is_not_heard_meanwhile()
    {
        for (var i = 0; i < 10; i++)
        {
            using var wrong = i % 2 == 0 ? await SendAsync(Appliance.HttpsBase, Hold, token: $"guess {i}") : await LoginAnswerAsync(Appliance.HttpsBase, $$"""{"token":"guess {{i}}"}""");
            await IsProblemAsync(wrong, 401, "token-wrong");
        }
        using var limited = await SendAsync(Appliance.HttpsBase, Hold, token: Appliance.OperatorToken);
        await IsProblemAsync(limited, 429, "too-many-requests");
        Assert.That(limited.Headers.RetryAfter!.Delta!.Value.TotalSeconds, Is.InRange(1, 6));
        await IsProblemAsync(await LoginAnswerAsync(Appliance.HttpsBase, $$"""{"token":"{{Appliance.OperatorToken}}"}"""), 429, "too-many-requests");
        using var elsewhere = await SendAsync(Appliance.HttpsBase, Hold, token: Appliance.OperatorToken, from: "127.0.0.98");
        Assert.That(elsewhere.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Appliance.Time.Advance(TimeSpan.FromSeconds(6));
        using var later = await SendAsync(Appliance.HttpsBase, Hold, token: Appliance.OperatorToken);
        Assert.That(later.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Changes_are_limited_too()
    {
        var limited = 0;
        for (var i = 0; i < 260 && limited == 0; i++)
        {
            using var answer = await Appliance.Operator().PostAsync("http://sextant" + Hold.Replace("hold", "release", StringComparison.Ordinal), null);
            if (answer.StatusCode is HttpStatusCode.TooManyRequests) limited = i;
        }
        Assert.That(limited, Is.GreaterThanOrEqualTo(200));
    }

    [Test]
    public async Task Everything_is_written_down_with_who_did_it_and_only_the_operator_reads_it()
    {
        using (await SendAsync(Appliance.HttpsBase, Hold, token: "guess")) { }
        await LoginAsync(Appliance.OperatorToken);
        using (await SendAsync(Appliance.HttpsBase, Hold, token: Appliance.OperatorToken, body: """{"reason":"fan\u0007 "}""")) { }
        using (await Appliance.Operator().PostAsync("http://sextant/api/v1/nodes/52-54-00-00-00-01/forget", null)) { }
        using var refused = await Appliance.Client("127.0.0.99").GetAsync(Appliance.HttpBase + "/api/v1/audit");
        await IsProblemAsync(refused, 403, "https-required");
        var entries = JsonNode.Parse(await Appliance.Operator().GetStringAsync("http://sextant/api/v1/audit"))!.AsArray();
        Assert.That(entries.Select(entry => string.Join(' ', new[] { "who", "peer", "what", "mac", "outcome", "code", "reason" }.Select(name => entry![name]?.ToString()).OfType<string>())), Is.EqualTo(new[]
        {
            "nobody 127.0.0.99 hold 52:54:00:00:00:01 refused token-wrong", "token 127.0.0.99 login done", "token 127.0.0.99 hold 52:54:00:00:00:01 done fan",
            $"uid {Environment.GetEnvironmentVariable("UID") ?? Tool.Run("id", ["-u"]).Output.Trim()} forget 52:54:00:00:00:01 refused in-description",
        }));
        Assert.That(entries.ToJsonString(), Does.Not.Contain(Appliance.OperatorToken).And.Not.Contain("guess"));
    }

    private async Task<string> LoginAsync(string token)
    {
        using var answer = await LoginAnswerAsync(Appliance.HttpsBase, $$"""{"token":"{{token}}"}""");
        answer.EnsureSuccessStatusCode();
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0]["sextant-session=".Length..];
    }

    private async Task<HttpResponseMessage> LoginAnswerAsync(string address, string body, string type = "application/json", string? site = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address + "/api/v1/session") { Content = new StringContent(body, Encoding.UTF8, type) };
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        return await Appliance.Client("127.0.0.99").SendAsync(request);
    }

    private async Task<string> SessionAsync(string session)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Appliance.HttpsBase + "/api/v1/session");
        request.Headers.Add("Cookie", $"sextant-session={session}");
        using var answer = await Appliance.Client("127.0.0.99").SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(
        string address, string path, string? token = null, string? session = null, string? body = null, string type = "application/json", string? site = null, string? origin = null, string from = "127.0.0.99")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address + path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (session is not null) request.Headers.Add("Cookie", $"sextant-session={session}");
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, type);
        return await Appliance.Client(from).SendAsync(request);
    }

    private static async Task IsProblemAsync(HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That((int)answer.StatusCode, Is.EqualTo(status), text);
        Assert.That(JsonNode.Parse(text)!["code"]!.GetValue<string>(), Is.EqualTo(code));
    }
}
