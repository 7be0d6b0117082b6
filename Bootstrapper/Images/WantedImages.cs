using Sextant.Assets;

namespace Sextant.Images;

/// <summary>An image that a cluster needs here, under its whole name.</summary>
/// <param name="Reference">The name, with the digest when the manifest or the description pins one.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record WantedImage(ImageReference Reference, string Reason)
{
    /// <summary>What the operator's own build was taken in as; null for an image that others have, too. Nobody has the operator's.</summary>
    public string? LocalSet { get; init; }
}

/// <summary>What a cluster needs of container images, as references. Pure.</summary>
/// <param name="Images">The images in the order of the needs, each once.</param>
/// <param name="Faults">Names that are none, for people; empty when manifest and description are right.</param>
public sealed record WantedImages(IReadOnlyList<WantedImage> Images, IReadOnlyList<string> Faults)
{
    /// <summary>The images of a site's needs.</summary>
    public static WantedImages Of(SiteNeeds needs)
    {
        var images = new List<WantedImage>();
        var faults = new List<string>();
        foreach (var needed in needs.Images)
        {
            if (!ImageReference.TryParse(needed.Reference, out var reference, out var problem)) faults.Add(problem);
            else images.Add(new WantedImage(needed.Digest is { } digest ? reference.Pinned(digest) : reference, needed.Reason) { LocalSet = needed.LocalSet });
        }
        return new WantedImages([.. images.DistinctBy(image => image.Reference.ToString(), StringComparer.Ordinal)], faults);
    }
}
