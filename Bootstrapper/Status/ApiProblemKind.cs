namespace Sextant.Status;

/// <summary>
/// Why the API refuses, one line a kind. A client goes by <see cref="Code"/>, which never changes its meaning; docs/api.md lists them.
/// </summary>
/// <param name="Code">The kind in one word for programs, <c>machine-unknown</c>.</param>
/// <param name="Status">The status code (RFC 9110 section 15).</param>
/// <param name="Title">The kind in words, the same for every answer of it.</param>
public sealed record ApiProblemKind(string Code, int Status, string Title)
{
    /// <summary>The request is no HTTP, or its body or query is not what is read here.</summary>
    public static readonly ApiProblemKind Malformed = new("malformed-request", StatusCodes.Status400BadRequest, "The request cannot be read");

    /// <summary>Only the operator may do it, and the request shows nothing.</summary>
    public static readonly ApiProblemKind CredentialsMissing = new("credentials-missing", StatusCodes.Status401Unauthorized, "Only the operator may do this");

    /// <summary>The token is not the one in force.</summary>
    public static readonly ApiProblemKind TokenWrong = new("token-wrong", StatusCodes.Status401Unauthorized, "The token is wrong");

    /// <summary>The session is over.</summary>
    public static readonly ApiProblemKind SessionEnded = new("session-ended", StatusCodes.Status401Unauthorized, "The session is over");

    /// <summary>The request came over a way on which the operator's word is not taken.</summary>
    public static readonly ApiProblemKind HttpsRequired = new("https-required", StatusCodes.Status403Forbidden, "The operator is believed over HTTPS and the Unix socket only");

    /// <summary>A page of another site made the browser send it.</summary>
    public static readonly ApiProblemKind CrossSite = new("cross-site", StatusCodes.Status403Forbidden, "The request is another site's");

    /// <summary>Nothing has this address.</summary>
    public static readonly ApiProblemKind NotFound = new("not-found", StatusCodes.Status404NotFound, "There is no such address");

    /// <summary>Neither the cluster description nor the records know the machine.</summary>
    public static readonly ApiProblemKind MachineUnknown = new("machine-unknown", StatusCodes.Status404NotFound, "The machine is not known");

    /// <summary>The address exists and takes other methods.</summary>
    public static readonly ApiProblemKind MethodNotAllowed = new("method-not-allowed", StatusCodes.Status405MethodNotAllowed, "The method is not one of this address");

    /// <summary>Too few healthy members would be left in etcd to decide.</summary>
    public static readonly ApiProblemKind EtcdQuorum = new("etcd-quorum", StatusCodes.Status409Conflict, "It would break etcd's quorum");

    /// <summary>Nothing would be left that knows of the cluster's etcd data.</summary>
    public static readonly ApiProblemKind LastEtcdData = new("last-etcd-data", StatusCodes.Status409Conflict, "It is the last machine that holds the cluster's etcd data");

    /// <summary>The cluster description names the machine.</summary>
    public static readonly ApiProblemKind InDescription = new("in-description", StatusCodes.Status409Conflict, "The machine is in the cluster description");

    /// <summary>The cluster description has no plan for the machine.</summary>
    public static readonly ApiProblemKind NotInDescription = new("not-in-description", StatusCodes.Status409Conflict, "The machine is not in the cluster description");

    /// <summary>There is no enrolment to approve.</summary>
    public static readonly ApiProblemKind NotEnrolling = new("not-enrolling", StatusCodes.Status409Conflict, "The machine is not enrolling");

    /// <summary>The machine has no management controller that could do it, as the description and its files are.</summary>
    public static readonly ApiProblemKind NoController = new("no-controller", StatusCodes.Status409Conflict, "The machine has no management controller for this");

    /// <summary>The body is larger than any that is read here.</summary>
    public static readonly ApiProblemKind TooLarge = new("too-large", StatusCodes.Status413PayloadTooLarge, "The body is too large");

    /// <summary>The body is not called JSON.</summary>
    public static readonly ApiProblemKind JsonRequired = new("json-required", StatusCodes.Status415UnsupportedMediaType, "The body has to be JSON");

    /// <summary>The body is not called YAML.</summary>
    public static readonly ApiProblemKind YamlRequired = new("yaml-required", StatusCodes.Status415UnsupportedMediaType, "The body has to be YAML");

    /// <summary>The cluster description has errors.</summary>
    public static readonly ApiProblemKind DescriptionInvalid = new("description-invalid", StatusCodes.Status422UnprocessableEntity, "The cluster description has errors");

    /// <summary>Too many tries, or changes, in a short time; Retry-After says when to ask again.</summary>
    public static readonly ApiProblemKind TooManyRequests = new("too-many-requests", StatusCodes.Status429TooManyRequests, "Too many requests");

    /// <summary>The service failed; its log has the reason.</summary>
    public static readonly ApiProblemKind Failed = new("failed", StatusCodes.Status500InternalServerError, "The service failed");

    /// <summary>The machine's management controller does not answer, or not as it should.</summary>
    public static readonly ApiProblemKind ControllerFailed = new("controller-failed", StatusCodes.Status502BadGateway, "The machine's management controller did not do it");

    /// <summary>Every kind, by status.</summary>
    public static IReadOnlyList<ApiProblemKind> All { get; } =
    [
        Malformed, CredentialsMissing, TokenWrong, SessionEnded, HttpsRequired, CrossSite, NotFound, MachineUnknown, MethodNotAllowed, EtcdQuorum, LastEtcdData, InDescription,
        NotInDescription, NotEnrolling, NoController, TooLarge, JsonRequired, YamlRequired, DescriptionInvalid, TooManyRequests, Failed, ControllerFailed,
    ];

    /// <summary>The address of the kind, relative to the service (RFC 9457 section 3.1.1). It identifies, and nothing is served there.</summary>
    public string Type => $"/problems/{Code}";

    /// <summary>The kind of a failure that only its status is known of: what the server itself refuses before any route is asked.</summary>
    public static ApiProblemKind OfStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => NotFound,
        StatusCodes.Status405MethodNotAllowed => MethodNotAllowed,
        StatusCodes.Status413PayloadTooLarge => TooLarge,
        >= StatusCodes.Status500InternalServerError => Failed,
        _ => Malformed with { Status = status },
    };
}
