using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Status;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

/// <summary>
/// The table of docs/security.md, row by row over the wire: every address that is served, asked by everybody whom it tells apart. Machines 1 and 2 are being installed; for
/// <c>/enroll/</c> machine 1 is installed, and everybody shows its ticket; for <c>/node/</c> both are enrolled, and show their own certificates. A second table says
/// what is different where only the operator may look.
/// </summary>
[TestFixture]
public sealed partial class AccessTableTests
{
    private const string Document = "docs/security.md";
    private const string Title = "| request | stranger, HTTP | stranger, HTTPS | another machine | the machine | operator, HTTPS | Unix socket |";
    private const string Stranger = "127.0.0.99";

    [TestCaseSource(nameof(Rows))]
    public async Task Everybody_is_answered_as_the_table_says(AccessRow row)
    {
        foreach (var request in row.Requests)
        {
            await using var appliance = await ServedAppliance.StartAsync(ServedAppliance.Cluster() with { Status = new StatusDescription(row.Readers) });
            Assert.That(await AnswersAsync(appliance, request), Is.EqualTo(row.Statuses), request);
            Assert.That(appliance.Failures, Is.Empty, request);
        }
    }

    [Test]
    public async Task Every_address_that_is_served_is_in_the_table_once()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var served = from endpoint in appliance.Endpoints
                     let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
                     from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                     where method != "HEAD"
                     select $"{method} {Placeholder().Replace(path, match => match.Groups[1].Value.ToUpperInvariant())}";
        Assert.That(Requests(StatusReaders.Anyone), Is.EquivalentTo(served.Select(request => PageFile().Replace(request, "/page/NAME")).Distinct()));
    }

    [Test]
    public async Task What_only_the_operator_may_look_at_is_what_the_second_table_says()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var forReaders = appliance.Part<ApiRoutes>().All.Where(route => route.Access is ApiAccess.Reader)
            .Select(route => $"{route.Method} {ApiRoutes.Root}{Placeholder().Replace(route.Path, match => match.Groups[1].Value.ToUpperInvariant())}");
        Assert.That(Requests(StatusReaders.Operator), Is.EquivalentTo(forReaders.Append("GET /metrics")));
    }

    private static IEnumerable<string> Requests(StatusReaders readers) => Rows().Where(row => row.Readers == readers).SelectMany(row => row.Requests);

    private static IEnumerable<AccessRow> Rows()
    {
        var tables = Repository.Read(Document).Split(Title + '\n');
        return RowsOf(tables[1], StatusReaders.Anyone).Concat(RowsOf(tables[2], StatusReaders.Operator));
    }

    private static IEnumerable<AccessRow> RowsOf(string table, StatusReaders readers) =>
        table.Split('\n').Skip(1).TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|')).Select(cells => new AccessRow(
            readers, [.. Request().Matches(cells[1]).Select(match => match.Groups[1].Value)], string.Join(' ', cells[2..^1].Select(cell => cell.Trim()))));

    /// <summary>The statuses, in the table's order.</summary>
    private static async Task<string> AnswersAsync(ServedAppliance appliance, string request)
    {
        var (method, path) = (request.Split(' ')[0], request.Split(' ')[1]);
        var ticket = "";
        if (path.StartsWith("/enroll/", StringComparison.Ordinal))
        {
            ticket = await appliance.InstallAsync(1);
            await appliance.LeaseAsync(2);
        }
        else if (path.StartsWith("/node/", StringComparison.Ordinal))
        {
            foreach (var number in new[] { 1, 2 }) await appliance.EnrolAsync(number);
        }
        else
        {
            foreach (var number in new[] { 1, 2 }) await appliance.BeginInstallAsync(number);
        }
        // A machine does in the clear what it does before it has certificates.
        var asMachine = path.StartsWith("/enroll/", StringComparison.Ordinal) || path.StartsWith("/node/", StringComparison.Ordinal) ? appliance.HttpsBase : appliance.HttpBase;
        var statuses = new List<int>
        {
            await AskAsync(appliance.Client(Stranger), appliance.HttpBase, ""),
            await AskAsync(appliance.Client(Stranger), appliance.HttpsBase, ""),
            await AskAsync(appliance.CertifiedClient(2), asMachine, ""),
            await AskAsync(appliance.CertifiedClient(1), asMachine, ""),
            await AskAsync(appliance.Client(Stranger), appliance.HttpsBase, appliance.OperatorToken),
            await AskAsync(appliance.Operator(), "http://sextant", ""),
        };
        return string.Join(' ', statuses);

        async Task<int> AskAsync(HttpClient client, string to, string token)
        {
            using var message = new HttpRequestMessage(new HttpMethod(method), to + Concrete(path)) { Content = method == "POST" ? BodyOf(path, token) : null };
            if (token.Length + ticket.Length > 0) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Length > 0 ? token : ticket);
            using var answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
            return (int)answer.StatusCode;
        }
    }

    /// <summary>An address of that form which exists.</summary>
    private static string Concrete(string path) => path
        .Replace("/pxelinux.cfg/NAME", $"/pxelinux.cfg/01-{ServedAppliance.Mac(1).ToHyphenString()}", StringComparison.Ordinal)
        .Replace("/page/NAME", "/page/main.js", StringComparison.Ordinal)
        .Replace("MAC", ServedAppliance.Mac(1).ToHyphenString(), StringComparison.Ordinal)
        .Replace("NAME", "machine", StringComparison.Ordinal)
        .Replace("PATH", "debian/vmlinuz", StringComparison.Ordinal);

    /// <summary>What is sent there, as it should be sent.</summary>
    private static HttpContent BodyOf(string path, string token) => path switch
    {
        "/api/v1/session" => Json($$"""{"token":"{{token}}"}"""),
        "/api/v1/plan" => new StringContent(Repository.Read("cluster-desc.example.yaml"), Encoding.UTF8, "application/yaml"),
        "/api/v1/nodes/MAC/power" => Json("""{"action":"on"}"""),
        "/boot/MAC/report" => new FormUrlEncodedContent([new("stage", "installing"), new("detail", "/dev/vda")]),
        "/boot/MAC/log" => new StringContent("a line\n", Encoding.UTF8, "text/plain"),
        _ when path.StartsWith("/api/", StringComparison.Ordinal) => Json("{}"),
        _ => new StringContent(CertificateRequest(), Encoding.ASCII, "application/pkcs10"),
    };

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string CertificateRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=machine", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    [GeneratedRegex(@"`([A-Z]+ /[^`]*)`")]
    private static partial Regex Request();

    [GeneratedRegex(@"\{\**(\w+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"/page/[^/]+$")]
    private static partial Regex PageFile();

    /// <summary>A row: requests that are answered alike, and with what.</summary>
    public sealed record AccessRow(StatusReaders Readers, IReadOnlyList<string> Requests, string Statuses)
    {
        public override string ToString() =>
            (Requests.Count == 1 ? Requests[0] : $"{Requests[0]} and {Requests.Count - 1} more") + (Readers is StatusReaders.Operator ? ", for the operator alone" : "");
    }
}
