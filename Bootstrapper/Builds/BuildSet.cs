using Sextant.Assets;

namespace Sextant.Builds;

/// <summary>What can be taken in together: one row of <see cref="BuildSets"/>.</summary>
/// <param name="Name">What people call it: <c>kubernetes</c>.</param>
/// <param name="Licence">SPDX expression of what it makes, where the manifest does not say.</param>
/// <param name="Version">Which program says which version it is, and the argument that makes it say so.</param>
/// <param name="Members">What becomes of which program.</param>
internal sealed record BuildSet(string Name, string Licence, (string Program, string Argument) Version, IReadOnlyList<BuildMember> Members);

/// <summary>What becomes of programs of a set.</summary>
/// <param name="Programs">The programs that must be there.</param>
/// <param name="IsOptional">Whether the site can do without: it is left out when its program is not there.</param>
internal abstract record BuildMember(IReadOnlyList<string> Programs, bool IsOptional)
{
    /// <summary>A file as it is: <c>kubernetes/1.36.4/kubelet</c>.</summary>
    /// <param name="Folder">The first part of the path; version and name follow.</param>
    /// <param name="Program">The program.</param>
    /// <param name="Description">One sentence for people, where the manifest has none.</param>
    /// <param name="IsOptional">As above.</param>
    public sealed record AsFile(string Folder, string Program, string Description, bool IsOptional = false) : BuildMember([Program], IsOptional);

    /// <summary>A tar.gz of programs, under the name that the manifest has below a folder.</summary>
    /// <param name="Folder">The first part of the path: <c>cni-plugins</c>.</param>
    /// <param name="Programs">The programs that must be there.</param>
    /// <param name="More">Those that are taken when they are there.</param>
    public sealed record AsArchive(string Folder, IReadOnlyList<string> Programs, IReadOnlyList<string> More) : BuildMember(Programs, false);

    /// <summary>A container image.</summary>
    /// <param name="Program">The program.</param>
    /// <param name="Image">What the image is to be.</param>
    /// <param name="IsOptional">As above.</param>
    public sealed record AsImage(string Program, ImageShape Image, bool IsOptional = false) : BuildMember([Program], IsOptional);
}

/// <summary>What an image around a program is like: as upstream's, so that the same pod runs either.</summary>
/// <param name="Repository">Registry and repository: <c>registry.k8s.io/kube-proxy</c>.</param>
/// <param name="Place">Where the program lies in it, absolute.</param>
/// <param name="Description">One sentence for people, where the manifest has none.</param>
internal sealed record ImageShape(string Repository, string Place, string Description)
{
    /// <summary>Whether its version is that of the whole set, <c>v1.36.4</c>; else the manifest says which tag it has.</summary>
    public bool HasVersionOfSet { get; init; }

    /// <summary>User and group by number; null for root.</summary>
    public string? User { get; init; }

    /// <summary>Whether the program may bind ports below 1024 without being root.</summary>
    public bool MayBindLowPorts { get; init; }

    /// <summary>Whether it starts without a command; else the pod names one.</summary>
    public bool HasEntryPoint { get; init; } = true;

    /// <summary>Arguments where the pod names none.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The signal that ends it; null for SIGTERM.</summary>
    public string? StopSignal { get; init; }

    /// <summary>Other programs of the set that lie beside it when they are there.</summary>
    public IReadOnlyList<string> Companions { get; init; } = [];

    /// <summary>What it runs, of the machine's own.</summary>
    public IReadOnlyList<HostProgram> Tools { get; init; } = [];
}
