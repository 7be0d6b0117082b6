using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary><c>GET /v2/{name}/referrers/{digest}</c> (end-12): the manifests about a manifest, as an image index; an empty one where there are none.</summary>
public sealed class ReferrerEndpoint(RegistryService service)
{
    /// <summary>Answers one request.</summary>
    public async Task<RegistryError?> ServeAsync(HttpContext context, RepositoryName name, string text)
    {
        if (!Digest.TryParse(text, out var subject)) return RegistryError.DigestInvalid(text);
        var query = context.Request.Query;
        var type = query["artifactType"] is [{ Length: > 0 } wanted] ? wanted : null;
        var after = query["last"] is [{ } last] ? last : null;
        var page = ReferrerPage.Of(await service.Store.ReferrersAsync(name, subject, context.RequestAborted), type, after, ManifestDocument.MaximumLength);
        if (type is not null) context.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        if (page.Last is { } next)
        {
            var filter = type is null ? "" : $"artifactType={Uri.EscapeDataString(type)}&";
            context.Response.Headers.Link = $"</v2/{name}/referrers/{subject}?{filter}last={next}>; rel=\"next\"";
        }
        await Paging.WriteJsonAsync(context, MediaTypes.OciIndex, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", MediaTypes.OciIndex);
            json.WriteStartArray("manifests");
            foreach (var referrer in page.Referrers) json.WriteRawValue(referrer.Json.Span, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        return null;
    }
}

/// <summary>As many referrers as one index holds, and behind which the next index begins.</summary>
/// <param name="Referrers">The part of the list.</param>
/// <param name="Last">The last digest of this part; null when nothing follows.</param>
public sealed record ReferrerPage(IReadOnlyList<ReferrerDescriptor> Referrers, Digest? Last)
{
    /// <summary>Cuts the list; one descriptor at least is in every part.</summary>
    /// <param name="all">In the order of their digests.</param>
    /// <param name="artifactType">Only those of this type; null for all.</param>
    /// <param name="after">Only those behind this digest; null for all.</param>
    /// <param name="limit">Octets of descriptors in one part, at most.</param>
    public static ReferrerPage Of(IEnumerable<ReferrerDescriptor> all, string? artifactType, string? after, long limit)
    {
        var part = new List<ReferrerDescriptor>();
        long octets = 0;
        foreach (var referrer in all)
        {
            if (artifactType is not null && referrer.ArtifactType != artifactType || after is not null && string.CompareOrdinal(referrer.Digest.ToString(), after) <= 0) continue;
            octets += referrer.Json.Length + 1;
            if (octets > limit && part.Count > 0) return new ReferrerPage(part, part[^1].Digest);
            part.Add(referrer);
        }
        return new ReferrerPage(part, null);
    }
}
