using System.CommandLine;
using Sextant.Images;

namespace Sextant.Cli;

/// <summary><c>sextant images load</c>: images out of archives, OCI layouts and container engines.</summary>
public static class ImagesLoadCommand
{
    private const string StandardInput = "-";

    /// <summary>The verb.</summary>
    public static Command Create(ImagesOptions common)
    {
        var sources = new Argument<string[]>("SOURCE") { Description = "Archives (packed or not), OCI layouts, or - for standard input; with --from-docker, names of images.", Arity = ArgumentArity.ZeroOrMore };
        var name = new Option<string?>("--name") { Description = "What the one image of the one source is called." };
        var engine = new Option<string?>("--from-docker")
        {
            Description = $"Take the images from the container engine at this Unix socket; {DockerEngine.DefaultSocket} when none is given.", Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("load", "Load images from 'docker save' and 'podman save' archives, OCI archives and layouts, or a container engine.") { sources, name, engine };
        command.SetAction((arguments, cancellation) =>
        {
            var given = arguments.GetValue(sources) ?? [];
            ImageReference? reference = null;
            if (arguments.GetValue(name) is { } text && !ImageReference.TryParse(text, out reference, out var problem)) return Task.FromResult(Ending.Misused($"--name: {problem}"));
            var fromEngine = arguments.GetResult(engine) is not null;
            if (!fromEngine && given.Length == 0) return Task.FromResult(Ending.Misused("nothing to load: name an archive, an OCI layout, - for standard input, or --from-docker"));
            if (reference is not null && (fromEngine || given.Length != 1)) return Task.FromResult(Ending.Misused("--name names the image of one archive or layout"));
            return ImagesCommand.RunAsync(arguments.GetRequiredValue(common.State), async store =>
            {
                var outcomes = await ProgressBars.RunAsync("load", async progress =>
                {
                    var loader = new ImageLoader(store, progress);
                    if (!fromEngine) return await LoadAsync(loader, given, reference, cancellation);
                    using var docker = new DockerEngine(arguments.GetValue(engine) is { Length: > 0 } socket ? socket : DockerEngine.DefaultSocket, loader);
                    return [await docker.LoadAsync(given, cancellation)];
                });
                ImagesCommand.Print(outcomes.OfType<IntakeOutcome.Taken>().SelectMany(outcome => outcome.Images), arguments.GetValue(common.Json));
                var refused = outcomes.OfType<IntakeOutcome.Refused>().Select(outcome => outcome.Problem).ToArray();
                return refused.Length == 0 ? 0 : Ending.Failed(refused);
            }, isNew: true);
        });
        return command;
    }

    private static async Task<IReadOnlyList<IntakeOutcome>> LoadAsync(ImageLoader loader, string[] sources, ImageReference? name, CancellationToken cancellation)
    {
        var outcomes = new List<IntakeOutcome>();
        foreach (var source in sources)
            if (source == StandardInput) outcomes.Add(await loader.LoadAsync("standard input", Console.OpenStandardInput(), null, name, cancellation));
            else outcomes.Add(await loader.LoadAsync(source, name, cancellation));
        return outcomes;
    }
}
