using System.CommandLine;
using Sextant.Images;

namespace Sextant.Cli;

/// <summary><c>sextant images pull</c>: images from other registries, those that are named or those that the cluster needs.</summary>
public static class ImagesPullCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(ImagesOptions common)
    {
        var names = new Argument<string[]>("IMAGE") { Description = "Names; without any, everything that the cluster of --file needs.", Arity = ArgumentArity.ZeroOrMore };
        var platform = new Option<PlatformChoice>("--platform")
        {
            Description = "linux/amd64, another platform, or all.", DefaultValueFactory = _ => PlatformChoice.Default,
            CustomParser = argument =>
            {
                if (PlatformChoice.TryParse(argument.Tokens[0].Value, out var choice)) return choice;
                argument.AddError($"'{argument.Tokens[0].Value}' is no platform such as linux/amd64, linux/arm64/v8 or all");
                return null;
            },
        };
        var mirrors = new Option<string[]>("--mirror") { Description = "HOST=URL: ask this address for images of that registry." };
        var parallel = new Option<int>("--parallel") { Description = "How many blobs at a time.", DefaultValueFactory = _ => ImagePuller.DefaultParallel };
        parallel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 64) result.AddError("--parallel is 1 to 64");
        });
        var wanted = new WantedImagesOptions();
        var access = new RegistryAccessOptions();
        var command = new Command("pull", "Fetch images from other registries, digests verified; what broke off goes on.")
        {
            names, wanted.File, wanted.Assets, platform, mirrors, parallel, access.Authority, access.Username, access.PasswordFile, access.PlainHttp,
        };
        command.SetAction((arguments, cancellation) =>
        {
            var given = arguments.GetValue(names) ?? [];
            if (given.Length == 0 == arguments.GetValue(wanted.File) is null) return Task.FromResult(Usage("name images, or a cluster description with --file"));
            return ImagesCommand.RunAsync(arguments.GetRequiredValue(common.State), async store =>
            {
                if (References(arguments, given, wanted, out var problems) is not { } references) return ImagesCommand.Fail(problems);
                var reach = access.Read(arguments) with { Mirrors = Mirrors(arguments.GetValue(mirrors) ?? []) };
                if (reach.Account is not null && references.Select(reference => reach.Mirrors.GetValueOrDefault(reference.Host)?.Authority ?? reference.Host).Distinct(StringComparer.Ordinal).Count() > 1)
                    return ImagesCommand.Fail("--username is for images of one registry; the others must not learn the password. Pull from one at a time");
                var outcomes = await ProgressBars.RunAsync("pull", async progress =>
                {
                    using var puller = new ImagePuller(store, reach, arguments.GetValue(parallel), progress);
                    var ends = new List<IntakeOutcome>();
                    foreach (var reference in references) ends.Add(await puller.PullAsync(reference, arguments.GetRequiredValue(platform), cancellation));
                    return ends;
                });
                ImagesCommand.Print(outcomes.OfType<IntakeOutcome.Taken>().SelectMany(outcome => outcome.Images), arguments.GetValue(common.Json));
                var refused = outcomes.OfType<IntakeOutcome.Refused>().Select(outcome => outcome.Problem).ToArray();
                return refused.Length == 0 ? 0 : ImagesCommand.Fail(refused);
            });
        });
        return command;
    }

    private static IReadOnlyList<ImageReference>? References(ParseResult arguments, string[] given, WantedImagesOptions wanted, out IReadOnlyList<string> problems)
    {
        if (given.Length == 0) return wanted.Read(arguments, out problems)?.Select(image => image.Reference).ToArray();
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

    private static int Usage(string problem)
    {
        Console.Error.WriteLine(problem);
        return 2;
    }
}
