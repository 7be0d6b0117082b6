using System.CommandLine;
using Sextant.Bundle;
using Sextant.Primitives;

namespace Sextant.Cli;

/// <summary><c>sextant assets bundle FILE -o site.tar.zst</c>: everything a site needs in one signed file.</summary>
internal static class AssetsBundleCommand
{
    private const string Title = "bundle";

    /// <summary>The verb. Exit code 1 when something needed is missing.</summary>
    public static Command Create(Option<DirectoryInfo> assets)
    {
        var file = SiteArgument.Create();
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", DefaultValueFactory = _ => "site.tar.zst" };
        var state = BundleArguments.State();
        var all = new Option<bool>("--all") { Description = "Also put in whatever else the asset folder and the registry have." };
        var incomplete = new Option<bool>("--incomplete") { Description = "Write it although something needed is missing." };
        var json = BundleArguments.Json();
        var command = new Command("bundle", "Put everything a cluster needs into one signed file, for a site without a network.") { file, output, state, all, incomplete, json };
        command.SetAction((result, cancellation) => BundleArguments.GuardAsync(Title, "no bundle was written, an earlier file is unchanged", async () =>
        {
            if (!SiteArgument.TryRead(result.GetValue(file), Console.Error, out var cluster)) return 1;
            if (cluster is null && !result.GetValue(all))
                return Ending.Misused("name the cluster description whose needs the bundle is to cover, or give --all");
            var request = new BundleRequest(result.GetValue(assets)!.FullName, result.GetRequiredValue(state), cluster, result.GetValue(all), result.GetValue(incomplete));
            var path = result.GetRequiredValue(output);
            var folder = Path.GetDirectoryName(Path.GetFullPath(path));
            if (!Directory.Exists(folder)) return Ending.Failed($"{path}: there is no folder {folder}");
            var outcome = await ProgressBars.RunAsync(Title, progress => BundleWriter.WriteAsync(request, path, progress, cancellation));
            switch (outcome)
            {
                case BundleOutcome.Written written when result.GetValue(json):
                    Console.Out.WriteLine((BundleReport.Of(written.List, written.Signer, []) with { File = new BundleReportItem(path, written.Size, written.Digest.ToString(), null, null) }).ToJson());
                    return 0;
                case BundleOutcome.Written written:
                    foreach (var line in BundleArguments.ContentLines(written.List)) Console.Out.WriteLine(line);
                    foreach (var missing in written.List.Purpose.Missing) Console.Error.WriteLine($"incomplete: {missing}");
                    if (written.IsNewKey) Console.Error.WriteLine("made the site's signing key; 'sextant assets key' prints its public half");
                    Console.Out.WriteLine($"{path}  {Octets.Text(written.Size)}  {written.Digest}");
                    Console.Out.WriteLine($"signed by {written.Signer.Fingerprint}");
                    return 0;
                case BundleOutcome.Refused(var problems):
                    return Ending.Failed([.. problems, $"{Title}: not written: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}"]);
                default:
                    throw new InvalidOperationException($"no case for {outcome}");
            }
        }));
        return command;
    }
}
