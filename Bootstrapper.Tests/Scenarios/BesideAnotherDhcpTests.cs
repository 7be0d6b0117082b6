using System.Diagnostics;
using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Dhcp.Wire;
using Sextant.Primitives;
using Sextant.Tests.Dhcp;
using Sextant.Tests.Docs;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>The running service as a proxy, on one switch with a dnsmasq that owns DHCP.</summary>
[TestFixture, Category("Network"), NonParallelizable]
[SupportedOSPlatform("linux")]
public sealed class BesideAnotherDhcpTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01"), Other = MacAddress.Parse("52:54:00:00:00:02");
    private static readonly Ipv4Address Sextant = Ipv4Address.Parse("10.0.0.1"), Dnsmasq = Ipv4Address.Parse("10.0.0.5");
    private static readonly DhcpOption[] Bios =
    [
        DhcpOption.Of(OptionCode.ClientArchitecture, (ushort)0), DhcpOption.Of(OptionCode.VendorClass, "PXEClient:Arch:00000:UNDI:002001"),
        new(OptionCode.ClientMachineIdentifier, new byte[17]),
    ];

    private readonly TemporaryFolder folder = new();
    private Segment segment = null!;
    private Process? dnsmasq;
    private ServeProcess? service;

    [SetUp]
    public void A_switch()
    {
        segment = new Segment(hasSwitch: true);
        segment.SetClientMac(Mac.ToString());
    }

    [TearDown]
    public void Off()
    {
        service?.Dispose();
        if (dnsmasq is { HasExited: false }) dnsmasq.Kill(entireProcessTree: true);
        dnsmasq?.Dispose();
        (service, dnsmasq) = (null, null);
        segment.Dispose();
    }

    [OneTimeTearDown]
    public void Clean() => folder.Dispose();

    [Test]
    public void A_proxy_says_what_to_boot_and_the_other_server_gives_the_address()
    {
        Start("proxy");
        UEFI_takes_its_boot_file_from_port_4011();
        BIOS_takes_its_boot_file_from_the_offer();
        IPXE_gets_its_own_script_and_nobody_elses();
        The_client_of_an_operating_system_is_left_to_the_other_server();
        Assert.That(service!.Log, Does.Not.Contain("Exception"));
    }

    [Test]
    public void With_mode_off_the_other_server_does_it_all_with_what_the_manual_says()
    {
        Start("off", DocumentedExamples.Of("ini dnsmasq").Single().Text);
        foreach (var (client, file) in new[] { (Says.UefiPxe, "snponly.efi"), (Bios, "undionly.kpxe") })
        {
            using var firmware = new PxeClient(segment, Mac);
            var offer = firmware.DiscoverServer(client);
            Assert.That((offer.File, offer.NextServer), Is.EqualTo((file, Sextant)));
            firmware.Take(offer, client);
            Fetch($"tftp://10.0.0.1/{file}");
        }
        using var ipxe = new PxeClient(segment, Mac);
        var lease = ipxe.DiscoverServer(Says.Ipxe);
        ipxe.Take(lease, Says.Ipxe);
        var entry = File.ReadAllText(Fetch(lease.File));
        var next = entry.Split(' ', '\n').Single(word => word.StartsWith("http:", StringComparison.Ordinal)).Replace("${netX/mac:hexhyp}", Mac.ToHyphenString(), StringComparison.Ordinal);
        Assert.That(File.ReadAllText(Fetch(next)), Does.StartWith("#!ipxe").And.Contains("node1"));
        Assert.That(segment.RunOnServer("ss", "-uln").Output, Does.Not.Contain(":67 ").And.Not.Contain(":4011 "));
    }

    private void Start(string mode, string options = "")
    {
        var configuration = folder.Write("dnsmasq.conf", options + "\n");
        dnsmasq = segment.Plug("other0", "10.0.0.5/24").Start(
            "dnsmasq", "--keep-in-foreground", $"--conf-file={configuration}", "--port=0", "--interface=other0", "--bind-interfaces", "--dhcp-authoritative", "--no-ping",
            "--dhcp-range=10.0.0.200,10.0.0.220,255.255.255.0,1h", $"--dhcp-leasefile={folder.File("leases")}", "--user=root", "--log-facility=/dev/null");
        var example = File.ReadAllText(Repository.PathOf("cluster-desc.example.yaml"));
        service = new ServeProcess(
            segment, folder.Path, folder.Write("cluster.yaml", example.Replace("\nos:\n", $"\ndhcp:\n  mode: {mode}\n\nos:\n", StringComparison.Ordinal)));
    }

    private void UEFI_takes_its_boot_file_from_port_4011()
    {
        using var client = new PxeClient(segment, Mac);
        var (server, proxy) = client.Discover(Says.UefiPxe);
        Assert.That((ServerOf(server), ServerOf(proxy), proxy.NextServer, proxy.File), Is.EqualTo((Dnsmasq, Sextant, Sextant, "")));
        Assert.That(proxy.Options.Has(OptionCode.VendorSpecific), Is.False);
        var own = client.Take(server, Says.UefiPxe);
        foreach (var type in new[] { DhcpMessageType.Request, DhcpMessageType.Inform })
        {
            var ack = client.AskBootService(proxy.NextServer, own, type, Says.UefiPxe);
            Assert.That((ack.File, ack.NextServer, ack.YourAddress, ack.Options.Has(OptionCode.VendorSpecific)), Is.EqualTo(("snponly.efi", Sextant, Ipv4Address.Any, false)));
        }
        Fetch("tftp://10.0.0.1/snponly.efi");
    }

    private void BIOS_takes_its_boot_file_from_the_offer()
    {
        using var client = new PxeClient(segment, Mac);
        var (server, proxy) = client.Discover(Bios);
        Assert.That((proxy.File, proxy.NextServer), Is.EqualTo(("undionly.kpxe", Sextant)));
        client.Take(server, Bios);
        Fetch("tftp://10.0.0.1/undionly.kpxe");
    }

    private void IPXE_gets_its_own_script_and_nobody_elses()
    {
        using var client = new PxeClient(segment, Mac);
        var (server, proxy) = client.Discover(Says.Ipxe);
        var own = client.Take(server, Says.Ipxe);
        proxy.Options.Read(OptionCode.BootFileName, out string url);
        Assert.That(File.ReadAllText(Fetch(url)), Does.StartWith("#!ipxe").And.Contains("node1"));
        var refused = segment.RunOnClient("curl", "--silent", "--show-error", "--max-time", "30", "--write-out", "\n%{http_code}", url.Replace(Mac.ToHyphenString(), Other.ToHyphenString(), StringComparison.Ordinal));
        Assert.That(refused.Output, Does.Contain($"{own} belongs to {Mac}").And.EndsWith("\n403"));
        // The same machine at another address, as its installed system has it.
        segment.ConfigureClient("address", "flush", "dev", "peer0");
        segment.AddClientAddress("10.0.0.11/24");
        Assert.That(File.ReadAllText(Fetch(url)), Does.StartWith("#!ipxe"));
    }

    private void The_client_of_an_operating_system_is_left_to_the_other_server()
    {
        segment.ConfigureClient("address", "flush", "dev", "peer0");
        var lease = segment.RunOnClient("busybox", "udhcpc", "-i", "peer0", "-n", "-q", "-f", "-t", "5", "-s", "/bin/true");
        Assert.That(lease.Output + lease.Errors, Does.Contain("from server 10.0.0.5").Or.Contain("obtained from 10.0.0.5"));
    }

    private string Fetch(string url)
    {
        var file = folder.File("fetched");
        var transfer = segment.RunOnClient("curl", "--silent", "--show-error", "--fail", "--max-time", "60", "--output", file, url);
        Assert.That(transfer.Status, Is.Zero, transfer.Errors + service!.Log);
        if (url.StartsWith("tftp:", StringComparison.Ordinal))
            Assert.That(File.ReadAllBytes(file), Is.EqualTo(File.ReadAllBytes(folder.At("pxe-assets", url.Split('/')[^1]))));
        return file;
    }

    private static Ipv4Address ServerOf(DhcpPacket packet)
    {
        packet.Options.Read(OptionCode.ServerIdentifier, out Ipv4Address server);
        return server;
    }
}
