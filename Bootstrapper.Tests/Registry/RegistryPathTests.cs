using NUnit.Framework;
using Sextant.Registry;

namespace Sextant.Tests.Registry;

[TestFixture]
public sealed class RegistryPathTests
{
    private static IEnumerable<TestCaseData> Paths()
    {
        yield return new("/v2/", new RegistryPath.Base());
        yield return new("/v2", new RegistryPath.Base());
        yield return new("/v2/token", new RegistryPath.Token());
        yield return new("/v2/_catalog", new RegistryPath.Catalog());
        yield return new("/v2/pause/manifests/3.10", new RegistryPath.Manifest("pause", "3.10"));
        yield return new("/v2/registry.k8s.io/coredns/coredns/manifests/sha256:ab", new RegistryPath.Manifest("registry.k8s.io/coredns/coredns", "sha256:ab"));
        yield return new("/v2/a/b/blobs/sha256:ab", new RegistryPath.Blob("a/b", "sha256:ab"));
        yield return new("/v2/a/b/blobs/uploads/", new RegistryPath.Uploads("a/b"));
        yield return new("/v2/a/b/blobs/uploads", new RegistryPath.Uploads("a/b"));
        yield return new("/v2/a/b/blobs/uploads/17", new RegistryPath.Upload("a/b", "17"));
        yield return new("/v2/a/b/tags/list", new RegistryPath.Tags("a/b"));
        yield return new("/v2/a/b/referrers/sha256:ab", new RegistryPath.Referrers("a/b", "sha256:ab"));
        // Words of the endpoints as parts of names.
        yield return new("/v2/tags/list/tags/list", new RegistryPath.Tags("tags/list"));
        yield return new("/v2/blobs/uploads/manifests/latest", new RegistryPath.Manifest("blobs/uploads", "latest"));
        yield return new("/v2/manifests/blobs/uploads/", new RegistryPath.Uploads("manifests"));
        yield return new("/v2/token/manifests/list", new RegistryPath.Manifest("token", "list"));
        yield return new("/v2/manifests/manifests/manifests", new RegistryPath.Manifest("manifests", "manifests"));
        // What is wrong in a name is for whoever answers to say.
        yield return new("/v2/A//b/manifests/x", new RegistryPath.Manifest("A//b", "x"));
        yield return new("/v2/../etc/blobs/sha256:ab", new RegistryPath.Blob("../etc", "sha256:ab"));
        yield return new("/v2/a/manifests/", new RegistryPath.Manifest("a", ""));
        // Nothing of the protocol.
        foreach (var other in (string[])["", "/", "/v1/", "/v2x", "v2/", "/v2/pause", "/v2/manifests/x", "/v2/tags/list", "/v2/blobs/x", "/v2/a/tags/other", "/v2/a/blobs/uploads/1/2", "/v2/_catalog/", "/v2//"])
            yield return new(other, new RegistryPath.Unknown());
    }

    [TestCaseSource(nameof(Paths))]
    public void A_path_is_read_from_its_right_end(string path, object meaning) => Assert.That(RegistryPath.Parse(path), Is.EqualTo(meaning));
}
