using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;
using Sextant.Status;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

[TestFixture]
public sealed class ReadinessTests
{
    [Test]
    public async Task A_service_that_answers_is_ready()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        using var answer = await appliance.Client(1).GetAsync(appliance.HttpBase + "/readyz");
        Assert.That((answer.StatusCode, await answer.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.OK, "ok\n")));
    }

    [Test]
    public async Task What_does_not_answer_is_named_a_line_each() => Assert.That(
        await AnswerAsync(new Lifetime(), new("DHCP", () => false), new("DNS", () => true), new("TFTP", () => false)),
        Is.EqualTo((503, "DHCP does not answer: the log has the reason; restart the service\nTFTP does not answer: the log has the reason; restart the service\n")));

    [Test]
    public async Task A_service_that_starts_or_stops_is_not_ready()
    {
        Assert.That(await AnswerAsync(new Lifetime { IsStarted = false }), Is.EqualTo((503, "the service starts\n")));
        Assert.That(await AnswerAsync(new Lifetime { IsStopping = true }), Is.EqualTo((503, "the service stops\n")));
    }

    private static async Task<(int, string)> AnswerAsync(Lifetime lifetime, params ReadinessCheck[] checks)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Response.Body = body;
        await new ReadinessEndpoint(() => checks, lifetime).ServeAsync(context);
        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public bool IsStarted { get; init; } = true;

        public bool IsStopping { get; init; }

        public CancellationToken ApplicationStarted => new(IsStarted);

        public CancellationToken ApplicationStopping => new(IsStopping);

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() { }
    }
}
