using System.CommandLine;
using System.CommandLine.Parsing;
using Sextant.Cluster;
using Sextant.Images;

namespace Sextant.Cli;

/// <summary><c>sextant images pull</c>: images from other registries, those that are named or those that the cluster needs.</summary>
public static class ImagesPullCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(ImagesOptions common)
    {
        var names = new Argument<string[]>("IMAGE") { Description = "Names; without any, what the cluster of --file needs, or with --from everything the other bootstrapper has.", Arity = ArgumentArity.ZeroOrMore };
        var from = new Option<Uri?>("--from")
        {
            Description = $"Take everything from the registry of another bootstrapper: https://HOST, port {RegistryDescription.DefaultPort} unless said otherwise.", HelpName = "URL", CustomParser = Peer,
        };
        var platform = new Option<PlatformChoice?>("--platform")
        {
            Description = "linux/amd64, another platform, or all. Without it linux/amd64; with --from whatever the other bootstrapper has.",
            HelpName = "OS/ARCH",
            CustomParser = argument =>
            {
                if (PlatformChoice.TryParse(argument.Tokens[0].Value, out var choice)) return choice;
                argument.AddError($"'{argument.Tokens[0].Value}' is no platform such as linux/amd64, linux/arm64/v8 or all");
                return null;
            },
        };
        var mirrors = new Option<string[]>("--mirror") { Description = "Ask this address for images of that registry.", HelpName = "HOST=URL" };
        var parallel = new Option<int>("--parallel") { Description = "How many blobs at a time.", DefaultValueFactory = _ => ImagePuller.DefaultParallel };
        parallel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 64) result.AddError("--parallel is 1 to 64");
        });
        var wanted = new WantedImagesOptions();
        var access = new RegistryAccessOptions();
        var command = new Command("pull", "Fetch images from other registries, digests verified; what broke off goes on.")
        {
            names, wanted.File, wanted.Assets, from, platform, mirrors, parallel, access.Authority, access.Username, access.PasswordFile, access.PlainHttp,
        };
        names.Validators.Add(ImagesCommand.AreNames);
        command.SetAction((arguments, cancellation) =>
        {
            var given = arguments.GetValue(names) ?? [];
            var peer = arguments.GetValue(from);
            if (given.Length > 0 && wanted.IsNamed(arguments)) return Task.FromResult(Ending.Misused("name images, or a cluster description with --file, not both"));
            if (given.Length == 0 && peer is null && wanted.FileOf(arguments) is null) return Task.FromResult(Ending.Misused("name images, a cluster description with --file, or another bootstrapper with --from"));
            if (peer is not null && arguments.GetValue(mirrors) is { Length: > 0 }) return Task.FromResult(Ending.Misused("--from asks one registry for everything; --mirror has no meaning with it"));
            return ImagesCommand.RunAsync(arguments.GetRequiredValue(common.State), async store =>
            {
                IReadOnlyList<string> problems = [];
                IReadOnlyList<WantedImage> builds = [];
                var isEverything = peer is not null && given.Length == 0 && !wanted.IsNamed(arguments);
                if ((isEverything ? [] : References(arguments, given, wanted, peer is not null, out problems, out builds)) is not { } references) return Ending.Failed(problems);
                var reach = access.Read(arguments) with { Mirrors = Mirrors(arguments.GetValue(mirrors) ?? []), Peer = peer };
                if (reach.Account is not null && peer is null && references.Select(reference => reach.Mirrors.GetValueOrDefault(reference.Host)?.Authority ?? reference.Host).Distinct(StringComparer.Ordinal).Count() > 1)
                    return Ending.Failed("--username is for images of one registry; the others must not learn the password. Pull from one at a time");
                var outcomes = await ProgressBars.RunAsync("pull", async progress =>
                {
                    using var puller = new ImagePuller(store, reach, arguments.GetValue(parallel), progress);
                    var ends = new List<IntakeOutcome>();
                    var choice = arguments.GetValue(platform) ?? (peer is null ? PlatformChoice.Default : PlatformChoice.All);
                    foreach (var reference in isEverything ? await puller.ListAsync(cancellation) : references) ends.Add(await puller.PullAsync(reference, choice, cancellation));
                    return ends;
                });
                if (outcomes.Count + builds.Count == 0) await Console.Error.WriteLineAsync(isEverything ? $"{peer!.Authority} has no image with a tag" : "the cluster needs no image");
                ImagesCommand.Print(outcomes.OfType<IntakeOutcome.Taken>().SelectMany(outcome => outcome.Images), arguments.GetValue(common.Json));
                var refused = outcomes.OfType<IntakeOutcome.Refused>().Select(outcome => outcome.Problem).ToList();
                foreach (var build in builds)
                    if (await store.FindManifestAsync(build.Reference.Here, build.Reference.Asked, cancellation) is null)
                        refused.Add($"{build.Reference}: is a local build and not here; nobody else has it: take it in with 'sextant assets add {build.LocalSet} DIR', or load a bundle that has it");
                return refused.Count == 0 ? 0 : Ending.Failed(refused);
            }, isNew: true);
        });
        return command;
    }

    /// <summary>What is to be fetched, and apart from it what only the operator has; another bootstrapper may have that, too.</summary>
    private static List<ImageReference>? References(
        ParseResult arguments, string[] given, WantedImagesOptions wanted, bool fromPeer, out IReadOnlyList<string> problems, out IReadOnlyList<WantedImage> builds)
    {
        builds = [];
        if (given.Length == 0)
        {
            if (wanted.Read(arguments, out problems) is not { } images) return null;
            if (!fromPeer) builds = [.. images.Where(image => image.LocalSet is not null)];
            return [.. images.Except(builds).Select(image => image.Reference)];
        }
        var wrong = new List<string>();
        var references = new List<ImageReference>();
        foreach (var text in given)
            if (ImageReference.TryParse(text, out var reference, out var problem)) references.Add(reference);
            else wrong.Add(problem);
        problems = wrong;
        return wrong.Count == 0 ? references : null;
    }

    private static Dictionary<string, Uri> Mirrors(string[] texts)
    {
        var mirrors = new Dictionary<string, Uri>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var parts = text.Split('=', 2);
            if (parts.Length != 2 || parts[0].Length == 0 || !Uri.TryCreate(parts[1], UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
                throw new ImageException($"--mirror '{text}' is not HOST=URL such as docker.io=https://mirror.example");
            mirrors[parts[0]] = address;
        }
        return mirrors;
    }

    /// <summary>The address of a bootstrapper's registry; its port when none is written.</summary>
    private static Uri? Peer(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address is { AbsolutePath: "/", Query: "", UserInfo: "" })
            return address.IsDefaultPort && !text.TrimEnd('/').EndsWith($":{address.Port}", StringComparison.Ordinal) ? new UriBuilder(address) { Port = RegistryDescription.DefaultPort }.Uri : address;
        argument.AddError($"--from '{text}' is no address such as https://10.0.0.1:{RegistryDescription.DefaultPort}");
        return null;
    }
}
