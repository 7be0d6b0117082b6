using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

[TestFixture]
public sealed class SiteFileReaderTests
{
    private const string Registry = "\nregistry:\n  mode: external\n  address: r.example\n  ca: certs/ca.crt\n  username: pull\n  password_file: password\n";

    private static readonly string Certificate = Make();

    private TemporaryFolder folder = null!;

    [SetUp]
    public void Begin()
    {
        folder = new TemporaryFolder();
        folder.Write("cluster-desc.yaml", Repository.Read("cluster-desc.example.yaml").TrimEnd('\n') + Registry);
        folder.Write("certs/ca.crt", "a comment\n" + Certificate + "\n" + Certificate);
        Keep(folder.Write("password", "se cret\n"));
    }

    [TearDown]
    public void End() => folder.Dispose();

    [Test]
    public void Files_are_found_beside_the_description_whatever_the_working_folder_is()
    {
        var (files, problems) = Read();
        Assert.That(problems, Is.Empty);
        Assert.That(files.RegistryPassword, Is.EqualTo("se cret"));
        Assert.That(files.RegistryCa, Is.EqualTo($"{Certificate}\n{Certificate}\n"), "the certificates and nothing else");
    }

    [TestCase(null, "does not exist")]
    [TestCase("", "holds no certificate in PEM")]
    [TestCase("hello", "holds no certificate in PEM")]
    [TestCase("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds a damaged certificate")]
    [TestCase("-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n", "holds a private key, and every machine gets this file")]
    public void A_certificate_that_is_none_is_a_problem_where_it_is_named(string? content, string fault)
    {
        if (content is null) File.Delete(folder.At("certs", "ca.crt"));
        else folder.Write("certs/ca.crt", content);
        IsProblem("registry.ca", $"{folder.At("certs", "ca.crt")} {fault}");
    }

    [TestCase(null, "does not exist")]
    [TestCase("", "is empty")]
    [TestCase("\n", "is empty")]
    [TestCase("one\ntwo\n", "has more than one line")]
    [TestCase("tab\there", "has more than one line, or control characters")]
    public void A_password_that_is_none_is_a_problem_where_it_is_named(string? content, string fault)
    {
        if (content is null) File.Delete(folder.At("password"));
        else folder.Write("password", content);
        IsProblem("registry.password_file", $"{folder.At("password")} {fault}");
    }

    [Test]
    public void A_file_that_is_no_text_a_folder_or_too_long_is_a_problem()
    {
        File.WriteAllBytes(folder.At("password"), [0xff, 0xfe, 0x00]);
        IsProblem("registry.password_file", $"{folder.At("password")} is not UTF-8 text");
        folder.Write("password", new string('x', 300_000));
        IsProblem("registry.password_file", $"{folder.At("password")} is longer than 256 KiB");
        File.Delete(folder.At("password"));
        Directory.CreateDirectory(folder.At("password"));
        IsProblem("registry.password_file", $"{folder.At("password")} is a folder");
    }

    [Test]
    public void A_password_that_others_may_read_is_a_warning()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.At("password"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var (files, problems) = Read();
        Assert.That(files.RegistryPassword, Is.EqualTo("se cret"));
        Assert.That(problems.Single(), Has.Property(nameof(Problem.Severity)).EqualTo(Severity.Warning).And.Property(nameof(Problem.Message)).Contains("chmod 600"));
    }

    [Test]
    public void Validate_reads_them_too_and_prints_the_place()
    {
        var file = folder.At("cluster-desc.yaml");
        var line = File.ReadAllLines(file).ToList().FindIndex(text => text.Contains("password_file", StringComparison.Ordinal)) + 1;
        using var output = new StringWriter();
        var configuration = new System.CommandLine.InvocationConfiguration { Output = output };
        Assert.That(SextantCommand.Create().Parse(["validate", file]).Invoke(configuration), Is.Zero, output.ToString());
        File.Delete(folder.At("password"));
        Assert.That(SextantCommand.Create().Parse(["validate", file]).Invoke(configuration), Is.EqualTo(1));
        Assert.That(output.ToString(), Does.Contain($"{file}:{line}:18: error: registry.password_file: {folder.At("password")} does not exist\n"));
    }

    private (Sextant.Planning.SiteFiles Files, IReadOnlyList<Problem> Problems) Read()
    {
        var file = folder.At("cluster-desc.yaml");
        var read = ClusterFile.Load(file);
        Assert.That(read.Description, Is.Not.Null, string.Join('\n', read.Problems));
        return SiteFileReader.Read(file, read.Description!);
    }

    private void IsProblem(string key, string message)
    {
        var problem = Read().Problems.Single(problem => problem.Severity is Severity.Error);
        Assert.That(problem.ToString(), Does.StartWith($"{folder.At("cluster-desc.yaml")}:{problem.Line}:").And.Contain($": error: {key}: {message}"));
        Assert.That(problem.Message, Does.Not.Contain("c2VjcmV0"));
    }

    private static void Keep(string path)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static string Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=registry authority", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(80));
        return certificate.ExportCertificatePem();
    }
}
