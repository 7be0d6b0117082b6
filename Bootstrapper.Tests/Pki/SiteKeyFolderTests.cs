using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Pki;

[TestFixture]
public sealed class SiteKeyFolderTests
{
    private TemporaryFolder folder = null!;

    private string Signing => folder.At("pki", "service-account.key");

    private string Encryption => folder.At("pki", "secrets-encryption.key");

    [SetUp]
    public void Start()
    {
        folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("pki"));
    }

    [TearDown]
    public void Stop() => folder.Dispose();

    [Test]
    public void The_first_start_makes_both_and_every_later_one_finds_them()
    {
        var made = Opened();
        Assert.Multiple(() =>
        {
            Assert.That(Tool.Run("openssl", ["pkey", "-in", Signing, "-noout", "-text"]).Output, Does.Contain("Private-Key: (256 bit)").And.Contain("prime256v1"));
            Assert.That(made.ServiceAccountKey, Is.EqualTo(File.ReadAllText(Signing)).And.StartsWith("-----BEGIN PRIVATE KEY-----\n").And.EndsWith("-----END PRIVATE KEY-----\n"));
            Assert.That(Convert.FromBase64String(made.EncryptionKey), Has.Length.EqualTo(32));
            Assert.That(File.ReadAllText(Encryption), Is.EqualTo(made.EncryptionKey + "\n"));
            foreach (var path in new[] { Signing, Encryption }) Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), path);
            Assert.That(Directory.GetFiles(folder.At("pki")), Has.Length.EqualTo(2), "nothing else is left");
            Assert.That(Opened(), Is.EqualTo(made));
            Assert.That(made.ToString(), Does.Not.Contain(made.EncryptionKey));
        });
    }

    [Test]
    public void No_two_sites_have_the_same()
    {
        var first = Opened();
        File.Delete(Signing);
        File.Delete(Encryption);
        var second = Opened();
        Assert.That((second.ServiceAccountKey == first.ServiceAccountKey, second.EncryptionKey == first.EncryptionKey), Is.EqualTo((false, false)));
    }

    [Test]
    public void A_lost_encryption_key_is_never_replaced()
    {
        _ = Opened();
        File.Delete(Encryption);
        Assert.That(Problems().Single(), Does.Contain(Encryption).And.Contain("restore it"));
        Assert.That(File.Exists(Encryption), Is.False);
    }

    [Test]
    public void A_first_start_that_was_cut_off_in_between_is_completed_by_the_next()
    {
        var before = Opened();
        File.Delete(Signing);
        var after = Opened();
        Assert.That(after.EncryptionKey, Is.EqualTo(before.EncryptionKey));
        Assert.That(after.ServiceAccountKey, Is.Not.EqualTo(before.ServiceAccountKey));
    }

    private static IEnumerable<TestCaseData> Damage()
    {
        var rsa = Tool.Run("openssl", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]).Output;
        var p384 = Tool.Run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]).Output;
        var publicKey = Tool.Run("openssl", ["pkey", "-pubout"], Tool.Run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]).Output).Output;
        (string Name, string File, string Content)[] cases =
        [
            ("empty signing key", "service-account.key", ""), ("RSA", "service-account.key", rsa), ("P-384", "service-account.key", p384), ("public key", "service-account.key", publicKey),
            ("empty encryption key", "secrets-encryption.key", ""), ("31 octets", "secrets-encryption.key", Convert.ToBase64String(new byte[31])),
            ("33 octets", "secrets-encryption.key", Convert.ToBase64String(new byte[33])), ("64 octets", "secrets-encryption.key", Convert.ToBase64String(new byte[64])),
            ("two lines", "secrets-encryption.key", Convert.ToBase64String(new byte[32]) + "\n" + Convert.ToBase64String(new byte[32])), ("no base64", "secrets-encryption.key", new string('*', 44)),
        ];
        return cases.Select(one => new TestCaseData(one.File, one.Content).SetArgDisplayNames(one.Name));
    }

    [TestCaseSource(nameof(Damage))]
    public void What_is_damaged_is_refused_by_name_and_left_as_it_is(string file, string content)
    {
        _ = Opened();
        File.WriteAllText(folder.At("pki", file), content);
        Assert.That(Problems().Single(), Does.Contain(folder.At("pki", file)).And.Contain("restore it from a backup").And.Not.Contain("AAAA"));
        Assert.That(File.ReadAllText(folder.At("pki", file)), Is.EqualTo(content));
    }

    [Test]
    public void What_others_may_read_is_refused_both_at_once()
    {
        _ = Opened();
        foreach (var path in new[] { Signing, Encryption }) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.That(Problems(), Is.EqualTo(new[] { $"{Signing} may be read by others: chmod 600 {Signing}", $"{Encryption} may be read by others: chmod 600 {Encryption}" }));
    }

    private SiteKeys Opened() => ((SiteKeysResult.Opened)SiteKeyFolder.OpenOrCreate(folder.Path, NullLogger<SiteKeyFolder>.Instance)).Keys;

    private IReadOnlyList<string> Problems() => ((SiteKeysResult.Unusable)SiteKeyFolder.OpenOrCreate(folder.Path, NullLogger<SiteKeyFolder>.Instance)).Problems;
}
