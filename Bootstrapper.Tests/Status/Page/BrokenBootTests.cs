using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Playwright;
using NUnit.Framework;
using Sextant.Primitives;
using Sextant.Tests.Dhcp;
using Sextant.Tests.Scenarios;
using Sextant.Tests.TestKit;
using static Microsoft.Playwright.Assertions;

namespace Sextant.Tests.Status.Page;

/// <summary>
/// Six boots that fail, each in its own way, and what the page says of each to somebody who knows nothing else: which machine, where, since when, why, what to do.
/// </summary>
[TestFixture, Category("Page"), NonParallelizable]
public sealed class BrokenBootTests
{
    private readonly TemporaryFolder folder = new();

    [OneTimeTearDown]
    public void Clean() => folder.Dispose();

    /// <summary>By packets, to the service with all its protocols on a segment of its own.</summary>
    [Test]
    public async Task No_asset_another_MAC_and_a_foreign_DHCP_server_are_named()
    {
        MacAddress node1 = MacAddress.Parse("52:54:00:00:00:01"), instead2 = MacAddress.Parse("52:54:00:00:00:20"), node3 = MacAddress.Parse("52:54:00:00:00:03");
        using var segment = new Segment(hasSwitch: true);
        segment.SetClientMac(node1.ToString());
        using var service = new ServeProcess(segment, folder.Path);

        // Kernel and image were never made: the folder has boot loaders only.
        Boot(segment, node1, Says.UefiPxe);
        Fetch(segment, "tftp://10.0.0.1/snponly.efi");
        Boot(segment, node1, Says.Ipxe);
        Fetch(segment, "http://10.0.0.1/boot/52-54-00-00-00-01/script.ipxe");
        Fetch(segment, "http://10.0.0.1/assets/debian/vmlinuz");

        // The file has 02 where the machine has 20.
        using (var other = new PxeClient(segment, instead2)) other.DiscoverServer(Says.UefiPxe);

        // Somebody plugged a router in that gives addresses, too.
        using var dnsmasq = Router(segment);
        try
        {
            using var client = new PxeClient(segment, node3);
            client.Take(client.DiscoverServers(2, Says.UefiPxe)[Ipv4Address.Parse("10.0.0.5")], Says.UefiPxe);

            var screen = segment.Plug("screen0", "10.0.0.200/24");
            var chromium = folder.Write("chromium", $"#!/bin/sh\nexec ip netns exec {screen.Name} /usr/bin/chromium \"$@\"\n");
            File.SetUnixFileMode(chromium, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            await using var browser = await PageBrowser.StartAsync(chromium);
            var page = await browser.OpenAsync("http://10.0.0.1/");
            await NamedAsync(page, "node1", "loading kernel and live system", "GET /assets/debian/vmlinuz was answered 404", "'sextant assets list' shows what there is and what is missing");
            await NamedAsync(page, "node2", "before its first packet", "52:54:00:00:00:20 boots from this network", "write 'mac: 52:54:00:00:00:20' in its entry");
            await NamedAsync(page, "52:54:00:00:00:20", "not in the cluster description", "node2 is, was never seen, and has nearly the same MAC", "If this is node2");
            await NamedAsync(page, "node3", "getting an address by DHCP", "another DHCP server, 10.0.0.5", "Switch 10.0.0.5 off here");
            await Expect(page.Locator("#headline")).ToHaveTextAsync("4 machines of 4 need you");
            await page.GetByRole(AriaRole.Link, new() { Name = "node3" }).First.ClickAsync();
            await Expect(page.Locator("#view-machine")).ToContainTextAsync("packets as a pcap file");
            Assert.That(browser.Complaints, Is.Empty);
        }
        finally
        {
            dnsmasq.Kill(entireProcessTree: true);
        }
    }

    /// <summary>By requests, to the service with a clock that is put forward: tickets live for a day.</summary>
    [Test]
    public async Task A_small_disk_a_cut_cable_and_an_expired_ticket_are_named()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        appliance.Publish(("debian/rootfs.tar.zst", 60_000_000));
        appliance.Part<Sextant.Assets.CurrentAssets>().Refresh();

        // The ticket of yesterday; the service's own certificate is of before, too, because this process' clock stays where it is.
        using (await appliance.Client(3).GetAsync(appliance.HttpsBase + "/healthz")) { }
        var ticket = await appliance.InstallAsync(3);
        appliance.Time.Advance(TimeSpan.FromHours(25));
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        using (var late = new HttpRequestMessage(HttpMethod.Post, $"{appliance.HttpsBase}/enroll/{ServedAppliance.Mac(3).ToHyphenString()}/etcd-server"))
        {
            late.Content = new StringContent(new CertificateRequest("CN=m3", key, HashAlgorithmName.SHA256).CreateSigningRequestPem());
            late.Headers.Authorization = new("Bearer", ticket);
            using var refused = await appliance.Client(3).SendAsync(late);
        }

        // Half an image, and then nothing.
        await appliance.BeginInstallAsync(2);
        using var half = await appliance.Client(2).GetAsync(appliance.HttpBase + "/assets/debian/rootfs.tar.zst", HttpCompletionOption.ResponseHeadersRead);
        await half.Content.ReadAsStream().ReadExactlyAsync(new byte[1_000_000]);
        await Task.Delay(TransferSettles);
        appliance.Time.Advance(TimeSpan.FromMinutes(2));

        // A disk of 10 GB for an installation that wants 100.
        await appliance.BeginInstallAsync(1);
        using (var form = new FormUrlEncodedContent([new("stage", "failed"), new("detail", "disk: no fixed disk has 100GB or more; there are: vda 10 GB")]))
        using (var reported = await appliance.Client(1).PostAsync(appliance.Url(1, "report"), form)) reported.EnsureSuccessStatusCode();

        await using var browser = await PageBrowser.StartAsync();
        var page = await browser.OpenAsync(appliance.HttpBase + "/");
        await NamedAsync(page, "m1", "installing to its disk", "no fixed disk has 100GB or more; there are: vda 10 GB", "change 'install_disk'");
        await NamedAsync(page, "m2", "loading debian/rootfs.tar.zst", "nothing more goes out to it", "its cable and its switch port");
        await NamedAsync(page, "m3", "getting its certificates", "the ticket has expired", "Reinstalling it gives it a new one");
        Assert.That(browser.Complaints, Is.Empty);
    }

    /// <summary>The kernel's buffers fill, and the last report of progress is recorded.</summary>
    private static readonly TimeSpan TransferSettles = TimeSpan.FromMilliseconds(600);

    /// <summary>The page names the machine, and says where, since when, why, and what to do, without a click.</summary>
    private static async Task NamedAsync(IPage page, string machine, string where, string why, string advice)
    {
        var need = page.Locator("#attention article").Filter(new() { Has = page.GetByRole(AriaRole.Link, new() { Name = machine, Exact = true }) });
        await Expect(need.Locator(".where")).ToHaveTextAsync(where);
        await Expect(need.Locator(".since")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^for .+, since .*[0-9]{2}:[0-9]{2}$"));
        await Expect(need.Locator(".why")).ToContainTextAsync(why);
        await Expect(need.Locator(".do").First).ToContainTextAsync(advice);
    }

    private static void Boot(Segment segment, MacAddress mac, Sextant.Dhcp.Wire.DhcpOption[] client)
    {
        using var firmware = new PxeClient(segment, mac);
        firmware.Take(firmware.DiscoverServer(client), client);
    }

    private void Fetch(Segment segment, string url) => segment.RunOnClient("curl", "--silent", "--max-time", "60", "--output", folder.File("fetched"), url);

    private Process Router(Segment segment)
    {
        var configuration = folder.Write("dnsmasq.conf", "");
        return segment.Plug("other0", "10.0.0.5/24").Start(
            "dnsmasq", "--keep-in-foreground", $"--conf-file={configuration}", "--port=0", "--interface=other0", "--bind-interfaces", "--dhcp-authoritative", "--no-ping",
            "--dhcp-range=10.0.0.200,10.0.0.220,255.255.255.0,1h", $"--dhcp-leasefile={folder.File("leases")}", "--user=root", "--log-facility=/dev/null");
    }
}
