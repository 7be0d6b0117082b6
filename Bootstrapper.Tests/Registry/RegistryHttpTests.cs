using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Registry;

/// <summary>The registry as the appliance serves it, over TLS, request by request.</summary>
[TestFixture]
public sealed class RegistryHttpTests
{
    private static readonly PushableImage Image = PushableImage.Make(1, 300_000, 10);

    private ServedAppliance appliance = null!;
    private RegistryClient pusher = null!;
    private RegistryClient anybody = null!;
    private int made;

    [OneTimeSetUp]
    public async Task Start()
    {
        appliance = await ServedAppliance.StartAsync();
        pusher = new RegistryClient(appliance.Client("127.0.0.201"), appliance.RegistryBase, appliance.Registry.Token.Read());
        anybody = new RegistryClient(appliance.Client("127.0.0.202"), appliance.RegistryBase, null);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        var failures = appliance.Failures;
        await appliance.DisposeAsync();
        Assert.That(failures.Where(failure => !failure.Contains("is damaged and not served", StringComparison.Ordinal)), Is.Empty);
        Assert.That(failures.Count(failure => failure.Contains("is damaged and not served", StringComparison.Ordinal)), Is.LessThanOrEqualTo(1), "damage is logged once");
    }

    [Test]
    public async Task What_is_pushed_is_pulled_octet_by_octet_by_anybody()
    {
        var name = NewName();
        Assert.That(await pusher.PushImageAsync(name, "v1", Image, chunk: 100_000), Is.EqualTo(HttpStatusCode.Created));
        foreach (var reference in (string[])["v1", Image.Digest.ToString()])
        {
            using var manifest = await anybody.GetAsync($"/v2/{name}/manifests/{reference}", ("Accept", MediaTypes.DockerManifest), ("Accept", MediaTypes.OciManifest));
            Assert.That(await manifest.Content.ReadAsByteArrayAsync(), Is.EqualTo(Image.Manifest));
            Assert.That(manifest.Content.Headers.ContentType!.ToString(), Is.EqualTo(MediaTypes.OciManifest));
            Assert.That(Header(manifest, "Docker-Content-Digest"), Is.EqualTo(Image.Digest.ToString()));
            Assert.That(Header(manifest, "Docker-Distribution-Api-Version"), Is.EqualTo("registry/2.0"));
        }
        var layer = Digest.Sha256Of(Image.Layers[0]);
        using var blob = await anybody.GetAsync($"/v2/{name}/blobs/{layer}", ("Accept-Encoding", "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5"));
        Assert.That(await blob.Content.ReadAsByteArrayAsync(), Is.EqualTo(Image.Layers[0]));
        Assert.That(blob.Content.Headers.ContentEncoding, Is.Empty);
        Assert.That(Header(blob, "ETag"), Is.EqualTo($"\"{layer}\""));
        using var head = await anybody.HeadAsync($"/v2/{name}/blobs/{layer}");
        Assert.That(head.Content.Headers.ContentLength, Is.EqualTo(Image.Layers[0].Length));
        Assert.That(Header(head, "Docker-Content-Digest"), Is.EqualTo(layer.ToString()));
    }

    [Test]
    public async Task Parts_of_a_blob_make_the_whole()
    {
        var name = NewName();
        await pusher.PushImageAsync(name, "v1", Image);
        var blob = Image.Layers[0];
        var path = $"/v2/{name}/blobs/{Digest.Sha256Of(blob)}";
        var parts = new List<byte>();
        for (var at = 0; at < blob.Length; at += 65536)
        {
            using var part = await anybody.GetAsync(path, ("Range", $"bytes={at}-{at + 65535}"));
            Assert.That(part.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
            Assert.That(part.Content.Headers.ContentRange!.ToString(), Is.EqualTo($"bytes {at}-{Math.Min(at + 65535, blob.Length - 1)}/{blob.Length}"));
            parts.AddRange(await part.Content.ReadAsByteArrayAsync());
        }
        Assert.That(parts, Is.EqualTo(blob));
        using var outside = await anybody.GetAsync(path, ("Range", $"bytes={blob.Length}-"));
        Assert.That(outside.StatusCode, Is.EqualTo(HttpStatusCode.RequestedRangeNotSatisfiable));
        Assert.That(outside.Content.Headers.ContentRange!.ToString(), Is.EqualTo($"bytes */{blob.Length}"));
        using var known = await anybody.GetAsync(path, ("If-None-Match", $"\"{Digest.Sha256Of(blob)}\""));
        Assert.That(known.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task A_mirrors_client_reads_the_other_registrys_images_and_our_own_names_mean_ourselves()
    {
        var image = PushableImage.Make(2, 100);
        await pusher.PushImageAsync("registry.k8s.io/pause", "3.10", image);
        foreach (var (path, found) in new[]
        {
            ("/v2/pause/manifests/3.10?ns=registry.k8s.io", true),
            ($"/v2/pause/blobs/{Digest.Sha256Of(image.Config)}?ns=registry.k8s.io", true),
            ("/v2/pause/manifests/3.10?ns=quay.io", false),
            ("/v2/pause/manifests/3.10", false),
            ("/v2/registry.k8s.io/pause/manifests/3.10", true),
            ($"/v2/registry.k8s.io/pause/manifests/3.10?ns=127.0.0.1:{appliance.Registry.Port}", true),
            ($"/v2/registry.k8s.io/pause/manifests/3.10?ns=bootstrapper:{appliance.Registry.Port}", true),
            ("/v2/registry.k8s.io/pause/manifests/3.10?ns=localhost", true),
            ("/v2/registry.k8s.io/pause/manifests/3.10?ns=bootstrapper:1", false),
        })
        {
            using var answer = await anybody.GetAsync(path);
            Assert.That(answer.StatusCode, Is.EqualTo(found ? HttpStatusCode.OK : HttpStatusCode.NotFound), path);
        }
        using var named = await anybody.GetAsync("/v2/pause/manifests/3.10?ns=registry.k8s.io");
        Assert.That(Header(named, "OCI-Namespace"), Is.EqualTo("registry.k8s.io"));
    }

    [TestCase("GET", "/v2/a/manifests/latest", 404, "NAME_UNKNOWN")]
    [TestCase("GET", "/v2/A/manifests/latest", 400, "NAME_INVALID")]
    [TestCase("GET", "/v2/a/../b/x/manifests/-", 404, "MANIFEST_UNKNOWN")]
    [TestCase("GET", "/v2/a/blobs/sha256:abc", 404, "BLOB_UNKNOWN")]
    [TestCase("GET", "/v2/a/tags/list", 404, "NAME_UNKNOWN")]
    [TestCase("GET", "/v2/a/referrers/sha256:abc", 400, "DIGEST_INVALID")]
    [TestCase("GET", "/v2/_catalog?n=x", 400, "UNSUPPORTED")]
    [TestCase("GET", "/v2/a/blobs/uploads/17", 404, "BLOB_UPLOAD_UNKNOWN")]
    [TestCase("GET", "/status", 404, "NAME_UNKNOWN")]
    [TestCase("POST", "/v2/a/tags/list", 405, "UNSUPPORTED")]
    [TestCase("PATCH", "/v2/a/blobs/uploads/..%2f..%2fx", 404, "BLOB_UPLOAD_UNKNOWN")]
    [TestCase("PUT", "/v2/a/blobs/uploads/17", 400, "DIGEST_INVALID")]
    [TestCase("PUT", "/v2/a/manifests/latest", 400, "MANIFEST_INVALID")]
    [TestCase("PUT", "/v2/a/manifests/sha256:abc", 400, "DIGEST_INVALID")]
    [TestCase("PUT", "/v2/a/manifests/.x", 400, "MANIFEST_INVALID")]
    [TestCase("POST", "/v2/a/blobs/uploads/?digest=md5:abc", 400, "DIGEST_INVALID")]
    [TestCase("POST", "/v2/a/blobs/uploads/?digest-algorithm=md5", 400, "DIGEST_INVALID")]
    [TestCase("DELETE", "/v2/a/manifests/latest", 404, "NAME_UNKNOWN")]
    public async Task A_refusal_has_the_specifications_form_and_says_what_to_do(string method, string path, int status, string code)
    {
        using var answer = await pusher.SendAsync(new HttpMethod(method), path, method is "GET" or "DELETE" ? null : "x"u8.ToArray());
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        Assert.That(answer.Content.Headers.ContentType!.ToString(), Is.EqualTo("application/json"));
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var error = body.RootElement.GetProperty("errors")[0];
        Assert.That(error.GetProperty("code").GetString(), Is.EqualTo(code));
        Assert.That(error.GetProperty("message").GetString(), Has.Length.GreaterThan(20));
    }

    [Test]
    public async Task A_pushers_habits_of_every_client_work()
    {
        var name = NewName();
        var blob = Image.Layers[0];
        var digest = Digest.Sha256Of(blob);

        var stream = await pusher.BeginAsync(name);
        using var whole = await pusher.SendAsync(HttpMethod.Patch, stream, blob);
        Assert.That(whole.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), "skopeo and podman: one PATCH without Content-Range");
        using var closed = await pusher.SendAsync(HttpMethod.Put, $"{stream}?digest={digest}", []);
        Assert.That(closed.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(Header(closed, "Docker-Content-Digest"), Is.EqualTo(digest.ToString()));

        using var direct = await pusher.SendAsync(HttpMethod.Put, $"{await pusher.BeginAsync(name)}?digest={digest}", blob);
        Assert.That(direct.StatusCode, Is.EqualTo(HttpStatusCode.Created), "containerd: PUT with the body");

        using var single = await pusher.SendAsync(HttpMethod.Post, $"/v2/{name}/blobs/uploads/?digest={digest}", blob);
        Assert.That(single.StatusCode, Is.EqualTo(HttpStatusCode.Created));

        var other = NewName();
        using var mounted = await pusher.SendAsync(HttpMethod.Post, $"/v2/{other}/blobs/uploads/?mount={digest}&from={name}&origin=", []);
        Assert.That(mounted.StatusCode, Is.EqualTo(HttpStatusCode.Created), "crane");
        Assert.That(Header(mounted, "Location"), Is.EqualTo($"/v2/{other}/blobs/{digest}"));
        using var notMounted = await pusher.SendAsync(HttpMethod.Post, $"/v2/{other}/blobs/uploads/?mount={Digest.Sha256Of("nothing"u8)}&from={name}", []);
        Assert.That(notMounted.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
    }

    [Test]
    public async Task An_interrupted_upload_is_resumed_where_the_registry_says()
    {
        var name = NewName();
        var blob = Image.Layers[0];
        var location = await pusher.BeginAsync(name);
        using var first = await pusher.SendAsync(HttpMethod.Patch, location, blob[..1000], ("Content-Range", "0-999"));
        Assert.That(Header(first, "Range"), Is.EqualTo("0-999"));
        using var gap = await pusher.SendAsync(HttpMethod.Patch, location, blob[2000..3000], ("Content-Range", "2000-2999"));
        Assert.That(gap.StatusCode, Is.EqualTo(HttpStatusCode.RequestedRangeNotSatisfiable));
        using var lie = await pusher.SendAsync(HttpMethod.Patch, location, blob[1000..1500], ("Content-Range", "1000-1999"));
        Assert.That(lie.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        using var status = await pusher.GetAsync(location);
        Assert.That(status.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(Header(status, "Range"), Is.EqualTo("0-999"));
        using var rest = await pusher.SendAsync(HttpMethod.Put, $"{location}?digest={Digest.Sha256Of(blob)}", blob[1000..], ("Content-Range", $"1000-{blob.Length - 1}"));
        Assert.That(rest.StatusCode, Is.EqualTo(HttpStatusCode.Created), await rest.Content.ReadAsStringAsync());

        var given = await pusher.BeginAsync(name);
        using var cancelled = await pusher.SendAsync(HttpMethod.Delete, given);
        Assert.That(cancelled.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        using var gone = await pusher.GetAsync(given);
        Assert.That(gone.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_damaged_blob_is_denied_until_it_is_pushed_again()
    {
        var name = NewName();
        var image = PushableImage.Make(3, 5000);
        await pusher.PushImageAsync(name, "v1", image);
        var digest = Digest.Sha256Of(image.Layers[0]);
        var path = Path.Combine(appliance.Registry.Store.Folder, "blobs", "sha256", digest.Hex[..2], digest.Hex);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite)) file.WriteByte((byte)(image.Layers[0][0] ^ 1));
        for (var time = 0; time < 3; time++)
        {
            using var get = await anybody.GetAsync($"/v2/{name}/blobs/{digest}");
            Assert.That(get.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(await get.Content.ReadAsStringAsync(), Does.Contain("BLOB_UNKNOWN").And.Contain("damaged"));
            using var head = await anybody.HeadAsync($"/v2/{name}/blobs/{digest}");
            Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), "so that a pusher sends it again");
        }
        Assert.That(await pusher.PushImageAsync(name, "v1", image), Is.EqualTo(HttpStatusCode.Created));
        using var healed = await anybody.GetAsync($"/v2/{name}/blobs/{digest}");
        Assert.That(await healed.Content.ReadAsByteArrayAsync(), Is.EqualTo(image.Layers[0]));
    }

    [Test]
    public async Task Reading_needs_nothing_and_pushing_needs_the_token()
    {
        var path = $"/v2/{NewName()}/blobs/uploads/";
        using var ping = await anybody.GetAsync("/v2/");
        Assert.That(ping.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(Header(ping, "WWW-Authenticate"), Is.EqualTo($"Bearer realm=\"{appliance.RegistryBase}/v2/token\",service=\"sextant\""));
        using var nobody = await anybody.SendAsync(HttpMethod.Post, path, []);
        Assert.That(nobody.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(Header(nobody, "WWW-Authenticate"), Does.Contain("scope=\"repository:"));

        var pull = await TokenAsync(anybody);
        using var welcome = await anybody.GetAsync("/v2/", ("Authorization", "Bearer " + pull));
        Assert.That(welcome.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var denied = await anybody.SendAsync(HttpMethod.Post, path, [], ("Authorization", "Bearer " + pull));
        Assert.That(denied.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await denied.Content.ReadAsStringAsync(), Does.Contain("DENIED").And.Contain("sextant registry token"));

        var push = await TokenAsync(pusher);
        using var begun = await anybody.SendAsync(HttpMethod.Post, path, [], ("Authorization", "Bearer " + push));
        Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        using var wrong = await anybody.GetAsync("/v2/token", ("Authorization", RegistryClient.Basic("push", "wrong").ToString()));
        Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var form = new FormUrlEncodedContent([new("grant_type", "password"), new("username", "push"), new("password", appliance.Registry.Token.Read()!), new("service", "sextant"), new("scope", "repository:a:pull,push")]);
        using var oauth = await appliance.Client("127.0.0.202").PostAsync(appliance.RegistryBase + "/v2/token", form);
        using var issued = JsonDocument.Parse(await oauth.Content.ReadAsStringAsync());
        Assert.That(issued.RootElement.GetProperty("access_token").GetString(), Does.StartWith("push."));
    }

    [Test]
    public async Task Lists_come_in_pages()
    {
        var name = NewName();
        await pusher.PushImageAsync(name, "a", Image);
        foreach (var tag in (string[])["B", "c", "b"]) await pusher.PushManifestAsync(name, tag, Image.Manifest);
        using var first = await anybody.GetAsync($"/v2/{name}/tags/list?n=3");
        Assert.That(await first.Content.ReadAsStringAsync(), Is.EqualTo($"{{\"name\":\"{name}\",\"tags\":[\"B\",\"a\",\"b\"]}}"));
        Assert.That(Header(first, "Link"), Is.EqualTo($"</v2/{name}/tags/list?n=3&last=b>; rel=\"next\""));
        using var second = await anybody.GetAsync($"/v2/{name}/tags/list?n=3&last=b");
        Assert.That(await second.Content.ReadAsStringAsync(), Is.EqualTo($"{{\"name\":\"{name}\",\"tags\":[\"c\"]}}"));
        Assert.That(second.Headers.Contains("Link"), Is.False);
        using var catalog = await anybody.GetAsync($"/v2/_catalog?n=1&last={name[..^1]}{(char)(name[^1] - 1)}~");
        Assert.That(await catalog.Content.ReadAsStringAsync(), Is.EqualTo($"{{\"repositories\":[\"{name}\"]}}"));
    }

    [Test]
    public async Task What_is_about_an_image_is_listed_with_it()
    {
        var name = NewName();
        await pusher.PushImageAsync(name, "v1", Image);
        await pusher.PushBlobAsync(name, "{}"u8.ToArray());
        var empty = Digest.Sha256Of("{}"u8);
        var signature = Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","artifactType":"application/vnd.example.signature","annotations":{"a":"b"},
             "config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{{{empty}}}","size":2},"layers":[],
             "subject":{"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{Image.Digest}}}","size":{{{Image.Manifest.Length}}} } }
            """);
        using var put = await pusher.SendAsync(HttpMethod.Put, $"/v2/{name}/manifests/{Digest.Sha256Of(signature)}?tag=one&tag=two", signature, ("Content-Type", MediaTypes.OciManifest));
        Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.Created), await put.Content.ReadAsStringAsync());
        Assert.That(Header(put, "OCI-Subject"), Is.EqualTo(Image.Digest.ToString()));
        Assert.That(Header(put, "OCI-Tag"), Is.EqualTo("one, two"));
        foreach (var (filter, count) in new[] { ("", 1), ("?artifactType=application/vnd.example.signature", 1), ("?artifactType=application/other", 0) })
        {
            using var list = await anybody.GetAsync($"/v2/{name}/referrers/{Image.Digest}{filter}");
            Assert.That(list.Content.Headers.ContentType!.ToString(), Is.EqualTo(MediaTypes.OciIndex));
            Assert.That(list.Headers.Contains("OCI-Filters-Applied"), Is.EqualTo(filter.Length > 0));
            using var index = JsonDocument.Parse(await list.Content.ReadAsStringAsync());
            Assert.That(index.RootElement.GetProperty("manifests").GetArrayLength(), Is.EqualTo(count));
        }
    }

    [Test]
    public async Task A_manifest_has_four_megabytes_and_not_an_octet_more()
    {
        var name = NewName();
        await pusher.PushImageAsync(name, "v1", Image);
        var largest = Image.Manifest.Concat(Enumerable.Repeat((byte)' ', ManifestDocument.MaximumLength - Image.Manifest.Length)).ToArray();
        Assert.That(await pusher.PushManifestAsync(name, "largest", largest), Is.EqualTo(HttpStatusCode.Created));
        Assert.That(await pusher.PushManifestAsync(name, "larger", [.. largest, (byte)' ']), Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task A_manifest_of_missing_blobs_names_them()
    {
        var image = PushableImage.Make(4, 10);
        using var put = await pusher.SendAsync(HttpMethod.Put, $"/v2/{NewName()}/manifests/v1", image.Manifest, ("Content-Type", MediaTypes.OciManifest));
        Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        using var body = JsonDocument.Parse(await put.Content.ReadAsStringAsync());
        Assert.That(body.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("detail").GetString()), Is.EquivalentTo(image.Blobs.Select(blob => Digest.Sha256Of(blob).ToString())));
    }

    [TestCase("{\"schemaVersion\":2,\"mediaType\":\"\\ud800\"}")]
    [TestCase("{\"schemaVersion\":2,\"config\":{\"digest\":\"\\udfff\"}}")]
    [TestCase("[]")]
    [TestCase("{")]
    public async Task Text_that_is_no_manifest_is_refused(string text)
    {
        foreach (var octets in (byte[][])[Encoding.UTF8.GetBytes(text), Encoding.Latin1.GetBytes(text.Replace("\\ud800", "\u00ff", StringComparison.Ordinal))])
            Assert.That(await pusher.PushManifestAsync(NewName(), "v1", octets), Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task The_registry_is_on_its_own_port_only()
    {
        using var plain = await appliance.Client("127.0.0.201").GetAsync(appliance.HttpBase + "/v2/");
        using var https = await appliance.Client("127.0.0.201").GetAsync(appliance.HttpsBase + "/v2/_catalog");
        Assert.That((plain.StatusCode, https.StatusCode), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
    }

    private string NewName() => $"tests/image{Interlocked.Increment(ref made):d4}";

    private static string Header(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));

    private static async Task<string> TokenAsync(RegistryClient client)
    {
        using var answer = await client.GetAsync("/v2/token?service=sextant&scope=repository:a:pull,push");
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.That(body.RootElement.GetProperty("expires_in").GetInt32(), Is.Positive);
        return body.RootElement.GetProperty("token").GetString()!;
    }
}
