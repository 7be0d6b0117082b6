namespace Sextant.Registry;

/// <summary><c>GET /v2/{name}/tags/list</c> (end-8).</summary>
public sealed class TagEndpoint(RegistryService service)
{
    /// <summary>Answers one request.</summary>
    public Task<RegistryError?> ServeAsync(HttpContext context, RepositoryName name) => service.Store.HasRepository(name)
        ? Paging.ServeAsync(context, $"/v2/{name}/tags/list", service.Store.Tags(name).Select(tag => tag.ToString()), "tags", name.ToString())
        : Task.FromResult<RegistryError?>(RegistryError.NameUnknown(name));
}
