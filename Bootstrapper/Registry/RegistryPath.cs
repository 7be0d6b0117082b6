namespace Sextant.Registry;

/// <summary>
/// What a path under <c>/v2/</c> means (OCI distribution specification, "Endpoints"). Names of repositories contain slashes and may contain the words
/// of the endpoints, so a path is read from its right end. Names, digests and tags are kept as they came: whoever answers says what is wrong with them.
/// </summary>
public abstract record RegistryPath
{
    private RegistryPath() { }

    /// <summary><c>/v2/</c>: does this speak the protocol, and who am I?</summary>
    public sealed record Base : RegistryPath;

    /// <summary><c>/v2/token</c>: where credentials become a token.</summary>
    public sealed record Token : RegistryPath;

    /// <summary><c>/v2/_catalog</c>: the repositories.</summary>
    public sealed record Catalog : RegistryPath;

    /// <summary><c>/v2/{name}/blobs/{digest}</c></summary>
    public sealed record Blob(string Name, string Digest) : RegistryPath;

    /// <summary><c>/v2/{name}/blobs/uploads/</c>, with or without the last slash.</summary>
    public sealed record Uploads(string Name) : RegistryPath;

    /// <summary><c>/v2/{name}/blobs/uploads/{id}</c></summary>
    public sealed record Upload(string Name, string Id) : RegistryPath;

    /// <summary><c>/v2/{name}/manifests/{tag or digest}</c></summary>
    public sealed record Manifest(string Name, string Reference) : RegistryPath;

    /// <summary><c>/v2/{name}/tags/list</c></summary>
    public sealed record Tags(string Name) : RegistryPath;

    /// <summary><c>/v2/{name}/referrers/{digest}</c></summary>
    public sealed record Referrers(string Name, string Digest) : RegistryPath;

    /// <summary>Nothing of the protocol.</summary>
    public sealed record Unknown : RegistryPath;

    /// <summary>Reads a decoded path.</summary>
    /// <param name="path">With the leading slash, without the query.</param>
    public static RegistryPath Parse(string path)
    {
        var parts = path.Split('/');
        if (parts.Length < 2 || parts[0].Length > 0 || parts[1] != "v2") return new Unknown();
        return parts[2..] switch
        {
            [] or [""] => new Base(),
            ["token"] => new Token(),
            ["_catalog"] => new Catalog(),
            [.. var name, "manifests", var reference] when name.Length > 0 => new Manifest(Join(name), reference),
            [.. var name, "tags", "list"] when name.Length > 0 => new Tags(Join(name)),
            [.. var name, "referrers", var digest] when name.Length > 0 => new Referrers(Join(name), digest),
            [.. var name, "blobs", "uploads"] when name.Length > 0 => new Uploads(Join(name)),
            [.. var name, "blobs", "uploads", ""] when name.Length > 0 => new Uploads(Join(name)),
            [.. var name, "blobs", "uploads", var id] when name.Length > 0 => new Upload(Join(name), id),
            [.. var name, "blobs", var digest] when name.Length > 0 => new Blob(Join(name), digest),
            _ => new Unknown(),
        };
    }

    private static string Join(string[] name) => string.Join('/', name);
}
