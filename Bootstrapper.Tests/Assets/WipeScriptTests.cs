using System.Globalization;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>What erases the disks of a machine, run by the host's sh on files that stand for disks.</summary>
public sealed class WipeScriptTests
{
    private const int Length = 20 << 20;

    private TemporaryFolder folder = null!;

    [SetUp]
    public void Start() => folder = new TemporaryFolder();

    [TearDown]
    public void Stop() => folder.Dispose();

    [Test]
    public void Every_fixed_disk_loses_what_is_at_both_its_ends()
    {
        foreach (var name in (string[])["sda", "nvme0n1"]) Disk(name);
        var outcome = Wipe("discard() { return 1; }");
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
        Assert.That(outcome.Output, Is.EqualTo("erased /dev/sda (only its ends)\nerased /dev/nvme0n1 (only its ends)\n"));
        foreach (var name in (string[])["sda", "nvme0n1"])
        {
            var after = File.ReadAllBytes(folder.PathOf($"dev/{name}"));
            Assert.That(after, Has.Length.EqualTo(Length));
            Assert.That(after.AsSpan(0, 16 << 20).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
            Assert.That(after.AsSpan(Length - (1 << 20)).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        }
    }

    [Test]
    public void Where_a_disk_can_discard_it_discards_and_its_ends_are_zeroed_all_the_same()
    {
        Disk("sda");
        var outcome = Wipe("discard() { : > \"$work/discarded\"; }");
        Assert.That(outcome.Output, Is.EqualTo("erased /dev/sda (discarded)\n"), outcome.ToString());
        Assert.That(File.Exists(folder.PathOf("discarded")));
        Assert.That(File.ReadAllBytes(folder.PathOf("dev/sda")).AsSpan(0, 16 << 20).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
    }

    [Test]
    public void A_file_loses_its_blocks_by_the_distributions_own_blkdiscard()
    {
        var loop = Tool.Run("losetup", ["--find"]);
        if (loop.Status != 0) Assert.Ignore("this machine has no loop devices");
        File.WriteAllBytes(folder.PathOf("disk"), [.. Enumerable.Repeat((byte)0xA5, Length)]);
        var attached = Tool.Run("losetup", ["--find", "--show", folder.PathOf("disk")]);
        if (attached.Status != 0) Assert.Ignore("this machine lets nobody attach a loop device");
        var device = attached.Output.Trim();
        try
        {
            Assert.That(Shell($"discard {device} && erase_ends {device} {Length / 512}").Status, Is.Zero);
            Assert.That(File.ReadAllBytes(folder.PathOf("disk")).AsSpan(0, 16 << 20).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        }
        finally
        {
            Tool.Run("losetup", ["--detach", device]);
        }
    }

    [Test]
    public void A_disk_that_takes_no_writes_is_named_and_the_others_are_erased()
    {
        Disk("sda");
        Disk("sdb");
        var outcome = Wipe("discard() { return 1; }\nerase_ends() { case $1 in */sda) return 1 ;; esac; }");
        Assert.That(outcome.Status, Is.EqualTo(1));
        Assert.That(outcome.Output, Is.EqualTo("could not erase /dev/sda\nerased /dev/sdb (only its ends)\n"));
    }

    [Test]
    public void Sticks_and_drives_are_left_alone_and_a_machine_without_disks_says_so()
    {
        Disk("sda", removable: true);
        var outcome = Wipe("discard() { echo discarded $1; }");
        Assert.That((outcome.Status, outcome.Output), Is.EqualTo((1, "there is no fixed disk\n")));
    }

    [TestCase(0, "wiping erasing every fixed disk: sda 0 GB\nwiped erased /dev/sda (discarded)\n")]
    [TestCase(1, "wiping erasing every fixed disk: sda 0 GB\nfailed could not erase /dev/sda\n")]
    public void The_bootstrapper_is_told_how_it_ended(int status, string told)
    {
        Disk("sda");
        var outcome = Shell($$"""
            discard() { return 0; }
            erase_ends() { return {{status}}; }
            report() { echo "$1 $2" >> "$work/told"; }
            sleep() { :; }
            restart() { exit 0; }
            wipe_machine
            """);
        Assert.That(File.ReadAllText(folder.PathOf("told")), Is.EqualTo(told), outcome.ToString());
    }

    private void Disk(string name, bool removable = false)
    {
        folder.Write($"sys/block/{name}/size", (Length / 512).ToString(CultureInfo.InvariantCulture) + "\n");
        folder.Write($"sys/block/{name}/removable", removable ? "1\n" : "0\n");
        Directory.CreateDirectory(folder.PathOf("dev"));
        File.WriteAllBytes(folder.PathOf($"dev/{name}"), [.. Enumerable.Repeat((byte)0xA5, Length)]);
    }

    private Tool.Result Wipe(string stand) => Shell($"{stand}\nwipe_disks");

    /// <summary>The scripts with the folder's own /sys and /dev.</summary>
    private Tool.Result Shell(string command)
    {
        var scripts = string.Join('\n', ((string[])["report.sh", "disk.sh", "wipe.sh"]).Select(name => File.ReadAllText(Repository.PathOf("templates", "installer", name))));
        var relocated = scripts.Replace("erase_ends \"/dev/", $"erase_ends \"{folder.Path}/dev/", StringComparison.Ordinal);
        return Tool.Run("sh", ["-c", $"{relocated}\nwork={folder.Path}; sys=$work/sys; scratch=$work\n{command}"]);
    }
}
