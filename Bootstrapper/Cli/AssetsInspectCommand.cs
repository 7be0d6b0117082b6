using System.CommandLine;
using Sextant.Bundle;

namespace Sextant.Cli;

/// <summary><c>sextant assets inspect site.tar.zst</c>: who signed a bundle and what is in it; loads nothing and trusts nobody.</summary>
internal static class AssetsInspectCommand
{
    private const string Title = "inspect";

    /// <summary>The verb. Exit code 1 when it is no whole bundle.</summary>
    public static Command Create()
    {
        var bundle = BundleArguments.BundleFile();
        var state = BundleArguments.State();
        var verify = new Option<bool>("--verify") { Description = "Read it to its end and check every digest." };
        var json = BundleArguments.Json();
        var command = new Command("inspect", "Show who signed a bundle and what is in it, without loading it.") { bundle, state, verify, json };
        command.SetAction((result, cancellation) => BundleArguments.GuardAsync(Title, "nothing was changed", async () =>
        {
            await using var stream = BundleArguments.Open(result.GetRequiredValue(bundle));
            var outcome = await ProgressBars.RunAsync(Title, progress => BundleInspection.RunAsync(stream, result.GetValue(verify), progress, cancellation));
            if (outcome is InspectionOutcome.Damaged(var problem)) return Ending.Failed([problem]);
            var inspected = (InspectionOutcome.Inspected)outcome;
            var report = BundleReport.Of(inspected.List, inspected.Signer, []) with
            {
                SbomPackages = inspected.Packages.Count,
                IsTrusted = new BundleKeyFolder(result.GetRequiredValue(state)).IsTrusted(inspected.Signer),
                IsVerified = inspected.IsVerified,
            };
            if (result.GetValue(json))
            {
                Console.Out.WriteLine(report.ToJson());
                return 0;
            }
            Console.Out.WriteLine($"signed by {report.Signer}, {(report.IsTrusted == true ? "whom this site trusts" : "whom this site does not know")}");
            Console.Out.WriteLine(report.Cluster is null ? "for no cluster in particular" : $"for the cluster {report.Cluster}: {(report.Missing.Count == 0 ? "complete" : "incomplete")}");
            foreach (var missing in report.Missing) Console.Out.WriteLine($"lacks  {missing}");
            foreach (var line in BundleArguments.ContentLines(inspected.List)) Console.Out.WriteLine(line);
            Console.Out.WriteLine($"bill of materials (SPDX 2.3): {inspected.Packages.Count} packages, licences {string.Join(", ", inspected.Licences)}");
            Console.Out.WriteLine(inspected.IsVerified ? "every digest is right" : "list, signature and bill of materials are right; --verify checks every digest");
            return 0;
        }));
        return command;
    }
}
