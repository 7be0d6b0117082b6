using System.Globalization;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>The running service as boot loaders see it, by real clients on the wire: what they ask for by fixed names, and whether there is a router of IPv6.</summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class LoaderClientsTests
{
    private const string Machine = "52:54:00:00:00:01", Hyphens = "52-54-00-00-00-01";
    private const string RouterSolicitation = "rdisc6 -1 -r 2 -w 1500 peer0";

    [Test]
    public void Loaders_find_their_configuration_by_TFTP_and_HTTP_and_iPXE_alone_hears_that_there_is_no_IPv6_router()
    {
        using var folder = new TemporaryFolder();
        using var segment = new Segment();
        segment.SetClientMac(Machine);
        using var service = new ServeProcess(segment, folder.Path);
        TakeLinkLocalAddress(segment);

        Assert.That(Run(segment, "busybox", "udhcpc", "-i", "peer0", "-n", "-q", "-f", "-t", "5", "-s", "/bin/true").All, Does.Contain("10.0.0.11"));
        Assert.That(Run(segment, RouterSolicitation.Split(' ')).Status, Is.Not.Zero, "an operating system hears nothing");
        var asIpxe = Run(segment, ["busybox", "udhcpc", "-i", "peer0", "-n", "-q", "-f", "-t", "5", "-s", "/bin/true", "-x", "0x4d:69505845", "-x", "0x5d:0000"]);
        Assert.That(asIpxe.All, Does.Contain("10.0.0.11"));
        var heard = Run(segment, RouterSolicitation.Split(' '));
        Assert.That(heard.Status, Is.Zero, heard.All);
        Assert.That(heard.All, Does.Match("Router lifetime +: +0 ").And.Match("Stateful address conf. +: +No").And.Not.Contain("Prefix"));

        segment.AddClientAddress("10.0.0.11/24");
        Assert.That(Fetch(segment, folder, "tftp://10.0.0.1/autoexec.ipxe"), Does.StartWith("#!ipxe\n").And.Contain("http://10.0.0.1/boot/${netX/mac:hexhyp}/script.ipxe"));
        Assert.That(Fetch(segment, folder, "tftp://10.0.0.1/grub/grub.cfg"), Does.Contain("configfile (http,10.0.0.1)/boot/$net_default_mac/grub.cfg"));
        Assert.That(Fetch(segment, folder, $"tftp://10.0.0.1/pxelinux.cfg/01-{Hyphens}"), Does.Contain("KERNEL /debian/vmlinuz").And.Contain("attempt 1"));
        Assert.That(Fetch(segment, folder, $"http://10.0.0.1/boot/{Machine}/grub.cfg"), Does.Contain("linux (http,10.0.0.1)/assets/debian/vmlinuz").And.Contain("attempt 2"));
        Assert.That(Fetch(segment, folder, $"http://10.0.0.1/pxelinux.cfg/01-{Hyphens}"), Does.Contain("KERNEL http://10.0.0.1/assets/debian/vmlinuz").And.Contain("attempt 3"));
        // curl: 68 is "no such file", 69 "access violation".
        Assert.That(Ask(segment, folder, "tftp://10.0.0.1/pxelinux.cfg/0A00000B").Status, Is.EqualTo(68));
        Assert.That(Ask(segment, folder, "tftp://10.0.0.1/0123abcd/bootsig.bin").Status, Is.EqualTo(68));
        Assert.That(Ask(segment, folder, "tftp://10.0.0.1/pxelinux.cfg/01-52-54-00-00-00-02").Status, Is.EqualTo(69), "another machine's");
        Assert.That(service.Log, Does.Not.Contain("Exception"));
    }

    /// <summary>
    /// The interface takes the address that belongs to its MAC address when it comes up; it is tentative for a second or two (RFC 4862 §5.4), and nobody asks from one.
    /// </summary>
    private static void TakeLinkLocalAddress(Segment segment)
    {
        segment.ConfigureClient("link", "set", "peer0", "down");
        segment.ConfigureClient("link", "set", "peer0", "up");
        Assert.That(
            () => Run(segment, "ip", "-6", "address", "show", "dev", "peer0", "scope", "link").All,
            Does.Contain("fe80::5054:ff:fe00:1/64").And.Not.Contain("tentative").After(20_000, 200));
    }

    private static string Fetch(Segment segment, TemporaryFolder folder, string url)
    {
        var asked = Ask(segment, folder, url);
        Assert.That(asked.Status, Is.Zero, url + " " + asked.All);
        return File.ReadAllText(folder.File("fetched"));
    }

    private static (int Status, string All) Ask(Segment segment, TemporaryFolder folder, string url) =>
        Run(segment, "curl", "--silent", "--show-error", "--fail", "--max-time", 30.ToString(CultureInfo.InvariantCulture), "--output", folder.File("fetched"), url);

    private static (int Status, string All) Run(Segment segment, params string[] command)
    {
        var ran = segment.RunOnClient(command);
        return (ran.Status, ran.Output + ran.Errors);
    }
}
