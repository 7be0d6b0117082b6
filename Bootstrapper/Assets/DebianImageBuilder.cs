using System.Globalization;

namespace Sextant.Assets;

/// <summary>Which kernel package the machines get.</summary>
public enum DebianKernel
{
    /// <summary>linux-image-cloud-amd64: small, for virtual machines.</summary>
    Cloud,
    /// <summary>linux-image-amd64: drivers for every machine.</summary>
    Generic,
}

/// <summary>What to build.</summary>
/// <param name="Suite">The Debian release: <c>trixie</c>.</param>
/// <param name="Kernel">Its kernel.</param>
/// <param name="Mirror">Where the packages come from; null for mmdebstrap's own choice.</param>
/// <param name="Templates">The folder <c>templates/debian</c>; <c>templates/installer</c>, with what all installers share, lies beside it.</param>
/// <param name="IfMissing">Do nothing when the files are there and were made by the same recipe.</param>
public sealed record DebianImageRequest(string Suite, DebianKernel Kernel, string? Mirror, string Templates, bool IfMissing)
{
    /// <summary>The folder of what all installers share.</summary>
    internal string Installer => Path.GetFullPath(Path.Combine(Templates, "..", "installer"));
}

/// <summary>Makes the live system and the image of a node out of Debian packages, with one run of mmdebstrap.</summary>
public static class DebianImageBuilder
{
    private static readonly HostProgram[] Needed = [new("mmdebstrap", "mmdebstrap"), new("zstd", "zstd"), new("dpkg", "dpkg"), new("gpgv", "gpgv")];

    private static readonly (string Path, string File)[] Products =
        [("debian/vmlinuz", "vmlinuz"), ("debian/live.img", "live.img"), ("debian/rootfs.tar.zst", "rootfs.tar.zst")];

    /// <summary>Builds into the asset folder. What is there stays in use until everything new is complete.</summary>
    public static async Task<BuildOutcome> BuildAsync(string folder, DebianImageRequest request, Action<BuildProgress> onProgress, CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(request.Templates, "packages")))
            return new BuildOutcome.CannotBuild($"{request.Templates} has no file 'packages'; give the templates folder with --templates");
        var recipe = RecipeOf(request);
        if (request.IfMissing && AssetBuild.IsUpToDate(folder, Products.Select(product => product.Path), recipe)) return new BuildOutcome.UpToDate();
        if (HostPrograms.Missing(Needed) is { Count: > 0 } missing)
            return new BuildOutcome.CannotBuild($"missing on this host: {string.Join(", ", missing.Select(program => program.Name))}; "
                + $"run: apt-get install --no-install-recommends {string.Join(' ', missing.Select(program => program.Package))}");
        if (!Environment.IsPrivilegedProcess) return new BuildOutcome.CannotBuild("an image with its owners and devices can only be made as root; run this as root");
        using var build = AssetBuild.TryBegin(folder);
        if (build is null) return new BuildOutcome.CannotBuild($"another build is running in {folder}");

        var progress = MmdebstrapProgress.Start;
        var result = await HostPrograms.RunAsync("mmdebstrap", Arguments(request, build.WorkFolder), Variables(request, build.WorkFolder), build.WorkFolder, line =>
        {
            var next = progress.After(line);
            if (next.Current != progress.Current) onProgress(next.Current);
            progress = next;
        }, cancellation);
        if (result.ExitCode != 0) return new BuildOutcome.Failed(progress.Current.Step, result.LastLines);

        onProgress(new BuildProgress("checking and publishing", 0.99));
        var packages = AssetBuild.Packages(await File.ReadAllLinesAsync(Path.Combine(build.WorkFolder, "packages.txt"), cancellation));
        return build.Publish([.. Products.Select(product => new BuiltAsset(product.Path, Path.Combine(build.WorkFolder, product.File), recipe,
            product.Path.EndsWith("vmlinuz", StringComparison.Ordinal) ? KernelOf(packages) : packages) { Version = request.Suite })]);
    }

    /// <summary>The packages of the list: one to a line, <c>#</c> begins a comment.</summary>
    internal static IReadOnlyList<string> ReadPackages(IEnumerable<string> lines) =>
        [.. lines.Select(line => line.Split('#', 2)[0].Trim()).Where(line => line.Length > 0)];

    internal static IReadOnlyList<string> Arguments(DebianImageRequest request, string workFolder)
    {
        var kernel = request.Kernel switch
        {
            DebianKernel.Cloud => "linux-image-cloud-amd64",
            DebianKernel.Generic => "linux-image-amd64",
            _ => throw new ArgumentOutOfRangeException(nameof(request), request.Kernel, "no such kernel"),
        };
        var packages = ReadPackages(File.ReadLines(Path.Combine(request.Templates, "packages"))).Prepend(kernel);
        string[] arguments =
        [
            "--verbose", "--mode=root", "--variant=minbase", "--architectures=amd64", "--format=tar",
            $"--include={string.Join(',', packages)}",
            $"--dpkgopt={Path.Combine(request.Templates, "dpkg.cfg")}",
            // The root is thrown away when the build fails; flushing every file of it to the disk would take most of the time.
            "--dpkgopt=force-unsafe-io",
            "--customize-hook=sh \"$SEXTANT_TEMPLATES/customise.sh\" \"$1\"",
            request.Suite, Path.Combine(workFolder, "rootfs.tar.zst"),
        ];
        return request.Mirror is null ? arguments : [.. arguments, request.Mirror];
    }

    /// <summary>mmdebstrap compresses with zstd, which is told by its environment; times in the image are not later than the day's beginning.</summary>
    private static Dictionary<string, string> Variables(DebianImageRequest request, string workFolder) => new()
    {
        ["SEXTANT_TEMPLATES"] = Path.GetFullPath(request.Templates),
        ["SEXTANT_INSTALLER"] = request.Installer,
        ["SEXTANT_OUTPUT"] = workFolder,
        ["ZSTD_CLEVEL"] = "10",
        ["ZSTD_NBTHREADS"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
        ["SOURCE_DATE_EPOCH"] = new DateTimeOffset(TimeProvider.System.GetUtcNow().Date, TimeSpan.Zero).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        ["LC_ALL"] = "C.UTF-8",
    };

    /// <summary>What today's templates would be built by, with either kernel; empty when the folder has no templates.</summary>
    public static IReadOnlyList<string> RecipesOf(string templates, string suite) => !File.Exists(Path.Combine(templates, "packages"))
        ? []
        : [.. Enum.GetValues<DebianKernel>().Select(kernel => RecipeOf(new DebianImageRequest(suite, kernel, null, templates, false)))];

    /// <summary>The templates' contents, the release and the kernel: when one of them changes, so does the image.</summary>
    private static string RecipeOf(DebianImageRequest request) => AssetBuild.RecipeOf(
        new[] { Path.GetFullPath(request.Templates), request.Installer }.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .SelectMany(file => new[] { Path.GetRelativePath(folder, file), File.ReadAllText(file) }))
            .Append(request.Suite).Append(request.Kernel.ToString()));

    private static Dictionary<string, string> KernelOf(IReadOnlyDictionary<string, string> packages) =>
        packages.Where(package => package.Key.StartsWith("linux-image-", StringComparison.Ordinal)).ToDictionary();
}
