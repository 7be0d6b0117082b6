using System.Text.Json;
using NUnit.Framework;
using Sextant.Assets;
using Sextant.Bundle;

namespace Sextant.Tests.Bundle;

/// <summary>The bill of materials against SPDX 2.3: the mandatory fields of its sections 6, 7, 10 and 11, and their forms.</summary>
public sealed class SbomTests
{
    private static readonly string[] Purposes = ["APPLICATION", "FRAMEWORK", "LIBRARY", "CONTAINER", "OPERATING_SYSTEM", "DEVICE", "FIRMWARE", "SOURCE", "ARCHIVE", "FILE", "INSTALL", "OTHER"];

    private BundleSite site = null!;
    private JsonElement sbom;

    [OneTimeSetUp]
    public async Task ReadSbom()
    {
        site = await BundleSite.FullAsync(9_000);
        var raw = RawBundle.Read(await site.BundleAsync());
        sbom = JsonDocument.Parse(raw.Pieces[2].AsMemory(BundleTar.BlockSize, (int)BundleTar.SizeIn(raw.Pieces[2].AsSpan(0, BundleTar.BlockSize), BundleLayout.Sbom)!.Value)).RootElement;
    }

    [OneTimeTearDown]
    public void RemoveSite() => site.Dispose();

    private IEnumerable<JsonElement> Packages => sbom.GetProperty("packages").EnumerateArray();

    [Test]
    public void The_document_has_what_the_specification_demands()
    {
        Assert.That(Text(sbom, "spdxVersion"), Is.EqualTo("SPDX-2.3"));
        Assert.That(Text(sbom, "dataLicense"), Is.EqualTo("CC0-1.0"));
        Assert.That(Text(sbom, "SPDXID"), Is.EqualTo("SPDXRef-DOCUMENT"));
        Assert.That(Text(sbom, "name"), Is.EqualTo("sextant-bundle-demo"));
        Assert.That(Uri.TryCreate(Text(sbom, "documentNamespace"), UriKind.Absolute, out var space) && space.Fragment.Length == 0, Is.True, "an absolute URI without '#'");
        Assert.That(Text(sbom.GetProperty("creationInfo"), "created"), Does.Match("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$"));
        Assert.That(sbom.GetProperty("creationInfo").GetProperty("creators").EnumerateArray().Select(creator => creator.GetString()), Is.Not.Empty.And.All.Match("^(Tool|Organization|Person): "));
    }

    [Test]
    public void Every_package_has_what_the_specification_demands()
    {
        Assert.That(Packages.Select(package => Text(package, "SPDXID")), Is.Unique.And.All.Match("^SPDXRef-[A-Za-z0-9.-]+$"));
        foreach (var package in Packages)
        {
            var name = Text(package, "name");
            Assert.That(name, Is.Not.Empty);
            Assert.That(Text(package, "downloadLocation"), Is.EqualTo("NOASSERTION").Or.StartsWith("https://"), name);
            Assert.That(Text(package, "supplier"), Does.Match("^(NOASSERTION|(Organization|Person): .+)$"), name);
            Assert.That(package.GetProperty("filesAnalyzed").GetBoolean(), Is.False, name);
            Assert.That(Text(package, "licenseConcluded"), Is.Not.Empty, name);
            Assert.That(Text(package, "licenseDeclared"), Is.Not.Empty, name);
            Assert.That(Text(package, "copyrightText"), Is.Not.Empty, name);
            if (package.TryGetProperty("primaryPackagePurpose", out var purpose)) Assert.That(Purposes, Does.Contain(purpose.GetString()), name);
            if (package.TryGetProperty("checksums", out var checksums))
                foreach (var checksum in checksums.EnumerateArray())
                    Assert.That(Text(checksum, "algorithm") + Text(checksum, "checksumValue"), Does.Match("^(SHA256[0-9a-f]{64}|SHA512[0-9a-f]{128})$"), name);
            if (package.TryGetProperty("externalRefs", out var references))
                foreach (var reference in references.EnumerateArray())
                    Assert.That($"{Text(reference, "referenceCategory")} {Text(reference, "referenceType")} {Text(reference, "referenceLocator")}", Does.Match("^PACKAGE-MANAGER purl pkg:(deb|oci)/[^ ]+@[^ ]+$"), name);
        }
    }

    [Test]
    public void Every_relationship_joins_what_exists_and_everything_is_reached_from_the_document()
    {
        var known = Packages.Select(package => Text(package, "SPDXID")).Append("SPDXRef-DOCUMENT").ToHashSet(StringComparer.Ordinal);
        var joined = sbom.GetProperty("relationships").EnumerateArray().Select(one => (From: Text(one, "spdxElementId"), Type: Text(one, "relationshipType"), To: Text(one, "relatedSpdxElement"))).ToList();
        Assert.That(joined.Select(one => one.Type).Distinct(), Is.EquivalentTo(new[] { "DESCRIBES", "CONTAINS" }));
        Assert.That(joined, Is.Unique.And.All.Matches<(string From, string, string To)>(one => known.Contains(one.From) && known.Contains(one.To)));
        var reached = new HashSet<string>(StringComparer.Ordinal) { "SPDXRef-DOCUMENT" };
        while (joined.Any(one => reached.Contains(one.From) && reached.Add(one.To))) { }
        Assert.That(reached, Is.EquivalentTo(known));
    }

    [Test]
    public void Every_licence_that_SPDX_does_not_list_is_explained()
    {
        var used = Packages.Select(package => Text(package, "licenseDeclared")).Where(licence => licence.StartsWith("LicenseRef-", StringComparison.Ordinal)).Distinct().ToList();
        Assert.That(used, Is.EqualTo(new[] { "LicenseRef-Debian-main" }));
        var explained = sbom.GetProperty("hasExtractedLicensingInfos").EnumerateArray().ToList();
        Assert.That(explained.Select(licence => Text(licence, "licenseId")), Is.EquivalentTo(used));
        Assert.That(explained.Select(licence => Text(licence, "extractedText")), Is.All.Not.Empty);
    }

    [Test]
    public void Every_asset_image_and_Debian_package_is_in_it_as_it_is()
    {
        var byName = Packages.ToLookup(package => Text(package, "name"));
        foreach (var file in AssetFolder.Load(site.Assets).Files)
            Assert.That(Text(byName[file.Path].Single().GetProperty("checksums")[0], "checksumValue"), Is.EqualTo(file.Sha256), file.Path);
        Assert.That(Text(byName[BundleSite.Kubelet].Single(), "versionInfo"), Is.EqualTo("1.36.4"));
        Assert.That(Text(byName[BundleSite.Kubelet].Single(), "downloadLocation"), Is.EqualTo("https://downloads.example/v1.36.4/kubelet"));
        Assert.That(Text(byName["util-linux"].Single(), "versionInfo"), Is.EqualTo("1:2.41-5~a"));
        Assert.That(Text(byName["util-linux"].Single().GetProperty("externalRefs")[0], "referenceLocator"), Is.EqualTo("pkg:deb/debian/util-linux@1%3A2.41-5~a"));
        Assert.That(Text(byName["registry.k8s.io/pause"].Single(), "licenseDeclared"), Is.EqualTo("Apache-2.0"));
        Assert.That(Text(byName["registry.example:5000/team/app"].Single(), "licenseDeclared"), Is.EqualTo("NOASSERTION"), "an image the description asks for");
        Assert.That(Packages.Count(), Is.EqualTo(1 + 4 + 2 + 5));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
