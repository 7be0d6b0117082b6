using System.CommandLine;
using System.Text.Json;
using Sextant.Images;

namespace Sextant.Cli;

/// <summary><c>sextant images remove</c>: takes names away; the space comes back with <c>sextant images gc</c>.</summary>
public static class ImagesRemoveCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(ImagesOptions common)
    {
        var names = new Argument<string[]>("IMAGE") { Description = "Names with tag, or with @digest for the manifest and all its tags.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("remove", "Remove images; 'gc' then gives the space back.") { names };
        names.Validators.Add(ImagesCommand.AreNames);
        command.SetAction((arguments, cancellation) => ImagesCommand.RunAsync(arguments.GetRequiredValue(common.State), async store =>
        {
            var status = 0;
            var removed = new List<RemovedLine>();
            foreach (var name in arguments.GetRequiredValue(names))
            {
                if (ImageListing.Find(store, name, out var problem) is not { } found)
                {
                    if (ImageListing.FindBrokenTag(store, name) is var (repository, broken))
                    {
                        store.DeleteTag(repository, broken);
                        removed.Add(new RemovedLine(name, null));
                    }
                    else status = Ending.Failed(problem!);
                    continue;
                }
                if (found.Tag is { } tag) store.DeleteTag(found.Repository, tag);
                else await store.DeleteManifestAsync(found.Repository, found.Digest, cancellation);
                removed.Add(new RemovedLine(name, found.Digest.ToString()));
            }
            if (arguments.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize([.. removed], ImagesJson.Default.RemovedLineArray));
            else foreach (var line in removed) Console.Out.WriteLine($"removed {line.Image} ({line.Digest ?? "led to no image"})");
            return status;
        }));
        return command;
    }
}

/// <summary>An image of <c>images remove --json</c>.</summary>
/// <param name="Image">Its name, as it was given.</param>
/// <param name="Digest">The manifest it led to; null when it led to none that is here.</param>
internal sealed record RemovedLine(string Image, string? Digest);
