using System.CommandLine;
using Sextant.Cluster;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Cli;

/// <summary><c>sextant images push</c>: fills another registry with what is here.</summary>
public static class ImagesPushCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(ImagesOptions common)
    {
        var names = new Argument<string[]>("IMAGE") { Description = "Names of images that are here.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "Every image that has a tag." };
        var to = new Option<string?>("--to") { Description = "HOST[:PORT][/PREFIX] of the other registry; registry.address of --file when it is not given." };
        var keepHost = new Option<bool>("--keep-host") { Description = "Push registry.k8s.io/pause as HOST/registry.k8s.io/pause, not as HOST/pause." };
        var file = new Option<string?>("--file") { Description = "A cluster description with an external registry: its address, authority and account." };
        var access = new RegistryAccessOptions();
        var command = new Command("push", "Push images to another registry.")
        {
            names, all, to, keepHost, file, access.Authority, access.Username, access.PasswordFile, access.PlainHttp,
        };
        names.Validators.Add(ImagesCommand.AreNames);
        command.SetAction((arguments, cancellation) =>
        {
            var given = arguments.GetValue(names) ?? [];
            if (given.Length == 0 != arguments.GetValue(all)) return Task.FromResult(Ending.Misused("name images, or say --all"));
            if (arguments.GetValue(to) is null == arguments.GetValue(file) is null) return Task.FromResult(Ending.Misused("say where to with --to, or with the external registry of --file"));
            return ImagesCommand.RunAsync(arguments.GetRequiredValue(common.State), async store =>
            {
                var (target, reach) = arguments.GetValue(file) is { } path ? External(path) : (arguments.GetValue(to)!, access.Read(arguments));
                var problems = new List<string>();
                var images = arguments.GetValue(all) ? await TaggedAsync(store, cancellation) : Named(store, given, problems);
                if (problems.Count > 0) return Ending.Failed(problems);
                if (images.Count == 0) await Console.Error.WriteLineAsync($"{store.Folder} has no image with a tag: nothing is pushed");
                var slash = target.IndexOf('/', StringComparison.Ordinal);
                var (host, prefix) = slash < 0 ? (target, "") : (target[..slash], target[(slash + 1)..].Trim('/'));
                var outcomes = await ProgressBars.RunAsync("push", progress => PushAsync(new ImagePusher(store, host, prefix, arguments.GetValue(keepHost), reach, progress), images, cancellation));
                Print(outcomes.OfType<PushOutcome.Pushed>().Select(outcome => outcome.Image).ToArray(), arguments.GetValue(common.Json));
                var refused = outcomes.OfType<PushOutcome.Refused>().Select(outcome => outcome.Problem).ToArray();
                return refused.Length == 0 ? 0 : Ending.Failed(refused);
            });
        });
        return command;
    }

    /// <summary>The external registry of a cluster description. Files it names are relative to its folder.</summary>
    private static (string Target, RegistryAccess Access) External(string path)
    {
        var read = ClusterFile.Load(path);
        if (read.Description is not { } cluster) throw new ImageException(string.Join('\n', read.Problems.Select(problem => problem.ToString())));
        if (cluster.Registry is not { Mode: RegistryMode.External, Address: { } address } registry) throw new ImageException($"{path} has no external registry; say where to with --to");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return (address, RegistryAccessOptions.Make(Beside(registry.CaFile), registry.Username, Beside(registry.PasswordFile), plainHttp: false));

        string? Beside(GivenFile? named) => named is null ? null : Path.Combine(folder, named.Path);
    }

    private static async Task<IReadOnlyList<(RepositoryName, TagName?, Digest)>> TaggedAsync(RegistryStore store, CancellationToken cancellation) =>
        [.. (await ImageListing.ReadAsync(store, cancellation)).Where(image => image.Tag is not null).Select(image => (image.Repository, image.Tag, image.Digest))];

    private static List<(RepositoryName, TagName?, Digest)> Named(RegistryStore store, string[] names, List<string> problems)
    {
        var images = new List<(RepositoryName, TagName?, Digest)>();
        foreach (var name in names)
            if (ImageListing.Find(store, name, out var problem) is { } found) images.Add(found);
            else problems.Add(problem!);
        return images;
    }

    /// <summary>Pushes one after the other. Two images that would have one name there are not pushed over each other.</summary>
    private static async Task<IReadOnlyList<PushOutcome>> PushAsync(ImagePusher pusher, IReadOnlyList<(RepositoryName Here, TagName? Tag, Digest Digest)> images, CancellationToken cancellation)
    {
        using (pusher)
        {
            var outcomes = new List<PushOutcome>();
            var taken = new Dictionary<string, (RepositoryName Here, Digest Digest)>(StringComparer.Ordinal);
            foreach (var (here, tag, digest) in images)
            {
                var there = $"{pusher.NameOf(here)}:{tag}";
                if (tag is not null && taken.TryGetValue(there, out var other) && other.Digest != digest)
                    outcomes.Add(new PushOutcome.Refused($"{here}:{tag}: {other.Here}:{tag} has the same name there, {there}, and is another image; push with --keep-host"));
                else outcomes.Add(await pusher.PushAsync(here, tag, digest, cancellation));
                taken.TryAdd(there, (here, digest));
            }
            return outcomes;
        }
    }

    private static void Print(PushedImage[] images, bool json)
    {
        if (json) Console.Out.WriteLine(System.Text.Json.JsonSerializer.Serialize([.. images.Select(image => new PushedLine(image.Name, image.Digest.ToString(), image.Size, image.Note))], ImagesJson.Default.PushedLineArray));
        else foreach (var image in images) Console.Out.WriteLine($"{image.Name}  {image.Digest}  {Octets.Text(image.Size)}{(image.Note is { } note ? $"  ({note})" : "")}");
    }
}

/// <summary>An image of <c>images push --json</c>.</summary>
/// <param name="Image">Its name there.</param>
/// <param name="Digest">Its digest there.</param>
/// <param name="Size">Octets.</param>
/// <param name="Note">What is different there; null for nothing.</param>
internal sealed record PushedLine(string Image, string Digest, long Size, string? Note);
