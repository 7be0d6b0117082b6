namespace Sextant.Assets;

/// <summary>What taking files out of a Debian package gave.</summary>
public abstract record PackageOutcome
{
    private PackageOutcome() { }

    /// <summary>The files are copied out.</summary>
    /// <param name="Version">The package's version.</param>
    /// <param name="Files">Copies, by member.</param>
    public sealed record Taken(string Version, IReadOnlyDictionary<string, string> Files) : PackageOutcome;

    /// <summary>The host cannot: programs are missing.</summary>
    /// <param name="Reason">What is missing and how to get it.</param>
    public sealed record CannotTake(string Reason) : PackageOutcome;

    /// <summary>A step failed.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="LastLines">The last words of the program that failed.</param>
    public sealed record Failed(string Step, IReadOnlyList<string> LastLines) : PackageOutcome;
}

/// <summary>Takes files out of a Debian package: the installed one when its files are as they were packed, else the current one of the host's mirror.</summary>
/// <remarks>apt verifies what it downloads by the distribution's signatures; dpkg verifies what is installed by the package's own sums.</remarks>
internal static class DebianPackage
{
    private static readonly HostProgram[] ForInstalled = [new("dpkg-query", "dpkg"), new("dpkg", "dpkg")];
    private static readonly HostProgram[] ForDownload = [new("apt-get", "apt"), new("dpkg-deb", "dpkg")];
    private static readonly Dictionary<string, string> Plain = new() { ["LC_ALL"] = "C.UTF-8" };

    /// <summary>Copies members of a release's package into a folder.</summary>
    /// <param name="package">The package's name.</param>
    /// <param name="release">The release and the architecture.</param>
    /// <param name="members">The files wanted, without a leading slash.</param>
    /// <param name="workFolder">An existing folder for this alone; the copies lie in it.</param>
    /// <param name="state">A folder for the release's package lists.</param>
    /// <param name="onStep">Told what is being done, for people, and which share of the whole is done before.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<PackageOutcome> TakeAsync(
        string package, DebianRelease release, IReadOnlyCollection<string> members, string workFolder, string state, Action<string, double> onStep, CancellationToken cancellation) =>
        await release.DownloadAsync(package, state, workFolder, step => onStep(step, 0.1), cancellation) ?? await UnpackAsync(package, members, workFolder, onStep, cancellation);

    /// <summary>Copies members of the package into a folder.</summary>
    /// <param name="package">The package's name.</param>
    /// <param name="members">The files wanted, without a leading slash.</param>
    /// <param name="workFolder">An existing folder for this alone; the copies lie in it.</param>
    /// <param name="onStep">Told what is being done, for people, and which share of the whole is done before.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<PackageOutcome> TakeAsync(
        string package, IReadOnlyCollection<string> members, string workFolder, Action<string, double> onStep, CancellationToken cancellation)
    {
        if (await InstalledVersionAsync(package, members, workFolder, cancellation) is { } installed)
        {
            onStep($"taking the installed package {package}", 0.5);
            return new PackageOutcome.Taken(installed, Copy("/", members, workFolder));
        }
        if (HostPrograms.Missing(ForDownload) is { Count: > 0 } missing)
            return new PackageOutcome.CannotTake($"missing on this host: {string.Join(", ", missing.Select(program => program.Name))}; the Debian package {package} is needed");
        onStep($"downloading the package {package}", 0.2);
        // As root, apt would drop its rights to a user who may not write here.
        var download = await HostPrograms.RunAsync("apt-get", ["download", "-o", "APT::Sandbox::User=root", package], Plain, workFolder, _ => { }, cancellation);
        if (download.ExitCode != 0)
            return new PackageOutcome.Failed($"downloading the package {package} (or run: apt-get update && apt-get install --no-install-recommends {package})", download.LastLines);
        return await UnpackAsync(package, members, workFolder, onStep, cancellation);
    }

    /// <summary>Takes the members out of the one package file in the folder.</summary>
    private static async Task<PackageOutcome> UnpackAsync(
        string package, IReadOnlyCollection<string> members, string workFolder, Action<string, double> onStep, CancellationToken cancellation)
    {
        var file = Directory.GetFiles(workFolder, $"{package}_*.deb").Single();
        onStep($"unpacking the package {package}", 0.6);
        var unpack = await HostPrograms.RunAsync("dpkg-deb", ["--extract", file, "package"], Plain, workFolder, _ => { }, cancellation);
        if (unpack.ExitCode != 0) return new PackageOutcome.Failed($"unpacking the package {package}", unpack.LastLines);
        var root = Path.Combine(workFolder, "package");
        if (members.FirstOrDefault(member => !File.Exists(Path.Combine(root, member))) is { } absent)
            return new PackageOutcome.Failed($"looking for {absent} in {Path.GetFileName(file)}", []);
        return new PackageOutcome.Taken(Uri.UnescapeDataString(Path.GetFileName(file).Split('_')[1]), Copy(root, members, workFolder));
    }

    /// <summary>The installed package's version; null when it is not installed, lacks a member, or has one that was changed.</summary>
    private static async Task<string?> InstalledVersionAsync(string package, IReadOnlyCollection<string> members, string workFolder, CancellationToken cancellation)
    {
        if (!members.All(member => File.Exists("/" + member)) || HostPrograms.Missing(ForInstalled).Count > 0) return null;
        var version = "";
        var query = await HostPrograms.RunAsync("dpkg-query", ["--show", "--showformat", "${db:Status-Status} ${Version}\n", package], Plain, workFolder, line => version = line, cancellation);
        if (query.ExitCode != 0 || !version.StartsWith("installed ", StringComparison.Ordinal)) return null;
        var changed = new List<string>();
        await HostPrograms.RunAsync("dpkg", ["--verify", package], Plain, workFolder, changed.Add, cancellation);
        return members.Any(member => changed.Any(line => line.EndsWith(" /" + member, StringComparison.Ordinal))) ? null : version["installed ".Length..];
    }

    private static Dictionary<string, string> Copy(string root, IEnumerable<string> members, string workFolder)
    {
        var copies = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in members)
        {
            copies[member] = Path.Combine(workFolder, member.Replace('/', '~'));
            File.Copy(Path.Combine(root, member), copies[member]);
        }
        return copies;
    }
}
