namespace Sextant.Assets;

/// <summary>Takes the network boot loaders out of Debian's ipxe package: the installed one, else the current one of the host's mirror.</summary>
public static class IpxeBuilder
{
    private static readonly string[] Loaders = ["undionly.kpxe", "snponly.efi"];
    private static readonly string Recipe = AssetBuild.RecipeOf(["debian:ipxe"]);
    private static readonly Dictionary<string, string> Plain = new() { ["LC_ALL"] = "C.UTF-8" };

    /// <summary>Builds into the asset folder; with <paramref name="ifMissing"/> only what is not there.</summary>
    public static async Task<BuildOutcome> BuildAsync(string folder, bool ifMissing, Action<BuildProgress> onProgress, CancellationToken cancellation)
    {
        if (ifMissing && AssetBuild.IsUpToDate(folder, Loaders, Recipe)) return new BuildOutcome.UpToDate();
        using var build = AssetBuild.TryBegin(folder);
        if (build is null) return new BuildOutcome.CannotBuild($"another build is running in {folder}");
        var version = "";
        var source = "/usr/lib/ipxe";
        if (Loaders.All(loader => File.Exists(Path.Combine(source, loader))) && HostPrograms.Missing([new("dpkg-query", "dpkg")]).Count == 0)
        {
            onProgress(new BuildProgress("taking the installed package ipxe", 0.5));
            var query = await HostPrograms.RunAsync("dpkg-query", ["--show", "--showformat", "${Version}\n", "ipxe"], Plain, build.WorkFolder, line => version = line, cancellation);
            if (query.ExitCode != 0) version = "unknown";
        }
        else
        {
            HostProgram[] needed = [new("apt-get", "apt"), new("dpkg-deb", "dpkg")];
            if (HostPrograms.Missing(needed) is { Count: > 0 } missing)
                return new BuildOutcome.CannotBuild($"missing on this host: {string.Join(", ", missing.Select(program => program.Name))}; iPXE is taken from a Debian package");
            onProgress(new BuildProgress("downloading the package ipxe", 0.2));
            // As root, apt would drop its rights to a user who may not write here.
            var download = await HostPrograms.RunAsync("apt-get", ["download", "-o", "APT::Sandbox::User=root", "ipxe"], Plain, build.WorkFolder, _ => { }, cancellation);
            if (download.ExitCode != 0)
                return new BuildOutcome.Failed("downloading the package ipxe (or run: apt-get update && apt-get install --no-install-recommends ipxe)", download.LastLines);
            var package = Directory.GetFiles(build.WorkFolder, "ipxe_*.deb").Single();
            version = Uri.UnescapeDataString(Path.GetFileName(package).Split('_')[1]);
            onProgress(new BuildProgress("unpacking the package ipxe", 0.6));
            var unpack = await HostPrograms.RunAsync("dpkg-deb", ["--extract", package, "package"], Plain, build.WorkFolder, _ => { }, cancellation);
            if (unpack.ExitCode != 0) return new BuildOutcome.Failed("unpacking the package ipxe", unpack.LastLines);
            source = Path.Combine(build.WorkFolder, "package/usr/lib/ipxe");
        }
        onProgress(new BuildProgress("publishing", 0.9));
        var built = new List<BuiltAsset>();
        foreach (var loader in Loaders)
        {
            var copy = Path.Combine(build.WorkFolder, loader);
            File.Copy(Path.Combine(source, loader), copy);
            built.Add(new BuiltAsset(loader, copy, Recipe, new Dictionary<string, string> { ["ipxe"] = version }));
        }
        return build.Publish(built);
    }
}
