namespace Sextant.Planning;

/// <summary>Everything besides the description that a plan is made from. Immutable.</summary>
/// <param name="Templates">The texts.</param>
/// <param name="Anchors">The authorities machines pin.</param>
/// <param name="Pins">What the site has, by digest and tag.</param>
public sealed record PlanMaterial(TemplateSet Templates, TrustAnchors Anchors, SitePins Pins)
{
    /// <summary>What the files hold that the description names.</summary>
    public SiteFiles Files { get; init; } = SiteFiles.None;

    /// <summary>The site's secrets; null where plans are only looked at.</summary>
    public SiteKeys? Keys { get; init; }
}

/// <summary>
/// What the asset manifest pins for one cluster: what a plan names, it names by these. A plan that needs something else is not made.
/// </summary>
/// <param name="Files">Files machines fetch from <c>/assets/</c>, by path.</param>
/// <param name="Images">Full references of container images, <c>registry.k8s.io/pause:3.10.2</c>.</param>
public sealed record SitePins(IReadOnlyDictionary<string, PinnedFile> Files, IReadOnlyList<string> Images)
{
    /// <summary>What the machines of this cluster boot for the installation, and what is written to their disks.</summary>
    public IReadOnlyList<PinnedBootFile> BootFiles { get; init; } = [];

    /// <summary>The one boot file of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="name">What its path contains where there are several of the kind, else null.</param>
    /// <exception cref="PinException">None is pinned, or several are.</exception>
    public PinnedBootFile BootFile(BootFileKind kind, string? name = null)
    {
        PinnedBootFile[] found = [.. BootFiles.Where(file => file.Kind == kind && (name is null || file.Path.Contains(name, StringComparison.Ordinal)))];
        return found.Length == 1
            ? found[0]
            : throw new PinException($"{(found.Length == 0 ? "no" : "more than one")} {kind.ToString().ToLowerInvariant()} {name} is pinned for this cluster's operating system; 'sextant assets list --all' shows what is");
    }

    /// <summary>The image of that repository, with its tag.</summary>
    /// <param name="repository">Registry and repository, <c>registry.k8s.io/pause</c>.</param>
    /// <exception cref="PinException">None is pinned.</exception>
    public string Image(string repository) =>
        Images.FirstOrDefault(image => image.StartsWith(repository + ":", StringComparison.Ordinal) || image.StartsWith(repository + "@", StringComparison.Ordinal))
        ?? throw new PinException($"no image of {repository} is pinned for this cluster; 'sextant assets list --all' shows what is");

    /// <summary>The one file below a folder, whatever its version: <c>crictl</c> finds <c>crictl/crictl-v1.36.0-linux-amd64.tar.gz</c>.</summary>
    /// <param name="folder">The first part of the path, <c>crictl</c>.</param>
    /// <param name="name">The last part of the path where the folder has several files, else null.</param>
    /// <exception cref="PinException">None is pinned, or several are.</exception>
    public PinnedFile File(string folder, string? name = null)
    {
        PinnedFile[] found = [.. Files.Values.Where(file => file.Path.StartsWith(folder + "/", StringComparison.Ordinal) && (name is null || file.Path.EndsWith("/" + name, StringComparison.Ordinal)))];
        return found.Length == 1
            ? found[0]
            : throw new PinException($"{(found.Length == 0 ? "no file" : "more than one file")} {folder}/{name ?? "*"} is pinned for this cluster; 'sextant assets list --all' shows what is");
    }
}

/// <summary>A file of the site that machines fetch.</summary>
/// <param name="Path">Its path below <c>/assets/</c>.</param>
/// <param name="Sha256">Its digest, lower-case hex.</param>
public sealed record PinnedFile(string Path, string Sha256);

/// <summary>A file that an installation boots or writes to disk.</summary>
/// <param name="Path">Its path below <c>/assets/</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Version">Upstream's version; null where it has none.</param>
/// <param name="Key">Where below <c>/assets/</c> the OpenPGP key is that it is signed by; null when no signature vouches for it.</param>
public sealed record PinnedBootFile(string Path, BootFileKind Kind, string? Version, string? Key);

/// <summary>What a boot file is.</summary>
public enum BootFileKind
{
    /// <summary>A kernel.</summary>
    Kernel,
    /// <summary>An initramfs.</summary>
    Initrd,
    /// <summary>A root file system or a disk image.</summary>
    Image,
}

/// <summary>A plan needs what the asset manifest does not pin for its cluster.</summary>
/// <param name="problem">What is missing.</param>
public sealed class PinException(string problem) : Exception(problem);

/// <summary>What every master holds and nobody else may know. Made once for a site; losing the second means losing every Secret of the cluster.</summary>
/// <param name="ServiceAccountKey">PEM of the private key (P-256) that signs the tokens of service accounts.</param>
/// <param name="EncryptionKey">Base64 of the 32 octets that Secrets are encrypted with in etcd.</param>
public sealed record SiteKeys(string ServiceAccountKey, string EncryptionKey)
{
    /// <summary>Nothing of them: they must not get into a log by way of a value that is printed.</summary>
    public override string ToString() => nameof(SiteKeys);
}
