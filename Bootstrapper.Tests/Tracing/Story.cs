using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tracing;

namespace Sextant.Tests.Tracing;

/// <summary>A boot told fact by fact; times are seconds since it began.</summary>
internal sealed class Story
{
    public static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");
    public static readonly MacAddress Stranger = MacAddress.Parse("52:54:00:00:00:99");
    public static readonly Ipv4Address Server = Ipv4Address.Parse("10.0.0.1");
    public static readonly Ipv4Address Foreign = Ipv4Address.Parse("10.0.0.254");
    public static readonly Ipv4Address Address = Ipv4Address.Parse("10.0.0.7");
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly List<PacketFact> facts = [];
    private readonly List<MachineEvent> events = [];
    private Entitlement entitlement = Entitlement.Node;

    public Story Unplanned()
    {
        entitlement = Entitlement.Ignored;
        return this;
    }

    public Story Asks(double at, DhcpMessageType type, TracedClient client = TracedClient.Firmware, string name = "UEFI x64", Ipv4Address? server = null, Ipv4Address? address = null,
        ushort seconds = 0, Ipv4Address? relay = null) =>
        Add(new PacketFact.Dhcp(At(at), PacketSender.Machine) { Type = type, Client = client, ClientName = name, Server = server, Address = address, Seconds = seconds, Relay = relay });

    public Story Answers(double at, DhcpMessageType type, string file = "snponly.efi", string reason = "", bool proxy = false, Ipv4Address? relay = null) =>
        Add(new PacketFact.Dhcp(At(at), PacketSender.Sextant) { Type = type, Server = Server, Address = proxy ? null : Address, BootFile = file, Reason = reason, Relay = relay });

    public Story OtherAnswers(double at, DhcpMessageType type) =>
        Add(new PacketFact.Dhcp(At(at), PacketSender.Other) { Type = type, Server = Foreign, Address = Ipv4Address.Parse("10.0.0.200") });

    /// <summary>DISCOVER, OFFER, REQUEST, ACK within a second.</summary>
    public Story Leases(double at, TracedClient client = TracedClient.Firmware, string name = "UEFI x64", string file = "snponly.efi") =>
        Asks(at, DhcpMessageType.Discover, client, name).Answers(at + 0.1, DhcpMessageType.Offer, file)
            .Asks(at + 0.2, DhcpMessageType.Request, client, name, Server, Address).Answers(at + 0.3, DhcpMessageType.Ack, file);

    public Story AsksTftp(double at, string file = "snponly.efi") => Add(new PacketFact.TftpRequest(At(at), PacketSender.Machine, file, "blksize 1468, windowsize 4"));

    public Story GrantsTftp(double at) => Add(new PacketFact.TftpOptions(At(at), PacketSender.Sextant, "blksize 1468"));

    public Story Acknowledges(double at, ushort block) => Add(new PacketFact.TftpAck(At(at), PacketSender.Machine, block));

    public Story SendsBlock(double at, ushort block) => Add(new PacketFact.TftpData(At(at), PacketSender.Sextant, block, 1514));

    public Story RefusesTftp(double at, int code, string message) => Add(new PacketFact.TftpError(At(at), PacketSender.Sextant, code, message));

    public Story Connects(double at) => Add(new PacketFact.Tcp(At(at), PacketSender.Machine, 80, false));

    public Story Accepts(double at) => Add(new PacketFact.Tcp(At(at), PacketSender.Sextant, 80, false));

    public Story Gets(double at, string path, int status) =>
        Connects(at).Accepts(at).Add(new PacketFact.HttpRequest(At(at), PacketSender.Machine, "GET", path)).Add(new PacketFact.HttpStatus(At(at + 0.1), PacketSender.Sextant, status));

    public Story Claims(double at, MacAddress who, Ipv4Address address) => Add(new PacketFact.Arp(At(at), PacketSender.Other, true, who, address, Address));

    public Story TriesIpv6(double at) => Add(new PacketFact.Dhcpv6(At(at), PacketSender.Machine));

    public Story AsksForRouters(double at) => Add(new PacketFact.RouterSolicitation(At(at), PacketSender.Machine));

    public Story LoaderSent(double at) => Happened(new BootFileSent(Mac, At(at), "snponly.efi", "TFTP", 1_000_000));

    public Story Scripted(double at, BootAction action) => Happened(new ScriptServed(Mac, At(at), action, action is BootAction.Install ? 1 : 0));

    public Story Fails(double at, string reason) => Happened(new InstallFailed(Mac, At(at), reason));

    public Story Installs(double at) => Happened(new Installed(Mac, At(at), "/dev/vda"));

    public Story IsHeld(double at) => Happened(new Held(Mac, At(at), HoldReason.InstallLoop));

    public Story Happened(MachineEvent happened)
    {
        events.Add(happened);
        return this;
    }

    /// <summary>The explanation, asked for at that time.</summary>
    public BootExplanation ExplainedAt(double at)
    {
        var machine = events.Count == 0 ? null : events.Aggregate(Machine.New(Mac, Start), (record, happened) => record.Apply(happened));
        return BootExplainer.Explain(facts, new BootContext(Mac, Server, "eno1", entitlement, machine, At(at)));
    }

    public Story Add(PacketFact fact)
    {
        facts.Add(fact);
        return this;
    }

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);
}
