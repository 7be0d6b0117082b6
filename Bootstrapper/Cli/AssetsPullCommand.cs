using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Cli;

/// <summary><c>sextant assets pull [FILE]</c>: fetches what a cluster needs, verified, resumed where an earlier run broke off.</summary>
public static class AssetsPullCommand
{
    private const int MostParallel = 32;

    /// <summary>The verb. Exit code 0 when everything wanted is there, 1 when something is not, 2 when nothing says what is wanted.</summary>
    public static Command Create(Option<DirectoryInfo> assets)
    {
        var file = SiteArgument.Create();
        var only = new Option<string[]>("--only")
        {
            Description = "Only these files of the manifest; a name ending in / stands for all below it.", AllowMultipleArgumentsPerToken = true, HelpName = "PATH",
        };
        var all = new Option<bool>("--all") { Description = "Every file of the manifest, whether the cluster needs it or not." };
        var from = new Option<Uri?>("--from")
        {
            Description = "Take everything from another bootstrapper: https://HOST or http://HOST.",
            HelpName = "URL",
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens.Single().Value, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)) return url;
                result.AddError("--from takes an address that begins with https:// or http://");
                return null;
            },
        };
        var ca = new Option<string?>("--ca") { Description = "The authority that vouches for --from over https: its certificate in PEM.", HelpName = "FILE" };
        var parallel = new Option<int>("--parallel") { Description = "Downloads at a time.", DefaultValueFactory = _ => 4, HelpName = "N" };
        parallel.Validators.Add(option =>
        {
            if (option.GetValueOrDefault<int>() is < 1 or > MostParallel) option.AddError($"--parallel takes 1 to {MostParallel}");
        });
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("pull", "Fetch what a cluster needs into the asset folder, verified.") { file, only, all, from, ca, parallel, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(ca) is not null && result.GetValue(from)?.Scheme != Uri.UriSchemeHttps) result.AddError("--ca goes with --from https://…");
            if (result.GetValue(all) && result.GetValue(only) is { Length: > 0 }) result.AddError("--all and --only exclude each other");
        });
        command.SetAction(async (result, cancellation) =>
        {
            var folder = result.GetValue(assets)!.FullName;
            var manifest = AssetManifest.Load(folder);
            foreach (var problem in manifest.Problems) await Console.Error.WriteLineAsync(problem.ToString());
            if (!SiteArgument.TryRead(result.GetValue(file), Console.Error, out var cluster)) return 1;
            var needs = cluster is null ? null : SiteNeeds.Of(cluster, manifest);
            if (Wanted(manifest, needs, result.GetValue(only) ?? [], result.GetValue(all), Console.Error) is not { } wanted) return 2;
            X509Certificate2Collection? authorities = null;
            if (result.GetValue(ca) is { } path && (authorities = AuthorityFile.Read(path, out var unusable)) is null) return Ending.Failed(unusable);
            var request = new PullRequest
            {
                Manifest = manifest, Entries = wanted, Parallel = result.GetValue(parallel), From = result.GetValue(from), Authorities = authorities,
                Recipes = AssetsListCommand.Recipes(),
            };
            // What the manifest lacks matters when the cluster's needs were asked for.
            var unpinned = result.GetValue(only) is { Length: > 0 } ? [] : needs?.Unpinned ?? [];
            var status = await RunAsync(folder, request, unpinned, result.GetValue(json), cancellation);
            return manifest.Problems.Count > 0 ? 1 : status;
        });
        return command;
    }

    /// <summary>The entries asked for; null when nothing says which, or a name is unknown, which is then said.</summary>
    private static IReadOnlyList<AssetEntry>? Wanted(AssetManifest manifest, SiteNeeds? needs, string[] only, bool all, TextWriter errors)
    {
        if (all) return manifest.Entries;
        if (only.Length > 0)
        {
            var paths = manifest.Entries.Select(entry => entry.Path).ToList();
            var unknown = only.Where(name => !paths.Exists(path => IsNamed(path, name))).ToList();
            foreach (var name in unknown) errors.WriteLine($"{AssetManifest.FileName} has no '{name}'{(Suggestion.Nearest(name, paths) is { } near ? $"; did you mean '{near}'?" : "; 'sextant assets list --all' shows what it has")}");
            return unknown.Count > 0 ? null : [.. manifest.Entries.Where(entry => only.Any(name => IsNamed(entry.Path, name)))];
        }
        if (needs is null) errors.WriteLine("nothing says what is wanted: name a cluster description, or give --only PATH or --all");
        return needs?.Assets.Select(asset => asset.Entry).ToList();
    }

    private static bool IsNamed(string path, string name) => path == name || name.EndsWith('/') && path.StartsWith(name, StringComparison.Ordinal);

    private static async Task<int> RunAsync(string folder, PullRequest request, IReadOnlyList<string> unpinned, bool json, CancellationToken cancellation)
    {
        PullResult result;
        try
        {
            result = await ProgressBars.RunAsync("pull", progress => AssetPull.RunAsync(folder, request, progress, TimeProvider.System, cancellation));
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("pull: stopped; what arrived is kept, run the command again to resume");
            return 1;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"pull: {failure.Message}");
            return 1;
        }
        switch (result)
        {
            case PullResult.CannotPull cannot:
                Console.Error.WriteLine($"pull: {cannot.Reason}");
                return 1;
            case PullResult.Done done:
                PulledAsset[] files = [.. done.Files.Select(PulledAsset.Of)];
                if (json) Console.Out.WriteLine(JsonSerializer.Serialize(new PullReport(files, unpinned), PullJson.Readable.PullReport));
                else Print(files);
                foreach (var missing in unpinned) Console.Error.WriteLine(missing);
                return unpinned.Count == 0 && files.All(file => file.Reason is null) ? 0 : 1;
            default:
                throw new InvalidOperationException($"{result} is no end of a pull");
        }
    }

    private static void Print(IEnumerable<PulledAsset> files)
    {
        foreach (var file in files)
        {
            if (file.Reason is not null) Console.Error.WriteLine($"{file.Path}: {file.Reason}");
            else Console.Out.WriteLine($"{file.Path}  {Octets.Text(file.Size!.Value)}  sha256:{file.Sha256}{(file.State == "present" ? "  (was there)" : "")}");
        }
    }
}

/// <summary>What <c>assets pull --json</c> prints.</summary>
/// <param name="Files">The files asked for, in the order of the manifest.</param>
/// <param name="Unpinned">What the cluster asks for and the manifest does not have.</param>
internal sealed record PullReport(IReadOnlyList<PulledAsset> Files, IReadOnlyList<string> Unpinned);

/// <summary>How one file ended.</summary>
/// <param name="Path">The asset.</param>
/// <param name="State"><c>fetched</c>, <c>present</c>, <c>build</c> (it is made here) or <c>failed</c>.</param>
/// <param name="Size">Size in octets.</param>
/// <param name="Sha256">Digest in hex.</param>
/// <param name="Reason">Why it is not there and what to do; null when it is.</param>
internal sealed record PulledAsset(string Path, string State, long? Size, string? Sha256, string? Reason)
{
    /// <summary>In words.</summary>
    public static PulledAsset Of(PullOutcome outcome) => outcome switch
    {
        PullOutcome.Fetched { File: var file } => new(file.Path, "fetched", file.Length, file.Sha256, null),
        PullOutcome.UpToDate { File: var file } => new(file.Path, "present", file.Length, file.Sha256, null),
        PullOutcome.MustBeBuilt build => new(build.Path, "build", null, null, $"{build.Why}; make it with '{build.Command}'"),
        PullOutcome.Failed failed => new(failed.Path, "failed", null, null, failed.Reason),
        _ => throw new InvalidOperationException($"{outcome} is no end of a file"),
    };
}

[JsonSerializable(typeof(PullReport))]
internal sealed partial class PullJson : JsonSerializerContext
{
    /// <summary>For people and scripts.</summary>
    public static PullJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
