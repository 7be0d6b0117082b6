using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Assets;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant assets</c>: what machines boot and what is written to their disks.</summary>
public static class AssetsCommand
{
    /// <summary>The verb with <c>build debian</c>, <c>build ipxe</c> and <c>list</c>.</summary>
    public static Command Create()
    {
        var assets = new Option<DirectoryInfo>("--assets")
        {
            Description = "Folder of boot loaders and images.",
            DefaultValueFactory = _ => new DirectoryInfo(DefaultFolder()),
            Recursive = true,
        };
        var ifMissing = new Option<bool>("--if-missing") { Description = "Do nothing when the files are there and were made by the same recipe.", Recursive = true };
        var build = new Command("build", "Make assets out of Debian packages.") { ifMissing };
        build.Subcommands.Add(Debian(assets, ifMissing));
        build.Subcommands.Add(Ipxe(assets, ifMissing));
        return new Command("assets", "Build and list what machines boot.") { assets, build, List(assets) };
    }

    /// <summary><c>./pxe-assets</c> when it exists, else the one beside the executable.</summary>
    internal static string DefaultFolder() => Directory.Exists("pxe-assets") ? "pxe-assets" : Path.Combine(AppContext.BaseDirectory, "pxe-assets");

    private static Command Debian(Option<DirectoryInfo> assets, Option<bool> ifMissing)
    {
        var suite = new Option<string>("--suite") { Description = "Debian release.", DefaultValueFactory = _ => "trixie" };
        var kernel = new Option<DebianKernel>("--kernel") { Description = "cloud: small, for virtual machines; generic: drivers for every machine.", DefaultValueFactory = _ => DebianKernel.Cloud };
        var mirror = new Option<string?>("--mirror") { Description = "Debian mirror; without it, mmdebstrap's own choice." };
        var templates = new Option<DirectoryInfo>("--templates")
        {
            Description = "Folder of templates.",
            DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "templates")),
        };
        var command = new Command("debian", "Make the live system and the image of a Debian node (as root; about two minutes).") { suite, kernel, mirror, templates };
        command.SetAction((result, cancellation) =>
        {
            var request = new DebianImageRequest(result.GetValue(suite)!, result.GetValue(kernel), result.GetValue(mirror),
                Path.Combine(result.GetValue(templates)!.FullName, "debian"), result.GetValue(ifMissing));
            var folder = result.GetValue(assets)!.FullName;
            return RunAsync("Debian " + request.Suite, onProgress => DebianImageBuilder.BuildAsync(folder, request, onProgress, cancellation));
        });
        return command;
    }

    private static Command Ipxe(Option<DirectoryInfo> assets, Option<bool> ifMissing)
    {
        var command = new Command("ipxe", "Take iPXE, for BIOS and UEFI machines, out of Debian's package.");
        command.SetAction((result, cancellation) =>
        {
            var folder = result.GetValue(assets)!.FullName;
            return RunAsync("iPXE", onProgress => IpxeBuilder.BuildAsync(folder, result.GetValue(ifMissing), onProgress, cancellation));
        });
        return command;
    }

    private static Command List(Option<DirectoryInfo> assets)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("list", "Show what may be served, and what is wrong with the rest.") { json };
        command.SetAction(result =>
        {
            var catalog = AssetFolder.Load(result.GetValue(assets)!.FullName);
            if (result.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(new AssetListing(catalog.Files, catalog.Problems), AssetListingJson.Default.AssetListing));
                return catalog.Problems.Count == 0 ? 0 : 1;
            }
            var table = new Table().RoundedBorder().AddColumns("asset", "size", "sha256", "modified", "by TFTP");
            foreach (var file in catalog.Files)
                table.AddRow(file.Path.EscapeMarkup(), Size(file.Length), file.Sha256[..12], file.LastModified.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture), file.ByTftp ? "yes" : "");
            AnsiConsole.Write(table);
            foreach (var problem in catalog.Problems) Console.Error.WriteLine(problem);
            return catalog.Problems.Count == 0 ? 0 : 1;
        });
        return command;
    }

    private static async Task<int> RunAsync(string title, Func<Action<BuildProgress>, Task<BuildOutcome>> build)
    {
        BuildOutcome outcome;
        try
        {
            outcome = AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
                ? await WithBarAsync(title, build)
                : await WithLinesAsync(title, build);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"{title}: stopped; the earlier files are unchanged");
            return 1;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Console.Error.WriteLine($"{title}: {failure.Message}; the earlier files are unchanged");
            return 1;
        }
        switch (outcome)
        {
            case BuildOutcome.Built built:
                foreach (var file in built.Files) Console.Out.WriteLine($"{file.Path}  {Size(file.Length)}  sha256:{file.Sha256}");
                return 0;
            case BuildOutcome.UpToDate:
                Console.Out.WriteLine($"{title}: up to date");
                return 0;
            case BuildOutcome.CannotBuild cannot:
                Console.Error.WriteLine($"{title}: {cannot.Reason}");
                return 1;
            case BuildOutcome.Failed failed:
                Console.Error.WriteLine($"{title}: failed while {failed.Step}; the earlier files are unchanged. Last output:");
                foreach (var line in failed.LastLines) Console.Error.WriteLine("  " + line);
                return 1;
            default:
                throw new InvalidOperationException($"{outcome} is no end of a build");
        }
    }

    private static Task<BuildOutcome> WithBarAsync(string title, Func<Action<BuildProgress>, Task<BuildOutcome>> build) =>
        AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn()).StartAsync(async context =>
        {
            var task = context.AddTask(title);
            var outcome = await build(progress =>
            {
                task.Description = $"{title}: {progress.Step}".EscapeMarkup();
                task.Value = Math.Max(task.Value, progress.Fraction * task.MaxValue);
            });
            if (outcome is BuildOutcome.Built or BuildOutcome.UpToDate) task.Value = task.MaxValue;
            task.StopTask();
            return outcome;
        });

    /// <summary>One line for each step, not for each package: this goes to log files.</summary>
    private static Task<BuildOutcome> WithLinesAsync(string title, Func<Action<BuildProgress>, Task<BuildOutcome>> build)
    {
        var last = "";
        return build(progress =>
        {
            var step = progress.Step.Split(" (", 2)[0];
            if (step == last) return;
            last = step;
            Console.Out.WriteLine($"{title}: {progress.Fraction * 100,3:f0}% {step}");
        });
    }

    private static string Size(long octets) => octets < 10_000_000
        ? (octets / 1e3).ToString("f0", CultureInfo.InvariantCulture) + " kB"
        : (octets / 1e6).ToString("f0", CultureInfo.InvariantCulture) + " MB";
}

/// <summary>What <c>assets list --json</c> prints.</summary>
/// <param name="Assets">What may be served.</param>
/// <param name="Problems">What may not, and why.</param>
internal sealed record AssetListing(IReadOnlyList<AssetFile> Assets, IReadOnlyList<AssetProblem> Problems);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AssetListing))]
internal sealed partial class AssetListingJson : JsonSerializerContext;
