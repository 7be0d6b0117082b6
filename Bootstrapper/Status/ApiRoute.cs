using System.Text.Json.Serialization.Metadata;

namespace Sextant.Status;

/// <summary>Whom a route of the API answers.</summary>
public enum ApiAccess
{
    /// <summary>Whoever reaches the service.</summary>
    Anyone,

    /// <summary>Who may look at the status page: whoever reaches the service, or the operator alone, as the description says.</summary>
    Reader,

    /// <summary>The operator: over the Unix socket, or over HTTPS with the token or a session.</summary>
    Operator,
}

/// <summary>
/// One route of the API. What is served and what the OpenAPI document says come from the same line, so that the two cannot differ.
/// </summary>
/// <param name="Method"><c>GET</c>, <c>POST</c> or <c>DELETE</c>. What answers GET answers HEAD, except a stream.</param>
/// <param name="Path">Below <see cref="ApiRoutes.Root"/>, <c>/nodes/{mac}</c>.</param>
/// <param name="Name">The operation's name for programs, unique: <c>node</c>.</param>
/// <param name="Access">Whom it answers.</param>
/// <param name="Summary">What it is for, one sentence.</param>
/// <param name="Serve">Answers a request of somebody who may ask.</param>
public sealed record ApiRoute(string Method, string Path, string Name, ApiAccess Access, string Summary, RequestDelegate Serve)
{
    /// <summary>What its path has in the place of a machine.</summary>
    public const string MacSegment = "{mac}";

    /// <summary>The JSON it reads; null when it reads none.</summary>
    public JsonTypeInfo? Body { get; init; }

    /// <summary>Whether it may be asked without a body though it reads one.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>The media type of what it reads.</summary>
    public string BodyType { get; init; } = "application/json";

    /// <summary>The JSON it answers; null when it answers something else, or nothing.</summary>
    public JsonTypeInfo? Answer { get; init; }

    /// <summary>The media type of an answer; null when it answers nothing (204).</summary>
    public string? MediaType { get; init; } = "application/json";

    /// <summary>What may be asked in the query.</summary>
    public IReadOnlyList<ApiParameter> Query { get; init; } = [];

    /// <summary>Why it refuses, besides what every route of its access refuses for.</summary>
    public IReadOnlyList<ApiProblemKind> Problems { get; init; } = [];

    /// <summary>Whether a request may change something.</summary>
    public bool IsChange => Method != HttpMethods.Get;

    /// <summary>The methods it takes.</summary>
    public IEnumerable<string> Methods => IsChange || MediaType == EventsEndpoint.MediaType ? [Method] : [Method, HttpMethods.Head];
}

/// <summary>A whole number in a query.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Default">Without it.</param>
/// <param name="Largest">At most; 1 at least.</param>
public sealed record ApiParameter(string Name, string Description, int Default, int Largest);
