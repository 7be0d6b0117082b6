using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>
/// Where things lie in a registry's folder. The file system is the only truth: nothing is cached, and any number of processes may work in it.
/// </summary>
/// <remarks>
/// <code>
/// lock, lock.gate                                   shared by those who link content, alone by the collection of garbage
/// blobs/sha256/ab/abcd…                             each content once, named by its digest; read-only
/// uploads/{id}                                      what has arrived of a blob
/// repositories/{name}/_blobs/sha256/abcd…           empty: the repository has the blob; its time is when it was last promised to somebody
/// repositories/{name}/_manifests/sha256/abcd…       the manifest's media type, and the digest of that text
/// repositories/{name}/_tags/{tag}                   the manifest's digest
/// repositories/{name}/_referrers/sha256/{subject}/sha256-{digest}   empty: this manifest is about that one
/// </code>
/// No component of a repository's name begins with an underscore, and no tag with a dot, which begins temporary names.
/// </remarks>
internal sealed class RegistryPaths(string root)
{
    public string Root { get; } = Path.GetFullPath(root);
    public string Lock => Path.Combine(Root, "lock");
    public string Blobs => Path.Combine(Root, "blobs");
    public string Uploads => Path.Combine(Root, "uploads");
    public string Repositories => Path.Combine(Root, "repositories");

    public string Blob(Digest digest) => Path.Combine(Blobs, digest.AlgorithmName, digest.Hex[..2], digest.Hex);
    public string Upload(string id) => Path.Combine(Uploads, id);
    public string Repository(RepositoryName name) => Path.Combine(Repositories, name.ToString());
    public string BlobLinks(RepositoryName name) => Path.Combine(Repository(name), "_blobs");
    public string BlobLink(RepositoryName name, Digest digest) => Path.Combine(BlobLinks(name), digest.AlgorithmName, digest.Hex);
    public string ManifestLinks(RepositoryName name) => Path.Combine(Repository(name), "_manifests");
    public string ManifestLink(RepositoryName name, Digest digest) => Path.Combine(ManifestLinks(name), digest.AlgorithmName, digest.Hex);
    public string Tags(RepositoryName name) => Path.Combine(Repository(name), "_tags");
    public string Tag(RepositoryName name, TagName tag) => Path.Combine(Tags(name), tag.ToString());
    public string Referrers(RepositoryName name, Digest subject) => Path.Combine(Repository(name), "_referrers", subject.AlgorithmName, subject.Hex);
    public string Referrer(RepositoryName name, Digest subject, Digest referrer) => Path.Combine(Referrers(name, subject), $"{referrer.AlgorithmName}-{referrer.Hex}");

    /// <summary>The manifests that are about one, with the files that say so.</summary>
    public IEnumerable<(Digest Digest, string Path)> ReferrersOf(RepositoryName name, Digest subject) => ReferrersIn(Referrers(name, subject));

    /// <summary>Every manifest of a repository that is about another one, with the file that says so.</summary>
    public IEnumerable<(Digest Digest, string Path)> AllReferrers(RepositoryName name) =>
        Folders(Path.Combine(Repository(name), "_referrers")).SelectMany(Folders).SelectMany(ReferrersIn);

    private static IEnumerable<(Digest Digest, string Path)> ReferrersIn(string folder)
    {
        foreach (var file in Files(folder))
            if (Path.GetFileName(file).Split('-', 2) is [var algorithm, var hex] && Digest.TryParse($"{algorithm}:{hex}", out var digest)) yield return (digest, file);
    }

    /// <summary>The digests that a folder of folders by algorithm names, with the files that carry them.</summary>
    public static IEnumerable<(Digest Digest, string Path)> DigestsIn(string folder)
    {
        foreach (var algorithm in Folders(folder))
            foreach (var file in Files(algorithm))
                if (Digest.TryParse($"{Path.GetFileName(algorithm)}:{Path.GetFileName(file)}", out var digest)) yield return (digest, file);
    }

    /// <summary>Every blob there is.</summary>
    public IEnumerable<(Digest Digest, string Path)> AllBlobs()
    {
        foreach (var algorithm in Folders(Blobs))
            foreach (var prefix in Folders(algorithm))
                foreach (var file in Files(prefix))
                    if (Digest.TryParse($"{Path.GetFileName(algorithm)}:{Path.GetFileName(file)}", out var digest)) yield return (digest, file);
    }

    /// <summary>Every repository, in the order of their names.</summary>
    public IReadOnlyList<RepositoryName> AllRepositories()
    {
        var found = new List<RepositoryName>();
        Walk(Repositories, "");
        found.Sort();
        return found;

        void Walk(string folder, string name)
        {
            foreach (var child in Folders(folder))
            {
                var part = Path.GetFileName(child);
                if (part == "_manifests")
                {
                    if (RepositoryName.TryParse(name, out var repository)) found.Add(repository);
                }
                else if (part[0] != '_') Walk(child, name.Length == 0 ? part : $"{name}/{part}");
            }
        }
    }

    /// <summary>The files of a folder; none when there is no such folder, or somebody removes it meanwhile.</summary>
    public static IEnumerable<string> Files(string folder) => Names(folder, Directory.GetFiles).Where(path => Path.GetFileName(path)[0] != '.');

    private static string[] Folders(string folder) => Names(folder, Directory.GetDirectories);

    private static string[] Names(string folder, Func<string, string[]> list)
    {
        try
        {
            return list(folder);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
