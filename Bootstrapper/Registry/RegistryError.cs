using System.Text.Encodings.Web;
using System.Text.Json;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>A refusal in the specification's form (OCI distribution specification, "Error codes"): a status, and what is wrong and what to do.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">One of the specification's codes.</param>
/// <param name="Message">For people.</param>
/// <param name="Details">What it is about, one error for each; none makes one error without detail.</param>
public sealed record RegistryError(int Status, string Code, string Message, params IReadOnlyList<string> Details)
{
    private const int LongestQuote = 200;

    /// <summary>People read these with curl; nobody puts them into a page.</summary>
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>400: not a name of a repository.</summary>
    public static RegistryError NameInvalid(string name) => new(StatusCodes.Status400BadRequest, "NAME_INVALID",
        $"'{Quote(name)}' is not a repository's name. Names are lower-case letters and digits, with '.', '_' or '-' between them, in parts separated by '/'.");

    /// <summary>404: no such repository.</summary>
    public static RegistryError NameUnknown(RepositoryName name) => new(StatusCodes.Status404NotFound, "NAME_UNKNOWN",
        $"There is no repository {name} here. 'sextant images list' and /v2/_catalog say which there are.", name.ToString());

    /// <summary>400: not a digest.</summary>
    public static RegistryError DigestInvalid(string? text) => new(StatusCodes.Status400BadRequest, "DIGEST_INVALID",
        text is null
            ? "The request needs ?digest=, the digest of the whole blob."
            : $"'{Quote(text)}' is not a digest this registry knows: it takes sha256: with 64 and sha512: with 128 lower-case hexadecimal digits.");

    /// <summary>400: the content has another digest.</summary>
    public static RegistryError DigestDiffers(Digest expected, Digest actual) => new(StatusCodes.Status400BadRequest, "DIGEST_INVALID",
        $"What arrived is {actual}, not {expected}: it was damaged on its way or is another content. Send it again.", expected.ToString());

    /// <summary>404: the repository does not have the blob.</summary>
    public static RegistryError BlobUnknown(RepositoryName name, string digest) => new(StatusCodes.Status404NotFound, "BLOB_UNKNOWN",
        $"{name} has no blob {Quote(digest)}. Push the image, or load it with 'sextant images load'.", Quote(digest));

    /// <summary>404: the copy here is damaged.</summary>
    public static RegistryError Damaged(string code, RepositoryName name, Digest digest) => new(StatusCodes.Status404NotFound, code,
        $"The copy of {digest} in {name} is damaged on this registry's disk and is not served. Push or load the image again; 'sextant images verify' lists all damage.", digest.ToString());

    /// <summary>404: no such manifest.</summary>
    public static RegistryError ManifestUnknown(RepositoryName name, string reference) => new(StatusCodes.Status404NotFound, "MANIFEST_UNKNOWN",
        $"{name} has no manifest {Quote(reference)}. Push the image, or load it with 'sextant images load'.", Quote(reference));

    /// <summary>400: not a manifest.</summary>
    /// <param name="problem">The rest of a sentence about the manifest.</param>
    public static RegistryError ManifestInvalid(string problem) => new(StatusCodes.Status400BadRequest, "MANIFEST_INVALID", $"The manifest {problem}.");

    /// <summary>413: a manifest larger than any.</summary>
    public static RegistryError ManifestTooLarge() => new(StatusCodes.Status413PayloadTooLarge, "SIZE_INVALID",
        $"A manifest has at most {ManifestDocument.MaximumLength} octets. Content belongs into blobs.");

    /// <summary>400: blobs the manifest needs are missing.</summary>
    public static RegistryError BlobsMissing(RepositoryName name, IReadOnlyList<Digest> missing) => new(StatusCodes.Status400BadRequest, "MANIFEST_BLOB_UNKNOWN",
        $"{name} does not have a blob that the manifest needs. Push the blobs first, then the manifest.", [.. missing.Select(digest => digest.ToString())]);

    /// <summary>404: no such upload.</summary>
    public static RegistryError UploadUnknown(string id) => new(StatusCodes.Status404NotFound, "BLOB_UPLOAD_UNKNOWN",
        $"There is no upload {Quote(id)}: it ended, or was given up and cleared away. Begin a new one with POST …/blobs/uploads/.", Quote(id));

    /// <summary>409: somebody else sends to this upload now.</summary>
    public static RegistryError UploadBusy(string id) => new(StatusCodes.Status409Conflict, "BLOB_UPLOAD_INVALID",
        $"Another request is sending to the upload {Quote(id)}. Wait for its end, then ask with GET how much has arrived.", Quote(id));

    /// <summary>400: a <c>Content-Range</c> that is none.</summary>
    public static RegistryError RangeInvalid(string range) => new(StatusCodes.Status400BadRequest, "BLOB_UPLOAD_INVALID",
        $"Content-Range '{Quote(range)}' is not of the form FIRST-LAST.");

    /// <summary>416: not the next chunk.</summary>
    public static RegistryError OutOfOrder(long arrived, long first) => new(StatusCodes.Status416RangeNotSatisfiable, "BLOB_UPLOAD_INVALID",
        $"{arrived} octets have arrived, so the next chunk begins at {arrived} and not at {first}. The header Range says what is here; go on behind it.");

    /// <summary>400: the body is shorter or longer than was said.</summary>
    public static RegistryError SizeInvalid(string message) => new(StatusCodes.Status400BadRequest, "SIZE_INVALID", message);

    /// <summary>416: a range outside the blob.</summary>
    public static RegistryError RangeOutside(Digest digest, long length) => new(StatusCodes.Status416RangeNotSatisfiable, "SIZE_INVALID",
        $"{digest} has {length} octets; the range lies outside.", digest.ToString());

    /// <summary>401: who are you?</summary>
    public static RegistryError Unauthorized(string message) => new(StatusCodes.Status401Unauthorized, "UNAUTHORIZED", message);

    /// <summary>403: who you are does not suffice.</summary>
    public static RegistryError Denied(string message) => new(StatusCodes.Status403Forbidden, "DENIED", message);

    /// <summary>503: more long transfers wait for their turn than this registry remembers.</summary>
    public static RegistryError TooManyTransfers() => new(StatusCodes.Status503ServiceUnavailable, "TOOMANYREQUESTS",
        "Too many machines wait for a transfer already. The header Retry-After says when to ask again.");

    /// <summary>405: not done here.</summary>
    public static RegistryError NotAllowed(string method) => new(StatusCodes.Status405MethodNotAllowed, "UNSUPPORTED",
        $"{Quote(method)} is not done here; the header Allow says what is.");

    /// <summary>507: no room.</summary>
    /// <param name="free">Octets that are free where the registry lies.</param>
    public static RegistryError DiskFull(long free) => new(StatusCodes.Status507InsufficientStorage, "DENIED",
        $"The registry's disk is full: {free >> 20} MiB are free. 'sextant images gc' on the bootstrapper removes what no image needs; then push again, nothing that was answered is lost.");

    /// <summary>Any other refusal, by its status.</summary>
    public static RegistryError Of(int status, string message) => new(status, status switch
    {
        StatusCodes.Status404NotFound => "NAME_UNKNOWN",
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status414UriTooLong => "SIZE_INVALID",
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => "TOOMANYREQUESTS",
        _ => "UNSUPPORTED",
    }, message);

    /// <summary>Answers with it. HEAD gets the headers only.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var body = ToJson();
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>The body: <c>{"errors":[{"code":…,"message":…,"detail":…}]}</c>.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteStartArray("errors");
            foreach (var detail in Details.Count == 0 ? [null] : Details.Cast<string?>())
            {
                json.WriteStartObject();
                json.WriteString("code", Code);
                json.WriteString("message", Message);
                if (detail is not null) json.WriteString("detail", detail);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>What a peer sent, short enough to be told back. JSON takes care of its characters, except for halves of them.</summary>
    private static string Quote(string text) => text.Length <= LongestQuote ? text : text[..LongestQuote];
}
