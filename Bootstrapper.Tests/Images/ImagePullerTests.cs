using System.Text;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;
using static Sextant.Tests.Images.ImageSamples;

namespace Sextant.Tests.Images;

public sealed class ImagePullerTests
{
    private static readonly RetryPolicy Fast = new(4, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20));
    private static readonly Sample One = Image(1);

    private TemporaryFolder folder = null!;
    private RegistryStore store = null!;
    private StandInRegistry upstream = null!;
    private RegistryAccess access = null!;

    [SetUp]
    public async Task StartAsync()
    {
        folder = new TemporaryFolder();
        store = RegistryStore.Open(folder.Path);
        upstream = await StandInRegistry.StartAsync();
        access = new RegistryAccess { PlainHttp = true, Retry = Fast, IdleTimeout = TimeSpan.FromSeconds(10) };
    }

    [TearDown]
    public async Task StopAsync()
    {
        await upstream.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task An_image_is_here_with_the_digest_it_has_there()
    {
        var taken = await TakenAsync(upstream.Add("team/app", "1.0", One));
        Assert.That((taken.Digest, taken.Size), Is.EqualTo((One.Digest, One.Manifest.Length + One.Blobs.Values.Sum(blob => (long)blob.Length))));
        Assert.That(store.FindTag(taken.Reference.Here, TagName.Parse("1.0")), Is.EqualTo(One.Digest));
        Assert.That(taken.Reference.Here.ToString(), Is.EqualTo($"{upstream.Host.Replace(':', '_')}/team/app"));
        await StoreIsWellAsync();
    }

    [Test]
    public async Task Of_an_index_the_wanted_platform_is_fetched_and_the_index_is_kept()
    {
        var index = Index(("amd64", Image(1)), ("arm64", Image(2, "arm64")));
        var reference = upstream.Add("app", "1", index);
        var taken = await TakenAsync(reference);
        Assert.That((taken.Digest, string.Join(' ', taken.Platforms)), Is.EqualTo((index.Digest, "linux/amd64")));
        Assert.That(store.Manifests(reference.Here), Is.EquivalentTo(new[] { index.Digest, Image(1).Digest }));
        Assert.That(string.Join(' ', (await TakenAsync(reference, PlatformChoice.All)).Platforms), Is.EqualTo("linux/amd64 linux/arm64"));
        await StoreIsWellAsync();
    }

    [Test]
    public async Task A_platform_that_the_image_does_not_have_is_said_with_those_it_has()
    {
        var reference = upstream.Add("app", "1", Index(("arm64", Image(2, "arm64"))));
        Assert.That(await ProblemAsync(reference), Does.Contain("no image for linux/amd64").And.Contain("linux/arm64"));
    }

    [Test]
    public async Task What_is_here_is_not_fetched_again_and_a_pinned_image_needs_no_network()
    {
        var reference = upstream.Add("app", "1", One);
        await TakenAsync(reference);
        upstream.Requests.Clear();
        await TakenAsync(reference);
        Assert.That(upstream.Requests.Select(request => request.Path), Is.EqualTo(new[] { "/v2/app/manifests/1" }));
        upstream.Requests.Clear();
        await TakenAsync(reference.Pinned(One.Digest));
        Assert.That(upstream.Requests, Is.Empty);
        Assert.That((await TakenAsync(upstream.Add("other", "1", One))).Digest, Is.EqualTo(One.Digest));
        Assert.That(upstream.Requests, Has.Count.EqualTo(1), "blobs of another repository are mounted");
    }

    [Test]
    public async Task A_pin_decides_wherever_the_tag_points()
    {
        var reference = upstream.Add("app", "1", One);
        upstream.Add("app", "1", Image(7));
        var taken = await TakenAsync(reference.Pinned(One.Digest));
        Assert.That(store.FindTag(reference.Here, TagName.Parse("1")), Is.EqualTo(One.Digest));
        Assert.That(taken.Digest, Is.EqualTo(One.Digest));
    }

    [Test]
    public async Task A_token_is_fetched_from_the_realm_and_only_the_realm_sees_the_password()
    {
        var reference = upstream.Add("team/app", "1", One);
        upstream.Fault = context =>
        {
            if (context.Request.Path == "/token") return SayAsync(context, 200, """{"token": "T1", "expires_in": 60}""");
            if (context.Request.Headers.Authorization == "Bearer T1") return Task.FromResult(false);
            context.Response.Headers.WWWAuthenticate = $"""Bearer realm="http://{upstream.Host}/token",service="stand, in",scope="repository:team/app:pull" """;
            return SayAsync(context, 401, "");
        };
        access = access with { Account = new RegistryAccount("me", "secret") };
        await TakenAsync(reference);
        var token = upstream.Requests.Single(request => request.Path.StartsWith("/token", StringComparison.Ordinal));
        Assert.That(token.Path, Is.EqualTo("/token?scope=repository%3Ateam%2Fapp%3Apull&service=stand%2C%20in"));
        Assert.That(token.Authorization, Is.EqualTo("Basic " + Convert.ToBase64String("me:secret"u8)));
        Assert.That(upstream.Requests.Where(request => request != token).Select(request => request.Authorization), Is.All.AnyOf(null, "Bearer T1"));
    }

    [Test]
    public async Task A_registry_that_wants_the_account_itself_gets_it()
    {
        var reference = upstream.Add("app", "1", One);
        upstream.Fault = context =>
        {
            if (context.Request.Headers.Authorization == "Basic " + Convert.ToBase64String("me:secret"u8)) return Task.FromResult(false);
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"x\"";
            return SayAsync(context, 401, """{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}""");
        };
        Assert.That(await ProblemAsync(reference), Does.Contain("401").And.Contain("who are you").And.Contain("--username"));
        access = access with { Account = new RegistryAccount("me", "wrong") };
        Assert.That(await ProblemAsync(reference), Does.Contain("the account me"));
        access = access with { Account = new RegistryAccount("me", "secret") };
        await TakenAsync(reference);
    }

    [Test]
    public async Task A_token_that_has_run_out_is_renewed()
    {
        var reference = upstream.Add("app", "1", One);
        var issued = 0;
        upstream.Fault = context =>
        {
            if (context.Request.Path == "/token") return SayAsync(context, 200, $$"""{"access_token": "T{{++issued}}"}""");
            if (context.Request.Headers.Authorization == (context.Request.Path.Value!.Contains("/manifests/", StringComparison.Ordinal) ? "Bearer T1" : "Bearer T2")) return Task.FromResult(false);
            context.Response.Headers.WWWAuthenticate = $"""Bearer realm="http://{upstream.Host}/token" """;
            return SayAsync(context, 401, "");
        };
        access = access with { };
        using var puller = new ImagePuller(store, access, 1, new Progress<WorkProgress>());
        Assert.That(await puller.PullAsync(reference, PlatformChoice.Default, default), Is.TypeOf<IntakeOutcome.Taken>());
        Assert.That(issued, Is.EqualTo(2));
    }

    [TestCase(429)]
    [TestCase(503)]
    [TestCase(500)]
    public async Task A_registry_that_is_busy_is_asked_again(int status)
    {
        var reference = upstream.Add("app", "1", One);
        var failures = 0;
        upstream.Fault = context =>
        {
            if (Interlocked.Increment(ref failures) > 3) return Task.FromResult(false);
            context.Response.Headers.RetryAfter = "0";
            return SayAsync(context, status, "");
        };
        await TakenAsync(reference);
    }

    [Test]
    public async Task A_registry_that_goes_on_failing_is_given_up_with_its_words()
    {
        var reference = upstream.Add("app", "1", One);
        upstream.Fault = context => SayAsync(context, 503, """{"errors":[{"code":"UNAVAILABLE","message":"closed for cleaning"}]}""");
        Assert.That(await ProblemAsync(reference), Does.Contain("503").And.Contain("closed for cleaning").And.Contain(upstream.Host));
        Assert.That(upstream.Requests, Has.Count.EqualTo(Fast.Attempts));
    }

    [Test]
    public async Task A_body_that_breaks_off_goes_on_where_it_broke_off([Values] bool knowsRanges)
    {
        upstream.KnowsRanges = knowsRanges;
        var reference = upstream.Add("app", "1", One);
        var (layer, content) = One.Blobs.MaxBy(blob => blob.Value.Length);
        var cuts = 0;
        upstream.Fault = context => context.Request.Path.Value!.EndsWith(layer.Hex, StringComparison.Ordinal) && cuts++ < 2 && (knowsRanges || cuts == 1)
            ? upstream.CutAsync(context, layer, content.Length / 4)
            : Task.FromResult(false);
        await TakenAsync(reference);
        var ranges = upstream.Requests.Where(request => request.Path.EndsWith(layer.Hex, StringComparison.Ordinal)).Select(request => request.Range).ToArray();
        Assert.That(ranges, Has.Length.EqualTo(knowsRanges ? 3 : 2));
        Assert.That(ranges[1], Does.Match("^bytes=[0-9]+-$"));
        await StoreIsWellAsync();
    }

    [Test]
    public async Task A_body_that_always_breaks_off_is_given_up_and_what_arrived_is_kept_for_the_next_run()
    {
        var reference = upstream.Add("app", "1", One);
        var (layer, content) = One.Blobs.MaxBy(blob => blob.Value.Length);
        var isFirst = true;
        upstream.Fault = context =>
        {
            if (!context.Request.Path.Value!.EndsWith(layer.Hex, StringComparison.Ordinal)) return Task.FromResult(false);
            var after = isFirst ? content.Length / 2 : 0;
            isFirst = false;
            return upstream.CutAsync(context, layer, after);
        };
        Assert.That(await ProblemAsync(reference), Does.Contain("again and again").And.Contain(layer.ToString()));
        Assert.That(store.Tags(reference.Here), Is.Empty);
        upstream.Fault = _ => Task.FromResult(false);
        upstream.Requests.Clear();
        await TakenAsync(reference);
        Assert.That(upstream.Requests.Single(request => request.Path.EndsWith(layer.Hex, StringComparison.Ordinal)).Range, Does.StartWith("bytes="));
        await StoreIsWellAsync();
    }

    [Test]
    public async Task What_an_earlier_run_left_damaged_is_fetched_again_from_the_beginning()
    {
        var reference = upstream.Add("app", "1", One);
        var (layer, content) = One.Blobs.MaxBy(blob => blob.Value.Length);
        using (var upload = store.BeginUpload(reference.Here, layer)!) await upload.AppendAsync(new MemoryStream(new byte[content.Length / 2]), null, default);
        await TakenAsync(reference);
        await StoreIsWellAsync();
    }

    [Test]
    public async Task Content_that_is_not_what_its_digest_says_is_not_kept()
    {
        var reference = upstream.Add("app", "1", One);
        var (layer, content) = One.Blobs.MaxBy(blob => blob.Value.Length);
        upstream.Falsify(layer, content.Reverse().ToArray());
        Assert.That(await ProblemAsync(reference), Does.Contain("do not trust it").And.Contain(layer.ToString()));
        upstream.Falsify(layer, [.. content, .. content]);
        Assert.That(await ProblemAsync(reference), Does.Contain("longer than"));
        upstream.Remove(layer);
        Assert.That(await ProblemAsync(reference), Does.Contain("is missing"));
        Assert.That(store.Tags(reference.Here), Is.Empty);
        await StoreIsWellAsync();
    }

    [Test]
    public async Task A_manifest_that_is_not_what_was_asked_for_is_not_kept()
    {
        var reference = upstream.Add("app", "1", One);
        upstream.Fault = async context =>
        {
            if (!context.Request.Path.Value!.Contains("/manifests/", StringComparison.Ordinal)) return false;
            context.Response.ContentType = MediaTypes.OciManifest;
            await context.Response.Body.WriteAsync(Image(9).Manifest);
            return true;
        };
        Assert.That(await ProblemAsync(reference.Pinned(One.Digest)), Does.Contain("do not trust it"));
        Assert.That(store.Repositories(), Is.Empty);
    }

    [Test]
    public async Task A_redirect_to_another_host_is_followed_without_the_authorization()
    {
        await using var elsewhere = await StandInRegistry.StartAsync();
        elsewhere.Add("app", "1", One);
        var reference = upstream.Add("app", "1", One);
        upstream.Fault = context =>
        {
            if (context.Request.Headers.Authorization.Count == 0)
            {
                context.Response.Headers.WWWAuthenticate = "Basic";
                return SayAsync(context, 401, "");
            }
            if (!context.Request.Path.Value!.Contains("/blobs/", StringComparison.Ordinal)) return Task.FromResult(false);
            context.Response.Headers.Location = $"http://{elsewhere.Host}{context.Request.Path}?signed=yes";
            return SayAsync(context, 307, "");
        };
        access = access with { Account = new RegistryAccount("me", "secret") };
        await TakenAsync(reference);
        Assert.That(elsewhere.Requests, Is.Not.Empty);
        Assert.That(elsewhere.Requests.Select(request => request.Authorization), Is.All.Null);
        Assert.That(elsewhere.Requests.Select(request => request.Path), Is.All.EndsWith("?signed=yes"));
    }

    [Test]
    public async Task Redirects_without_end_are_given_up()
    {
        var reference = upstream.Add("app", "1", One);
        upstream.Fault = context =>
        {
            context.Response.Headers.Location = context.Request.Path.Value;
            return SayAsync(context, 302, "");
        };
        Assert.That(await ProblemAsync(reference), Does.Contain("redirects more than 5 times"));
    }

    [Test]
    public async Task A_mirror_is_asked_in_the_place_of_the_registry_and_told_which_one_is_meant()
    {
        upstream.Add("team/app", "1", One);
        access = access with { Mirrors = new Dictionary<string, Uri> { ["quay.example"] = new Uri($"http://{upstream.Host}") } };
        var taken = await TakenAsync(ImageReference.Parse("quay.example/team/app:1"));
        Assert.That(taken.Reference.Here.ToString(), Is.EqualTo("quay.example/team/app"));
        Assert.That(upstream.Requests.Select(request => request.Path), Is.All.EndsWith("?ns=quay.example"));
    }

    [Test]
    public async Task Nobody_there_and_nothing_there_are_different_answers()
    {
        Assert.That(await ProblemAsync(ImageReference.Parse($"{upstream.Host}/nothing:1")), Does.Contain("does not have it"));
        var gone = upstream.Host;
        await upstream.DisposeAsync();
        Assert.That(await ProblemAsync(ImageReference.Parse($"{gone}/app:1")), Does.Contain("cannot be reached"));
    }

    [Test]
    public async Task A_registry_that_says_nothing_is_not_waited_for_for_ever()
    {
        var reference = upstream.Add("app", "1", One);
        access = access with { IdleTimeout = TimeSpan.FromMilliseconds(100), Retry = new RetryPolicy(2, TimeSpan.Zero, TimeSpan.Zero) };
        upstream.Fault = async context =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
            }
            return true;
        };
        Assert.That(await ProblemAsync(reference), Does.Contain("no answer within"));
    }

    [Test]
    public async Task Two_who_pull_the_same_image_at_once_both_get_it()
    {
        var reference = upstream.Add("app", "1", One);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => TakenAsync(reference))));
        await StoreIsWellAsync();
    }

    private static async Task<bool> SayAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
        return true;
    }

    private async Task<IntakeOutcome> PullAsync(ImageReference reference, PlatformChoice? platforms = null)
    {
        using var puller = new ImagePuller(store, access, ImagePuller.DefaultParallel, new Progress<WorkProgress>());
        return await puller.PullAsync(reference, platforms ?? PlatformChoice.Default, default);
    }

    private async Task<TakenImage> TakenAsync(ImageReference reference, PlatformChoice? platforms = null)
    {
        var outcome = await PullAsync(reference, platforms);
        Assert.That(outcome, Is.TypeOf<IntakeOutcome.Taken>(), (outcome as IntakeOutcome.Refused)?.Problem);
        return ((IntakeOutcome.Taken)outcome).Images.Single();
    }

    private async Task<string> ProblemAsync(ImageReference reference) => ((IntakeOutcome.Refused)await PullAsync(reference)).Problem;

    private async Task StoreIsWellAsync() => Assert.That(await StoreVerification.RunAsync(store, new Progress<WorkProgress>(), default), Is.Empty);
}
