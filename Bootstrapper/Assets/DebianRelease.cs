namespace Sextant.Assets;

/// <summary>A Debian release for one architecture, whatever the host runs: where boot loaders for other machines come from.</summary>
/// <param name="Suite">The release, <c>trixie</c>.</param>
/// <param name="Architecture">Debian's name of the architecture, <c>arm64</c>.</param>
/// <param name="Mirror">Where its packages are; null takes the mirror that the host's own apt uses.</param>
public sealed record DebianRelease(string Suite, string Architecture, string? Mirror)
{
    /// <summary>The release that is taken when nobody names one.</summary>
    public const string DefaultSuite = "trixie";

    /// <summary>The architecture of what the manifest does not say one of.</summary>
    public const string DefaultArchitecture = "amd64";

    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    private static readonly HostProgram[] Programs = [new("apt-get", "apt"), new("dpkg-deb", "dpkg")];
    private static readonly Dictionary<string, string> Plain = new() { ["LC_ALL"] = "C.UTF-8" };

    /// <summary>
    /// Fetches a package. Lists and settings of the host's apt are left alone: an apt of its own, in <paramref name="state"/>, knows this release only, and verifies it by
    /// Debian's archive keys.
    /// </summary>
    /// <param name="package">Its name.</param>
    /// <param name="state">A folder for the lists; a second package of the same release finds them there.</param>
    /// <param name="into">Where the package goes.</param>
    /// <param name="onStep">Told what is being done, for people.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null when it is there, else why not.</returns>
    internal async Task<PackageOutcome?> DownloadAsync(string package, string state, string into, Action<string> onStep, CancellationToken cancellation)
    {
        if (HostPrograms.Missing(Programs) is { Count: > 0 } missing)
            return new PackageOutcome.CannotTake($"missing on this host: {string.Join(", ", missing.Select(program => program.Name))}; the package {package} of Debian {Suite} is needed");
        if (!File.Exists(Keyring)) return new PackageOutcome.CannotTake($"{Keyring} is missing, by which Debian's packages are verified; install debian-archive-keyring");
        var ready = Path.Combine(state, "ready");
        if (!File.Exists(ready))
        {
            if (Mirror is null && await HostMirrorAsync(into, cancellation) is null)
                return new PackageOutcome.CannotTake("this host's apt names no Debian mirror, or has not read its lists yet (apt-get update); name one with --mirror");
            Directory.CreateDirectory(Path.Combine(state, "lists", "partial"));
            Directory.CreateDirectory(Path.Combine(state, "archives", "partial"));
            await File.WriteAllTextAsync(
                Path.Combine(state, "sources.list"), $"deb [arch={Architecture} signed-by={Keyring}] {Mirror ?? await HostMirrorAsync(into, cancellation)} {Suite} main\n", cancellation);
            onStep($"reading the package list of Debian {Suite} ({Architecture})");
            var update = await HostPrograms.RunAsync("apt-get", [.. Settings(state), "update", "--error-on=any"], Plain, into, _ => { }, cancellation);
            if (update.ExitCode != 0) return new PackageOutcome.Failed($"reading the package list of Debian {Suite} ({Architecture})", update.LastLines);
            await File.WriteAllTextAsync(ready, "", cancellation);
        }
        onStep($"downloading the package {package} ({Architecture})");
        var download = await HostPrograms.RunAsync("apt-get", [.. Settings(state), "download", package], Plain, into, _ => { }, cancellation);
        return download.ExitCode == 0 ? null : new PackageOutcome.Failed($"downloading the package {package} of Debian {Suite} ({Architecture})", download.LastLines);
    }

    /// <summary>The recipe of a file that was taken out of a package of this release.</summary>
    internal string RecipeOf(string package) => AssetBuild.RecipeOf([$"debian:{package}", Suite, Architecture]);

    /// <summary>What makes apt one of this release alone. Translations and the lists of desktops are of no use to anybody here.</summary>
    private IEnumerable<string> Settings(string state) => new[]
    {
        $"APT::Architecture={Architecture}", $"APT::Architectures={Architecture}", $"Dir::State::lists={state}/lists", "Dir::State::status=/dev/null",
        $"Dir::Cache={state}", $"Dir::Cache::archives={state}/archives", $"Dir::Etc::sourcelist={state}/sources.list", "Dir::Etc::sourceparts=/dev/null",
        // As root, apt would drop its rights to a user who may not write here.
        "APT::Sandbox::User=root", "Acquire::Languages=none", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
        "Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled=false",
    }.SelectMany(setting => new[] { "-o", setting });

    /// <summary>The first archive of Debian's own that the host's apt reads; null when there is none.</summary>
    private static async Task<string?> HostMirrorAsync(string folder, CancellationToken cancellation)
    {
        var sites = new List<string>();
        var listed = await HostPrograms.RunAsync(
            "apt-get", ["indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Identifier: Packages"], Plain, folder, sites.Add, cancellation);
        return listed.ExitCode != 0 ? null : sites.Select(site => site.Split('|')).FirstOrDefault(parts => parts is ["Debian", "Debian", _])?[2];
    }
}
