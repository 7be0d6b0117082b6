using System.CommandLine;
using Sextant.Bundle;

namespace Sextant.Cli;

/// <summary><c>sextant assets load site.tar.zst FILE</c>: takes a bundle into the asset folder and the registry.</summary>
internal static class AssetsLoadCommand
{
    private const string Title = "load";

    /// <summary>The verb. Exit code 1 when the bundle was not loaded.</summary>
    public static Command Create(Option<DirectoryInfo> assets)
    {
        var bundle = BundleArguments.BundleFile();
        var file = SiteArgument.Create();
        var state = BundleArguments.State();
        var trust = new Option<string?>("--trust") { Description = "The fingerprint of a signer to trust from now on: SHA256:…" };
        var key = new Option<string?>("--key") { Description = "A file with the public key of a signer to trust from now on." };
        var json = BundleArguments.Json();
        var command = new Command("load", "Verify a bundle and take everything in it into the asset folder and the registry.") { bundle, file, state, trust, key, json };
        command.SetAction((result, cancellation) => BundleArguments.GuardAsync(Title, "load it again: what was verified so far is kept", async () =>
        {
            if (!SiteArgument.TryRead(result.GetValue(file), Console.Error, out var cluster)) return 1;
            BundleSigner? trusted = null;
            if (result.GetValue(key) is { } keyFile && !BundleSigner.TryParse(await File.ReadAllTextAsync(keyFile, cancellation), out trusted, out var fault)) return Ending.Failed([$"{keyFile} {fault}"]);
            var request = new LoadRequest(result.GetValue(assets)!.FullName, result.GetRequiredValue(state), cluster, result.GetValue(trust), trusted);
            await using var stream = BundleArguments.Open(result.GetRequiredValue(bundle));
            var outcome = await ProgressBars.RunAsync(Title, progress => BundleLoader.LoadAsync(stream, request, progress, cancellation));
            switch (outcome)
            {
                case LoadOutcome.Loaded(var list, var signer, var notes):
                    if (result.GetValue(json)) Console.Out.WriteLine(BundleReport.Of(list, signer, notes).ToJson());
                    else
                    {
                        foreach (var line in BundleArguments.ContentLines(list)) Console.Out.WriteLine(line);
                        foreach (var note in notes) Console.Error.WriteLine(note);
                        Console.Out.WriteLine($"loaded, signed by {signer.Fingerprint}");
                    }
                    return 0;
                case LoadOutcome.Refused(var problems):
                    return Ending.Failed([.. problems, $"{Title}: not loaded: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}"]);
                default:
                    throw new InvalidOperationException($"no case for {outcome}");
            }
        }));
        return command;
    }
}
