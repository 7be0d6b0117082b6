using System.Security.Cryptography;
using System.Text;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Registry;

/// <summary>
/// The registry's content on disk: each blob once by digest, and what each repository has of them. Every change is one rename, after the content is on
/// disk; a crash at any moment leaves the earlier state or the new one, and temporary files that the next collection removes. Safe for use by several
/// threads and several processes at once: a command line may load images while the service answers.
/// </summary>
/// <remarks>Longer than other files: every change of the folder is here, so that the order of links, contents and tags can be read in one place.</remarks>
public sealed class RegistryStore
{
    internal const string UploadLockSuffix = ".lock";

    private readonly RegistryPaths paths;
    private readonly VerifiedFiles files;

    private RegistryStore(RegistryPaths paths, VerifiedFiles files) => (this.paths, this.files) = (paths, files);

    /// <summary>The folder.</summary>
    public string Folder => paths.Root;

    internal RegistryPaths Paths => paths;

    internal VerifiedFiles Verified => files;

    /// <summary>Opens the folder and makes it when it is missing.</summary>
    /// <param name="folder">The folder, <c>{state}/registry</c>.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static RegistryStore Open(string folder)
    {
        var paths = new RegistryPaths(folder);
        foreach (var path in (string[])[paths.Root, paths.Blobs, paths.Uploads, paths.Repositories]) Durable.CreateFolder(path);
        return new RegistryStore(paths, new VerifiedFiles());
    }

    /// <summary>Opens a blob that the repository has.</summary>
    /// <returns>The verified content; absent when the repository does not have it; corrupt when its file is damaged.</returns>
    public async Task<VerifiedFile> OpenBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellation) =>
        HasBlob(repository, digest) ? await OpenBlobAsync(digest, cancellation) : new VerifiedFile.Absent();

    /// <summary>Opens a blob, whichever repository has it.</summary>
    public Task<VerifiedFile> OpenBlobAsync(Digest digest, CancellationToken cancellation) => files.OpenAsync(paths.Blob(digest), digest, cancellation);

    /// <summary>Whether the repository has the blob; says nothing of the file's content. A manifest is one of its repository's blobs, too.</summary>
    public bool HasBlob(RepositoryName repository, Digest digest) =>
        (File.Exists(paths.BlobLink(repository, digest)) || File.Exists(paths.ManifestLink(repository, digest))) && File.Exists(paths.Blob(digest));

    /// <summary>
    /// Promises the blob to somebody who will push a manifest that needs it: it is good, and no collection removes it for as long as its grace lasts.
    /// </summary>
    /// <returns>False when the repository does not have it, or its file is damaged: it must be pushed (again).</returns>
    public async Task<bool> PromiseBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellation)
    {
        using var shared = await FileLock.ShareAsync(paths.Lock, cancellation);
        if (!HasBlob(repository, digest) || !await IsGoodAsync(digest, cancellation)) return false;
        if (File.Exists(paths.BlobLink(repository, digest))) File.SetLastWriteTimeUtc(paths.BlobLink(repository, digest), DateTime.UtcNow);
        return true;
    }

    /// <summary>Begins an upload under a name nobody can guess.</summary>
    public BlobUpload BeginUpload(RepositoryName repository) =>
        ResumeUpload(repository, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), mayBegin: true)!;

    /// <summary>Begins, or resumes where it broke off, the upload of a blob that is known beforehand: another process may have had part of it.</summary>
    /// <returns>Null when somebody else is at it now.</returns>
    public BlobUpload? BeginUpload(RepositoryName repository, Digest expected) =>
        ResumeUpload(repository, $"{expected.AlgorithmName}-{expected.Hex}", mayBegin: true);

    /// <summary>
    /// Begins the upload of a blob whose repository is not known yet: nobody has it until one mounts it, and a collection removes it after its grace.
    /// </summary>
    /// <param name="expected">The digest, when it is known beforehand: what another process had of it is still there.</param>
    /// <returns>Null when somebody else is at it now.</returns>
    public BlobUpload? BeginLooseUpload(Digest? expected)
    {
        var id = expected is { } digest ? $"{digest.AlgorithmName}-{digest.Hex}" : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        return ResumeUpload(default, id, mayBegin: true, isLoose: true);
    }

    /// <summary>Resumes an upload.</summary>
    /// <param name="repository">The repository it was begun for.</param>
    /// <param name="id">Its name.</param>
    /// <returns>Null when there is none of that name or somebody else is at it now.</returns>
    public BlobUpload? ResumeUpload(RepositoryName repository, string id) => ResumeUpload(repository, id, mayBegin: false);

    /// <summary>Whether there is such an upload, held by somebody or not.</summary>
    public bool HasUpload(string id) => IsUploadName(id) && File.Exists(paths.Upload(id));

    /// <summary>Gives a repository a blob that another one has.</summary>
    /// <param name="to">Who gets it.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="from">Who has it; null for whoever has it.</param>
    /// <param name="cancellation">Ends the wait for a collection of garbage.</param>
    /// <returns>False when it is not there, or damaged.</returns>
    public async Task<bool> MountBlobAsync(RepositoryName to, Digest digest, RepositoryName? from, CancellationToken cancellation)
    {
        using var shared = await FileLock.ShareAsync(paths.Lock, cancellation);
        if (from is { } source && !HasBlob(source, digest) || !await IsGoodAsync(digest, cancellation)) return false;
        Link(to, digest);
        return true;
    }

    /// <summary>Removes a blob from a repository. Its content goes with the next collection, if nobody else has it.</summary>
    /// <returns>False when the repository does not have it.</returns>
    public bool DeleteBlob(RepositoryName repository, Digest digest)
    {
        var link = paths.BlobLink(repository, digest);
        if (!File.Exists(link)) return false;
        Remove(link);
        return true;
    }

    /// <summary>The digest a tag points at; null when there is no such tag.</summary>
    public Digest? FindTag(RepositoryName repository, TagName tag) => ReadText(paths.Tag(repository, tag)) is { } text && Digest.TryParse(text, out var digest) ? digest : null;

    /// <summary>Whether the tag points at a manifest of its repository; damaged ones do not.</summary>
    internal bool LeadsSomewhere(RepositoryName repository, TagName tag) => FindTag(repository, tag) is { } target && HasManifest(repository, target);

    /// <summary>Opens a manifest.</summary>
    public async Task<OpenedManifest> OpenManifestAsync(RepositoryName repository, ManifestReference reference, CancellationToken cancellation)
    {
        var digest = reference switch
        {
            ManifestReference.ByTag(var tag) => FindTag(repository, tag),
            ManifestReference.ByDigest(var named) => named,
            _ => throw new InvalidOperationException($"no lookup for {reference}"),
        };
        if (digest is not { } found || ReadOctets(paths.ManifestLink(repository, found)) is not { } link) return new OpenedManifest.Absent();
        if (!ManifestLink.TryRead(link, out var mediaType)) return new OpenedManifest.Corrupt(found, paths.ManifestLink(repository, found));
        return await OpenBlobAsync(found, cancellation) switch
        {
            VerifiedFile.Good good => new OpenedManifest.Good(found, mediaType, good),
            VerifiedFile.Corrupt corrupt => new OpenedManifest.Corrupt(found, corrupt.Path),
            VerifiedFile.Absent => new OpenedManifest.Absent(),
            var other => throw new InvalidOperationException($"no manifest for {other}"),
        };
    }

    /// <summary>A manifest with its content.</summary>
    /// <returns>Null when the repository has none by that reference, or its file is damaged.</returns>
    public async Task<StoredManifest?> FindManifestAsync(RepositoryName repository, ManifestReference reference, CancellationToken cancellation)
    {
        if (await OpenManifestAsync(repository, reference, cancellation) is not OpenedManifest.Good(var digest, var mediaType, var file)) return null;
        using (file.Handle)
        {
            var content = new byte[file.Length];
            for (var read = 0; read < content.Length;)
            {
                var more = await RandomAccess.ReadAsync(file.Handle, content.AsMemory(read), read, cancellation);
                if (more == 0) throw new IOException($"{paths.Blob(digest)} became shorter while it was read");
                read += more;
            }
            return new StoredManifest(digest, mediaType, content);
        }
    }

    /// <summary>Stores a manifest and points tags at it. All blobs it needs must be in the repository; manifests it lists need not be.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="content">The manifest, at most <see cref="ManifestDocument.MaximumLength"/> octets; kept as it is.</param>
    /// <param name="contentType">What the sender calls it, without parameters; null when it says nothing.</param>
    /// <param name="algorithm">The algorithm of its digest.</param>
    /// <param name="tags">Tags to point at it, replacing what they pointed at.</param>
    /// <param name="cancellation">Ends the wait for a collection of garbage.</param>
    /// <exception cref="IOException">The disk does not take it; what was there before is untouched, except tags that point at it already.</exception>
    public async Task<ManifestPut> PutManifestAsync(
        RepositoryName repository, ReadOnlyMemory<byte> content, string? contentType, DigestAlgorithm algorithm, IReadOnlyList<TagName> tags, CancellationToken cancellation)
    {
        if (content.Length > ManifestDocument.MaximumLength) return new ManifestPut.Invalid($"has {content.Length} octets, more than {ManifestDocument.MaximumLength}");
        if (!ManifestDocument.TryParse(content, contentType, out var document, out var problem)) return new ManifestPut.Invalid(problem);
        var digest = Digest.Of(algorithm, content.Span);
        using var shared = await FileLock.ShareAsync(paths.Lock, cancellation);
        var missing = document.Blobs.Where(blob => !blob.IsElsewhere && !HasBlob(repository, blob.Digest)).Select(blob => blob.Digest).Distinct().ToArray();
        if (missing.Length > 0) return new ManifestPut.BlobsMissing(missing);

        if (!await IsGoodAsync(digest, cancellation))
        {
            Durable.CreateFolder(Path.GetDirectoryName(paths.Blob(digest))!);
            Durable.Write(paths.Blob(digest), content.Span);
        }
        // The referrer is listed before the manifest is there: a listed one that is missing is left out when the list is read, the other way round it would be lost.
        if (document.Subject is { } subject) Put(paths.Referrer(repository, subject.Digest, digest), []);
        Put(paths.ManifestLink(repository, digest), ManifestLink.Of(contentType ?? document.MediaType));
        foreach (var tag in tags) Put(paths.Tag(repository, tag), Encoding.ASCII.GetBytes(digest.ToString()));
        return new ManifestPut.Stored(digest, document.Subject?.Digest);
    }

    /// <summary>Whether the repository has the manifest; says nothing of its content.</summary>
    public bool HasManifest(RepositoryName repository, Digest digest) => File.Exists(paths.ManifestLink(repository, digest));

    /// <summary>Removes a tag; the manifest stays.</summary>
    /// <returns>False when there is no such tag.</returns>
    public bool DeleteTag(RepositoryName repository, TagName tag)
    {
        if (!File.Exists(paths.Tag(repository, tag))) return false;
        Remove(paths.Tag(repository, tag));
        return true;
    }

    /// <summary>Removes a manifest and the tags that point at it.</summary>
    /// <returns>False when the repository does not have it.</returns>
    public async Task<bool> DeleteManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellation)
    {
        if (!HasManifest(repository, digest)) return false;
        var manifest = await FindManifestAsync(repository, new ManifestReference.ByDigest(digest), cancellation);
        foreach (var tag in Tags(repository))
            if (FindTag(repository, tag) == digest) DeleteTag(repository, tag);
        Remove(paths.ManifestLink(repository, digest));
        if (manifest is not null && ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var document, out _)
            && document.Subject is { } subject && File.Exists(paths.Referrer(repository, subject.Digest, digest)))
            Remove(paths.Referrer(repository, subject.Digest, digest));
        return true;
    }

    /// <summary>Whether the repository exists: it has, or had, a manifest.</summary>
    public bool HasRepository(RepositoryName repository) => Directory.Exists(paths.ManifestLinks(repository));

    /// <summary>Every repository, in the order of their names.</summary>
    public IReadOnlyList<RepositoryName> Repositories() => paths.AllRepositories();

    /// <summary>The repository's tags in ordinal order.</summary>
    public IReadOnlyList<TagName> Tags(RepositoryName repository) =>
        [.. RegistryPaths.Files(paths.Tags(repository)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal).Select(TagName.Parse)];

    /// <summary>The digests of the repository's manifests.</summary>
    public IReadOnlyList<Digest> Manifests(RepositoryName repository) => [.. RegistryPaths.DigestsIn(paths.ManifestLinks(repository)).Select(one => one.Digest).Order()];

    /// <summary>What the manifests about a manifest say of themselves, in the order of their digests. Damaged ones are left out.</summary>
    public async Task<IReadOnlyList<ReferrerDescriptor>> ReferrersAsync(RepositoryName repository, Digest subject, CancellationToken cancellation)
    {
        var found = new List<ReferrerDescriptor>();
        foreach (var (digest, _) in paths.ReferrersOf(repository, subject).OrderBy(one => one.Digest))
            if (await FindManifestAsync(repository, new ManifestReference.ByDigest(digest), cancellation) is { } manifest
                && ManifestDocument.TryParse(manifest.Content, manifest.MediaType, out var document, out _))
                found.Add(ReferrerDescriptor.Of(document, digest, manifest.Content.Length));
        return found;
    }

    /// <summary>Makes a finished file a blob, of a repository unless that is null; the file is gone afterwards.</summary>
    internal async Task AdoptAsync(string path, RepositoryName? repository, Digest digest, CancellationToken cancellation)
    {
        using var shared = await FileLock.ShareAsync(paths.Lock, cancellation);
        var blob = paths.Blob(digest);
        Durable.CreateFolder(Path.GetDirectoryName(blob)!);
        // The link first: without the content it means nothing, and a disk that has no room for it must leave the upload as it is.
        if (repository is { } owner) Link(owner, digest);
        if (await IsGoodAsync(digest, cancellation)) File.Delete(path);
        else Durable.Rename(path, blob);
    }

    private async Task<bool> IsGoodAsync(Digest digest, CancellationToken cancellation)
    {
        if (await OpenBlobAsync(digest, cancellation) is not VerifiedFile.Good good) return false;
        good.Handle.Dispose();
        return true;
    }

    private void Link(RepositoryName repository, Digest digest) => Put(paths.BlobLink(repository, digest), []);

    private BlobUpload? ResumeUpload(RepositoryName repository, string id, bool mayBegin, bool isLoose = false)
    {
        if (!IsUploadName(id) || !mayBegin && !File.Exists(paths.Upload(id))) return null;
        if (FileLock.TryOwn(paths.Upload(id) + UploadLockSuffix) is not { } held) return null;
        if (mayBegin || File.Exists(paths.Upload(id))) return new BlobUpload(this, repository, id, paths.Upload(id), held) { IsLoose = isLoose };
        held.Dispose(); // it ended between the two looks
        return null;
    }

    private static bool IsUploadName(string id) => id.Length is > 0 and <= 140 && id.All(character => char.IsAsciiLetterOrDigit(character) || character == '-');

    private static void Put(string path, ReadOnlySpan<byte> content)
    {
        Durable.CreateFolder(Path.GetDirectoryName(path)!);
        Durable.Write(path, content);
    }

    private static void Remove(string path)
    {
        File.Delete(path);
        Durable.FlushFolder(Path.GetDirectoryName(path)!);
    }

    private static string? ReadText(string path) => ReadOctets(path) is { } octets ? Encoding.UTF8.GetString(octets) : null;

    private static byte[]? ReadOctets(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
