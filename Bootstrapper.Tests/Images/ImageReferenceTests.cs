using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;

namespace Sextant.Tests.Images;

public sealed class ImageReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [TestCase("nginx", "docker.io/library/nginx:latest")]
    [TestCase("nginx:1.30.1-alpine", "docker.io/library/nginx:1.30.1-alpine")]
    [TestCase("library/nginx", "docker.io/library/nginx:latest")]
    [TestCase("docker.io/nginx", "docker.io/library/nginx:latest")]
    [TestCase("index.docker.io/rook/ceph:v1", "docker.io/rook/ceph:v1")]
    [TestCase("rook/ceph", "docker.io/rook/ceph:latest")]
    [TestCase("quay.io/ceph/ceph:v19", "quay.io/ceph/ceph:v19")]
    [TestCase("localhost/app", "localhost/app:latest")]
    [TestCase("localhost:5000/app", "localhost:5000/app:latest")]
    [TestCase("host:5000/a/b/c:x", "host:5000/a/b/c:x")]
    [TestCase("Host.Example/app", "host.example/app:latest")]
    [TestCase("registry.k8s.io/pause@sha256:" + Hex, "registry.k8s.io/pause@sha256:" + Hex)]
    [TestCase("pause:3@sha256:" + Hex, "docker.io/library/pause:3@sha256:" + Hex)]
    public void A_name_is_made_whole_as_docker_does(string text, string whole)
    {
        Assert.That(ImageReference.Parse(text).ToString(), Is.EqualTo(whole));
        Assert.That(ImageReference.Parse(whole), Is.EqualTo(ImageReference.Parse(text)), "a whole name is itself");
    }

    [TestCase("docker.io/library/nginx:1", "docker.io/library/nginx")]
    [TestCase("host:5000/name", "host_5000/name")]
    [TestCase("localhost/app", "localhost/app")]
    public void It_lies_where_machines_that_name_the_registry_look(string text, string repository)
    {
        var reference = ImageReference.Parse(text);
        Assert.That(reference.Here.ToString(), Is.EqualTo(repository));
        Assert.That(ImageReference.OfStored(RepositoryName.Parse(repository), reference.Tag, reference.Digest), Is.EqualTo(reference));
    }

    [TestCase("", "no image's name")]
    [TestCase("Nginx", "capital letters")]
    [TestCase("docker.io/Library/nginx", "capital letters")]
    [TestCase(Hex, "identifier")]
    [TestCase("nginx@sha256:abc", "no digest")]
    [TestCase("nginx@md5:0123", "no digest")]
    [TestCase("nginx:", "no tag")]
    [TestCase("nginx:-x", "no tag")]
    [TestCase("nginx:a:b", "no image's name")]
    [TestCase("host:99999/app", "no host name")]
    [TestCase("host:0/app", "no host name")]
    [TestCase("-host.example/app", "no host name")]
    [TestCase("a..b/app", "no host name")]
    [TestCase("[::1]:5000/app", "no host name")]
    [TestCase("/app", "no image's name")]
    [TestCase("app/", "no image's name")]
    [TestCase("a//b", "no image's name")]
    [TestCase("../../etc/passwd", "no host name")]
    [TestCase("nginx latest", "no image's name")]
    [TestCase("http://registry.example/app", "no host name")]
    public void What_is_no_name_is_refused_with_the_reason(string text, string reason)
    {
        Assert.That(ImageReference.TryParse(text, out _, out var problem), Is.False);
        Assert.That(problem, Does.Contain(reason).And.Contain($"'"));
    }

    [Test]
    public void Any_text_is_read_or_refused_and_what_is_read_is_read_again()
    {
        var pieces = Gen.Elements("a", "b0", "nginx", "/", ":", "@", ".", "-", "_", "A", "5000", "sha256:" + Hex, "docker.io", "localhost", " ", "é", "..", "[", "latest");
        var texts = Gen.ListOf(pieces).Select(parts => string.Concat(parts));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(texts.ToArbitrary(), text =>
        {
            if (!ImageReference.TryParse(text, out var read, out var problem)) return problem.Length > 0;
            return ImageReference.Parse(read.ToString()) == read
                && ImageReference.OfStored(read.Here, read.Tag, read.Digest) == read
                && RepositoryName.TryParse(read.Here.ToString(), out _)
                && (read.Tag is not null || read.Digest is not null);
        }));
    }

    [Test]
    public void A_digest_is_what_is_asked_for_even_when_there_is_a_tag()
    {
        var pinned = ImageReference.Parse("pause:3").Pinned(Digest.FromSha256Hex(Hex));
        Assert.That(pinned.Asked, Is.EqualTo(new ManifestReference.ByDigest(Digest.FromSha256Hex(Hex))));
        Assert.That(pinned.ToString(), Is.EqualTo($"docker.io/library/pause:3@sha256:{Hex}"));
    }
}
