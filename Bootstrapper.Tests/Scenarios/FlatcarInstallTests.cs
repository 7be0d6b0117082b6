using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>
/// Flatcar's installation against the real service: the machine's own document, its script as it stands, real curl and wget. Only flatcar-install is a
/// stand-in, which asks the mirror as the real one does: HEAD of image and signature, the version when it is "current", then both files.
/// </summary>
[TestFixture]
public sealed class FlatcarInstallTests
{
    private const string Image = "flatcar/4593.2.5/flatcar_production_image.bin.bz2";

    private const string FlatcarInstall = """
        while [ $# -gt 0 ]; do
            case $1 in
            -d) device=$2 ;; -b) base=$2 ;; -V) version=$2 ;; -i | -c) document=$2 ;; -k) key=$2 ;; -o) ;; *) echo "unknown $1"; exit 1 ;;
            esac
            shift 2
        done
        [ "$(wget -qO- "$base/current/version.txt" | sed -n 's/^FLATCAR_VERSION=//p')" = "$version" ] || { echo "version.txt unavailable: $base/current/version.txt"; exit 1; }
        url=$base/$version/flatcar_production_image.bin.bz2
        wget --spider --quiet "$url" || { echo "Image URL unavailable: $url"; exit 1; }
        wget --spider --quiet "$url.sig" || { echo "Image signature unavailable: $url.sig"; exit 1; }
        grep -q 'BEGIN PGP PUBLIC KEY BLOCK' "$key" || { echo "no key"; exit 1; }
        wget --no-verbose -O "$machine/signature" "$url.sig" && wget --no-verbose -O "$machine/disk" "$url" && cat "$document" > "$machine/configuration"
        """;

    private ServedAppliance appliance = null!;
    private StandInInstaller machine = null!;

    [SetUp]
    public async Task Start()
    {
        appliance = await ServedAppliance.StartAsync(ServedAppliance.Cluster().On(OperatingSystemName.Flatcar));
        machine = new StandInInstaller();
        machine.Disks("sda:20");
        machine.Partition("sda", 6);
        machine.Program("blkid", "echo OEM");
        machine.Program("curl", $"exec /usr/bin/curl --interface {ServedAppliance.AddressOf(1)} \"$@\"");
        machine.Program("wget", $"exec /usr/bin/wget --tries=2 --timeout=20 --bind-address={ServedAppliance.AddressOf(1)} \"$@\"");
        machine.Program("flatcar-install", FlatcarInstall);
    }

    [TearDown]
    public async Task Stop()
    {
        machine.Dispose();
        Assert.That(appliance.Failures, Is.Empty);
        await appliance.DisposeAsync();
    }

    [Test]
    public async Task A_machine_installs_itself_and_its_history_says_so()
    {
        appliance.PublishSigned(Image, 2_000_000);
        await appliance.BeginInstallAsync(1);
        var outcome = machine.RunIgnition(await appliance.Client(1).GetStringAsync(appliance.Url(1, "install.ign")));
        var timeline = appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline;
        Assert.Multiple(() =>
        {
            Assert.That(timeline[^1], Is.EqualTo(new Installed(ServedAppliance.Mac(1), timeline[^1].At, "/dev/sda")), outcome.ToString());
            Assert.That(timeline.OfType<Installing>().Select(one => one.Step), Is.EqualTo(new[] { $"writing Flatcar 4593.2.5 to /dev/sda from {appliance.HttpBase}/assets/flatcar" }));
            Assert.That(timeline.OfType<ConfigServed>().Count(), Is.EqualTo(1), "one ticket");
            Assert.That(File.ReadAllBytes(machine.PathOf("disk")), Is.EqualTo(appliance.BytesOf(Image)));
            Assert.That(File.ReadAllBytes(machine.PathOf("signature")), Is.EqualTo(appliance.BytesOf(Image + ".sig")));
            Assert.That(machine.Text("configuration"), Does.Contain("/etc/sextant/ticket"));
            Assert.That(machine.Called, Has.Some.EqualTo("systemctl reboot"));
        });
    }

    [Test]
    public async Task A_site_without_the_image_fails_with_the_installers_words()
    {
        await appliance.BeginInstallAsync(1);
        machine.RunIgnition(await appliance.Client(1).GetStringAsync(appliance.Url(1, "install.ign")));
        Assert.That(appliance.LastEvent(1), Is.InstanceOf<InstallFailed>().With.Property("Reason").Contains("version.txt unavailable"));
    }

    [TestCase("install.env")]
    [TestCase("kickstart.cfg")]
    public async Task What_other_systems_read_is_not_served(string document)
    {
        await appliance.BeginInstallAsync(1);
        using var answer = await appliance.Client(1).GetAsync(appliance.Url(1, document));
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("its installer reads install.ign"));
    }

    [Test]
    public async Task An_installed_machine_gets_its_installers_document_no_more()
    {
        appliance.PublishSigned(Image, 2_000_000);
        await appliance.BeginInstallAsync(1);
        machine.RunIgnition(await appliance.Client(1).GetStringAsync(appliance.Url(1, "install.ign")));
        using var answer = await appliance.Client(1).GetAsync(appliance.Url(1, "install.ign"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(409));
    }
}
