using Sextant.Primitives;

namespace Sextant.Status;

/// <summary>Why a request was not carried out: problem details (RFC 9457), with members of our own.</summary>
/// <param name="Type">The kind's address, <c>/problems/machine-unknown</c>.</param>
/// <param name="Title">The kind in words.</param>
/// <param name="Status">The status code.</param>
/// <param name="Detail">What was found and what to do, one or two sentences.</param>
/// <param name="Instance">The path that was asked.</param>
/// <param name="Code">The kind for programs; the last segment of <paramref name="Type"/>.</param>
public sealed record ApiProblem(string Type, string Title, int Status, string Detail, string Instance, string Code)
{
    /// <summary>The media type (RFC 9457 section 6.1).</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>The machine it is about; null where it is about none.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Whether the same request with <c>force</c> would be carried out; null where nothing can be forced.</summary>
    public bool? Forcible { get; init; }

    /// <summary>What is wrong with what was sent, one line each; null where it is nothing that was sent.</summary>
    public IReadOnlyList<string>? Problems { get; init; }

    /// <summary>The problem of one request.</summary>
    public static ApiProblem Of(ApiProblemKind kind, string detail, HttpRequest request) => new(kind.Type, kind.Title, kind.Status, detail, request.Path.Value ?? "/", kind.Code);
}
