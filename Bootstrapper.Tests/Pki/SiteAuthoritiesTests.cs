using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Pki;

[TestFixture]
[SupportedOSPlatform("linux")]
public sealed class SiteAuthoritiesTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static SiteAuthoritiesResult Open(TemporaryFolder state, DateTimeOffset? now = null) =>
        SiteAuthorities.OpenOrCreate(state.Path, now ?? Now, NullLogger.Instance);

    private static SiteAuthorities Opened(SiteAuthoritiesResult result) =>
        result is SiteAuthoritiesResult.Opened(var authorities) ? authorities : throw new AssertionException(result.ToString());

    private static string Problem(TemporaryFolder state, DateTimeOffset? now = null) => ((SiteAuthoritiesResult.Unusable)Open(state, now)).Problems.Single();

    [Test]
    public void The_first_start_makes_every_authority_and_the_second_finds_the_same()
    {
        using var state = new TemporaryFolder();
        using var first = Opened(Open(state));
        using var second = Opened(Open(state, Now.AddYears(1)));
        Assert.That(first.Anchors.Pem.Keys, Is.EquivalentTo(Enum.GetValues<CertificateAuthorityName>()));
        Assert.That(first.Anchors.Pem.Values, Is.Unique);
        Assert.That(second.Anchors.Pem, Is.EquivalentTo(first.Anchors.Pem));
        Assert.That(SiteAuthorities.ReadAnchors(state.Path).Pem, Is.EquivalentTo(first.Anchors.Pem));
    }

    [Test]
    public void Only_the_owner_reads_a_key()
    {
        using var state = new TemporaryFolder();
        using var authorities = Opened(Open(state));
        foreach (var name in new[] { "sextant", "etcd", "kubernetes", "front-proxy" })
        {
            Assert.That(File.GetUnixFileMode(state.At("pki", name, "ca.key")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(File.GetUnixFileMode(state.At("pki", name)), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        }
        Assert.That(Directory.GetFileSystemEntries(state.At("pki")), Has.Length.EqualTo(4), "nothing unfinished is left");
    }

    [Test]
    public void What_a_crash_left_unfinished_is_made_anew()
    {
        using var state = new TemporaryFolder();
        state.Write("pki/.etcd.unfinished/ca.key", "half a k");
        Directory.CreateDirectory(state.At("pki", "sextant"));
        using var authorities = Opened(Open(state));
        Assert.That(Directory.Exists(state.At("pki", ".etcd.unfinished")), Is.False);
        Assert.That(File.ReadAllText(state.At("pki", "etcd", "ca.key")), Does.StartWith("-----BEGIN PRIVATE KEY-----"));
    }

    private static IEnumerable<TestCaseData> Damage()
    {
        static TestCaseData Case(string name, Action<TemporaryFolder> damage, params string[] words) => new TestCaseData(damage, words).SetArgDisplayNames(name);
        yield return Case("no certificate", state => File.Delete(state.At("pki", "etcd", "ca.crt")), "ca.key", "no certificate", "restore");
        yield return Case("no key", state => File.Delete(state.At("pki", "etcd", "ca.key")), "ca.crt", "no key", "restore");
        yield return Case("open key", state => File.SetUnixFileMode(state.At("pki", "etcd", "ca.key"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead), "chmod 600", "ca.key");
        yield return Case("another authority's key", state => File.Copy(state.At("pki", "sextant", "ca.key"), state.At("pki", "etcd", "ca.key"), true), "does not belong");
        yield return Case("no PEM", state => File.WriteAllText(state.At("pki", "etcd", "ca.crt"), "hello"), "CERTIFICATE");
        yield return Case("no PEM key", state => File.WriteAllText(state.At("pki", "etcd", "ca.key"), "hello"), "not PEM");
        yield return Case("something else", state =>
        {
            File.Delete(state.At("pki", "etcd", "ca.key"));
            File.Move(state.At("pki", "etcd", "ca.crt"), state.At("pki", "etcd", "old.crt"));
        }, "other files");
        yield return Case("empty key", state => File.WriteAllText(state.At("pki", "etcd", "ca.key"), ""), "not PEM");
    }

    [TestCaseSource(nameof(Damage))]
    public void A_damaged_authority_is_explained_and_never_replaced(Action<TemporaryFolder> damage, string[] words)
    {
        using var state = new TemporaryFolder();
        Opened(Open(state)).Dispose();
        damage(state);
        var before = Directory.GetFiles(state.At("pki", "etcd")).ToDictionary(path => path, File.ReadAllText);
        var problem = Problem(state);
        Assert.That(problem, Does.Contain(state.At("pki", "etcd")));
        foreach (var word in words) Assert.That(problem, Does.Contain(word));
        Assert.That(Directory.GetFiles(state.At("pki", "etcd")).ToDictionary(path => path, File.ReadAllText), Is.EquivalentTo(before));
    }

    [Test]
    public void An_expired_authority_is_told()
    {
        using var state = new TemporaryFolder();
        Opened(Open(state)).Dispose();
        var problems = ((SiteAuthoritiesResult.Unusable)Open(state, Now.AddYears(11))).Problems;
        Assert.That(problems, Has.Count.EqualTo(4).And.All.Contains("expired"));
    }
}
