using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sextant.Status;

/// <summary>The OpenAPI 3.1 document of the API, made from the table of its routes and the contracts of their values.</summary>
public static class ApiDocument
{
    /// <summary>What everything for the operator refuses for.</summary>
    private static readonly ApiProblemKind[] GateProblems =
        [ApiProblemKind.CredentialsMissing, ApiProblemKind.TokenWrong, ApiProblemKind.SessionEnded, ApiProblemKind.HttpsRequired, ApiProblemKind.TooManyRequests];

    /// <summary>What every change by the operator refuses for, besides.</summary>
    private static readonly ApiProblemKind[] ChangeProblems = [ApiProblemKind.CrossSite, ApiProblemKind.JsonRequired];

    /// <summary>The document as JSON.</summary>
    public static byte[] Of(IReadOnlyList<ApiRoute> routes)
    {
        var schemas = new ApiSchemas();
        schemas.Of(StatusJson.Default.ApiProblem);
        var paths = new JsonObject();
        foreach (var path in routes.GroupBy(route => route.Path))
            paths[ApiRoutes.Root + path.Key] = new JsonObject(path.Select(route => KeyValuePair.Create(route.Method.ToLowerInvariant(), (JsonNode?)Operation(route, schemas))));
        var document = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Sextant",
                ["version"] = typeof(ApiDocument).Assembly.GetName().Version!.ToString(3),
                ["summary"] = "What the bootstrapper knows of its machines, and what the operator does to them.",
                ["description"] = "Whoever asks over the operator's Unix socket is the operator without any proof.",
                ["license"] = new JsonObject { ["name"] = "Apache License 2.0", ["identifier"] = "Apache-2.0" },
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.Components,
                ["parameters"] = new JsonObject { ["mac"] = Mac() },
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "The operator's token, over HTTPS." },
                    ["session"] = new JsonObject
                    {
                        ["type"] = "apiKey", ["in"] = "cookie", ["name"] = OperatorGate.Cookie, ["description"] = "A session that was begun with the token, over HTTPS and from the service's own page.",
                    },
                },
            },
        };
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) document.WriteTo(writer);
        return stream.ToArray();
    }

    private static JsonObject Operation(ApiRoute route, ApiSchemas schemas)
    {
        var operation = new JsonObject { ["operationId"] = route.Name, ["summary"] = route.Summary };
        JsonNode[] parameters = [.. route.Path.Contains(ApiRoute.MacSegment, StringComparison.Ordinal) ? [new JsonObject { ["$ref"] = "#/components/parameters/mac" }] : (JsonNode[])[], .. route.Query.Select(Parameter)];
        if (parameters.Length > 0) operation["parameters"] = new JsonArray(parameters);
        if (route.Body is not null || route.BodyType != "application/json")
        {
            var body = Content(route.BodyType, route.Body is { } type ? schemas.Of(type) : new JsonObject());
            body["required"] = !route.MayBeEmpty;
            operation["requestBody"] = body;
        }
        operation["responses"] = Responses(route, schemas);
        if (route.Access is not ApiAccess.Anyone) operation["security"] = Security(route.Access);
        return operation;
    }

    /// <summary>What has to be shown, in other words one of these; an empty one is nothing.</summary>
    private static JsonArray Security(ApiAccess access) =>
    [
        .. access is ApiAccess.Reader ? [new JsonObject()] : (JsonObject[])[],
        new JsonObject { ["token"] = new JsonArray() },
        new JsonObject { ["session"] = new JsonArray() },
    ];

    private static JsonObject Responses(ApiRoute route, ApiSchemas schemas)
    {
        var done = route.MediaType is { } mediaType ? Content(mediaType, route.Answer is { } answer ? schemas.Of(answer) : new JsonObject()) : [];
        done["description"] = "Done.";
        var responses = new JsonObject { [route.MediaType is null ? "204" : "200"] = done };
        ApiProblemKind[] problems =
        [
            .. route.Problems,
            .. route.Access is not ApiAccess.Anyone ? GateProblems : [],
            .. route is { Access: ApiAccess.Operator, IsChange: true } ? ChangeProblems : [],
            .. route.Path.Contains(ApiRoute.MacSegment, StringComparison.Ordinal) ? (ApiProblemKind[])[ApiProblemKind.MachineUnknown] : [],
            ApiProblemKind.Failed,
        ];
        foreach (var status in problems.GroupBy(problem => problem.Status).OrderBy(group => group.Key))
        {
            var refused = Content(ApiProblem.MediaType, schemas.Of(StatusJson.Default.ApiProblem));
            refused["description"] = string.Join("; ", status.Select(problem => $"{problem.Code}: {problem.Title}"));
            responses[status.Key.ToString(System.Globalization.CultureInfo.InvariantCulture)] = refused;
        }
        return responses;
    }

    private static JsonObject Content(string mediaType, JsonNode schema) => new() { ["content"] = new JsonObject { [mediaType] = new JsonObject { ["schema"] = schema } } };

    private static JsonNode Parameter(ApiParameter parameter) => new JsonObject
    {
        ["name"] = parameter.Name, ["in"] = "query", ["description"] = parameter.Description,
        ["schema"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = parameter.Largest, ["default"] = parameter.Default },
    };

    private static JsonObject Mac() => new()
    {
        ["name"] = "mac", ["in"] = "path", ["required"] = true, ["description"] = "The machine's MAC address, with colons or hyphens.",
        ["schema"] = new JsonObject { ["type"] = "string" }, ["example"] = "52-54-00-00-00-01",
    };
}
