using Sextant.Assets;
using Sextant.Cluster.Schema.Syntax;

namespace Sextant.Builds;

/// <summary>A file of the site that is to be made of programs.</summary>
/// <param name="Entry">What the manifest says of it, or is to say; its source is not yet that of the new file.</param>
/// <param name="Programs">Their names: one that is taken as it is, or those of an archive.</param>
/// <param name="IsArchive">Which of the two.</param>
internal sealed record FileToMake(AssetEntry Entry, IReadOnlyList<string> Programs, bool IsArchive);

/// <summary>An image that is to be made of a program.</summary>
/// <param name="Entry">What the manifest says of it, or is to say; without the new digest.</param>
/// <param name="Shape">What it is to be.</param>
/// <param name="Program">The program's name.</param>
/// <param name="Companions">Names of programs that lie beside it.</param>
internal sealed record ImageToMake(ImageEntry Entry, ImageShape Shape, string Program, IReadOnlyList<string> Companions);

/// <summary>
/// What becomes of the programs of a set, under which names. A Kubernetes release is taken in as itself, whether the manifest has it or not; everything
/// else takes the place of what the manifest names. Pure.
/// </summary>
internal sealed record BuildPlan(IReadOnlyList<FileToMake> Files, IReadOnlyList<ImageToMake> Images, IReadOnlyList<string> Notes)
{
    private const string Kubernetes = "kubernetes";

    /// <summary>Plans.</summary>
    /// <param name="set">The set.</param>
    /// <param name="isThere">Whether a program of that name is there.</param>
    /// <param name="manifest">The manifest, without local builds.</param>
    /// <param name="said">The version the programs say; null when they say none.</param>
    /// <param name="given">The version the operator says; null when he says none.</param>
    /// <returns>The plan, or what is wrong, one line each.</returns>
    public static (BuildPlan? Plan, IReadOnlyList<string> Problems) Of(BuildSet set, Func<string, bool> isThere, AssetManifest manifest, string? said, string? given)
    {
        var version = given ?? said;
        var problems = new List<string>();
        if (set.Name == Kubernetes && FaultOf(version, set) is { } fault) return (null, [fault]);
        var (files, images, notes) = (new List<FileToMake>(), new List<ImageToMake>(), new List<string>());
        foreach (var member in set.Members)
        {
            if (member.IsOptional && !member.Programs.All(isThere)) continue;
            switch (member)
            {
                case BuildMember.AsFile file:
                    files.Add(new FileToMake(EntryOf(file, set, manifest, version!), file.Programs, false));
                    break;
                case BuildMember.AsArchive archive:
                    if (Choose([.. manifest.Entries.Where(entry => entry.Path.StartsWith(archive.Folder + "/", StringComparison.Ordinal))], entry => entry.Version ?? "", $"file {archive.Folder}/…", archive.Programs) is { } entry)
                        files.Add(new FileToMake(entry, [.. archive.Programs, .. archive.More.Where(isThere)], true));
                    break;
                case BuildMember.AsImage(var program, var shape, _):
                    if (ImageOf(shape, program) is { } image) images.Add(new ImageToMake(image, shape, program, [.. shape.Companions.Where(isThere)]));
                    break;
                default:
                    throw new InvalidOperationException($"no place for {member}");
            }
        }
        if (given is not null && said is not null && given != said) notes.Add($"{set.Version.Program} says that it is {said}; it is taken in as {given}, as --version says");
        return problems.Count == 0 ? (new BuildPlan(files, images, notes), []) : (null, [.. problems.Distinct(StringComparer.Ordinal)]);

        ImageEntry? ImageOf(ImageShape shape, string program)
        {
            ImageEntry[] named = [.. manifest.Images.Where(image => image.Repository == shape.Repository)];
            if (shape.HasVersionOfSet)
            {
                var reference = $"{shape.Repository}:v{version}";
                return named.FirstOrDefault(image => image.Reference == reference) ?? new ImageEntry(reference, null, shape.Description, set.Licence, OnlyFor(version!));
            }
            // The release's own, else the newest: its name is all that the release decides.
            return set.Name == Kubernetes
                ? named.FirstOrDefault(image => image.For.IsForKubernetes(version!)) ?? Choose([.. named.OrderBy(image => image.Tag, StringComparer.Ordinal).TakeLast(1)], image => image.Tag, $"image {shape.Repository}", [program])
                : Choose(named, image => image.Tag, $"image {shape.Repository}", [program]);
        }

        // The one of the version, else the only one there is, as long as nobody asked for another.
        T? Choose<T>(T[] named, Func<T, string> versionOf, string what, IReadOnlyList<string> programs) where T : class
        {
            var fitting = named.Where(one => IsVersion(versionOf(one), version)).ToArray();
            if (fitting.Length == 1) return fitting[0];
            if (named.Length == 1 && given is null)
            {
                // What one program of a set says of its version says nothing of the others'.
                if (version is not null && programs.Contains(set.Version.Program)) notes.Add($"{set.Name} is {version}; it takes the place of {versionOf(named[0])}, which {AssetManifest.FileName} names, and its name");
                return named[0];
            }
            problems.Add(named.Length == 0
                ? $"{AssetManifest.FileName} names no {what}, whose place the build could take; add an entry to it first"
                : $"{AssetManifest.FileName} names the {what} in {string.Join(", ", named.Select(versionOf))}{(version is null ? "" : $", not in {version}")}; say with --version whose place the build is to take");
            return null;
        }
    }

    /// <summary>What a Kubernetes release has and nothing is pinned of for this one, for people.</summary>
    /// <param name="manifest">The manifest with the build.</param>
    /// <param name="version">The release.</param>
    public static IReadOnlyList<string> LackingFor(AssetManifest manifest, string version) =>
    [
        .. manifest.Entries.Select(entry => (Name: entry.Path.Split('/')[0], entry.For)).Concat(manifest.Images.Select(image => (Name: image.Repository, image.For)))
            .Where(one => one.For.KubernetesVersions.Count > 0)
            .GroupBy(one => one.Name, StringComparer.Ordinal)
            .Where(group => !group.Any(one => one.For.IsForKubernetes(version)))
            .Select(group => group.Key),
    ];

    private static AssetEntry EntryOf(BuildMember.AsFile file, BuildSet set, AssetManifest manifest, string version)
    {
        var path = $"{file.Folder}/{version}/{file.Program}";
        // A source that Save replaces; what matters is that it is none of anybody else's.
        return manifest.Entries.FirstOrDefault(entry => entry.Path == path)
            ?? new AssetEntry(path, AssetKind.Binary, file.Description, version, set.Licence, false, new AssetSource.Build(set.Name), null, file.IsOptional ? NeedConditions.None : OnlyFor(version));
    }

    private static string? FaultOf(string? version, BuildSet set) => version is null
        ? $"{set.Version.Program} {set.Version.Argument} says no version within a minute; give it with --version"
        : new KubernetesVersionSyntax().Read(version).Fault;

    private static NeedConditions OnlyFor(string version) => NeedConditions.None with { KubernetesVersions = [version] };

    /// <summary>Whether a tag or a version is that version: <c>v1.9.1-flannel3</c> is 1.9.1.</summary>
    private static bool IsVersion(string tag, string? version) =>
        version is not null && tag.TrimStart('v') is var bare && (bare == version || bare.StartsWith(version + "-", StringComparison.Ordinal));
}
