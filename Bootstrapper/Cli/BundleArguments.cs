using System.CommandLine;
using Sextant.Bundle;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Cli;

/// <summary>What the verbs about bundles have in common.</summary>
internal static class BundleArguments
{
    public static Option<string> State() => new("--state") { Description = "The state folder, with the registry and the keys.", DefaultValueFactory = _ => "/var/lib/sextant" };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON." };

    public static Argument<string> BundleFile() => new("BUNDLE") { Description = "The bundle, such as site.tar.zst; - reads standard input." };

    /// <summary>Opens a bundle's file, or standard input.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static Stream Open(string file) =>
        file != "-" && !File.Exists(file) ? throw new FileNotFoundException($"{file}: there is no such file", file)
        : file == "-" ? Console.OpenStandardInput() : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan | FileOptions.Asynchronous);

    /// <summary>Does the work; what the disk refuses and what is interrupted is said on standard error.</summary>
    /// <param name="title">What the work is.</param>
    /// <param name="afterwards">What remains when it breaks off, and what to do: a sentence.</param>
    /// <param name="work">The work; its exit code.</param>
    public static async Task<int> GuardAsync(string title, string afterwards, Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException)
        {
            return Ending.Failed([$"{title}: stopped; {afterwards}"]);
        }
        catch (FileNotFoundException nothing)
        {
            return Ending.Failed($"{title}: {nothing.Message}");
        }
        catch (IOException full) when (Durable.IsDiskFull(full))
        {
            return Ending.Failed([$"{title}: the disk is full: {full.Message}; make room and run it again; {afterwards}"]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Ending.Failed([$"{title}: {failure.Message}; {afterwards}"]);
        }
    }

    /// <summary>One line for each asset and image of a list: name, size, digest.</summary>
    public static IEnumerable<string> ContentLines(BundleDocument list)
    {
        var entries = list.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        foreach (var asset in list.Assets)
            yield return $"asset  {asset.Path}  {Octets.Text(entries[BundleLayout.Asset(asset.Path)].Size)}  sha256:{entries[BundleLayout.Asset(asset.Path)].Sha256}";
        foreach (var image in list.Images)
            yield return $"image  {image.Reference}  {Octets.Text(SizeOf(image, entries))}  {image.Digest}";
    }

    /// <summary>What an image takes in the bundle, in octets.</summary>
    public static long SizeOf(BundledImage image, IReadOnlyDictionary<string, BundleEntry> entries) =>
        image.Manifests.Select(manifest => manifest.Digest).Concat(image.Blobs).Distinct().Sum(digest => entries[BundleLayout.Blob(digest)].Size);
}
