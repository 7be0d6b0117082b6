using System.Net;
using System.Text;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

/// <summary>What an installer sends over HTTP is what the operator reads.</summary>
[TestFixture]
public sealed class LogEndpointTests : ServedApplianceTests
{
    [Test]
    public async Task A_machines_lines_are_kept_and_read_the_newest_last()
    {
        await Appliance.LeaseAsync(1);
        Assert.That(await SendAsync(1, 1, "one\r\n\ntwo \u001b[0m\n"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await SendAsync(1, 1, "three"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await ReadAsync("?lines=2")).Split('\n').Select(line => line.Split("Z ", 2)[^1]), Is.EqualTo(new[] { "installer: two \\u001b[0m", "installer: three", "" }));
        Assert.That((await ReadAsync("")).Split('\n'), Has.Length.EqualTo(4));
    }

    [Test]
    public async Task Another_machine_cannot_speak_in_its_name()
    {
        await Appliance.LeaseAsync(1);
        await Appliance.LeaseAsync(2);
        Assert.That(await SendAsync(from: 2, inNameOf: 1, "x"), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await ReadAsync(""), Is.Empty);
    }

    [TestCase("/api/v1/nodes/52-54-00-00-00-77/log", HttpStatusCode.NotFound)]
    [TestCase("/api/v1/nodes/x/log", HttpStatusCode.NotFound)]
    [TestCase("/api/v1/nodes/52-54-00-00-00-01/log?lines=0", HttpStatusCode.BadRequest)]
    [TestCase("/api/v1/nodes/52-54-00-00-00-01/log?lines=10001", HttpStatusCode.BadRequest)]
    [TestCase("/api/v1/nodes/52-54-00-00-00-01/log?lines=many", HttpStatusCode.BadRequest)]
    public async Task What_makes_no_sense_is_refused(string path, HttpStatusCode expected)
    {
        using var answer = await Appliance.Client(9).GetAsync(Appliance.HttpBase + path);
        Assert.That(answer.StatusCode, Is.EqualTo(expected));
    }

    private async Task<HttpStatusCode> SendAsync(int from, int inNameOf, string text)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        using var answer = await Appliance.Client(from).PostAsync(Appliance.Url(inNameOf, "log"), content);
        return answer.StatusCode;
    }

    private Task<string> ReadAsync(string query) => Appliance.Client(9).GetStringAsync($"{Appliance.HttpBase}/api/v1/nodes/52-54-00-00-00-01/log{query}");
}
