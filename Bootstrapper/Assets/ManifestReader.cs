// Longer than most files: one method for each kind of entry and of value, so that every rule of the format stands in one place.
using System.Globalization;
using System.Text.RegularExpressions;
using Sextant.Cluster;
using Sextant.Cluster.Yaml;
using Sextant.Primitives;

namespace Sextant.Assets;

/// <summary>Reads <c>manifest.yaml</c> strictly: whatever is unknown, doubtful or missing is a problem with its line, and its entry is left out.</summary>
internal sealed partial class ManifestReader
{
    private const string VersionPlace = "{version}";

    private static readonly string[] RootKeys = ["version", "keys", "assets", "images"];
    private static readonly string[] KeyKeys = ["description", "file", "fingerprint"];
    private static readonly string[] AssetKeys =
        ["kind", "description", "version", "licence", "tftp", "url", "sha256", "signature", "package", "member", "architecture", "build", "local", "size", "for"];
    private static readonly string[] SourceKeys = ["url", "package", "build", "local"];
    private static readonly (string Key, string[] Sources)[] KeysOfSources = [("sha256", ["url", "local"]), ("signature", ["url"]), ("member", ["package"]), ("architecture", ["package"])];
    private static readonly string[] SignatureKeys = ["url", "key"];
    private static readonly string[] ImageKeys = ["description", "licence", "digest", "local", "for"];
    private static readonly string[] ConditionKeys = ["os", "kubernetes", "boot", "addon", "vip"];
    private static readonly string[] Builds = ["debian"];

    private static readonly Dictionary<string, AssetKind> Kinds = Enum.GetValues<AssetKind>().Where(kind => kind != AssetKind.Signature).ToDictionary(kind => kind.ToString().ToLowerInvariant());
    private static readonly Dictionary<string, BootFirmware> Firmwares = Enum.GetValues<BootFirmware>().ToDictionary(WordOf);
    private static readonly Dictionary<string, OperatingSystemName> Systems = new(StringComparer.Ordinal)
    {
        ["debian"] = OperatingSystemName.Debian,
        ["flatcar"] = OperatingSystemName.Flatcar,
        ["fedora-coreos"] = OperatingSystemName.FedoraCoreos,
        ["rocky"] = OperatingSystemName.Rocky,
    };

    private readonly List<AssetProblem> problems = [];
    private readonly Dictionary<string, AssetKey> keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AssetEntry> assets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImageEntry> images = new(StringComparer.Ordinal);

    /// <summary>The manifest and everything that is wrong with it.</summary>
    public AssetManifest Read(string text)
    {
        if (text.Split('\n').All(line => line.TrimStart() is "" or ['#', ..]))
        {
            Report(1, "is empty: it lists under 'assets' what the folder may hold");
            return new AssetManifest([], [], [], problems);
        }
        var syntax = new ProblemList(AssetManifest.FileName);
        var root = SourceReader.Read(text, syntax);
        foreach (var problem in syntax.Ordered()) Report(problem.Line, problem.Message);
        if (root is not null) ReadRoot(root);
        return new AssetManifest([.. assets.Values], [.. images.Values], [.. keys.Values], problems);
    }

    private void ReadRoot(SourceNode node)
    {
        var root = new ManifestMapping("", node, RootKeys, problems);
        if (node is not SourceMapping) return;
        if (root.Required("version") is { Length: > 0 } version && version != AssetManifest.SchemaVersion.ToString(CultureInfo.InvariantCulture))
            Report(root.LineOf("version"), $"version {version} is not known; this Sextant reads version {AssetManifest.SchemaVersion}");
        // Keys first: assets name them.
        foreach (var (name, value) in Entries(root, "keys")) ReadKey(name, value);
        foreach (var (name, value) in Entries(root, "assets")) ReadAsset(name, value);
        foreach (var (name, value) in Entries(root, "images")) ReadImage(name, value);
    }

    private IEnumerable<(SourceScalar Name, SourceNode Value)> Entries(ManifestMapping root, string section)
    {
        switch (root.Node(section))
        {
            case null:
                yield break;
            case SourceMapping mapping:
                foreach (var (key, value) in mapping.Pairs)
                {
                    if (key is SourceScalar name) yield return (name, value);
                    else Report(key.Line, "a name must be plain text");
                }
                break;
            case var other:
                Report(other.Line, $"'{section}' must be a mapping, not {other.Kind}");
                break;
        }
    }

    private void ReadKey(SourceScalar name, SourceNode value)
    {
        var before = problems.Count;
        var mapping = new ManifestMapping(name.Text, value, KeyKeys, problems);
        var key = new AssetKey(name.Text, mapping.Required("description"), mapping.Required("file"), mapping.Required("fingerprint"));
        if (key.File.Length > 0 && !AssetPath.IsValid(key.File)) mapping.Report(mapping.LineOf("file"), $"'{key.File}' is no path below the asset folder");
        if (key.Fingerprint.Length > 0 && !FingerprintPattern().IsMatch(key.Fingerprint))
            mapping.Report(mapping.LineOf("fingerprint"), "fingerprint must be 40 upper-case hexadecimal digits without spaces");
        Keep(keys, name, key, before);
    }

    private void ReadAsset(SourceScalar path, SourceNode value)
    {
        var before = problems.Count;
        if (!AssetPath.IsValid(path.Text))
            Report(path.Line, $"'{path.Text}' is no asset path: relative, of letters, digits and . _ + -, no part beginning with a dot");
        var mapping = new ManifestMapping(path.Text, value, AssetKeys, problems);
        var version = mapping.Text("version");
        var kind = OneOf(mapping, "kind", mapping.Required("kind"), mapping.LineOf("kind"), Kinds);
        var source = Source(mapping, version);
        var (description, licence, byTftp, size, conditions) = (mapping.Required("description"), Licence(mapping), Tftp(mapping), Size(mapping), Conditions(path.Text, mapping));
        if (source is null) return;
        Keep(assets, path, new AssetEntry(path.Text, kind, description, version, licence, byTftp, source, size, conditions), before);
        if (source is AssetSource.Download { Signature: { } signature } && problems.Count == before)
            KeepSignature(path, new AssetEntry(
                path.Text + AssetSource.DetachedSignature.Extension, AssetKind.Signature, $"The signature of {path.Text.Split('/')[^1]}.", version, licence, false,
                new AssetSource.DetachedSignature(path.Text, signature), null, conditions));
    }

    /// <summary>Whoever installs a signed file checks it once more, so its signature belongs to it without being listed.</summary>
    private void KeepSignature(SourceScalar of, AssetEntry entry)
    {
        if (!AssetPath.IsValid(entry.Path)) Report(of.Line, $"'{of.Text}' is too long for its signature's name, {entry.Path}");
        else if (!assets.TryAdd(entry.Path, entry)) Report(of.Line, $"'{entry.Path}' is listed; it is the name of the signature of '{of.Text}'");
    }

    private void ReadImage(SourceScalar reference, SourceNode value)
    {
        var before = problems.Count;
        if (!ReferencePattern().IsMatch(reference.Text))
            Report(reference.Line, $"'{reference.Text}' is no image with registry, name and tag such as registry.k8s.io/pause:3.10.2");
        var mapping = new ManifestMapping(reference.Text, value, ImageKeys, problems);
        Digest? digest = null;
        if (mapping.Text("digest") is { } text)
        {
            if (Digest.TryParse(text, out var parsed)) digest = parsed;
            else mapping.Report(mapping.LineOf("digest"), "digest must be sha256: and 64 lower-case hexadecimal digits");
        }
        var local = mapping.Text("local");
        if (local is not null && digest is null) mapping.Report(mapping.Line, "digest is missing: nothing else says what a local build must be");
        var entry = new ImageEntry(reference.Text, digest, mapping.Required("description"), Licence(mapping), Conditions(reference.Text, mapping)) { LocalSet = local };
        Keep(images, reference, entry, before);
    }

    private AssetSource? Source(ManifestMapping mapping, string? version)
    {
        var sources = SourceKeys.Where(mapping.Has).ToArray();
        if (sources.Length != 1)
        {
            mapping.Report(mapping.Line, sources.Length == 0
                ? "has no source; give url (with sha256 or signature), package (with member), build or local (with sha256)"
                : $"has {string.Join(" and ", sources)}; give exactly one source");
            return null;
        }
        foreach (var (key, owners) in KeysOfSources)
            if (mapping.Has(key) && !owners.Contains(sources[0])) mapping.Report(mapping.LineOf(key), $"{key} goes with {string.Join(" or ", owners)}, not with {sources[0]}");
        return sources[0] switch
        {
            "url" => Download(mapping, version),
            "package" => Package(mapping),
            "build" => Build(mapping),
            _ => Local(mapping),
        };
    }

    private AssetSource.Download? Download(ManifestMapping mapping, string? version)
    {
        var url = Address(mapping, mapping.Text("url"), mapping.LineOf("url"), version);
        var sha256 = Sha256(mapping);
        AssetSignature? signature = null;
        if (mapping.Node("signature") is { } node)
        {
            var given = new ManifestMapping(mapping.Name + ": signature", node, SignatureKeys, problems);
            var address = Address(given, given.Required("url"), given.LineOf("url"), version);
            var key = given.Required("key");
            if (key.Length > 0 && !keys.ContainsKey(key)) given.Report(given.LineOf("key"), $"no usable key '{key}' under 'keys'");
            if (address is not null) signature = new AssetSignature(address, key);
        }
        if (!mapping.Has("sha256") && !mapping.Has("signature")) mapping.Report(mapping.Line, "nothing says what the file must be; give sha256 or signature");
        return url is null ? null : new AssetSource.Download(url, sha256, signature);
    }

    private static Digest? Sha256(ManifestMapping mapping)
    {
        if (mapping.Text("sha256") is not { } hex) return null;
        if (Digest.TryParse("sha256:" + hex, out var digest)) return digest;
        mapping.Report(mapping.LineOf("sha256"), "sha256 must be 64 lower-case hexadecimal digits");
        return null;
    }

    private static Uri? Address(ManifestMapping mapping, string? text, int line, string? version)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (text.Contains(VersionPlace, StringComparison.Ordinal) && version is null) mapping.Report(line, $"{VersionPlace} stands in the address, but version is missing");
        var filled = text.Replace(VersionPlace, version, StringComparison.Ordinal);
        if (filled.IndexOfAny(['{', '}', ' ']) < 0 && Uri.TryCreate(filled, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && url.UserInfo.Length == 0) return url;
        mapping.Report(line, $"'{text}' is no http or https address");
        return null;
    }

    private static AssetSource.Package? Package(ManifestMapping mapping)
    {
        if (mapping.Text("package") is not { } name) return null;
        var member = mapping.Required("member");
        if (!PackagePattern().IsMatch(name)) mapping.Report(mapping.LineOf("package"), $"'{name}' is no name of a Debian package");
        if (member.Length > 0 && !AssetPath.IsValid(member)) mapping.Report(mapping.LineOf("member"), $"'{member}' is no path in a package, without a leading slash");
        var architecture = mapping.Text("architecture");
        if (architecture is not null && !ArchitecturePattern().IsMatch(architecture)) mapping.Report(mapping.LineOf("architecture"), $"'{architecture}' is no architecture of Debian's such as arm64");
        return new AssetSource.Package(name, member, architecture);
    }

    /// <summary>A firmware as the manifest writes it.</summary>
    internal static string WordOf(BootFirmware boot) => boot switch
    {
        BootFirmware.Bios => "bios",
        BootFirmware.Uefi => "uefi",
        BootFirmware.SecureBoot => "secure-boot",
        _ => throw new ArgumentOutOfRangeException(nameof(boot)),
    };

    private static AssetSource.Build? Build(ManifestMapping mapping)
    {
        if (mapping.Text("build") is not { } what) return null;
        if (!Builds.Contains(what)) mapping.Report(mapping.LineOf("build"), $"there is no build '{what}'; known are {string.Join(", ", Builds)}");
        return new AssetSource.Build(what);
    }

    private static AssetSource.Local? Local(ManifestMapping mapping)
    {
        if (!mapping.Has("sha256")) mapping.Report(mapping.Line, "sha256 is missing: nothing else says what a local build must be");
        return mapping.Text("local") is { } set && Sha256(mapping) is { } sha256 ? new AssetSource.Local(set, sha256) : null;
    }

    private static string Licence(ManifestMapping mapping)
    {
        var licence = mapping.Required("licence");
        if (licence.Length > 0 && !LicencePattern().IsMatch(licence)) mapping.Report(mapping.LineOf("licence"), $"'{licence}' is no SPDX expression");
        return licence;
    }

    private static bool Tftp(ManifestMapping mapping)
    {
        var tftp = mapping.Text("tftp") ?? "false";
        if (tftp is not ("true" or "false")) mapping.Report(mapping.LineOf("tftp"), "tftp must be true or false");
        return tftp == "true";
    }

    private static long? Size(ManifestMapping mapping)
    {
        if (mapping.Text("size") is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0) return size;
        mapping.Report(mapping.LineOf("size"), "size must be a number of octets");
        return null;
    }

    private NeedConditions Conditions(string name, ManifestMapping entry)
    {
        if (entry.Node("for") is not { } node) return NeedConditions.None;
        var mapping = new ManifestMapping(name + ": for", node, ConditionKeys, problems);
        if (node is SourceMapping { Pairs.Count: 0 }) mapping.Report(node.Line, "is empty; leave it out for what no cluster needs by itself");
        return new NeedConditions(
            [.. mapping.Texts("os").Select(os => OneOf(mapping, "os", os.Text, os.Line, Systems))],
            [.. mapping.Texts("kubernetes").Select(version => Release(mapping, version.Text, version.Line))],
            [.. mapping.Texts("boot").Select(boot => OneOf(mapping, "boot", boot.Text, boot.Line, Firmwares))],
            [.. mapping.Texts("addon").Select(addon => addon.Text)]) { VirtualAddress = VirtualAddress(mapping) };
    }

    /// <summary>A condition is met or not given; <c>vip: false</c> would be one that only clusters without a virtual address meet, and nothing needs that.</summary>
    private static bool VirtualAddress(ManifestMapping mapping)
    {
        var text = mapping.Text("vip");
        if (text is not (null or "true")) mapping.Report(mapping.LineOf("vip"), "vip must be true, or left out");
        return text is not null;
    }

    private static string Release(ManifestMapping mapping, string text, int line)
    {
        if (!ReleasePattern().IsMatch(text)) mapping.Report(line, $"'{text}' is no Kubernetes release such as 1.36.4, and no minor release such as 1.36");
        return text;
    }

    private static T OneOf<T>(ManifestMapping mapping, string key, string text, int line, Dictionary<string, T> known) where T : struct
    {
        if (known.TryGetValue(text, out var value)) return value;
        if (text.Length > 0) mapping.Report(line, $"{key} must be {string.Join(", ", known.Keys)}, not '{text}'");
        return default;
    }

    private void Keep<T>(Dictionary<string, T> into, SourceScalar name, T entry, int problemsBefore)
    {
        if (problems.Count == problemsBefore && !into.TryAdd(name.Text, entry)) Report(name.Line, $"'{name.Text}' is listed twice");
    }

    private void Report(int line, string message) => problems.Add(new AssetProblem(AssetManifest.FileName, $"line {line}: {message}"));

    [GeneratedRegex(@"^[0-9A-F]{40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FingerprintPattern();

    [GeneratedRegex(@"^[0-9]+\.[0-9]+(?:\.[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex ReleasePattern();

    /// <summary>Debian policy, section 5.6.1.</summary>
    [GeneratedRegex(@"^[a-z0-9][a-z0-9+.-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex PackagePattern();

    /// <summary>Debian policy, section 11.1.</summary>
    [GeneratedRegex(@"^[a-z][a-z0-9-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex ArchitecturePattern();

    /// <summary>The form of SPDX expressions (SPDX 2.3, annex D), without a list of the identifiers.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.+-]*(?: (?:AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex LicencePattern();

    /// <summary>Host with a dot or port, name and tag (OCI distribution specification, "Pulling manifests").</summary>
    [GeneratedRegex(@"^[a-z0-9.-]+(?:\.[a-z0-9-]+|:[0-9]+)(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ReferencePattern();
}
