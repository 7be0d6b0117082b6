using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>What an asset is for.</summary>
public enum AssetKind
{
    /// <summary>A network boot loader.</summary>
    Loader,
    /// <summary>A kernel.</summary>
    Kernel,
    /// <summary>An initramfs.</summary>
    Initrd,
    /// <summary>A root file system or disk image that is written to disks.</summary>
    Image,
    /// <summary>One program.</summary>
    Binary,
    /// <summary>An archive of programs.</summary>
    Archive,
    /// <summary>The detached signature of another file; machines check what they were given by it.</summary>
    Signature,
}

/// <summary>One line of <c>manifest.yaml</c>: a file that may exist in the asset folder.</summary>
/// <param name="Path">Its name in URLs and below the folder.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Description">One sentence for people.</param>
/// <param name="Version">Upstream's version; null when it is known only once the file was taken (packages, builds).</param>
/// <param name="Licence">SPDX expression.</param>
/// <param name="ByTftp">Whether TFTP may serve it.</param>
/// <param name="Source">Where it comes from, and how it is verified.</param>
/// <param name="Size">Size in octets; null when no source states it.</param>
/// <param name="For">Which clusters need it.</param>
public sealed record AssetEntry(
    string Path, AssetKind Kind, string Description, string? Version, string Licence, bool ByTftp, AssetSource Source, long? Size, NeedConditions For);

/// <summary>Where an asset comes from.</summary>
public abstract record AssetSource
{
    private AssetSource() { }

    /// <summary>The digest it must have; null when something else vouches for it.</summary>
    public virtual Digest? Pinned => null;

    /// <summary>A file of a web server, pinned by its digest, by a signature, or by both; never by neither.</summary>
    /// <param name="Url">Its address, the version filled in.</param>
    /// <param name="Sha256">Its digest; null when only a signature vouches for it.</param>
    /// <param name="Signature">Its detached signature; null when only a digest vouches for it.</param>
    public sealed record Download(Uri Url, Digest? Sha256, AssetSignature? Signature) : AssetSource
    {
        /// <inheritdoc/>
        public override Digest? Pinned => Sha256;

        /// <inheritdoc/>
        public override string ToString() => Url.ToString();
    }

    /// <summary>The signature that vouches for a download, kept beside it under the same name with <c>.sig</c>. It is good when it is of that file.</summary>
    /// <param name="Of">The path of the file it is of.</param>
    /// <param name="Signed">Where it comes from, and the key it is by.</param>
    public sealed record DetachedSignature(string Of, AssetSignature Signed) : AssetSource
    {
        /// <summary>What its name has more than that of the file.</summary>
        public const string Extension = ".sig";

        /// <inheritdoc/>
        public override string ToString() => Signed.Url.ToString();
    }

    /// <summary>A file in a Debian package; apt verifies the package by the distribution's signatures.</summary>
    /// <param name="Name">The package.</param>
    /// <param name="Member">The file in it, without a leading slash.</param>
    /// <param name="Architecture">The architecture whose package it is, in Debian's words; null for the host's.</param>
    public sealed record Package(string Name, string Member, string? Architecture = null) : AssetSource
    {
        /// <summary>The package with its architecture.</summary>
        public PackageOrigin From => new(Name, Architecture);

        /// <inheritdoc/>
        public override string ToString() => Architecture is null ? $"Debian package {Name}, {Member}" : $"Debian package {Name}:{Architecture}, {Member}";
    }

    /// <summary>Made here by <c>sextant assets build</c>.</summary>
    /// <param name="What">The build: <c>debian</c>.</param>
    public sealed record Build(string What) : AssetSource
    {
        /// <inheritdoc/>
        public override string ToString() => $"sextant assets build {What}";
    }

    /// <summary>Built by the operator and taken in by <c>sextant assets add</c>; nobody else has it.</summary>
    /// <param name="Set">What it was taken in as: <c>kubernetes</c>.</param>
    /// <param name="Sha256">Its digest.</param>
    public sealed record Local(string Set, Digest Sha256) : AssetSource
    {
        /// <inheritdoc/>
        public override Digest? Pinned => Sha256;

        /// <inheritdoc/>
        public override string ToString() => "local build";
    }
}

/// <summary>A Debian package.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Architecture">Its architecture in Debian's words; null for the host's.</param>
public readonly record struct PackageOrigin(string Name, string? Architecture)
{
    /// <summary>The name, with the architecture when there is one, as apt writes it.</summary>
    public override string ToString() => Architecture is null ? Name : $"{Name}:{Architecture}";
}

/// <summary>A detached OpenPGP signature of a download.</summary>
/// <param name="Url">Its address, the version filled in.</param>
/// <param name="Key">The name of the key under <c>keys</c> of the manifest.</param>
public sealed record AssetSignature(Uri Url, string Key);

/// <summary>An OpenPGP key that the manifest trusts.</summary>
/// <param name="Name">Its name in the manifest.</param>
/// <param name="Description">Whose it is.</param>
/// <param name="File">The armoured public key, below the asset folder.</param>
/// <param name="Fingerprint">Fingerprint of the primary key, 40 upper-case hexadecimal digits.</param>
public sealed record AssetKey(string Name, string Description, string File, string Fingerprint);

/// <summary>A container image that the manifest pins.</summary>
/// <param name="Reference">Its name and tag with the registry's host: <c>registry.k8s.io/pause:3.10.2</c>.</param>
/// <param name="Digest">The manifest's digest; null when no source states it.</param>
/// <param name="Description">One sentence for people.</param>
/// <param name="Licence">SPDX expression.</param>
/// <param name="For">Which clusters need it.</param>
public sealed record ImageEntry(string Reference, Digest? Digest, string Description, string Licence, NeedConditions For)
{
    /// <summary>What the operator's own build was taken in as, <c>kubernetes</c>; null for an image that others have, too.</summary>
    public string? LocalSet { get; init; }

    /// <summary>Its name without the tag: <c>registry.k8s.io/pause</c>.</summary>
    public string Repository => Reference[..Reference.LastIndexOf(':')];

    /// <summary>Its tag: <c>3.10.2</c>.</summary>
    public string Tag => Reference[(Reference.LastIndexOf(':') + 1)..];
}

/// <summary>The firmware a machine boots with.</summary>
public enum BootFirmware
{
    /// <summary>BIOS.</summary>
    Bios,
    /// <summary>UEFI on x86-64.</summary>
    Uefi,
    /// <summary>UEFI on x86-64 with Secure Boot: only where the description sends a machine that way.</summary>
    SecureBoot,
}

/// <summary>
/// When a cluster needs something: when it meets one value of every list that is not empty. Without any condition no cluster needs it; it is there
/// for people who ask for it by name.
/// </summary>
/// <param name="OperatingSystems">The system of the nodes.</param>
/// <param name="KubernetesVersions">The Kubernetes release: <c>1.36.4</c>, or <c>1.36</c> for every one of that minor release.</param>
/// <param name="Boot">The firmware of the machines.</param>
/// <param name="Addons">An addon that is switched on.</param>
public sealed record NeedConditions(
    IReadOnlyList<OperatingSystemName> OperatingSystems, IReadOnlyList<string> KubernetesVersions, IReadOnlyList<BootFirmware> Boot, IReadOnlyList<string> Addons)
{
    /// <summary>No condition.</summary>
    public static readonly NeedConditions None = new([], [], [], []);

    /// <summary>Whether the cluster has to have a virtual address, <c>api.vip</c> or <c>ingress.vip</c>.</summary>
    public bool VirtualAddress { get; init; }

    /// <summary>True when nothing is asked for, so that no cluster needs it.</summary>
    public bool IsEmpty => OperatingSystems.Count + KubernetesVersions.Count + Boot.Count + Addons.Count == 0 && !VirtualAddress;

    /// <summary>Whether a Kubernetes release is one, <c>1.36.4</c>, and not all of a minor release.</summary>
    public static bool IsOneRelease(string version) => version.Count(character => character == '.') == 2;

    /// <summary>Whether one of the Kubernetes releases is this one, or its minor release.</summary>
    public bool IsForKubernetes(string version) =>
        KubernetesVersions.Any(one => one == version || version.StartsWith(one + ".", StringComparison.Ordinal));
}
