namespace Sextant.Assets;

/// <summary>Takes the network boot loaders out of Debian's ipxe package: the installed one, else the current one of the host's mirror.</summary>
public static class IpxeBuilder
{
    private const string Package = "ipxe";

    private static readonly string[] Loaders = ["undionly.kpxe", "snponly.efi"];
    private static readonly string Recipe = AssetBuild.PackageRecipe(Package);

    /// <summary>Builds into the asset folder; with <paramref name="ifMissing"/> only what is not there.</summary>
    public static async Task<BuildOutcome> BuildAsync(string folder, bool ifMissing, Action<BuildProgress> onProgress, CancellationToken cancellation)
    {
        if (ifMissing && AssetBuild.IsUpToDate(folder, Loaders, Recipe)) return new BuildOutcome.UpToDate();
        using var build = AssetBuild.TryBegin(folder);
        if (build is null) return new BuildOutcome.CannotBuild($"another build is running in {folder}");
        var members = Loaders.ToDictionary(loader => loader, loader => $"usr/lib/ipxe/{loader}");
        switch (await DebianPackage.TakeAsync(Package, members.Values, build.WorkFolder, (step, share) => onProgress(new BuildProgress(step, share)), cancellation))
        {
            case PackageOutcome.Taken taken:
                onProgress(new BuildProgress("publishing", 0.9));
                return build.Publish([.. Loaders.Select(loader => new BuiltAsset(
                    loader, taken.Files[members[loader]], Recipe, new Dictionary<string, string> { [Package] = taken.Version }) { Version = taken.Version })]);
            case PackageOutcome.CannotTake cannot:
                return new BuildOutcome.CannotBuild(cannot.Reason);
            case PackageOutcome.Failed failed:
                return new BuildOutcome.Failed(failed.Step, failed.LastLines);
            case var other:
                throw new InvalidOperationException($"{other} is no end of taking a package");
        }
    }
}
