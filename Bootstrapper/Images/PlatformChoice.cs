using System.Diagnostics.CodeAnalysis;
using Sextant.Registry;

namespace Sextant.Images;

/// <summary>Which platforms of an image for several are wanted: one, or all there are.</summary>
public sealed record PlatformChoice
{
    private PlatformChoice(ImagePlatform? only) => Only = only;

    /// <summary>Every platform.</summary>
    public static readonly PlatformChoice All = new(only: null);

    /// <summary>What Sextant's machines are.</summary>
    public static readonly PlatformChoice Default = new(new ImagePlatform("linux", "amd64", ""));

    /// <summary>The one platform; null for all.</summary>
    public ImagePlatform? Only { get; }

    /// <summary>Reads <c>all</c>, <c>linux/amd64</c> or <c>linux/arm64/v8</c>.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PlatformChoice? choice)
    {
        choice = null;
        if (text == "all") choice = All;
        else if (text?.Split('/') is { Length: 2 or 3 } parts && parts.All(part => part.Length > 0 && part.All(char.IsAsciiLetterOrDigit)))
            choice = new PlatformChoice(new ImagePlatform(parts[0], parts[1], parts.Length == 3 ? parts[2] : ""));
        return choice is not null;
    }

    /// <summary>Whether an image for a platform is wanted. A variant that was not asked for is no obstacle.</summary>
    public bool Wants(ImagePlatform? platform) =>
        Only is null || platform is not null && platform.Os == Only.Os && platform.Architecture == Only.Architecture && (Only.Variant.Length == 0 || platform.Variant == Only.Variant);

    /// <inheritdoc/>
    public override string ToString() => Only?.ToString() ?? "all";
}
