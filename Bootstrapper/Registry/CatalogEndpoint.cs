namespace Sextant.Registry;

/// <summary><c>GET /v2/_catalog</c>: every repository. Not of the OCI specification, but of its ancestor, and people look for it.</summary>
public sealed class CatalogEndpoint(RegistryService service)
{
    /// <summary>Answers one request.</summary>
    public Task<RegistryError?> ServeAsync(HttpContext context) =>
        Paging.ServeAsync(context, "/v2/_catalog", service.Store.Repositories().Select(name => name.ToString()), "repositories", name: null);
}
