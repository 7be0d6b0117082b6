using NUnit.Framework;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

public sealed class AssetManifestTests
{
    private const string Hex = "cf2562db46c48ab84cc3791540778ee7fb1a0a008529adbb434723dd02ed8b4b";

    private const string Good = $$"""
        version: 2
        keys:
          maker:
            description: Who makes it
            file: keys/maker.asc
            fingerprint: F88CFEDEFF29A5B4D9523864E25D9AED0593B34A
        assets:
          debian/vmlinuz:
            kind: kernel
            description: Linux
            version: 1.2.3
            licence: GPL-2.0-only WITH Linux-syscall-note
            tftp: true
            url: https://example.org/v{version}/vmlinuz
            sha256: {{Hex}}
            signature: {url: "https://example.org/v{version}/vmlinuz.sig", key: maker}
            size: 1000
            for: {os: [debian, rocky], kubernetes: 1.36.4, boot: bios, addon: [dns]}
        images:
          "registry.example:5000/a/b:v1":
            description: An image
            licence: Apache-2.0
            digest: sha256:{{Hex}}
            for: {kubernetes: 1.36.4}
        """;

    private static readonly string[] Lines = Good.ReplaceLineEndings("\n").Split('\n');

    [Test]
    public void The_manifest_of_the_project_has_no_problem_and_only_what_loaders_fetch_goes_by_TFTP()
    {
        var manifest = AssetManifest.Parse(File.ReadAllText(Repository.PathOf("pxe-assets", "manifest.yaml")));
        Assert.That(manifest.Problems, Is.Empty);
        Assert.That(manifest.Entries.Select(entry => entry.Path), Is.SupersetOf(new[] { "undionly.kpxe", "snponly.efi", "debian/vmlinuz", "debian/live.img", "debian/rootfs.tar.zst" }));
        Assert.That(manifest.Entries.Where(entry => entry.Kind == AssetKind.Loader), Has.All.Property(nameof(AssetEntry.ByTftp)).True);
        Assert.That(manifest.Entries.Where(entry => entry.ByTftp).Select(entry => entry.Kind), Is.All.AnyOf(AssetKind.Loader, AssetKind.Kernel, AssetKind.Initrd));
        Assert.That(AssetManifest.BuiltIn(), Is.EqualTo(File.ReadAllText(Repository.PathOf("pxe-assets", "manifest.yaml"))));
    }

    [Test]
    public void A_signed_download_brings_its_signature_to_whoever_needs_the_file()
    {
        var manifest = AssetManifest.Parse(Good);
        var signature = manifest.Entries.Single(entry => entry.Path == "debian/vmlinuz.sig");
        Assert.That((signature.Kind, signature.Version, signature.ByTftp, signature.Description), Is.EqualTo((AssetKind.Signature, "1.2.3", false, "The signature of vmlinuz.")));
        Assert.That(signature.For, Is.SameAs(manifest.Entries.Single(entry => entry.Path == "debian/vmlinuz").For));
        Assert.That(signature.Source, Is.EqualTo(new AssetSource.DetachedSignature("debian/vmlinuz", new AssetSignature(new Uri("https://example.org/v1.2.3/vmlinuz.sig"), "maker"))));
    }

    [TestCase("debian/vmlinuz.sig", "'debian/vmlinuz.sig' is listed; it is the name of the signature of 'debian/vmlinuz'")]
    [TestCase("other.sig", null)]
    public void Nothing_else_has_the_name_of_a_signature(string path, string? problem)
    {
        var manifest = AssetManifest.Parse(Good.Replace("assets:\n", $"assets:\n  {path}: {{kind: binary, description: d, licence: MIT, build: debian}}\n", StringComparison.Ordinal));
        Assert.That(manifest.Problems.Select(one => one.Message), problem is null ? Is.Empty : Has.One.EndsWith(problem));
    }

    [Test]
    public void Nobody_lists_a_signature_by_hand() =>
        Assert.That(AssetManifest.Parse(Good.Replace("kind: kernel", "kind: signature", StringComparison.Ordinal)).Problems.Single().Message,
            Does.EndWith("kind must be loader, kernel, initrd, image, binary, archive, not 'signature'"));

    [Test]
    public void Every_download_of_the_project_comes_over_TLS()
    {
        var downloads = AssetManifest.Parse(AssetManifest.BuiltIn()).Entries.Select(entry => entry.Source).OfType<AssetSource.Download>().ToList();
        Assert.That(downloads, Has.Count.GreaterThan(15));
        Assert.That(downloads.Select(download => download.Url.Scheme), Is.All.EqualTo("https"));
        Assert.That(downloads.Select(download => download.Signature?.Url.Scheme ?? "https"), Is.All.EqualTo("https"));
    }

    [Test]
    public void The_keys_of_the_project_are_built_in_as_they_lie_in_the_folder()
    {
        var keys = AssetManifest.Parse(AssetManifest.BuiltIn()).Keys;
        Assert.That(keys, Is.Not.Empty);
        foreach (var key in keys)
        {
            var text = AssetManifest.LoadKey("/nonexistent", key);
            Assert.That(text, Does.StartWith("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
            Assert.That(text, Is.EqualTo(File.ReadAllText(Repository.PathOf("pxe-assets", key.File))));
        }
    }

    [Test]
    public void An_entry_is_read_whole()
    {
        var manifest = AssetManifest.Parse(Good);
        Assert.That(manifest.Problems, Is.Empty);
        var entry = manifest.Entries[0];
        Assert.That(entry with { For = NeedConditions.None }, Is.EqualTo(new AssetEntry("debian/vmlinuz", AssetKind.Kernel, "Linux", "1.2.3", "GPL-2.0-only WITH Linux-syscall-note", true,
            new AssetSource.Download(new Uri("https://example.org/v1.2.3/vmlinuz"), Digest.FromSha256Hex(Hex), new AssetSignature(new Uri("https://example.org/v1.2.3/vmlinuz.sig"), "maker")),
            1000, NeedConditions.None)));
        Assert.That(entry.For.OperatingSystems, Is.EqualTo(new[] { OperatingSystemName.Debian, OperatingSystemName.Rocky }));
        Assert.That(entry.For.KubernetesVersions, Is.EqualTo(new[] { "1.36.4" }));
        Assert.That(entry.For.Boot, Is.EqualTo(new[] { BootFirmware.Bios }));
        Assert.That(entry.For.Addons, Is.EqualTo(new[] { "dns" }));
        Assert.That(manifest.Images.Single() with { For = NeedConditions.None },
            Is.EqualTo(new ImageEntry("registry.example:5000/a/b:v1", Digest.FromSha256Hex(Hex), "An image", "Apache-2.0", NeedConditions.None)));
        Assert.That(manifest.Keys.Single(), Is.EqualTo(new AssetKey("maker", "Who makes it", "keys/maker.asc", "F88CFEDEFF29A5B4D9523864E25D9AED0593B34A")));
    }

    [Test]
    public void A_package_and_a_build_are_sources_too()
    {
        var manifest = AssetManifest.Parse("""
            version: 2
            assets:
              a: {kind: loader, description: d, licence: MIT, package: ipxe, member: usr/lib/ipxe/a}
              b: {kind: image, description: d, licence: MIT, build: debian}
            """);
        Assert.That(manifest.Problems, Is.Empty);
        Assert.That(manifest.Entries.Select(entry => entry.Source), Is.EqualTo(new AssetSource[] { new AssetSource.Package("ipxe", "usr/lib/ipxe/a"), new AssetSource.Build("debian") }));
        Assert.That(manifest.Entries.Select(entry => entry.For.IsEmpty), Is.All.True);
    }

    [TestCase("version: 2", "version: 1", "line 1: version 1 is not known; this Sextant reads version 2")]
    [TestCase("version: 2\n", "", "line 1: version is missing")]
    [TestCase("kind: kernel", "colour: red", "line 9: debian/vmlinuz: unknown key 'colour'")]
    [TestCase("kind: kernel", "kind: Kernel", "line 9: debian/vmlinuz: kind must be loader, kernel, initrd, image, binary, archive, not 'Kernel'")]
    [TestCase("    kind: kernel\n", "", "line 9: debian/vmlinuz: kind is missing")]
    [TestCase("tftp: true", "tftp: yes", "line 13: debian/vmlinuz: tftp must be true or false")]
    [TestCase("description: Linux", "description:", "line 10: debian/vmlinuz: description is empty")]
    [TestCase("description: Linux", "description: [Linux]", "line 10: debian/vmlinuz: description must be plain text, not a list")]
    [TestCase("description: Linux", "kind: kernel", "line 10: debian/vmlinuz: 'kind' is given twice")]
    [TestCase("    licence: GPL-2.0-only WITH Linux-syscall-note\n", "", "licence is missing")]
    [TestCase("GPL-2.0-only WITH Linux-syscall-note", "GPL 2", "line 12: debian/vmlinuz: 'GPL 2' is no SPDX expression")]
    [TestCase("  debian/vmlinuz:", "  ../vmlinuz:", "line 8: '../vmlinuz' is no asset path")]
    [TestCase("  debian/vmlinuz:", "  /vmlinuz:", "is no asset path")]
    [TestCase("  debian/vmlinuz:", "  .hidden:", "is no asset path")]
    [TestCase("    tftp: true", "    build: debian", "line 9: debian/vmlinuz: has url and build; give exactly one source")]
    [TestCase("    url: https://example.org/v{version}/vmlinuz\n", "", "line 9: debian/vmlinuz: has no source; give url (with sha256 or signature), package (with member), build or local (with sha256)")]
    [TestCase("url: https://example.org/v{version}/vmlinuz", "build: debian", "line 15: debian/vmlinuz: sha256 goes with url or local, not with build")]
    [TestCase("url: https://example.org/v{version}/vmlinuz", "package: Ipxe", "'Ipxe' is no name of a Debian package")]
    [TestCase("url: https://example.org/v{version}/vmlinuz", "package: ipxe", "line 9: debian/vmlinuz: member is missing")]
    [TestCase("url: https://example.org/v{version}/vmlinuz", "build: suse", "there is no build 'suse'; known are debian")]
    [TestCase("url: https://example.org/v{version}/vmlinuz", "url: ftp://example.org/vmlinuz", "line 14: debian/vmlinuz: 'ftp://example.org/vmlinuz' is no http or https address")]
    [TestCase("url: https://example.org/v{version}/vmlinuz", "url: https://example.org/{release}/vmlinuz", "is no http or https address")]
    [TestCase("url: https://example.org/v{version}/vmlinuz", "url: https://me:secret@example.org/vmlinuz", "is no http or https address")]
    [TestCase("    version: 1.2.3\n", "", "line 13: debian/vmlinuz: {version} stands in the address, but version is missing")]
    [TestCase("sha256: cf", "sha256: CF", "line 15: debian/vmlinuz: sha256 must be 64 lower-case hexadecimal digits")]
    [TestCase("sha256: cf", "sha256: c", "sha256 must be 64 lower-case hexadecimal digits")]
    [TestCase("key: maker", "key: stranger", "line 16: debian/vmlinuz: signature: no usable key 'stranger' under 'keys'")]
    [TestCase("{url: \"https://example.org/v{version}/vmlinuz.sig\", key: maker}", "maker", "line 16: debian/vmlinuz: signature: must be a mapping with url, key, not text")]
    [TestCase("size: 1000", "size: 0", "line 17: debian/vmlinuz: size must be a number of octets")]
    [TestCase("size: 1000", "size: 1 kB", "size must be a number of octets")]
    [TestCase("os: [debian, rocky]", "os: [debian, suse]", "line 18: debian/vmlinuz: for: os must be debian, flatcar, fedora-coreos, rocky, not 'suse'")]
    [TestCase("kubernetes: 1.36.4, boot", "kubernetes: v1.36, boot", "'v1.36' is no Kubernetes release such as 1.36.4")]
    [TestCase("boot: bios", "boot: openfirmware", "boot must be bios, uefi, secure-boot, not 'openfirmware'")]
    [TestCase("boot: bios", "moon: full", "for: unknown key 'moon'")]
    [TestCase("{os: [debian, rocky], kubernetes: 1.36.4, boot: bios, addon: [dns]}", "{}", "line 18: debian/vmlinuz: for: is empty")]
    [TestCase("boot: bios", "boot: []", "boot is empty")]
    public void A_wrong_entry_is_a_problem_with_its_line_and_is_left_out(string from, string to, string problem)
    {
        var text = string.Join('\n', Lines);
        Assert.That(text, Does.Contain(from));
        var manifest = AssetManifest.Parse(text.Replace(from, to, StringComparison.Ordinal));
        Assert.That(manifest.Problems.Select(found => found.Message), Has.Some.Contains(problem));
        Assert.That(manifest.Problems.Select(found => found.Path), Is.All.EqualTo("manifest.yaml"));
        if (!problem.Contains("version is missing", StringComparison.Ordinal) && !problem.Contains("is not known", StringComparison.Ordinal)) Assert.That(manifest.Entries, Is.Empty);
    }

    [Test]
    public void A_download_that_nothing_vouches_for_is_a_problem()
    {
        var manifest = AssetManifest.Parse(string.Join('\n', Lines.Where(line => !line.Contains("sha256:", StringComparison.Ordinal) && !line.Contains("signature:", StringComparison.Ordinal))));
        Assert.That(manifest.Entries, Is.Empty);
        Assert.That(manifest.Problems.Single().Message, Does.Contain("nothing says what the file must be; give sha256 or signature"));
    }

    [TestCase("fingerprint: F8", "fingerprint: f8", "line 6: maker: fingerprint must be 40 upper-case hexadecimal digits without spaces")]
    [TestCase("file: keys/maker.asc", "file: ../maker.asc", "line 5: maker: '../maker.asc' is no path below the asset folder")]
    [TestCase("    file: keys/maker.asc\n", "", "line 4: maker: file is missing")]
    public void A_wrong_key_is_a_problem_and_nothing_may_be_signed_by_it(string from, string to, string problem)
    {
        var manifest = AssetManifest.Parse(string.Join('\n', Lines).Replace(from, to, StringComparison.Ordinal));
        Assert.That(manifest.Problems.Select(found => found.Message), Has.Some.Contains(problem).And.Some.Contains("no usable key 'maker'"));
        Assert.That(manifest.Keys, Is.Empty);
        Assert.That(manifest.Entries, Is.Empty);
    }

    [TestCase("registry.example:5000/a/b:v1", "a/b:v1", "'a/b:v1' is no image with registry, name and tag")]
    [TestCase("registry.example:5000/a/b:v1", "registry.example:5000/a/b", "is no image with registry, name and tag")]
    [TestCase("registry.example:5000/a/b:v1", "registry.example:5000/A/b:v1", "is no image with registry, name and tag")]
    [TestCase("digest: sha256:cf", "digest: md5:cf", "digest must be sha256: and 64 lower-case hexadecimal digits")]
    [TestCase("licence: Apache-2.0", "tag: v1", "unknown key 'tag'")]
    public void A_wrong_image_is_a_problem_and_is_left_out(string from, string to, string problem)
    {
        var manifest = AssetManifest.Parse(string.Join('\n', Lines).Replace(from, to, StringComparison.Ordinal));
        Assert.That(manifest.Problems.Select(found => found.Message), Has.Some.Contains(problem));
        Assert.That(manifest.Images, Is.Empty);
        Assert.That(manifest.Entries, Has.Count.EqualTo(2), "the file and its signature");
    }

    [TestCase("")]
    [TestCase("# nothing")]
    [TestCase("- a list")]
    [TestCase("text")]
    [TestCase("version: 2\nassets: []")]
    [TestCase("\t")]
    [TestCase("version: 2\nassets: {a: {b: {c: *d}}}")]
    [TestCase("version: 2\nassets: {[a]: {}}")]
    [TestCase("version: 2\nfiles: {}")]
    public void What_is_no_manifest_is_a_problem(string text)
    {
        var manifest = AssetManifest.Parse(text);
        Assert.That(manifest.Problems, Is.Not.Empty);
        Assert.That(manifest.Problems.Select(problem => problem.Message), Has.None.Contains("cluster"));
    }

    [Test]
    public void A_path_listed_twice_is_a_problem()
    {
        var entry = Lines.SkipWhile(line => !line.Contains("debian/vmlinuz", StringComparison.Ordinal)).TakeWhile(line => line != "images:");
        var twice = AssetManifest.Parse(string.Join('\n', Lines.TakeWhile(line => line != "images:").Concat(entry)));
        Assert.That(twice.Entries, Has.Count.EqualTo(2), "the file and its signature");
        Assert.That(twice.Problems.Single().Message, Does.Contain("listed twice"));
    }

    [Test]
    public void A_prefix_of_a_manifest_never_throws()
    {
        for (var length = 0; length < Good.Length; length++)
            Assert.That(() => AssetManifest.Parse(Good[..length]), Throws.Nothing, Good[..length]);
    }
}
