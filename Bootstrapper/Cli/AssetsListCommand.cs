using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Primitives;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant assets list [FILE]</c>: what a cluster needs of the asset folder, and how each file stands. Quick: contents are not read.</summary>
public static class AssetsListCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(Option<DirectoryInfo> assets)
    {
        var file = SiteArgument.Create();
        var all = new Option<bool>("--all") { Description = "Show every file of the manifest, whether the cluster needs it or not." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("list", "Show what a cluster needs, what of it is there, and what is wrong with the rest.") { file, all, json };
        command.SetAction(result => SiteArgument.TryRead(result.GetValue(file), Console.Error, out var cluster)
            ? Run(result.GetValue(assets)!.FullName, cluster, result.GetValue(all), result.GetValue(json))
            : 1);
        return command;
    }

    /// <summary>The recipes of today's templates, to tell an image that others made.</summary>
    internal static IReadOnlyList<string> Recipes() => DebianImageBuilder.RecipesOf(Path.Combine(TemplateFolder.DefaultPath, "debian"), DebianRelease.DefaultSuite);

    private static int Run(string folder, ClusterDescription? cluster, bool all, bool json)
    {
        var manifest = AssetManifest.Load(folder);
        var catalog = AssetFolder.Load(folder);
        var needs = cluster is null ? null : SiteNeeds.Of(cluster, manifest);
        var reasons = needs?.Assets.ToDictionary(asset => asset.Entry.Path, asset => asset.Reason, StringComparer.Ordinal) ?? [];
        var recipes = Recipes();
        AssetLine[] lines = [.. manifest.Entries
            .Select(entry => AssetStanding.Of(entry, catalog, folder, recipes))
            .Where(standing => all || standing.State != AssetState.Missing || reasons.ContainsKey(standing.Entry.Path))
            .Select(standing => AssetLine.Of(standing, reasons.GetValueOrDefault(standing.Entry.Path)))];
        var listing = new AssetListing(lines, needs?.Unpinned ?? [], catalog.Problems);
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(listing, AssetListingJson.Readable.AssetListing));
        else Print(listing, manifest.Entries.Count - lines.Length, cluster is not null);
        if (cluster?.OperatingSystem.Repository is { } repository)
            Console.Error.WriteLine($"note: Rocky's packages are not among the assets; machines take them from {repository}, a copy of its DVD that you keep there");
        return listing.IsComplete ? 0 : 1;
    }

    private static void Print(AssetListing listing, int hidden, bool forCluster)
    {
        var table = new Table().RoundedBorder().AddColumns("asset", "state", "version", "size", "sha256", "needed for");
        foreach (var line in listing.Assets)
        {
            table.AddRow(
                line.Path.EscapeMarkup(), $"[{Colour(line)}]{line.State.ToString().ToLowerInvariant()}[/]", (line.Version ?? "").EscapeMarkup(),
                line.Size is { } size ? Octets.Text(size) : "", line.Sha256 is { } sha256 ? sha256[..12] : "", (line.Needed ?? "").EscapeMarkup());
        }
        Tables.Write(table, Console.Out);
        if (hidden > 0) Console.Out.WriteLine($"{hidden} more of the manifest {(forCluster ? "are not there and not needed" : "are not there")}; --all shows them");
        foreach (var line in listing.Assets.Where(line => line is { Remark: not null, State: not AssetState.Damaged })) Console.Error.WriteLine($"{line.Path}: {line.Remark}");
        foreach (var missing in listing.Unpinned) Console.Error.WriteLine(missing);
        foreach (var problem in listing.Problems) Console.Error.WriteLine(problem);
    }

    private static string Colour(AssetLine line) => line.State switch
    {
        AssetState.Present => "green",
        AssetState.Missing => line.Needed is null ? "grey" : "red",
        AssetState.Stale => "yellow",
        AssetState.Damaged => "red",
        _ => throw new InvalidOperationException($"no colour for {line.State}"),
    };
}

/// <summary>What <c>assets list --json</c> prints.</summary>
/// <param name="Assets">Files of the manifest, in its order.</param>
/// <param name="Unpinned">What the cluster asks for and the manifest does not have.</param>
/// <param name="Problems">What is wrong with the folder.</param>
internal sealed record AssetListing(IReadOnlyList<AssetLine> Assets, IReadOnlyList<string> Unpinned, IReadOnlyList<AssetProblem> Problems)
{
    /// <summary>True when everything that is needed is there as it should be.</summary>
    public bool IsComplete => Unpinned.Count == 0 && Problems.Count == 0 && Assets.All(line => line.Needed is null || line.State == AssetState.Present);
}

/// <summary>A line of <c>assets list</c>.</summary>
/// <param name="Path">The asset.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="State">How it stands.</param>
/// <param name="Remark">What differs or is wrong.</param>
/// <param name="Needed">Why the cluster needs it; null when it does not.</param>
/// <param name="Version">The version that is there, else the pinned one.</param>
/// <param name="Size">Size of what is there, in octets.</param>
/// <param name="Sha256">Digest of what is there, in hex.</param>
/// <param name="ByTftp">Whether TFTP may serve it.</param>
/// <param name="Licence">SPDX expression.</param>
/// <param name="Source">Where it comes from.</param>
internal sealed record AssetLine(
    string Path, AssetKind Kind, AssetState State, string? Remark, string? Needed, string? Version, long? Size, string? Sha256, bool ByTftp, string Licence, string Source)
{
    /// <summary>The line of a standing.</summary>
    public static AssetLine Of(AssetStanding standing, string? needed) => new(
        standing.Entry.Path, standing.Entry.Kind, standing.State, standing.Remark, needed, standing.File?.Entry?.Version ?? standing.Entry.Version,
        standing.File?.Length, standing.File?.Sha256, standing.Entry.ByTftp, standing.Entry.Licence, standing.Entry.Source.ToString()!);
}

[JsonSerializable(typeof(AssetListing))]
internal sealed partial class AssetListingJson : JsonSerializerContext
{
    /// <summary>For people and scripts: the + of package versions stays as it is.</summary>
    public static AssetListingJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter<AssetKind>(JsonNamingPolicy.CamelCase), new JsonStringEnumConverter<AssetState>(JsonNamingPolicy.CamelCase) },
    });
}
