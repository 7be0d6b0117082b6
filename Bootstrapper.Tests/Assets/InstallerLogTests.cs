using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>What every installer says also reaches the bootstrapper, its last words included.</summary>
[TestFixture]
public sealed class InstallerLogTests
{
    private const string Begin = "restart() { exit 0; }\nscratch=/tmp\nurl=http://10.0.0.1/boot/52-54-00-00-00-01\n";

    private StandInInstaller machine = null!;

    [SetUp]
    public void A_machine() => machine = new StandInInstaller();

    [TearDown]
    public void Remove() => machine.Dispose();

    [Test]
    public void Steps_are_logged_once_each()
    {
        var outcome = Run("step one\nsay between\nstep two\nreport_installed /dev/sda\n");
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        Assert.That(machine.Log, Is.EqualTo(new[] { "one", "between", "two" }));
        Assert.That(machine.Reports, Is.EqualTo(new[] { "installing one", "installing two", "installed /dev/sda" }));
    }

    [Test]
    public void A_failure_sends_what_programs_said_and_the_kernels_last_words()
    {
        machine.Program("dmesg", "echo '[  1.5] virtio_blk: I/O error'");
        var outcome = Run("echo 'mkfs: no such device' | keep\nfail \"mkfs.ext4: no such device\"\n");
        Assert.That(outcome.Output, Does.Contain("mkfs: no such device\nsextant: FAILED: mkfs.ext4"));
        Assert.That(machine.Log, Is.EqualTo(new[] { "mkfs: no such device", "FAILED: mkfs.ext4: no such device", "kernel: [  1.5] virtio_blk: I/O error" }));
    }

    [Test]
    public void What_a_silent_bootstrapper_did_not_take_goes_with_the_next()
    {
        machine.Write("deaf", "");
        var outcome = Run("step one\nrm deaf\nstep two\n");
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        Assert.That(machine.Log, Is.EqualTo(new[] { "one", "two" }));
    }

    private Tool.Result Run(string script) => machine.RunScript($"{Repository.Read("templates/installer/report.sh")}\n{Begin}{script}");
}
