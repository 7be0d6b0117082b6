using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Status;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

[TestFixture]
public sealed class StatusTests : ServedApplianceTests
{
    [Test]
    public async Task Planned_machines_are_shown_before_they_are_seen_and_strangers_after()
    {
        await Appliance.LeaseAsync(2);
        await Appliance.LeaseAsync(9);
        using var nodes = JsonDocument.Parse(await GetAsync("/api/v1/nodes"));
        Assert.That(nodes.RootElement.EnumerateArray().Select(node => (node.GetProperty("mac").GetString(), node.GetProperty("stage").GetString(), node.GetProperty("planned").GetBoolean())), Is.EqualTo(new[]
        {
            ("52:54:00:00:00:01", "waiting", true), ("52:54:00:00:00:02", "discovered", true), ("52:54:00:00:00:03", "waiting", true),
            ("52:54:00:00:00:09", "discovered", false),
        }));
    }

    [Test]
    public async Task A_request_in_the_name_of_an_unseen_machine_does_not_make_it_seen()
    {
        using var refused = await Appliance.Client(9).GetAsync(Appliance.Url(1, "script.ipxe"));
        using var node = JsonDocument.Parse(await GetAsync("/api/v1/nodes/52-54-00-00-00-01"));
        Assert.That(node.RootElement.GetProperty("stage").GetString(), Is.EqualTo("waiting"));
        Assert.That(node.RootElement.GetProperty("timeline")[0].GetProperty("kind").GetString(), Is.EqualTo("refused"));
    }

    [Test]
    public async Task The_clusters_numbers_count_what_its_roles_promise()
    {
        foreach (var number in new[] { 1, 2 })
        {
            await Appliance.InstallAsync(number);
            await Appliance.Machines.RecordAsync(new Enrolled(ServedAppliance.Mac(number), Appliance.Time.GetUtcNow()));
            await Appliance.Machines.RecordAsync(new EtcdHealthChanged(ServedAppliance.Mac(number), Appliance.Time.GetUtcNow(), true, ""));
        }
        await Appliance.Machines.RecordAsync(new EtcdHealthChanged(ServedAppliance.Mac(2), Appliance.Time.GetUtcNow(), false, "no leader"));
        using var cluster = JsonDocument.Parse(await GetAsync("/api/v1/cluster"));
        var root = cluster.RootElement;
        Assert.That(
            (root.GetProperty("nodes").GetInt32(), root.GetProperty("ready").GetInt32(), root.GetProperty("etcd_members").GetInt32(), root.GetProperty("etcd_healthy").GetInt32(), root.GetProperty("etcd_quorum").GetBoolean()),
            Is.EqualTo((3, 1, 3, 1, false)));
        Assert.That(root.GetProperty("problems")[0].GetString(), Does.StartWith("m2, in service: etcd: ").And.Contain("no leader"));
    }

    [TestCase("reinstall", typeof(ReinstallRequested))]
    [TestCase("hold", typeof(Held))]
    [TestCase("release", typeof(Released))]
    [TestCase("approve", typeof(Approved))]
    public async Task The_operators_word_is_taken_over_the_operators_socket_and_from_nobody_else(string word, Type happened)
    {
        var path = $"/api/v1/nodes/52-54-00-00-00-01/{word}";
        await Appliance.BeginInstallAsync(1);
        if (word == "release") await Appliance.Machines.RecordAsync(new Held(ServedAppliance.Mac(1), Appliance.Time.GetUtcNow(), HoldReason.InstallLoop));
        var before = Appliance.LastEvent(1);
        foreach (var from in new[] { "127.0.0.1", "127.0.0.11" })
        {
            using var refused = await Appliance.Client(from).PostAsync(Appliance.HttpBase + path, null);
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(await refused.Content.ReadAsStringAsync(), Does.Contain("socket"));
        }
        Assert.That(Appliance.LastEvent(1), Is.SameAs(before));
        using var taken = await Appliance.Operator().PostAsync("http://sextant" + path, null);
        Assert.That(taken.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Appliance.LastEvent(1), Is.InstanceOf(happened));
        using var unknown = await Appliance.Operator().PostAsync($"http://sextant/api/v1/nodes/52-54-00-00-00-77/{word}", null);
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task The_event_stream_begins_with_a_snapshot_and_tells_each_change_and_the_clusters()
    {
        using var stream = await OpenStreamAsync();
        Assert.That(await NextAsync(stream), Does.StartWith("event: snapshot\ndata: {\"cluster\":{\"name\":\"demo\""));
        await Appliance.LeaseAsync(1);
        Assert.That(await NextAsync(stream), Does.StartWith("event: node\n").And.Contain("\"stage\":\"discovered\"").And.Contain("127.0.0.11").And.Contain("\"kind\":\"leased\""));
        await Appliance.Machines.RecordAsync(new Held(ServedAppliance.Mac(1), Appliance.Time.GetUtcNow(), HoldReason.Operator));
        Assert.That(await NextAsync(stream), Does.StartWith("event: node\n").And.Contain("\"stage\":\"held\""));
        Assert.That(await NextAsync(stream), Does.StartWith("event: cluster\n").And.Contain("m1, held: An operator holds it"));
        Appliance.Plan.Problems = ["the file is broken"];
        Appliance.Part<EventFeed>().AnnouncePlan();
        Assert.That(await NextAsync(stream), Does.StartWith("event: snapshot\n").And.Contain("the file is broken"));
    }

    [Test]
    public async Task A_stream_ends_for_who_may_not_look_any_more()
    {
        using var stream = await OpenStreamAsync();
        Assert.That(await NextAsync(stream), Does.StartWith("event: snapshot\n"));
        Appliance.Plan.Value = new ClusterPlan(Appliance.Plan.Value.Description with { Status = new StatusDescription(StatusReaders.Operator) }, Appliance.Plan.Value.Material);
        Appliance.Time.Advance(EventsEndpoint.Heartbeat);
        await Appliance.LeaseAsync(1);
        Assert.That(await stream.ReadToEndAsync(), Is.Empty);
        using var again = await Appliance.Client("127.0.0.99").GetAsync(Appliance.HttpBase + "/api/v1/events");
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_listener_that_does_not_keep_up_is_dropped_and_delays_nobody()
    {
        var feed = Appliance.Part<EventFeed>();
        var slow = feed.Listen();
        for (var at = 0; at < EventFeed.QueueLimit; at++) feed.AnnouncePlan();
        Assert.That(feed.ListenerCount, Is.Zero);
        var received = 0;
        await foreach (var _ in slow.ReadAllAsync()) received++;
        Assert.That(received, Is.EqualTo(EventFeed.QueueLimit), "what was queued is complete, then the stream ends");
    }

    [Test]
    public async Task Changes_in_a_row_are_told_together_and_each_machine_once()
    {
        var time = new FakeTime();
        using var feed = new EventFeed(Appliance.Part<ClusterViews>(), Appliance.Machines, time, NullLogger<EventFeed>.Instance);
        var told = feed.Listen();
        Assert.That(Kinds(await told.ReadAsync()), Is.EqualTo(new[] { "snapshot" }));
        await Appliance.LeaseAsync(1);
        Assert.That(Next(), Is.EqualTo(new[] { "node 127.0.0.11" }), "the first one is told at once");
        foreach (var number in new[] { 1, 2, 1, 3, 2 }) await Appliance.LeaseAsync(number);
        time.Advance(EventFeed.CoalescingPeriod - TimeSpan.FromMilliseconds(1));
        Assert.That(Next(), Is.Empty);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(Next(), Is.EquivalentTo(new[] { "node 127.0.0.11", "node 127.0.0.12", "node 127.0.0.13" }));
        time.Advance(EventFeed.CoalescingPeriod);
        await Appliance.LeaseAsync(2);
        Assert.That(Next(), Is.EqualTo(new[] { "node 127.0.0.12" }), "after a pause, the next one is told at once");

        string[] Next() => told.TryRead(out var message) ? Kinds(message) : [];

        static string[] Kinds(byte[] message) =>
        [
            .. SseParser.Create(new MemoryStream(message)).Enumerate()
                .Select(one => one.EventType == "node" ? $"node {JsonSerializer.Deserialize(one.Data, StatusJson.Default.NodeView)!.Address}" : one.EventType),
        ];
    }

    private static IEnumerable<string> PageFiles() => Directory.EnumerateFiles(Repository.PathOf("Bootstrapper", "Status", "Page")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(PageFiles))]
    public async Task The_page_comes_whole_from_here_and_allows_nothing_else(string file)
    {
        var (path, type) = (file switch { "index.html" => "/", "favicon.svg" => "/favicon.svg", _ => "/page/" + file }, Path.GetExtension(file) switch
        {
            ".html" => "text/html; charset=utf-8", ".js" => "text/javascript; charset=utf-8", ".css" => "text/css; charset=utf-8", _ => "image/svg+xml",
        });
        using var answer = await Appliance.Client(1).GetAsync(Appliance.HttpBase + path);
        Assert.That(answer.Content.Headers.ContentType?.ToString(), Is.EqualTo(type));
        Assert.That(answer.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'none'").And.Not.Contain("unsafe").And.Contain("require-trusted-types-for 'script'"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal),
            Does.Not.Contain("http://").And.Not.Contain("https://").And.Not.Contain("innerHTML").And.Not.Contain(" style=").And.Not.Contain(" onclick="));
        using var again = new HttpRequestMessage(HttpMethod.Get, Appliance.HttpBase + path) { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
        using var unchanged = await Appliance.Client(1).SendAsync(again);
        Assert.That(unchanged.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public void The_page_asks_for_every_file_it_has_at_once()
    {
        var index = Repository.Read("Bootstrapper", "Status", "Page", "index.html");
        Assert.That(PageFiles().Where(file => file is not "index.html" && !index.Contains(file, StringComparison.Ordinal)), Is.Empty, "a module that is not preloaded waits for those that import it");
    }

    private async Task<string> GetAsync(string path) => await Appliance.Client("127.0.0.99").GetStringAsync(Appliance.HttpBase + path);

    private async Task<StreamReader> OpenStreamAsync()
    {
        var reader = new StreamReader(await Appliance.Client("127.0.0.99").GetStreamAsync(Appliance.HttpBase + "/api/v1/events"));
        Assert.That(await NextAsync(reader), Is.EqualTo("retry: 1000\n"));
        return reader;
    }

    /// <summary>The next message: lines up to an empty one.</summary>
    private static async Task<string> NextAsync(StreamReader reader)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var message = "";
        while (await reader.ReadLineAsync(patience.Token) is { Length: > 0 } line) message += line + "\n";
        return message;
    }
}
