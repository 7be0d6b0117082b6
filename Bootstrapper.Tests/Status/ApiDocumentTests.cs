using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Status;
using Sextant.Tests.Cluster;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

/// <summary>The OpenAPI document says what is served, and what is served is as the document says.</summary>
[TestFixture]
public sealed partial class ApiDocumentTests
{
    private ServedAppliance appliance = null!;
    private JsonNode document = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        appliance = await ServedAppliance.StartAsync();
        document = JsonNode.Parse(await appliance.Client("127.0.0.99").GetStringAsync($"{appliance.HttpBase}/api/v1/openapi.json"))!;
        await appliance.EnrolAsync(1);
        await appliance.LeaseAsync(9);
        await appliance.Machines.RecordAsync(new EtcdHealthChanged(ServedAppliance.Mac(1), appliance.Time.GetUtcNow(), true, ""));
        await appliance.Machines.RecordAsync(new AssetProgress(ServedAppliance.Mac(1), appliance.Time.GetUtcNow(), "debian/vmlinuz", 5, 10));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
    }

    [Test]
    public void Every_route_below_the_root_is_in_the_document_and_nothing_else()
    {
        var served = from endpoint in appliance.Endpoints
                     let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
                     where path.StartsWith(ApiRoutes.Root, StringComparison.Ordinal)
                     from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                     where method != "HEAD"
                     select $"{method} {path}";
        var told = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"));
        Assert.That(told, Is.EquivalentTo(served));
    }

    [Test]
    public void Every_operation_has_a_name_of_its_own_and_says_what_it_is_for()
    {
        var operations = Operations().ToList();
        Assert.That(operations.Select(operation => operation["operationId"]!.GetValue<string>()), Is.Unique);
        Assert.That(operations.Select(operation => operation["summary"]!.GetValue<string>()), Is.All.EndsWith("."));
    }

    [Test]
    public void Every_reference_points_to_something()
    {
        foreach (var reference in Reference().Matches(document.ToJsonString()).Select(match => match.Groups[1].Value))
            Assert.That(reference.Split('/').Aggregate((JsonNode?)document, (node, name) => node?[name]), Is.Not.Null, reference);
    }

    private static IEnumerable<string> Paths() =>
        [
            "/cluster", "/nodes", "/nodes/52-54-00-00-00-01", "/nodes/52-54-00-00-00-02", "/nodes/52-54-00-00-00-09", "/nodes/52-54-00-00-00-01/trace", "/history", "/health", "/transfers", "/leases", "/zone", "/assets", "/registry",
            "/session", "/audit?limit=5",
        ];

    [TestCaseSource(nameof(Paths))]
    public async Task An_answer_is_as_the_document_says(string path)
    {
        using var answer = await appliance.Operator().GetAsync($"http://sextant/api/v1{path}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Faults(await answer.Content.ReadAsStringAsync(), SchemaOf("get", path, 200)), Is.Empty);
    }

    [Test]
    public void Every_answer_in_JSON_was_tried()
    {
        var tried = Paths().Select(Templated).ToHashSet(StringComparer.Ordinal);
        var json = document["paths"]!.AsObject().Where(path => path.Value!["get"]?["responses"]!["200"]!["content"]!["application/json"]?["schema"]!.AsObject().Count > 0).Select(path => path.Key[ApiRoutes.Root.Length..]);
        Assert.That(json.Except(["/nodes/{mac}/power"]), Is.SubsetOf(tried), "no machine here has a management controller to answer");
    }

    [TestCase("get", "/nodes/52-54-00-00-00-77", 404)]
    [TestCase("post", "/nodes/52-54-00-00-00-77/hold", 404)]
    [TestCase("post", "/nodes/52-54-00-00-00-01/forget", 409)]
    [TestCase("get", "/nodes/52-54-00-00-00-01/power", 409)]
    [TestCase("get", "/nodes/52-54-00-00-00-01/log?lines=0", 400)]
    [TestCase("get", "/audit?limit=no", 400)]
    public async Task A_refusal_is_as_the_document_says(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://sextant/api/v1{path}");
        using var answer = await appliance.Operator().SendAsync(request);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo(ApiProblem.MediaType));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(Faults(text, SchemaOf(method, path, status)), Is.Empty);
        using var problem = JsonDocument.Parse(text);
        var kind = ApiProblemKind.All.Single(kind => kind.Code == problem.RootElement.GetProperty("code").GetString());
        Assert.That((problem.RootElement.GetProperty("type").GetString(), problem.RootElement.GetProperty("status").GetInt32(), problem.RootElement.GetProperty("title").GetString()),
            Is.EqualTo((kind.Type, status, kind.Title)));
        Assert.That(problem.RootElement.GetProperty("instance").GetString(), Is.EqualTo("/api/v1" + path.Split('?')[0]));
    }

    [TestCase("GET", "/api/v1/nothing", 404, "not-found")]
    [TestCase("PUT", "/api/v1/cluster", 405, "method-not-allowed")]
    [TestCase("GET", "/nothing", 404, null)]
    public async Task What_no_route_answers_is_a_problem_below_the_root_and_plain_text_elsewhere(string method, string path, int status, string? code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), appliance.HttpBase + path);
        using var answer = await appliance.Client("127.0.0.99").SendAsync(request);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo(code is null ? "text/plain" : ApiProblem.MediaType));
        if (code is not null) Assert.That(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!.GetValue<string>(), Is.EqualTo(code));
    }

    [Test]
    public void Codes_are_unique_and_made_for_programs()
    {
        Assert.That(ApiProblemKind.All.Select(kind => kind.Code), Is.Unique.And.All.Match("^[a-z]+(-[a-z]+)*$"));
        Assert.That(ApiProblemKind.All.Select(kind => kind.Status), Is.All.InRange(400, 599));
    }

    private IEnumerable<JsonNode> Operations() => document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => operation.Value!));

    private JsonNode SchemaOf(string method, string path, int status) =>
        document["paths"]![ApiRoutes.Root + Templated(path)]![method]!["responses"]![$"{status}"]!["content"]!.AsObject().Single().Value!["schema"]!;

    /// <summary>What the schema refuses; a member that it does not name is refused, too, though clients are to pass it over.</summary>
    private IReadOnlyList<string> Faults(string json, JsonNode schema)
    {
        var strict = document.DeepClone();
        foreach (var component in strict["components"]!["schemas"]!.AsObject()) component.Value!["additionalProperties"] = false;
        return JsonSchemaCheck.Faults(JsonNode.Parse(json), schema, strict);
    }

    private static string Templated(string path) => Mac().Replace(path.Split('?')[0], ApiRoute.MacSegment);

    [GeneratedRegex("52-54-00-00-00-[0-9]{2}")]
    private static partial Regex Mac();

    [GeneratedRegex("\"\\$ref\":\"#/([^\"]*)\"")]
    private static partial Regex Reference();
}
