using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>
/// Where the installer gets the image from: its own script with curl against web servers on loopback. Writing to the disk is stood in for by a
/// comparison of the digest.
/// </summary>
[TestFixture]
public sealed class InstallerSourcesTests
{
    private const string Transfer = """
        say() { printf 'say %s\n' "$*"; }
        step() { printf 'step %s\n' "$*"; }
        sleep() { :; }
        transfer() {
            printf 'transfer %s\n' "$1"
            fetch "$1" "$2" > "$scratch/image" || { reason='the transfer ended'; return 1; }
            [ "$(sha256sum < "$scratch/image")" = "$SEXTANT_IMAGE_SHA256  -" ] && return
            reason='wrong digest'
            return 1
        }
        """;

    private static readonly byte[] Image = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(number => $"{number:x5}")));

    private readonly List<string> asked = [];
    private TemporaryFolder folder = null!;
    private WebApplication server = null!;
    private string origin = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new TemporaryFolder();
        asked.Clear();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        server = builder.Build();
        var broken = 0;
        server.MapMethods("/{who}/{source}/image", ["GET", "HEAD"], async (string who, string source, HttpContext context) =>
        {
            lock (asked) asked.Add($"{context.Request.Method} {who}");
            switch (source)
            {
                case "good":
                    return Results.Bytes(Image, enableRangeProcessing: true);
                case "wrong":
                    return Results.Bytes(new byte[Image.Length]);
                case "older":
                    return Results.Bytes(new byte[Image.Length - 1]);
                case "breaks" when HttpMethods.IsGet(context.Request.Method) && Interlocked.Increment(ref broken) == 1:
                    context.Response.ContentLength = Image.Length;
                    await context.Response.Body.WriteAsync(Image.AsMemory(0, 40_000));
                    await context.Response.Body.FlushAsync();
                    context.Abort();
                    return Results.Empty;
                case "breaks":
                    return Results.Bytes(Image, enableRangeProcessing: true);
                default:
                    return Results.StatusCode(source == "forbidden" ? 403 : 404);
            }
        });
        await server.StartAsync();
        origin = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    [TearDown]
    public async Task Stop()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [TestCase("good", "transfer bootstrapper", "", TestName = "Without mirrors the bootstrapper is asked and nobody else")]
    [TestCase("good", "transfer good", "good", TestName = "A mirror that has the image spares the bootstrapper")]
    [TestCase("good", "step wrong: wrong digest|transfer good", "wrong good", TestName = "Wrong bytes lead to the next mirror")]
    [TestCase("good", "step wrong: wrong digest|transfer bootstrapper", "wrong", TestName = "Wrong bytes of the only mirror lead to the bootstrapper")]
    [TestCase("good", "step missing: HTTP 404|step forbidden: HTTP 403|transfer bootstrapper", "missing forbidden", TestName = "Mirrors without the image are passed over")]
    [TestCase("good", "step older: it has an image of 99999 octets, not 100000|transfer good", "older good", TestName = "A mirror with another image is not even begun with")]
    [TestCase("good", "step closed: it does not answer|transfer good", "closed good", TestName = "A mirror that is down is passed over")]
    [TestCase("breaks", "transfer bootstrapper", "", TestName = "A transfer that broke goes on where it broke")]
    public void The_right_image_comes_whatever_mirrors_do(string bootstrapper, string told, string mirrors)
    {
        var names = mirrors.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var result = Install(bootstrapper, names);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.ReadAllBytes(Path.Combine(folder.Path, "image")), Is.EqualTo(Image));
        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.That(lines.Where(line => line.StartsWith("step", StringComparison.Ordinal)).Append(lines.Last(line => line.StartsWith("transfer", StringComparison.Ordinal))),
            Is.EqualTo(told.Split('|')), result.ToString());
        Assert.That(asked.Any(request => request.EndsWith("bootstrapper", StringComparison.Ordinal)), Is.EqualTo(told.EndsWith("bootstrapper", StringComparison.Ordinal)));
    }

    [Test]
    public void A_transfer_that_broke_is_not_begun_again()
    {
        Assert.That(Install("breaks").Status, Is.Zero);
        Assert.That(asked, Is.EqualTo(new[] { "GET bootstrapper", "GET bootstrapper" }));
    }

    [Test]
    public void A_mirror_that_does_not_answer_costs_seconds()
    {
        // The kernel takes the connection and nobody ever answers on it.
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(1);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var result = Run("good", [$"http://{deaf.LocalEndPoint}/mirror/deaf/image"]);
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("it does not answer"));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)), "five seconds for the mirror, and not the half hour that the bootstrapper would get");
    }

    private Tool.Result Install(string bootstrapper, params string[] mirrors) =>
        Run(bootstrapper, [.. mirrors.Select(name => name == "closed" ? "http://127.0.0.1:1/mirror/closed/image" : $"{origin}/mirror/{name}/image")]);

    /// <summary>The output with <c>bootstrapper</c>, or a mirror's own name, in place of each URL.</summary>
    private Tool.Result Run(string bootstrapper, string[] mirrors)
    {
        var script = Repository.PathOf("templates", "debian", "live", "fetch.sh");
        var result = Tool.Run("sh", ["-u", "-c", $"{Transfer}\n. '{script}'\nfrom_mirrors || from_bootstrapper"], "", new Dictionary<string, string>
        {
            ["scratch"] = folder.Path,
            ["SEXTANT_IMAGE_URLS"] = string.Join(' ', [.. mirrors, $"{origin}/bootstrapper/{bootstrapper}/image"]),
            ["SEXTANT_IMAGE_SIZE"] = Image.Length.ToString(CultureInfo.InvariantCulture),
            ["SEXTANT_IMAGE_SHA256"] = Convert.ToHexStringLower(SHA256.HashData(Image)),
        });
        return result with { Output = Regex.Replace(Regex.Replace(result.Output, "http://[^ ]*/bootstrapper/[a-z]+/image", "bootstrapper"), "http://[^ ]*/mirror/([a-z]+)/image", "$1") };
    }
}
