using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Assets;

/// <summary>The decisions of the live system's installer, run by the host's sh as they are.</summary>
public sealed class InstallerScriptTests
{
    private static readonly string Folder = Repository.PathOf("templates", "debian");

    /// <summary>Every shell script of the installers; what is a template is checked where it is filled.</summary>
    private static IEnumerable<string> Scripts() =>
    [
        "debian/customise.sh", "debian/live/hook", "debian/live/boot", "debian/live/functions.sh", "debian/live/fetch.sh", "debian/live/install.sh",
        "installer/disk.sh", "installer/report.sh", "installer/wipe.sh",
    ];

    [TestCaseSource(nameof(Scripts))]
    public void Every_script_is_sound_shell(string script)
    {
        var outcome = Tool.Run("sh", ["-n", script], folder: Repository.PathOf("templates"));
        Assert.That(outcome.Status, Is.Zero, outcome.Errors);
    }

    [TestCase("installer/disk.sh")]
    [TestCase("installer/report.sh")]
    [TestCase("installer/wipe.sh")]
    [TestCase("debian/live/functions.sh")]
    public void Shellcheck_finds_nothing_in_what_is_to_be_portable(string script)
    {
        var outcome = Tool.Run("shellcheck", ["--shell=sh", script], folder: Repository.PathOf("templates"));
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
    }

    [Test]
    public void Every_program_the_installer_calls_is_put_into_the_live_system_or_is_BusyBox()
    {
        var hook = File.ReadAllText(Path.Combine(Folder, "live", "hook"));
        var install = File.ReadAllText(Path.Combine(Folder, "live", "install.sh")) + File.ReadAllText(Path.Combine(Folder, "live", "fetch.sh"));
        foreach (var shared in (string[])["disk.sh", "report.sh", "wipe.sh"]) install += File.ReadAllText(Repository.PathOf("templates", "installer", shared));
        foreach (var program in (string[])["curl", "zstd", "tar", "sha256sum", "tee", "sfdisk", "wipefs", "blkdiscard", "blkid", "blockdev", "mkfs.ext4", "mkfs.vfat", "mount", "umount"])
        {
            Assert.That(install, Does.Match($@"\b{program.Replace(".", "\\.", StringComparison.Ordinal)}\b"), $"{program} is carried along for nothing");
            Assert.That(hook, Does.Match($@"for program in [^;]*\b{program.Replace(".", "\\.", StringComparison.Ordinal)}\b"));
        }
    }

    [TestCase("quiet sextant.url=http://10.0.0.1/boot/52-54-00-00-00-01 console=ttyS0", "http://10.0.0.1/boot/52-54-00-00-00-01")]
    [TestCase("sextant.url=http://a sextant.url=http://b", "http://b")]
    [TestCase("sextantXurl=http://a", "")]
    [TestCase("mysextant.url=http://a", "")]
    [TestCase("quiet", "")]
    public void A_kernel_argument_is_found_by_its_exact_name_and_the_last_one_counts(string line, string value) =>
        Assert.That(Shell("printf '%s\\n' \"$1\" | kernel_argument sextant.url", line).Output.TrimEnd('\n'), Is.EqualTo(value));

    [TestCase("SEXTANT_HOSTNAME='node-1'\n", "node-1")]
    [TestCase("# comment\n\nSEXTANT_HOSTNAME='a b  c'\n", "a b  c")]
    [TestCase("SEXTANT_HOSTNAME='it'\\''s'\n", "it's")]
    [TestCase("SEXTANT_HOSTNAME='$(touch /tmp/x)`id`$HOME\\'\n", "$(touch /tmp/x)`id`$HOME\\")]
    [TestCase("SEXTANT_HOSTNAME='windows'\r\n", "windows")]
    [TestCase("SEXTANT_HOSTNAME=''\n", "")]
    [TestCase("SEXTANT_HOSTNAME='no newline'", "no newline")]
    public void An_environment_of_quoted_assignments_is_taken_literally(string text, string value)
    {
        using var folder = new TemporaryFolder();
        var outcome = Shell("checked_environment < \"$1\" > \"$1.checked\" && . \"$1.checked\" && printf '%s' \"$SEXTANT_HOSTNAME\"", folder.Write("install.env", text));
        Assert.That(outcome.Status, Is.Zero, outcome.Errors);
        Assert.That(outcome.Output, Is.EqualTo(value));
    }

    [TestCase("PATH='/tmp'")]
    [TestCase("SEXTANT_HOSTNAME=node")]
    [TestCase("SEXTANT_HOSTNAME=\"node\"")]
    [TestCase("SEXTANT_HOSTNAME='a'; reboot")]
    [TestCase("SEXTANT_HOSTNAME='a' 'b'")]
    [TestCase("SEXTANT_HOSTNAME='a''; reboot; '")]
    [TestCase("SEXTANT_HOSTNAME='a'\\'''; reboot; '")]
    [TestCase("SEXTANT_HOSTNAME='")]
    [TestCase("SEXTANT_hostname='a'")]
    [TestCase("SEXTANT_HOSTNAME='two\nlines'")]
    [TestCase("reboot")]
    [TestCase("<html>")]
    public void Anything_else_in_the_environment_is_refused(string text)
    {
        using var folder = new TemporaryFolder();
        Assert.That(Shell("checked_environment < \"$1\"", folder.Write("install.env", text + "\n")).Status, Is.EqualTo(1));
    }

    [TestCase("/dev/sda", "/dev/sda3")]
    [TestCase("/dev/vdb", "/dev/vdb3")]
    [TestCase("/dev/nvme0n1", "/dev/nvme0n1p3")]
    [TestCase("/dev/mmcblk0", "/dev/mmcblk0p3")]
    public void A_partition_is_named_after_its_disk(string disk, string partition) =>
        Assert.That(Shell("partition \"$1\" 3", disk).Output, Is.EqualTo(partition + "\n"));

    [TestCase("0", "100", "0\n")]
    [TestCase("136376340", "272752680", "50\n")]
    [TestCase("101", "100", "100\n")]
    [TestCase("5", "", "")]
    [TestCase("5", "0", "")]
    [TestCase("5", "many", "")]
    public void Progress_is_a_whole_percentage(string done, string total, string percent) =>
        Assert.That(Shell("percent \"$1\" \"$2\"", done, total).Output, Is.EqualTo(percent));

    [TestCase("quiet", null, null)]
    [TestCase("console=ttyS0", "serial --unit=0 --speed=115200", "serial --unit=0 --speed=115200")]
    [TestCase("console=tty0 console=ttyS1,9600n8 quiet", "serial --unit=1 --speed=9600", "serial --unit=1 --speed=9600")]
    public void The_boot_menu_and_its_defaults_agree_on_the_kernel_arguments_and_the_console(string arguments, string? menu, string? defaults)
    {
        var configuration = Shell("grub_configuration abc-123 \"$1\"", arguments).Output;
        Assert.That(configuration, Does.Contain($"linux /vmlinuz root=UUID=abc-123 ro {arguments}\n").And.Contain("set timeout=1\n").And.Contain("initrd /initrd.img\n"));
        Assert.That(configuration, menu is null ? Does.Not.Contain("serial") : Does.Contain(menu + "\nterminal_input console serial\n"));
        using var folder = new TemporaryFolder();
        var file = folder.PathOf("grub");
        var read = Shell("grub_defaults \"$1\" > \"$2\" && . \"$2\" && printf '%s|%s' \"$GRUB_CMDLINE_LINUX\" \"$GRUB_SERIAL_COMMAND\"", arguments, file);
        Assert.That(read.Output, Is.EqualTo($"{arguments}|{defaults}"), read.Errors);
    }

    [Test]
    public void The_signed_loader_is_sent_on_to_the_boot_menu_of_the_root_file_system() => Assert.That(
        Shell("signed_grub_configuration abc-123").Output,
        Is.EqualTo("search --no-floppy --fs-uuid --set=root abc-123\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"));

    [Test]
    public void Kernel_arguments_with_quotes_and_dollars_survive_in_the_defaults()
    {
        const string Odd = "a=\"b c\" d=$HOME e=`id` f=\\";
        using var folder = new TemporaryFolder();
        var read = Shell("grub_defaults \"$1\" > \"$2\" && . \"$2\" && printf '%s' \"$GRUB_CMDLINE_LINUX\"", Odd, folder.PathOf("grub"));
        Assert.That(read.Output, Is.EqualTo(Odd), read.Errors);
    }

    private static Tool.Result Shell(string command, params string[] arguments) =>
        Tool.Run("sh", ["-c", ". ./live/functions.sh; " + command, "sh", .. arguments], folder: Folder);
}
