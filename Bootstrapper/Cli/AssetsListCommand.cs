using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Assets;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant assets list</c>: what may be served, and what is wrong with the rest.</summary>
public static class AssetsListCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(Option<DirectoryInfo> assets)
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
                table.AddRow(file.Path.EscapeMarkup(), AssetsCommand.Size(file.Length), file.Sha256[..12], file.LastModified.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture), file.ByTftp ? "yes" : "");
            AnsiConsole.Write(table);
            foreach (var problem in catalog.Problems) Console.Error.WriteLine(problem);
            return catalog.Problems.Count == 0 ? 0 : 1;
        });
        return command;
    }
}

/// <summary>What <c>assets list --json</c> prints.</summary>
/// <param name="Assets">What may be served.</param>
/// <param name="Problems">What may not, and why.</param>
internal sealed record AssetListing(IReadOnlyList<AssetFile> Assets, IReadOnlyList<AssetProblem> Problems);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AssetListing))]
internal sealed partial class AssetListingJson : JsonSerializerContext;
