using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Builds;
using Sextant.Primitives;

namespace Sextant.Cli;

/// <summary><c>sextant assets add SET DIR</c>: programs that the operator built become part of the site.</summary>
internal static class AssetsAddCommand
{
    private const string Title = "add";

    /// <summary>The environment variable of reproducible-builds.org: the time of everything that is built, in seconds since 1970.</summary>
    private const string BuildTime = "SOURCE_DATE_EPOCH";

    /// <summary>The verb. Exit code 1 when it was not taken in.</summary>
    public static Command Create(Option<DirectoryInfo> assets)
    {
        var set = new Argument<string>("SET") { Description = $"What the programs are: {string.Join(", ", LocalBuild.Sets)}." };
        set.AcceptOnlyFromAmong([.. LocalBuild.Sets]);
        var folder = new Argument<string>("DIR") { Description = "The folder with the programs." };
        var version = new Option<string?>("--version") { Description = "The version to take it in as; without it, what the programs say." };
        var state = BundleArguments.State();
        var json = BundleArguments.Json();
        var command = new Command("add", "Take programs that you built into the site: files for machines, and images made of them.") { set, folder, version, state, json };
        command.SetAction((result, cancellation) => BundleArguments.GuardAsync(Title, "run the same command again, and it is as if it had not been interrupted", async () =>
        {
            if (!TryReadTime(Environment.GetEnvironmentVariable(BuildTime), out var modified)) return Ending.Misused($"{BuildTime} is no number of seconds since 1970");
            var request = new BuildRequest(
                result.GetRequiredValue(set), result.GetRequiredValue(folder), result.GetValue(assets)!.FullName, result.GetRequiredValue(state), result.GetValue(version), modified);
            switch (await ProgressBars.RunAsync(Title, progress => LocalBuild.RunAsync(request, progress, cancellation)))
            {
                case AddOutcome.Added added:
                    foreach (var note in added.Notes) Console.Error.WriteLine(note);
                    if (result.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(AddReport.Of(request.Set, added), AddJson.Readable.AddReport));
                    else
                    {
                        foreach (var asset in added.Assets) Console.Out.WriteLine($"asset  {asset.Path}  {Octets.Text(asset.Size)}  sha256:{asset.Sha256}");
                        foreach (var image in added.Images) Console.Out.WriteLine($"image  {image.Reference}  {Octets.Text(image.Size)}  {image.Digest}");
                    }
                    return 0;
                case AddOutcome.Refused(var problems):
                    return Ending.Failed([.. problems, $"{Title}: nothing was taken in: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}"]);
                default:
                    throw new InvalidOperationException("no such end of adding");
            }
        }));
        return command;
    }

    private static bool TryReadTime(string? text, out DateTimeOffset time)
    {
        time = DateTimeOffset.UnixEpoch;
        if (string.IsNullOrEmpty(text)) return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()) return false;
        time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }
}

/// <summary>What <c>assets add --json</c> prints.</summary>
/// <param name="Set">The set.</param>
/// <param name="Version">What the programs say they are.</param>
/// <param name="Assets">Files.</param>
/// <param name="Images">Images.</param>
/// <param name="Notes">What people should know besides.</param>
internal sealed record AddReport(string Set, string? Version, IReadOnlyList<AddedAsset> Assets, IReadOnlyList<AddReportImage> Images, IReadOnlyList<string> Notes)
{
    /// <summary>Of an outcome.</summary>
    public static AddReport Of(string set, AddOutcome.Added added) =>
        new(set, added.Version, added.Assets, [.. added.Images.Select(image => new AddReportImage(image.Reference, image.Size, image.Digest.ToString()))], added.Notes);
}

/// <summary>An image of it.</summary>
/// <param name="Image">Its name.</param>
/// <param name="Size">Octets.</param>
/// <param name="Digest">Its manifest's digest.</param>
internal sealed record AddReportImage(string Image, long Size, string Digest);

[JsonSerializable(typeof(AddReport))]
internal sealed partial class AddJson : JsonSerializerContext
{
    /// <summary>For people and scripts.</summary>
    public static AddJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
