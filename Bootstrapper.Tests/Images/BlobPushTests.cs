using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.TestKit;
using static Sextant.Tests.Images.ImageSamples;

namespace Sextant.Tests.Images;

/// <summary>Uploads to a registry that breaks connections off and forgets uploads.</summary>
public sealed class BlobPushTests
{
    private static readonly Sample One = Image(1, layers: 1, length: 2_000_000);

    [TestCase(1, false)]
    [TestCase(3, false)]
    [TestCase(2, true)]
    public async Task An_upload_that_breaks_off_goes_on_with_what_the_registry_has(int cuts, bool forgets)
    {
        using var folder = new TemporaryFolder();
        var store = RegistryStore.Open(folder.Path);
        var loaded = await new ImageLoader(store, new Progress<WorkProgress>()).LoadAsync("archive", new MemoryStream(Tar(Layout(("quay.example/app:1", One)))), null, null, default);
        var image = ((IntakeOutcome.Taken)loaded).Images.Single();
        await using var receiver = await Receiver.StartAsync(cuts, forgets);
        var access = new RegistryAccess { PlainHttp = true, Retry = new RetryPolicy(3, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(10)) };
        using var pusher = new ImagePusher(store, receiver.Host, "", keepHost: false, access, new Progress<WorkProgress>());
        var outcome = await pusher.PushAsync(image.Reference.Here, image.Reference.Tag, image.Digest, default);
        Assert.That(outcome, Is.TypeOf<PushOutcome.Pushed>(), (outcome as PushOutcome.Refused)?.Problem);
        Assert.That(receiver.Blobs, Is.EquivalentTo(One.Blobs.Keys));
        Assert.That(receiver.Manifest, Is.EqualTo(One.Manifest));
        Assert.That(receiver.Cut, Is.EqualTo(cuts), "it did break off");
    }

    private sealed class Receiver : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly bool forgets;
        private readonly int cuts;
        private MemoryStream upload = new();
        private bool isForgotten;

        private Receiver(WebApplication app, int cuts, bool forgets) => (this.app, this.cuts, this.forgets) = (app, cuts, forgets);

        public string Host { get; private set; } = "";
        public List<Digest> Blobs { get; } = [];
        public byte[] Manifest { get; private set; } = [];
        public int Cut { get; private set; }

        public static async Task<Receiver> StartAsync(int cuts, bool forgets)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var receiver = new Receiver(builder.Build(), cuts, forgets);
            receiver.app.Run(receiver.AnswerAsync);
            await receiver.app.StartAsync();
            receiver.Host = new Uri(receiver.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
            return receiver;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task AnswerAsync(HttpContext context)
        {
            var (request, response) = (context.Request, context.Response);
            switch (request.Method)
            {
                case "POST":
                    (upload, isForgotten) = (new MemoryStream(), false);
                    (response.StatusCode, response.Headers.Location) = (202, "uploads/1");
                    return;
                case "GET":
                    response.StatusCode = isForgotten ? 404 : 204;
                    response.Headers.Range = $"0-{Math.Max(0, upload.Length - 1)}";
                    return;
                case "PATCH" when request.ContentLength > 1_000_000 && Cut < cuts:
                    Cut++;
                    var part = new byte[100_000];
                    await request.Body.ReadExactlyAsync(part);
                    upload.Write(part);
                    isForgotten = forgets;
                    context.Abort();
                    return;
                case "PATCH":
                    Assert.That(request.Headers["Content-Range"].ToString(), Does.StartWith($"{upload.Length}-"));
                    await request.Body.CopyToAsync(upload);
                    response.StatusCode = 202;
                    return;
                case "PUT" when request.Path.Value!.Contains("/manifests/", StringComparison.Ordinal):
                    using (var body = new MemoryStream())
                    {
                        await request.Body.CopyToAsync(body);
                        Manifest = body.ToArray();
                    }
                    response.StatusCode = 201;
                    return;
                case "PUT":
                    var digest = Digest.Parse(request.Query["digest"].ToString());
                    response.StatusCode = Digest.Sha256Of(upload.ToArray()) == digest ? 201 : 400;
                    if (response.StatusCode == 201) Blobs.Add(digest);
                    return;
                default:
                    response.StatusCode = 404;
                    return;
            }
        }
    }
}
