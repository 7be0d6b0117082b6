using NUnit.Framework;
using Sextant.Assets;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

public sealed class DebianImageBuilderTests
{
    private static readonly string Templates = Repository.PathOf("templates", "debian");

    [TestCase(DebianKernel.Cloud, "linux-image-cloud-amd64")]
    [TestCase(DebianKernel.Generic, "linux-image-amd64")]
    public void The_image_has_the_wanted_kernel_and_every_listed_package(DebianKernel kernel, string package)
    {
        var arguments = DebianImageBuilder.Arguments(new DebianImageRequest("trixie", kernel, null, Templates, false), "/work-folder");
        var include = arguments.Single(argument => argument.StartsWith("--include=", StringComparison.Ordinal))["--include=".Length..].Split(',');
        Assert.That(include[0], Is.EqualTo(package));
        Assert.That(include, Is.Unique.And.SupersetOf(new[] { "systemd-sysv", "cloud-init", "etcd-server", "etcd-client", "openssh-server", "grub-pc-bin", "grub-efi-amd64-signed", "shim-signed" }));
        Assert.That(include, Has.None.Contains(" ").And.None.Contains("#").And.None.Empty);
        Assert.That(arguments.TakeLast(2), Is.EqualTo(new[] { "trixie", "/work-folder/rootfs.tar.zst" }));
    }

    [Test]
    public void A_mirror_is_the_last_argument()
    {
        var arguments = DebianImageBuilder.Arguments(new DebianImageRequest("trixie", DebianKernel.Cloud, "http://mirror.example/debian", Templates, false), "/w");
        Assert.That(arguments[^1], Is.EqualTo("http://mirror.example/debian"));
    }

    [Test]
    public async Task A_folder_without_the_templates_is_refused_before_anything_is_touched()
    {
        using var folder = new TemporaryFolder();
        var outcome = await DebianImageBuilder.BuildAsync(folder.PathOf("assets"), new DebianImageRequest("trixie", DebianKernel.Cloud, null, folder.Path, false), _ => { }, CancellationToken.None);
        Assert.That(outcome, Is.InstanceOf<BuildOutcome.CannotBuild>());
        Assert.That(Directory.Exists(folder.PathOf("assets")), Is.False);
    }

    [Test]
    public void Missing_programs_are_found_by_looking_at_the_path() =>
        Assert.That(HostPrograms.Missing([new("sh", "dash"), new("no-such-program", "no-such-package")]), Is.EqualTo(new[] { new HostProgram("no-such-program", "no-such-package") }));

    [Test]
    public async Task A_program_that_fails_leaves_its_last_words()
    {
        var lines = new List<string>();
        var result = await HostPrograms.RunAsync("sh", ["-c", "for i in $(seq 30); do echo $i; done; echo $SAMPLE >&2; exit 3"], new Dictionary<string, string> { ["SAMPLE"] = "broken" },
            Path.GetTempPath(), lines.Add, CancellationToken.None);
        Assert.That(result.ExitCode, Is.EqualTo(3));
        Assert.That(lines, Has.Count.EqualTo(31));
        Assert.That(result.LastLines, Has.Count.EqualTo(15));
        Assert.That(lines, Has.Member("broken"));
    }

    [Test]
    public void A_cancelled_program_is_asked_to_end_and_may_clean_up()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var cleaned = folder.PathOf("cleaned");
        Assert.That(() => HostPrograms.RunAsync("sh", ["-c", $"trap 'echo > {cleaned}; kill $!; exit 1' TERM; sleep 60 & echo ready; wait"], new Dictionary<string, string>(),
            folder.Path, _ => cancellation.Cancel(), cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(cleaned), Is.True);
    }
}
