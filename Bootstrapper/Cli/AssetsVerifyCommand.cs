using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Assets;

namespace Sextant.Cli;

/// <summary><c>sextant assets verify</c>: reads every file of the asset folder and compares it with its digest.</summary>
public static class AssetsVerifyCommand
{
    /// <summary>The verb. Exit code 0 when every file is good, 1 otherwise.</summary>
    public static Command Create(Option<DirectoryInfo> assets)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("verify", "Read every file of the folder again and say which are good, corrupt or missing.") { json };
        command.SetAction((result, cancellation) => RunAsync(result.GetValue(assets)!.FullName, result.GetValue(json), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string folder, bool json, CancellationToken cancellation)
    {
        var catalog = AssetFolder.Load(folder);
        IReadOnlyList<VerifiedAsset> verified;
        try
        {
            verified = await ProgressBars.RunAsync("verify", progress => AssetVerification.RunAsync(folder, catalog, progress, cancellation));
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("verify: stopped");
            return 1;
        }
        // Problems of single files are among the verdicts.
        var others = catalog.Problems.Where(problem => verified.All(asset => asset.Path != problem.Path)).ToList();
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(new AssetVerificationReport(verified, others), AssetVerificationJson.Readable.AssetVerificationReport));
        else
        {
            foreach (var asset in verified) Console.Out.WriteLine($"{asset.Verdict.ToString().ToLowerInvariant(),-8} {asset.Path}");
            foreach (var asset in verified.Where(asset => asset.Remedy is not null)) Console.Error.WriteLine($"{asset.Path}: {asset.Remedy}");
            foreach (var problem in others) Console.Error.WriteLine(problem);
        }
        return others.Count == 0 && verified.All(asset => asset.Verdict == AssetVerdict.Good) ? 0 : 1;
    }
}

/// <summary>What <c>assets verify --json</c> prints.</summary>
/// <param name="Assets">A verdict for each file.</param>
/// <param name="Problems">What is wrong with the folder besides.</param>
internal sealed record AssetVerificationReport(IReadOnlyList<VerifiedAsset> Assets, IReadOnlyList<AssetProblem> Problems);

[JsonSerializable(typeof(AssetVerificationReport))]
internal sealed partial class AssetVerificationJson : JsonSerializerContext
{
    /// <summary>For people and scripts.</summary>
    public static AssetVerificationJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter<AssetVerdict>(JsonNamingPolicy.CamelCase) },
    });
}
