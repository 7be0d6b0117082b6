using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Cli;

/// <summary><c>sextant images</c>: the container images that machines find here. Works in the registry's folder, whether the service runs or not.</summary>
public static class ImagesCommand
{
    /// <summary>The verb with its own verbs.</summary>
    public static Command Create()
    {
        var state = new Option<string>("--state") { Description = "The state folder.", DefaultValueFactory = _ => "/var/lib/sextant", Recursive = true };
        var json = new Option<bool>("--json") { Description = "Print JSON.", Recursive = true };
        var common = new ImagesOptions(state, json);
        return new Command("images", "Load, pull, push and list the container images that machines find here.")
        {
            state, json, ImagesLoadCommand.Create(common), ImagesPullCommand.Create(common), ImagesPushCommand.Create(common), ImagesListCommand.Create(common), ImagesRemoveCommand.Create(common), ImagesGcCommand.Create(common),
            ImagesVerifyCommand.Create(common),
        };
    }

    /// <summary>A line or a JSON object for each image.</summary>
    internal static void Print(IEnumerable<TakenImage> images, bool json)
    {
        var lines = images.Select(image => new ImageLine(image.Reference.ToString(), image.Digest.ToString(), image.Size, image.Platforms)).Distinct().ToArray();
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(lines, ImagesJson.Default.ImageLineArray));
        else foreach (var line in lines) Console.Out.WriteLine($"{line.Image}  {line.Digest}  {Octets.Text(line.Size)}{(line.Platforms.Count == 0 ? "" : "  " + string.Join(',', line.Platforms))}");
    }

    /// <summary>Every word of an argument is an image's name, or the usage is wrong.</summary>
    internal static void AreNames(ArgumentResult argument)
    {
        foreach (var token in argument.Tokens)
            if (token.Value[..Math.Min(1, token.Value.Length)] != "-" && !ImageReference.TryParse(token.Value, out _, out var problem)) argument.AddError(problem);
    }

    /// <summary>Does the work of a verb; the registry's folder and the disk may fail it.</summary>
    /// <param name="state">The state folder.</param>
    /// <param name="work">The work; its exit code.</param>
    /// <param name="isNew">Whether the folder may be made: only by verbs that put images into it, else a mistyped <c>--state</c> looks like an empty registry.</param>
    internal static async Task<int> RunAsync(string state, Func<RegistryStore, Task<int>> work, bool isNew = false)
    {
        if (File.Exists(state)) return Ending.Failed($"{state} is a file; --state is the state folder of the service");
        if (!isNew && !Directory.Exists(state)) return Ending.Failed($"{state}: there is no such folder; --state is the state folder of the service");
        try
        {
            return await work(RegistryStore.Open(Path.Combine(state, "registry")));
        }
        catch (OperationCanceledException)
        {
            return Ending.Failed("stopped; what is complete is kept, and the same command goes on from there");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ImageException)
        {
            return Ending.Failed(failure.Message);
        }
    }
}

/// <summary>The options of every verb of <c>sextant images</c>.</summary>
/// <param name="State">The state folder.</param>
/// <param name="Json">Whether JSON is printed.</param>
public sealed record ImagesOptions(Option<string> State, Option<bool> Json);

/// <summary>An image as JSON.</summary>
/// <param name="Image">Its name.</param>
/// <param name="Digest">Its manifest's digest.</param>
/// <param name="Size">Octets.</param>
/// <param name="Platforms">The platforms that are here.</param>
internal sealed record ImageLine(string Image, string Digest, long Size, IReadOnlyList<string> Platforms)
{
    /// <inheritdoc/>
    public bool Equals(ImageLine? other) => other is not null && (Image, Digest) == (other.Image, other.Digest);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Image, Digest);
}

/// <summary>An image of <c>images list --json</c>.</summary>
/// <param name="Image">Its name.</param>
/// <param name="Digest">Its manifest's digest; null when it is missing.</param>
/// <param name="Size">Octets; 0 when it is missing.</param>
/// <param name="Platforms">The platforms that are here.</param>
/// <param name="Needed">Why the cluster needs it; null when it does not, or no description was given.</param>
/// <param name="Present">Whether it is here, with the digest that is pinned.</param>
internal sealed record ListedLine(string Image, string? Digest, long Size, IReadOnlyList<string> Platforms, string? Needed, bool Present);

/// <summary>What <c>images gc --json</c> prints.</summary>
/// <param name="DryRun">Whether nothing was removed.</param>
/// <param name="Manifests">Manifests, as <c>repository@digest</c>.</param>
/// <param name="Blobs">Blobs.</param>
/// <param name="Octets">What the blobs take.</param>
/// <param name="Uploads">Uploads nobody came back for.</param>
internal sealed record CollectedLine(bool DryRun, IReadOnlyList<string> Manifests, IReadOnlyList<string> Blobs, long Octets, int Uploads);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImageLine[]))]
[JsonSerializable(typeof(ListedLine[]))]
[JsonSerializable(typeof(CollectedLine))]
[JsonSerializable(typeof(PushedLine[]))]
[JsonSerializable(typeof(RemovedLine[]))]
[JsonSerializable(typeof(StoreProblem[]))]
internal sealed partial class ImagesJson : JsonSerializerContext;
