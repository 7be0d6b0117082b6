using NUnit.Framework;
using Sextant.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

public sealed class AssetPullTests
{
    private PullSite site = null!;

    [SetUp]
    public void Start() => site = new PullSite();

    [TearDown]
    public void Stop() => site.Dispose();

    [Test]
    public async Task A_file_is_fetched_verified_and_served_and_its_index_says_where_it_came_from()
    {
        site.WriteManifest(site.Entry(PullSite.Path, site.Content, "1.36.4", site.Content.Length));
        var fetched = (PullOutcome.Fetched)(await site.PullAsync()).Single();
        Assert.That(site.Served(), Is.EqualTo(site.Content));
        Assert.That(fetched.File.Entry!.Version, Is.EqualTo("1.36.4"));
        Assert.That(fetched.File.Entry.Source, Is.EqualTo($"{site.Server.Base}/{PullSite.Path}"));
        Assert.That(Directory.EnumerateFiles(Path.Combine(site.Folder, PartialFile.FolderName)).Select(Path.GetFileName), Is.EqualTo(new[] { "lock" }));
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.UpToDate>());
        Assert.That(site.Server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_connection_that_breaks_is_taken_up_where_it_broke_if_the_file_is_still_the_same()
    {
        site.Server.Behaviour = request => StandInHttp.Right(request, site.Content) with { BreakAfter = request.Number < 3 ? 60_000 : int.MaxValue };
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Server.Requests.Select(request => (request.From, request.Headers.GetValueOrDefault("if-range"))),
            Is.EqualTo(new[] { (0, null), (60_000, "\"v1\""), (120_000, "\"v1\"") }));
        Assert.That(site.Served(), Is.EqualTo(site.Content));
    }

    [Test]
    public async Task What_an_earlier_run_left_is_taken_up_by_the_next()
    {
        site.Server.Behaviour = request => StandInHttp.Right(request, site.Content) with { BreakAfter = request.Number == 1 ? 150_000 : 0 };
        var failed = (PullOutcome.Failed)(await site.PullAsync()).Single();
        Assert.That(failed.Reason, Does.Contain("given up after 3 attempts in a row"));
        Assert.That(new FileInfo(site.PartPath).Length, Is.EqualTo(150_000));
        Assert.That(site.Served(), Is.Null);
        site.Server.Behaviour = request => StandInHttp.Right(request, site.Content);
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Server.Requests[^1].From, Is.EqualTo(150_000));
        Assert.That(site.Served(), Is.EqualTo(site.Content));
    }

    [Test]
    public async Task A_cancelled_pull_keeps_what_arrived()
    {
        using var cancellation = new CancellationTokenSource();
        site.Server.Behaviour = request => StandInHttp.Right(request, site.Content) with { Chunk = 1000 };
        var pulling = site.PullAsync(cancellation: cancellation.Token);
        while (!File.Exists(site.PartPath) || new FileInfo(site.PartPath).Length == 0) await Task.Delay(1);
        await cancellation.CancelAsync();
        Assert.That(async () => await pulling, Throws.InstanceOf<OperationCanceledException>());
        var kept = new FileInfo(site.PartPath).Length;
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Server.Requests[^1].From, Is.EqualTo(kept));
    }

    [TestCase(false, TestName = "A server that ignores ranges sends the file from its beginning")]
    [TestCase(true, TestName = "A file that has changed meanwhile is fetched from its beginning")]
    public async Task A_whole_answer_to_a_part_replaces_what_was_there(bool changed)
    {
        site.Server.Behaviour = request => request.Number == 1
            ? StandInHttp.Right(request, changed ? PullSite.Octets(9, 200_000) : site.Content) with { BreakAfter = 50_000 }
            : changed ? StandInHttp.Right(request, site.Content, "\"v2\"") : new StandInHttp.Answer(200, site.Content);
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Server.Requests.Select(request => request.From), Is.EqualTo(new[] { 0, 50_000 }));
        Assert.That(site.Served(), Is.EqualTo(site.Content));
    }

    [Test]
    public async Task Parts_that_do_not_fit_together_are_thrown_away_and_fetched_once_more()
    {
        // The server changed the file and says it did not.
        site.Server.Behaviour = request => StandInHttp.Right(request, request.Number == 1 ? PullSite.Octets(9, 200_000) : site.Content) with { BreakAfter = request.Number == 1 ? 50_000 : int.MaxValue };
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Server.Requests.Select(request => request.From), Is.EqualTo(new[] { 0, 50_000, 0 }));
        Assert.That(site.Served(), Is.EqualTo(site.Content));
    }

    [TestCase(206, "bytes 10-199999/200000")]
    [TestCase(206, "bytes 50000-100000/200000")]
    [TestCase(206, null)]
    [TestCase(416, "bytes */10")]
    public async Task A_part_that_was_not_asked_for_begins_the_download_anew(int status, string? range)
    {
        site.Server.Behaviour = request => request.Number switch
        {
            1 => StandInHttp.Right(request, site.Content) with { BreakAfter = 50_000 },
            2 => new StandInHttp.Answer(status, status == 206 ? site.Content[50_000..] : []) { Headers = range is null ? [] : [("Content-Range", range)] },
            _ => StandInHttp.Right(request, site.Content),
        };
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Server.Requests.Select(request => request.From), Is.EqualTo(new[] { 0, 50_000, 0 }));
    }

    [Test]
    public async Task A_wrong_content_is_never_served_and_what_was_served_before_still_is()
    {
        site.WriteManifest(site.Entry(PullSite.Path, site.Content, "1.0.0"));
        await site.PullAsync();
        var old = site.Content;
        site.WriteManifest(site.Entry(PullSite.Path, PullSite.Octets(2, 100), "2.0.0"));
        site.Content = PullSite.Octets(3, 100);
        var failed = (PullOutcome.Failed)(await site.PullAsync()).Single();
        Assert.That(failed.Reason, Does.Contain("instead of the pinned sha256:").And.Contain("nothing of it was kept"));
        Assert.That(site.Served(), Is.EqualTo(old));
        Assert.That(File.Exists(site.PartPath), Is.False);
    }

    [TestCase(199_999, "the server has 200000 octets instead of 199999")]
    [TestCase(200_001, "the server has 200000 octets instead of 200001")]
    public async Task A_server_that_announces_another_size_is_not_read(long size, string reason)
    {
        site.WriteManifest(site.Entry(PullSite.Path, site.Content, size: size));
        Assert.That(((PullOutcome.Failed)(await site.PullAsync()).Single()).Reason, Does.Contain(reason));
        Assert.That(File.Exists(site.PartPath), Is.False);
    }

    [Test]
    public async Task A_server_that_sends_without_end_is_left_at_the_pinned_size()
    {
        site.WriteManifest(site.Entry(PullSite.Path, site.Content, size: 1000));
        site.Server.Behaviour = _ => new StandInHttp.Answer(200, site.Content) { HasLength = false };
        Assert.That(((PullOutcome.Failed)(await site.PullAsync()).Single()).Reason, Does.Contain("the server sends more than 1000 octets"));
    }

    [Test]
    public async Task A_length_that_nobody_announces_is_settled_by_the_digest()
    {
        site.Server.Behaviour = _ => new StandInHttp.Answer(200, site.Content) { HasLength = false };
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
    }

    [TestCase(503)]
    [TestCase(500)]
    [TestCase(429)]
    [TestCase(408)]
    public async Task A_server_in_trouble_is_asked_again(int status)
    {
        site.Server.Behaviour = request => request.Number < 3 ? new StandInHttp.Answer(status, []) { Headers = [("Retry-After", "0")] } : StandInHttp.Right(request, site.Content);
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Server.Requests, Has.Count.EqualTo(3));
    }

    [TestCase(404, 1)]
    [TestCase(403, 1)]
    [TestCase(501, 1)]
    [TestCase(503, 3)]
    public async Task A_no_is_asked_about_only_as_often_as_there_is_hope(int status, int requests)
    {
        site.Server.Behaviour = _ => new StandInHttp.Answer(status, []);
        Assert.That(((PullOutcome.Failed)(await site.PullAsync()).Single()).Reason, Does.Contain($"{site.Server.Base}/{PullSite.Path}: the server says {status} Said"));
        Assert.That(site.Server.Requests, Has.Count.EqualTo(requests));
    }

    [Test]
    public async Task A_server_that_asks_for_too_much_patience_is_given_up()
    {
        site.Server.Behaviour = _ => new StandInHttp.Answer(429, []) { Headers = [("Retry-After", "3600")] };
        Assert.That(((PullOutcome.Failed)(await site.PullAsync()).Single()).Reason, Does.EndWith("it asks to wait 3600 s"));
        Assert.That(site.Server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_silent_server_is_left_and_asked_again()
    {
        site.Server.Behaviour = request => StandInHttp.Right(request, site.Content) with { IsSilent = request.Number == 1 };
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Server.Requests, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Nobody_at_the_address_is_said_with_the_address()
    {
        site.WriteManifest();
        var address = site.Server.Base;
        site.Server.Dispose();
        Assert.That(((PullOutcome.Failed)(await site.PullAsync()).Single()).Reason, Does.StartWith($"{address}/{PullSite.Path}: ").And.Contain("given up after 3 attempts"));
    }

    [Test]
    public async Task One_file_that_fails_leaves_the_others_alone_and_no_more_than_asked_are_fetched_at_a_time()
    {
        var contents = Enumerable.Range(0, 9).ToDictionary(n => $"f{n}", n => PullSite.Octets(n, 20_000));
        site.WriteManifest([.. contents.Select(one => site.Entry(one.Key, one.Value))]);
        site.Server.Behaviour = request => request.Path == "/f4" ? new StandInHttp.Answer(404, []) : StandInHttp.Right(request, contents[request.Path[1..]]) with { Chunk = 2000 };
        var outcomes = await site.PullAsync(request => request with { Parallel = 3 });
        Assert.That(outcomes.Select(outcome => outcome.Path), Is.EqualTo(contents.Keys));
        Assert.That(outcomes.Select(outcome => outcome is PullOutcome.Fetched), Is.EqualTo(Enumerable.Range(0, 9).Select(n => n != 4)));
        Assert.That(site.Server.MostOpen, Is.InRange(2, 3));
        foreach (var (path, content) in contents.Where(one => one.Key != "f4")) Assert.That(site.Served(path), Is.EqualTo(content));
    }

    [Test]
    public async Task A_served_file_whose_content_was_damaged_is_fetched_again()
    {
        await site.PullAsync();
        var file = AssetFolder.Load(site.Folder).Find(PullSite.Path)!;
        File.WriteAllBytes(file.FullPath, PullSite.Octets(5, site.Content.Length));
        Assert.That((await site.PullAsync()).Single(), Is.InstanceOf<PullOutcome.Fetched>());
        Assert.That(site.Served(), Is.EqualTo(site.Content));
    }

    [Test]
    public async Task What_is_made_here_is_not_fetched_and_the_way_to_make_it_is_said()
    {
        site.WriteManifestText("version: 2\nassets:\n  debian/vmlinuz: {kind: kernel, description: d, licence: MIT, build: debian}\n");
        Assert.That((await site.PullAsync()).Single(), Is.EqualTo(new PullOutcome.MustBeBuilt("debian/vmlinuz", "sextant assets build debian", "it is not there")));
    }

    [Test]
    public async Task Two_pulls_do_not_meet_in_one_folder_and_leftovers_of_others_are_removed()
    {
        var staging = Directory.CreateDirectory(Path.Combine(site.Folder, PartialFile.FolderName)).FullName;
        File.WriteAllText(Path.Combine(staging, "gone.part"), "x");
        using (var held = Sextant.Files.FileLock.TryOwn(Path.Combine(staging, "lock")))
        {
            var manifest = site.WriteManifest();
            var result = await AssetPull.RunAsync(site.Folder, new PullRequest { Manifest = manifest, Entries = manifest.Entries }, new Progress<Sextant.Primitives.WorkProgress>(), TimeProvider.System, default);
            Assert.That(((PullResult.CannotPull)result).Reason, Does.Contain("another pull is running"));
            Assert.That(File.Exists(Path.Combine(staging, "gone.part")), Is.True);
        }
        await site.PullAsync();
        Assert.That(File.Exists(Path.Combine(staging, "gone.part")), Is.False);
    }
}
