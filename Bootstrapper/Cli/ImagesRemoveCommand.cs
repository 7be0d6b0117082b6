using System.CommandLine;
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
            foreach (var name in arguments.GetRequiredValue(names))
            {
                if (ImageListing.Find(store, name, out var problem) is not { } found)
                {
                    if (ImageListing.FindBrokenTag(store, name) is var (repository, broken))
                    {
                        store.DeleteTag(repository, broken);
                        Console.Out.WriteLine($"removed {name} (led to no image)");
                    }
                    else status = ImagesCommand.Fail(problem!);
                    continue;
                }
                if (found.Tag is { } tag) store.DeleteTag(found.Repository, tag);
                else await store.DeleteManifestAsync(found.Repository, found.Digest, cancellation);
                Console.Out.WriteLine($"removed {name} ({found.Digest})");
            }
            return status;
        }));
        return command;
    }
}
