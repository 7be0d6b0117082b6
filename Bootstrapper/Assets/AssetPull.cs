// Longer than most files: the way of one file, from looking at what is there to publishing it, reads best without a break.
using System.Security.Cryptography.X509Certificates;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>
/// Fetches files into the asset folder: several at a time, resumed, verified, and each published only when it is proved to be what the manifest says.
/// </summary>
public sealed class AssetPull : IDisposable
{
    /// <summary>Most octets of a file whose size nobody states.</summary>
    private const long LargestFile = 16L << 30;

    private const int LargestIndex = 8 << 20;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly string folder;
    private readonly PullRequest request;
    private readonly IProgress<WorkProgress> progress;
    private readonly HttpClient http;
    private readonly Download download;
    private readonly SignatureFetch signatures;

    private AssetPull(string folder, PullRequest request, IProgress<WorkProgress> progress, TimeProvider time)
    {
        this.folder = folder;
        this.request = request;
        this.progress = progress;
        // Redirections are followed, never from https to http (the handler's own rule).
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout };
        if (request.Authorities is { } authorities)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestIndex };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("sextant");
        download = new Download(http, request.Patience, time);
        signatures = new SignatureFetch(folder, request.Manifest, download);
    }

    /// <summary>Fetches what is not there, or not as it should be. What was served before is served until its successor is proved good.</summary>
    /// <param name="folder">The asset folder; made when it is missing.</param>
    /// <param name="request">What to fetch.</param>
    /// <param name="progress">Told octets of each file.</param>
    /// <param name="time">The clock of pauses.</param>
    /// <param name="cancellation">Ends it; what arrived is kept for the next time.</param>
    public static async Task<PullResult> RunAsync(string folder, PullRequest request, IProgress<WorkProgress> progress, TimeProvider time, CancellationToken cancellation)
    {
        var full = Path.GetFullPath(folder);
        var staging = Path.Combine(full, PartialFile.FolderName);
        Durable.CreateFolder(staging);
        using var alone = FileLock.TryOwn(Path.Combine(staging, "lock"));
        if (alone is null) return new PullResult.CannotPull($"another pull is running in {full}");
        PartialFile.RemoveOthers(full, request.Manifest.Entries.Select(entry => entry.Path));
        using var pull = new AssetPull(full, request, progress, time);
        return await pull.RunAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<PullResult> RunAsync(CancellationToken cancellation)
    {
        AssetIndex? peer = null;
        if (request.From is not null)
        {
            try
            {
                peer = AssetIndex.Parse(await http.GetByteArrayAsync(PeerAddress(".index"), cancellation).WaitAsync(request.Patience.Silence, cancellation));
            }
            catch (Exception failure) when (failure is HttpRequestException or InvalidDataException or TimeoutException)
            {
                return new PullResult.CannotPull($"{PeerAddress(".index")} gives no list of files: {failure.InnerException?.Message ?? failure.Message}");
            }
        }
        var catalog = AssetFolder.Load(folder);
        var outcomes = new PullOutcome[request.Entries.Count];
        // Files of one Debian package are one piece of work, and so are a file and its signature.
        var work = request.Entries.Select((entry, at) => new Piece(entry, at, peer is null ? null : PeerOffer.Of(entry, peer, request.From!.Scheme == Uri.UriSchemeHttps)))
            .GroupBy(piece => piece switch
            {
                { Offer: null, Entry.Source: AssetSource.Package package } => $"package {package.From}",
                { Entry.Source: AssetSource.DetachedSignature signature } => "file " + signature.Of,
                _ => "file " + piece.Entry.Path,
            }, StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = request.Parallel, CancellationToken = cancellation };
        await Parallel.ForEachAsync(work, options, async (pieces, cancelled) =>
        {
            foreach (var piece in pieces) outcomes[piece.At] = await GuardAsync(piece, () => LookAsync(piece, catalog, cancelled));
            var absent = pieces.Where(piece => outcomes[piece.At] is Absent).ToList();
            if (absent.Count == 0) return;
            if (absent[0] is { Offer: null, Entry.Source: AssetSource.Package package })
            {
                var taken = await GuardAsync(absent[0], () => TakeAsync(package.From, absent, outcomes, cancelled));
                foreach (var piece in absent)
                    if (outcomes[piece.At] is Absent) outcomes[piece.At] = taken with { Path = piece.Entry.Path };
            }
            else
            {
                // The file comes before its signature, and brings it along when it comes from where the manifest says.
                foreach (var piece in absent.OrderBy(piece => piece.Entry.Source is AssetSource.DetachedSignature))
                    outcomes[piece.At] = await GuardAsync(piece, () => piece is { Offer: null, Entry.Source: AssetSource.DetachedSignature signature }
                        ? FetchSignatureAsync(piece.Entry, signature, cancelled)
                        : FetchAsync(piece, cancelled));
            }
        });
        return new PullResult.Done(outcomes);
    }

    /// <summary>What is there is good, cannot be fetched, or is <see cref="Absent"/>.</summary>
    private async Task<PullOutcome> LookAsync(Piece piece, AssetCatalog catalog, CancellationToken cancellation)
    {
        var (entry, _, offer) = piece;
        var standing = AssetStanding.Of(entry, catalog, folder, request.Recipes);
        var remark = standing.Remark ?? "it is not there";
        if (standing.File is { } file && (offer is PeerOffer.Good good ? good.Sha256.Hex == file.Sha256 : standing.State == AssetState.Present))
        {
            if (await Task.Run(() => VerifiedFiles.DigestOf(file.FullPath, DigestAlgorithm.Sha256), cancellation) == Digest.FromSha256Hex(file.Sha256))
            {
                progress.Report(new WorkProgress(entry.Path, file.Length, file.Length));
                return new PullOutcome.UpToDate(file);
            }
            remark = "its content is damaged";
        }
        return offer switch
        {
            PeerOffer.Refused refused => new PullOutcome.Failed(entry.Path, refused.Reason),
            null when entry.Source is AssetSource.Build or AssetSource.Local => new PullOutcome.MustBeBuilt(entry.Path, AssetFolder.CommandFor(entry), remark),
            _ => new Absent(entry.Path),
        };
    }

    private async Task<PullOutcome> FetchAsync(Piece piece, CancellationToken cancellation)
    {
        var (entry, _, offer) = piece;
        var part = PartialFile.Of(folder, entry.Path);
        var source = entry.Source as AssetSource.Download;
        var (url, size, sha256) = offer is PeerOffer.Good good
            ? (PeerAddress(entry.Path), entry.Size ?? good.File.Size, good.Sha256)
            : (source!.Url, entry.Size, source.Sha256);
        // Another bootstrapper's digest, over TLS, stands for the signature: that bootstrapper verified it.
        var signature = offer is null ? source!.Signature : null;
        var wanted = new DownloadRequest(url, part, size, sha256, size ?? LargestFile);
        var work = part.Path + ".work";
        try
        {
            for (var again = false; ; again = true)
            {
                // Complete it is only when it is published.
                var end = await download.FetchAsync(wanted, (done, total) => progress.Report(new WorkProgress(entry.Path, Math.Min(done, total - 1 ?? done), total)), cancellation);
                if (end is DownloadEnd.GivenUp givenUp) return new PullOutcome.Failed(entry.Path, givenUp.Reason);
                var fault = await Task.Run(() => FaultOf(part.Path, size, sha256), cancellation);
                if (fault is null && signature is not null)
                {
                    var (hindrance, badSignature) = await signatures.CheckAsync(signature, part.Path, work, cancellation);
                    if (hindrance is not null) return new PullOutcome.Failed(entry.Path, hindrance);
                    fault = badSignature;
                }
                if (fault is null) return await PublishAsync(entry, part, offer, signature is null ? null : SignatureFetch.PathIn(work), cancellation);
                part.Remove();
                // Parts of different attempts may not have been of one file. Once more, from the beginning.
                if (again || end is DownloadEnd.Arrived { Resumed: false }) return new PullOutcome.Failed(entry.Path, $"{url}: {fault}; nothing of it was kept");
            }
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>The signature of a file that is there: with the file itself unless somebody removed it, or took the file from elsewhere.</summary>
    private async Task<PullOutcome> FetchSignatureAsync(AssetEntry entry, AssetSource.DetachedSignature signature, CancellationToken cancellation)
    {
        var catalog = AssetFolder.Load(folder);
        if (catalog.Find(signature.Of) is not { } file) return new PullOutcome.Failed(entry.Path, $"{signature.Of}, which it is of, is not there");
        if (catalog.Find(entry.Path) is { } beside && VerifiedFiles.DigestOf(beside.FullPath, DigestAlgorithm.Sha256).Hex == beside.Sha256) return Published(entry.Path);
        var work = PartialFile.Of(folder, entry.Path).Path + ".work";
        try
        {
            var (hindrance, fault) = await signatures.CheckAsync(signature.Signed, file.FullPath, work, cancellation);
            if ((hindrance ?? fault) is { } reason) return new PullOutcome.Failed(entry.Path, fault is null ? reason : $"{signature.Signed.Url}: {signature.Of} is there, and {reason}");
            await AssetFolder.PublishAsync(folder, [Signature(entry.Path, SignatureFetch.PathIn(work), entry.Version)], cancellation);
            return Published(entry.Path);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    private static string? FaultOf(string path, long? size, Digest? sha256)
    {
        var length = new FileInfo(path).Length;
        if (size is { } expected && length != expected) return $"has {length} octets instead of {expected}";
        if (sha256 is not { } pinned) return null;
        var digest = VerifiedFiles.DigestOf(path, pinned.Algorithm);
        return digest == pinned ? null : $"is {digest} instead of the pinned {pinned}";
    }

    private async Task<PullOutcome> PublishAsync(AssetEntry entry, PartialFile part, PeerOffer? offer, string? signature, CancellationToken cancellation)
    {
        var (recipe, builtFrom, version, source) = offer is PeerOffer.Good { File: var peer }
            ? (peer.Recipe ?? "", peer.BuiltFrom ?? [], peer.Version, peer.Source)
            : ("", [], entry.Version, null);
        var file = new BuiltAsset(entry.Path, part.Path, recipe, builtFrom) { Version = version, Source = source };
        await AssetFolder.PublishAsync(
            folder, signature is null ? [file] : [file, Signature(entry.Path + AssetSource.DetachedSignature.Extension, signature, version)], cancellation);
        part.Remove();
        return Published(entry.Path);
    }

    private static BuiltAsset Signature(string path, string from, string? version) => new(path, from, "", new Dictionary<string, string>()) { Version = version };

    /// <summary>Takes the files of one package and publishes them together.</summary>
    private async Task<PullOutcome> TakeAsync(PackageOrigin package, List<Piece> pieces, PullOutcome[] outcomes, CancellationToken cancellation)
    {
        var work = Directory.CreateDirectory(Path.Combine(folder, PartialFile.FolderName, $"package-{package.Name}-{package.Architecture}")).FullName;
        try
        {
            var members = pieces.ToDictionary(piece => piece.Entry.Path, piece => ((AssetSource.Package)piece.Entry.Source).Member);
            // What is of another architecture than the host's comes out of a release's own lists, because the host's apt knows nothing of it.
            var release = package.Architecture is { } architecture ? new DebianRelease(DebianRelease.DefaultSuite, architecture, null) : null;
            var outcome = release is null
                ? await DebianPackage.TakeAsync(package.Name, [.. members.Values.Distinct()], work, OnStep, cancellation)
                : await DebianPackage.TakeAsync(package.Name, release, [.. members.Values.Distinct()], work, Path.Combine(work, "apt"), OnStep, cancellation);
            switch (outcome)
            {
                case PackageOutcome.Taken taken:
                    await AssetFolder.PublishAsync(folder, [.. pieces.Select(piece => new BuiltAsset(
                        piece.Entry.Path, taken.Files[members[piece.Entry.Path]], release?.RecipeOf(package.Name) ?? AssetBuild.PackageRecipe(package.Name),
                        new Dictionary<string, string> { [package.Name] = taken.Version })
                        { Version = taken.Version })], cancellation);
                    foreach (var piece in pieces) outcomes[piece.At] = Published(piece.Entry.Path);
                    return outcomes[pieces[0].At];
                case PackageOutcome.CannotTake cannot:
                    return new PullOutcome.Failed("", cannot.Reason);
                case PackageOutcome.Failed failed:
                    return new PullOutcome.Failed("", $"failed while {failed.Step}{string.Concat(failed.LastLines.TakeLast(3).Select(line => "; " + line))}");
                default:
                    throw new InvalidOperationException($"{outcome} is no end of taking a package");
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        void OnStep(string step, double share)
        {
            foreach (var piece in pieces) progress.Report(new WorkProgress(piece.Entry.Path, (long)(100 * share), 100));
        }
    }

    private PullOutcome.Fetched Published(string path)
    {
        var file = AssetFolder.Load(folder).Find(path) ?? throw new InvalidDataException($"{path} was published but is not served");
        progress.Report(new WorkProgress(path, file.Length, file.Length));
        return new PullOutcome.Fetched(file);
    }

    private Uri PeerAddress(string path) => new(request.From!.AbsoluteUri.TrimEnd('/') + "/assets/" + path);

    /// <summary>One file's trouble is not another's.</summary>
    private static async Task<PullOutcome> GuardAsync(Piece piece, Func<Task<PullOutcome>> work)
    {
        try
        {
            return await work();
        }
        catch (IOException failure) when (Durable.IsDiskFull(failure))
        {
            return new PullOutcome.Failed(piece.Entry.Path, $"the disk is full ({failure.Message}); what arrived is kept, make room and run the command again");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return new PullOutcome.Failed(piece.Entry.Path, failure.Message);
        }
    }

    private sealed record Piece(AssetEntry Entry, int At, PeerOffer? Offer);

    /// <summary>Not an end: it is to be fetched.</summary>
    private sealed record Absent(string Path) : PullOutcome(Path);
}
