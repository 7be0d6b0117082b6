using System.Globalization;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>Which disk the installers write to and which they erase, decided by their own script on made-up trees of /sys.</summary>
public sealed class DiskScriptTests
{
    private const long Gigabyte = 1_000_000_000;

    // One machine to a row: the disks as name:gigabytes[:attribute…], what the description wants, and the answer.
    [TestCase("sda:20", "auto", "/dev/sda")]
    [TestCase("sda:20", "", "/dev/sda")]
    [TestCase("sda:40 sdb:20", "auto", "/dev/sda", Description = "the first, though the second is smaller")]
    [TestCase("sda:4 sdb:20", "auto", "/dev/sdb", Description = "large enough")]
    [TestCase("sdb:20 sda:20", "auto", "/dev/sda")]
    [TestCase("sdaa:20 sdb:20", "auto", "/dev/sdb", Description = "the 27th disk comes after the second")]
    [TestCase("nvme10n1:20 nvme9n1:20", "auto", "/dev/nvme9n1")]
    [TestCase("sda:20:removable nvme0n1:500", "auto", "/dev/nvme0n1", Description = "not the USB stick")]
    [TestCase("sda:20:usb nvme0n1:500", "auto", "/dev/nvme0n1", Description = "not the USB disk either")]
    [TestCase("sda:20:ro sdb:40", "auto", "/dev/sdb")]
    [TestCase("sda:0 sdb:40", "auto", "/dev/sdb", Description = "not the card reader without a card")]
    [TestCase("nvme0c0n1:20:hidden nvme0n1:20", "auto", "/dev/nvme0n1", Description = "not a path of a multipath disk")]
    [TestCase("loop0:20 ram0:20 zram0:20 sr0:20 dm-0:20 md0:20 nbd0:20 mmcblk0boot0:20 vda:20", "auto", "/dev/vda")]
    [TestCase("sda:20 sdb:40", "/dev/sdb", "/dev/sdb")]
    [TestCase("sda:20", "/dev/disk/by-path/pci-0000:00:04.0", "/dev/disk/by-path/pci-0000:00:04.0")]
    [TestCase("sda:20 sdb:500 sdc:100", "first:100GB", "/dev/sdb")]
    [TestCase("sda:20 sdb:500 sdc:100", "smallest:100GB", "/dev/sdc")]
    [TestCase("sdb:500 sda:500 sdc:4000", "smallest:100GB", "/dev/sda", Description = "of two equal ones the first")]
    [TestCase("sda:20 sdb:2000 sdc:16000", "first:2TB", "/dev/sdb")]
    [TestCase("sda:9 sdb:100", "smallest:10GB", "/dev/sdb", Description = "sizes are numbers")]
    [TestCase("sda:20:sata=WD-123 sdb:20:sata=WD-1234", "serial:WD-1234", "/dev/sdb")]
    [TestCase("vda:20 nvme0n1:20:nvme=S5H9NX0", "serial:S5H9NX0", "/dev/nvme0n1")]
    [TestCase("vda:20:virtio=disk-a vdb:20", "serial:disk-a", "/dev/vda")]
    [TestCase("sda:20 sdb:20:udev=Z1D0ABCD", "serial:Z1D0ABCD", "/dev/sdb")]
    [TestCase("sda:2:sata=SMALL", "serial:SMALL", "/dev/sda", Description = "who names a disk gets it, whatever its size")]
    public void The_disk_is_the_one_the_description_means(string disks, string wanted, string device)
    {
        using var folder = new TemporaryFolder();
        var outcome = Shell(folder, disks, "choose_disk \"$1\"", wanted);
        Assert.That(outcome.Output, Is.EqualTo(device + "\n"), outcome.Errors);
        Assert.That(outcome.Status, Is.Zero);
    }

    [TestCase("", "auto", "no fixed disk has 8GB or more; there are: none")]
    [TestCase("sda:20:removable sr0:2", "auto", "no fixed disk has 8GB or more; there are: none")]
    [TestCase("sda:4 sdb:2", "auto", "no fixed disk has 8GB or more; there are: sda 4 GB, sdb 2 GB")]
    [TestCase("sda:20", "first:100GB", "no fixed disk has 100GB or more; there are: sda 20 GB")]
    [TestCase("sda:20:sata=A", "serial:B", "no fixed disk has the serial number B; there are: sda 20 GB")]
    [TestCase("sda:20:sata=A", "serial:.", "no fixed disk has the serial number .", Description = "a serial number is no pattern")]
    [TestCase("sda:20:sata=A sdb:20:sata=A", "serial:A", "several disks have the serial number A: sda sdb")]
    [TestCase("sda:20", "first:GB", "'first:GB' has no size")]
    [TestCase("sda:20", "first:1e3GB", "'first:1e3GB' has no size")]
    [TestCase("sda:20", "smallest:20", "'smallest:20' has no size")]
    [TestCase("sda:20", "serial:", "'serial:' is no disk")]
    [TestCase("sda:20", "sda", "'sda' is no disk")]
    [TestCase("sda:20", "../sda", "'../sda' is no disk")]
    public void Without_a_suitable_disk_the_reason_is_given_with_the_disks_there_are(string disks, string wanted, string reason)
    {
        using var folder = new TemporaryFolder();
        var outcome = Shell(folder, disks, "choose_disk \"$1\"", wanted);
        Assert.That(outcome.Status, Is.EqualTo(1));
        Assert.That(outcome.Output, Does.StartWith(reason));
        Assert.That(outcome.Errors, Is.Empty);
    }

    [Test]
    public void A_disk_that_shows_up_late_is_waited_for_and_a_link_is_followed()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.PathOf("by-id"));
        const string Script = """
            is_disk() { [ -f "$1" ]; }
            sleep() { echo late >> "$work/slept"; if [ "$(wc -l < "$work/slept")" = 3 ]; then : > "$work/disk"; fi; }
            await_disk "$1"
            """;
        File.CreateSymbolicLink(folder.PathOf("by-id/wwn"), folder.PathOf("disk"));
        // choose_disk hands a path below /dev through; here the link stands for one.
        var outcome = Shell(folder, "", "choose_disk() { echo \"$1\"; }\n" + Script, folder.PathOf("by-id/wwn"));
        Assert.That(outcome.Output, Is.EqualTo(folder.PathOf("disk") + "\n"), outcome.ToString());
        Assert.That(File.ReadAllLines(folder.PathOf("slept")), Has.Length.EqualTo(3));
    }

    [Test]
    public void A_disk_that_never_shows_up_ends_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        var outcome = Shell(folder, "sda:20", "sleep() { :; }\nawait_disk /dev/sextant-no-such-disk");
        Assert.That(outcome.Status, Is.EqualTo(1));
        Assert.That(outcome.Output, Is.EqualTo("/dev/sextant-no-such-disk is not there; there are: sda 20 GB\n"));
    }

    private const string Recorded = """
        wipefs() { echo "wipefs $*"; }
        erase_ends() { echo "ends $*"; }

        """;

    [Test]
    public void Every_other_fixed_disk_is_erased_with_its_partitions_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var outcome = Shell(folder, "sda:20:parts=2 sdaa:20:parts=1 sdb:40:parts=2 sdc:40:removable sr0:1", Recorded + "wipe_others /dev/sda");
        Assert.That(outcome.Output.TrimEnd('\n').Split('\n'), Is.EqualTo(new[]
        {
            "wipefs --all --force --quiet /dev/sdb1", "wipefs --all --force --quiet /dev/sdb2", "ends /dev/sdb 78125000", "erased /dev/sdb",
            "wipefs --all --force --quiet /dev/sdaa1", "ends /dev/sdaa 39062500", "erased /dev/sdaa",
        }), outcome.ToString());
        Assert.That(Shell(folder, "", "disk_partitions sda").Output, Is.EqualTo("sda1\nsda2\n"), "sdaa is another disk");
    }

    [Test]
    public void A_disk_made_of_others_leaves_the_others_alone()
    {
        using var folder = new TemporaryFolder();
        folder.Write("sys/block/md126/slaves/sda", "");
        var outcome = Shell(folder, "sda:20 sdb:20", Recorded + "wipe_others /dev/md126");
        Assert.That(outcome.Status, Is.EqualTo(1));
        Assert.That(outcome.Output, Does.StartWith("/dev/md126 is made of other disks").And.Not.Contain("ends"));
    }

    [Test]
    public void Both_ends_of_a_disk_are_zeroed_and_its_middle_is_not()
    {
        using var folder = new TemporaryFolder();
        var octets = new byte[20 << 20];
        Array.Fill(octets, (byte)0xA5);
        File.WriteAllBytes(folder.PathOf("disk"), octets);
        Assert.That(Shell(folder, "", "erase_ends \"$1\" \"$2\"", folder.PathOf("disk"), (octets.Length / 512).ToString(CultureInfo.InvariantCulture)).Status, Is.Zero);
        var after = File.ReadAllBytes(folder.PathOf("disk"));
        Assert.That(after, Has.Length.EqualTo(octets.Length));
        Assert.That(after.AsSpan(0, 16 << 20).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        Assert.That(after.AsSpan(16 << 20, 3 << 20).IndexOfAnyExcept((byte)0xA5), Is.EqualTo(-1));
        Assert.That(after.AsSpan(19 << 20).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
    }

    private static Tool.Result Shell(TemporaryFolder folder, string disks, string command, params string[] arguments)
    {
        foreach (var (name, size, attributes) in disks.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parse)) Make(folder, name, size, attributes);
        Directory.CreateDirectory(folder.PathOf("sys/block"));
        return Tool.Run("sh", ["-c", $". ./disk.sh; work={folder.Path}; sys=$work/sys; udev_data=$work/udev\n{command}", "sh", .. arguments], folder: Repository.PathOf("templates", "installer"));
    }

    private static (string Name, long Size, string[] Attributes) Parse(string text)
    {
        var parts = text.Split(':');
        return (parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture) * Gigabyte, parts[2..]);
    }

    /// <summary>A disk as the kernel shows it: a link from <c>block</c> to the device behind its bus.</summary>
    private static void Make(TemporaryFolder folder, string name, long size, string[] attributes)
    {
        var at = $"sys/devices/pci0000:00/{(attributes.Contains("usb") ? "usb1/1-2/" : "ata1/")}{name}";
        folder.Write($"{at}/size", $"{size / 512}\n");
        folder.Write($"{at}/dev", $"8:{name}\n");
        foreach (var attribute in (string[])["removable", "ro", "hidden"]) folder.Write($"{at}/{attribute}", attributes.Contains(attribute) ? "1\n" : "0\n");
        foreach (var pair in attributes.Select(attribute => attribute.Split('=')).Where(pair => pair.Length == 2))
        {
            switch (pair[0])
            {
                case "sata":
                    Directory.CreateDirectory(folder.PathOf($"{at}/device"));
                    File.WriteAllBytes(folder.PathOf($"{at}/device/vpd_pg80"), [0, 0x80, 0, (byte)(pair[1].Length + 4), .. "    "u8, .. System.Text.Encoding.ASCII.GetBytes(pair[1])]);
                    break;
                case "nvme":
                    folder.Write($"{at}/device/serial", pair[1] + "            \n");
                    break;
                case "virtio":
                    folder.Write($"{at}/serial", pair[1]);
                    break;
                case "udev":
                    folder.Write($"udev/b{File.ReadAllText(folder.PathOf($"{at}/dev")).TrimEnd()}", $"N:{name}\nE:ID_SERIAL=MODEL_{pair[1]}\nE:ID_SERIAL_SHORT={pair[1]}\n");
                    break;
                case "parts":
                    foreach (var number in Enumerable.Range(1, int.Parse(pair[1], CultureInfo.InvariantCulture))) folder.Write($"{at}/{name}{number}/partition", $"{number}\n");
                    break;
                default:
                    throw new ArgumentException($"no attribute {pair[0]}", nameof(attributes));
            }
        }
        Directory.CreateDirectory(folder.PathOf("sys/block"));
        if (!Directory.Exists(folder.PathOf($"sys/block/{name}"))) Directory.CreateSymbolicLink(folder.PathOf($"sys/block/{name}"), folder.PathOf(at));
    }
}
