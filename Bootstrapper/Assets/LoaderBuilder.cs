namespace Sextant.Assets;

/// <summary>
/// Takes every boot loader that the manifest has a Debian package for out of one Debian release: iPXE, and the signed shim and GRUB, each for its architecture.
/// They belong together: a shim starts the GRUB of its own distribution only, and revocations come with newer ones of both.
/// </summary>
public static class LoaderBuilder
{
    /// <summary>Builds into the asset folder; with <paramref name="ifMissing"/> only when one of them is not there or is of another release.</summary>
    /// <param name="folder">The asset folder.</param>
    /// <param name="suite">The Debian release.</param>
    /// <param name="mirror">Where its packages are; null takes the host's mirror.</param>
    /// <param name="ifMissing">Whether to leave what is there.</param>
    /// <param name="onProgress">Told what is being done.</param>
    /// <param name="cancellation">Ends it; nothing is changed then.</param>
    public static async Task<BuildOutcome> BuildAsync(
        string folder, string suite, string? mirror, bool ifMissing, Action<BuildProgress> onProgress, CancellationToken cancellation)
    {
        var packages = AssetManifest.Load(folder).Entries.Where(entry => entry is { Kind: AssetKind.Loader, Source: AssetSource.Package })
            .GroupBy(entry => ((AssetSource.Package)entry.Source).From).ToList();
        if (packages.Count == 0) return new BuildOutcome.CannotBuild($"{AssetManifest.FileName} of {folder} takes no boot loader out of a Debian package");
        if (ifMissing && packages.TrueForAll(package => AssetBuild.IsUpToDate(folder, package.Select(entry => entry.Path), Release(package.Key).RecipeOf(package.Key.Name))))
            return new BuildOutcome.UpToDate();
        using var build = AssetBuild.TryBegin(folder);
        if (build is null) return new BuildOutcome.CannotBuild($"another build is running in {folder}");
        var built = new List<BuiltAsset>();
        foreach (var (at, package) in packages.Index())
        {
            var work = Directory.CreateDirectory(Path.Combine(build.WorkFolder, $"{package.Key.Name}-{package.Key.Architecture}")).FullName;
            var release = Release(package.Key);
            var members = package.ToDictionary(entry => entry.Path, entry => ((AssetSource.Package)entry.Source).Member);
            switch (await DebianPackage.TakeAsync(package.Key.Name, release, [.. members.Values.Distinct()], work, Path.Combine(build.WorkFolder, $"apt-{release.Architecture}"),
                (step, share) => onProgress(new BuildProgress(step, 0.95 * (at + share) / packages.Count)), cancellation))
            {
                case PackageOutcome.Taken taken:
                    built.AddRange(package.Select(entry => new BuiltAsset(
                        entry.Path, taken.Files[members[entry.Path]], release.RecipeOf(package.Key.Name), new Dictionary<string, string> { [package.Key.Name] = taken.Version })
                    { Version = taken.Version }));
                    break;
                case PackageOutcome.CannotTake cannot:
                    return new BuildOutcome.CannotBuild(cannot.Reason);
                case PackageOutcome.Failed failed:
                    return new BuildOutcome.Failed(failed.Step, failed.LastLines);
                case var other:
                    throw new InvalidOperationException($"{other} is no end of taking a package");
            }
        }
        onProgress(new BuildProgress("publishing", 0.95));
        return build.Publish(built);

        DebianRelease Release(PackageOrigin package) => new(suite, package.Architecture ?? DebianRelease.DefaultArchitecture, mirror);
    }
}
