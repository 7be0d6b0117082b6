using System.CommandLine;
using System.Text.Json;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Cli;

/// <summary><c>sextant images gc</c>: gives back the space of what no image needs.</summary>
public static class ImagesGcCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(ImagesOptions common)
    {
        var untagged = new Option<bool>("--untagged") { Description = "Also remove images that no tag leads to." };
        var grace = new Option<TimeSpan?>("--grace") { Description = "What is younger stays: 90m, 24h, 7d; a day unless said otherwise.", CustomParser = TimeArgument.Parse };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be removed." };
        var command = new Command("gc", "Remove what no image needs. Safe while the service runs.") { untagged, grace, dryRun };
        command.SetAction((arguments, cancellation) => ImagesCommand.RunAsync(arguments.GetRequiredValue(common.State), async store =>
        {
            var request = new CollectionRequest(arguments.GetValue(grace) ?? CollectionRequest.DefaultGrace, arguments.GetValue(untagged), arguments.GetValue(dryRun));
            switch (await GarbageCollection.RunAsync(store, request, TimeProvider.System.GetUtcNow(), cancellation))
            {
                case CollectionOutcome.Collected collected:
                    Print(collected, request.DryRun, arguments.GetValue(common.Json));
                    return 0;
                case CollectionOutcome.Refused(var problems):
                    return Ending.Failed(problems);
                case var other:
                    throw new InvalidOperationException($"no such end of a collection: {other}");
            }
        }));
        return command;
    }

    private static void Print(CollectionOutcome.Collected collected, bool dryRun, bool json)
    {
        if (json)
        {
            var line = new CollectedLine(dryRun, collected.Manifests, [.. collected.Blobs.Select(blob => blob.ToString())], collected.Octets, collected.Uploads);
            Console.Out.WriteLine(JsonSerializer.Serialize(line, ImagesJson.Default.CollectedLine));
            return;
        }
        foreach (var manifest in collected.Manifests) Console.Out.WriteLine(manifest);
        Console.Out.WriteLine(
            $"{(dryRun ? "would remove" : "removed")} {collected.Manifests.Count} manifests, {collected.Blobs.Count} blobs ({Octets.Text(collected.Octets)}), {collected.Uploads} unfinished uploads");
    }
}
