using System.Text.Json;
using Sextant.Primitives;

namespace Sextant.Bundle;

/// <summary>What looking at a bundle gave.</summary>
public abstract record InspectionOutcome
{
    private InspectionOutcome() { }

    /// <summary>It is what its list says, as far as it was read.</summary>
    /// <param name="List">What is in it.</param>
    /// <param name="Signer">Who signed it.</param>
    /// <param name="Packages">The names of the packages of its bill of materials.</param>
    /// <param name="Licences">The licences these declare, in ordinal order.</param>
    /// <param name="IsVerified">True when every digest was checked.</param>
    public sealed record Inspected(BundleDocument List, BundleSigner Signer, IReadOnlyList<string> Packages, IReadOnlyList<string> Licences, bool IsVerified) : InspectionOutcome;

    /// <summary>It is no bundle, or damaged.</summary>
    /// <param name="Problem">Why.</param>
    public sealed record Damaged(string Problem) : InspectionOutcome;
}

/// <summary>Looks at a bundle: its head is enough, unless everything is to be verified.</summary>
public static class BundleInspection
{
    private const long LargestSbom = 256 * 1024 * 1024;

    /// <summary>Reads list, signature and bill of materials, and the rest when asked to.</summary>
    /// <param name="bundle">The bundle's octets.</param>
    /// <param name="isEverything">Whether to read to the end and check every digest.</param>
    /// <param name="progress">Told of each entry.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<InspectionOutcome> RunAsync(Stream bundle, bool isEverything, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        try
        {
            using var reader = await BundleReader.OpenAsync(bundle, cancellation);
            if (await reader.NextAsync(cancellation) is not var (entry, content) || entry.Path != BundleLayout.Sbom || entry.Size > LargestSbom)
                throw new BundleException("has no usable bill of materials");
            var sbom = new byte[entry.Size];
            await content.ReadExactlyAsync(sbom, cancellation);
            await reader.FinishEntryAsync(cancellation);
            while (isEverything && await reader.NextAsync(cancellation) is var (next, _))
            {
                progress.Report(new WorkProgress(next.Path, 0, next.Size));
                await reader.FinishEntryAsync(cancellation);
                progress.Report(new WorkProgress(next.Path, next.Size, next.Size));
            }
            using var document = JsonDocument.Parse(sbom);
            var packages = document.RootElement.GetProperty("packages").EnumerateArray().ToArray();
            return new InspectionOutcome.Inspected(
                reader.List, reader.Signer, [.. packages.Select(package => package.GetProperty("name").GetString()!)],
                [.. packages.Select(package => package.GetProperty("licenseDeclared").GetString()!).Where(licence => licence != BundlePlan.NoAssertion).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                isEverything);
        }
        catch (BundleException fault)
        {
            return new InspectionOutcome.Damaged($"the bundle {fault.Message}");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new InspectionOutcome.Damaged($"the bundle has a bill of materials that cannot be read: {fault.Message}");
        }
    }
}
