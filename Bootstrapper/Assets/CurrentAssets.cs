using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>What opening an asset gave.</summary>
public abstract record AssetOpening
{
    private AssetOpening() { }

    /// <summary>Its content has the digest of the index.</summary>
    /// <param name="File">What the catalogue says of it.</param>
    /// <param name="Handle">Open for reading; whoever receives it disposes it.</param>
    public sealed record Good(AssetFile File, SafeFileHandle Handle) : AssetOpening;

    /// <summary>The catalogue has no such file.</summary>
    public sealed record Unknown : AssetOpening;

    /// <summary>The catalogue has it, and what lies there is something else or nothing. It must not be served.</summary>
    /// <param name="File">What the catalogue says of it.</param>
    /// <param name="Problem">What is wrong and what to do about it, for the operator.</param>
    public sealed record Damaged(AssetFile File, string Problem) : AssetOpening;
}

/// <summary>
/// Holds the catalogue in force, and opens its files: only those whose content has the digest the index says (<see cref="VerifiedFiles"/>). Builds, pulls
/// and loaded bundles replace the index, and <see cref="Refresh"/> takes it up whole. Safe for use by several threads.
/// </summary>
public sealed partial class CurrentAssets
{
    private readonly string folder;
    private readonly VerifiedFiles files;
    private readonly ILogger<CurrentAssets> log;
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, Damage> damaged = new(StringComparer.Ordinal);
    private volatile AssetCatalog value;
    private (FileStamp? Index, FileStamp? Manifest, FileStamp? Local) seen;

    /// <summary>Reads the folder.</summary>
    public CurrentAssets(string folder, VerifiedFiles files, ILogger<CurrentAssets> log)
    {
        (this.folder, this.files, this.log) = (folder, files, log);
        seen = Stamps();
        value = AssetFolder.Load(folder);
    }

    /// <summary>The catalogue in force. Readers take it once per request.</summary>
    public AssetCatalog Value => value;

    /// <summary>What cannot be served and why, one line each: what the catalogue says, then what was found damaged when it was opened.</summary>
    public IReadOnlyList<string> Problems =>
        [.. value.Problems.Select(problem => $"asset {problem}"), .. damaged.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"asset {one.Value.Problem}")];

    /// <summary>
    /// What machines fetch besides files of the catalogue: a key of the manifest, in ASCII armour, under the name of its file; and under
    /// <c>flatcar/current/version.txt</c> which version of Flatcar is the newest here. Null when the path is neither.
    /// </summary>
    public string? TextOf(string path) =>
        value.Keys.FirstOrDefault(key => key.File == path) is { } key ? AssetManifest.LoadKey(folder, key) : FlatcarMirror.VersionText(value, path);

    /// <summary>Opens a file of the catalogue. The first time after the start or after a change it is read from end to end.</summary>
    /// <param name="path">Its path in the catalogue.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public async Task<AssetOpening> OpenAsync(string path, CancellationToken cancellation)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            if (value.Find(path) is not { } file) return new AssetOpening.Unknown();
            switch (await files.OpenAsync(file.FullPath, Digest.FromSha256Hex(file.Sha256), cancellation))
            {
                case VerifiedFile.Good good:
                    if (damaged.TryRemove(path, out _)) LogRepaired(path);
                    return new AssetOpening.Good(file, good.Handle);
                case VerifiedFile.Absent or VerifiedFile.Corrupt when isFirst && Refresh():
                    break; // it was replaced this moment, and its index with it
                case VerifiedFile.Absent:
                    return Damaged(file, "is missing");
                case VerifiedFile.Corrupt:
                    return Damaged(file, "has another content than its digest says");
                case var other:
                    throw new InvalidOperationException($"no opening for {other}");
            }
        }
    }

    /// <summary>
    /// Reads the folder again when its index or manifest changed, or when something was wrong with it. An index or manifest that cannot be read changes
    /// nothing but the problems shown.
    /// </summary>
    /// <returns>True when another catalogue, or other problems, are in force now.</returns>
    public bool Refresh()
    {
        lock (gate)
        {
            var stamps = Stamps();
            if (stamps == seen && value.Problems.Count == 0) return false;
            var fresh = AssetFolder.Load(folder);
            seen = stamps;
            if (fresh.Problems.Any(problem => problem.Path is AssetIndex.FileName or AssetManifest.FileName or LocalManifest.FileName))
                fresh = new AssetCatalog(value.Files) { Keys = value.Keys, Problems = [.. fresh.Problems, new AssetProblem(folder, "the files known before stay in force until this is right")] };
            if (fresh.Files.SequenceEqual(value.Files) && fresh.Problems.SequenceEqual(value.Problems) && fresh.Keys.SequenceEqual(value.Keys)) return false;
            value = fresh;
            foreach (var path in damaged.Keys)
                if (fresh.Find(path) is null) damaged.TryRemove(path, out _);
            return true;
        }
    }

    /// <summary>Opens every file of the catalogue once, one after the other, so that no machine has to wait for it and what is damaged is known.</summary>
    public async Task VerifyAllAsync(CancellationToken cancellation)
    {
        foreach (var file in value.Files) await LookAsync(file.Path, cancellation);
    }

    /// <summary>Opens once more what was found damaged: somebody may have put it right.</summary>
    public async Task VerifyDamagedAsync(CancellationToken cancellation)
    {
        foreach (var path in damaged.Keys) await LookAsync(path, cancellation);
    }

    private async Task LookAsync(string path, CancellationToken cancellation)
    {
        try
        {
            if (await OpenAsync(path, cancellation) is AssetOpening.Good good) good.Handle.Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (value.Find(path) is { } file) Damaged(file, $"cannot be read ({failure.Message})");
        }
    }

    private AssetOpening.Damaged Damaged(AssetFile file, string what)
    {
        var problem = $"{file.Path}: {what}; run 'sextant assets verify', then pull or build it again ({file.FullPath})";
        var damage = new Damage(problem, StampOf(file.FullPath));
        var isKnown = damaged.TryGetValue(file.Path, out var known) && known == damage;
        damaged[file.Path] = damage;
        if (!isKnown) LogDamaged(problem);
        return new AssetOpening.Damaged(file, problem);
    }

    private (FileStamp? Index, FileStamp? Manifest, FileStamp? Local) Stamps() =>
        (StampOf(Path.Combine(folder, AssetIndex.FileName)), StampOf(Path.Combine(folder, AssetManifest.FileName)), StampOf(Path.Combine(folder, LocalManifest.FileName)));

    private static FileStamp? StampOf(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            return FileStamp.Of(handle);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Damage(string Problem, FileStamp? Stamp);

    [LoggerMessage(EventId = 1430, Level = LogLevel.Error, Message = "not served: asset {Problem}")]
    private partial void LogDamaged(string problem);

    [LoggerMessage(EventId = 1431, Level = LogLevel.Information, Message = "asset {Path} is right again and served")]
    private partial void LogRepaired(string path);
}
