using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;

namespace Sextant.Tracing;

/// <summary>The facts of a machine's last boot, sorted by who said what: what the explanation asks.</summary>
internal sealed class LastBoot
{
    /// <summary>A pause that no firmware makes between two tries of one boot.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    private readonly BootContext context;

    private LastBoot(IReadOnlyList<PacketFact> facts, BootContext context)
    {
        this.context = context;
        Facts = facts;
        var begin = facts.Count > 0 ? facts[0].At : context.Now;
        Events = [.. (context.Machine?.Timeline ?? []).Where(happened => happened.At >= begin)];
        var dhcp = facts.OfType<PacketFact.Dhcp>().ToList();
        Asked = [.. dhcp.Where(message => message.Sender is PacketSender.Machine)];
        Ours = [.. dhcp.Where(message => message.Sender is PacketSender.Sextant)];
        Foreign = [.. dhcp.Where(message => message.Sender is PacketSender.Other)];
    }

    /// <summary>Every fact of the boot.</summary>
    public IReadOnlyList<PacketFact> Facts { get; }

    /// <summary>The machine's events since the boot began.</summary>
    public IReadOnlyList<MachineEvent> Events { get; }

    /// <summary>What the machine said by DHCP.</summary>
    public IReadOnlyList<PacketFact.Dhcp> Asked { get; }

    /// <summary>What this service answered.</summary>
    public IReadOnlyList<PacketFact.Dhcp> Ours { get; }

    /// <summary>What other servers answered.</summary>
    public IReadOnlyList<PacketFact.Dhcp> Foreign { get; }

    /// <summary>Addresses this service offered.</summary>
    public IReadOnlyList<PacketFact.Dhcp> Offers => Of(Ours, DhcpMessageType.Offer);

    /// <summary>True when this service leaves addresses to another server and says only how to boot.</summary>
    public bool IsProxied => Offers.Count > 0 && Offers.All(offer => offer.Address is null);

    /// <summary>When it began; null when nothing could be read.</summary>
    public DateTimeOffset? Began => Facts.Count > 0 ? Facts[0].At : null;

    /// <summary>The latest fact or event; null when nothing could be read.</summary>
    public DateTimeOffset? LastHeard => Facts.Count == 0 ? null : Events.Count > 0 && Events[^1].At > Facts[^1].At ? Events[^1].At : Facts[^1].At;

    /// <summary>How long nothing was heard of the machine.</summary>
    public TimeSpan Silence => Facts.Count > 0 ? context.Now - Facts[^1].At : TimeSpan.MaxValue;

    /// <summary>
    /// The facts since the machine's firmware began: since an operating system spoke, or since a pause. What an operating system said after the last boot
    /// belongs to that boot.
    /// </summary>
    public static LastBoot Of(IReadOnlyList<PacketFact> facts, BootContext context)
    {
        var firmware = -1;
        for (var at = facts.Count - 1; at >= 0 && firmware < 0; at--)
            if (IsOfFirmware(facts[at])) firmware = at;
        var begin = Math.Max(firmware, 0);
        while (begin > 0 && !IsOfSystem(facts[begin - 1]) && facts[begin].At - facts[begin - 1].At < Pause) begin--;
        return new LastBoot([.. facts.Skip(begin)], context);
    }

    /// <summary>Messages of one type.</summary>
    public static IReadOnlyList<PacketFact.Dhcp> Of(IReadOnlyList<PacketFact.Dhcp> messages, DhcpMessageType type) => [.. messages.Where(message => message.Type == type)];

    /// <summary>Facts of one kind from one side, in order.</summary>
    public IReadOnlyList<T> From<T>(PacketSender sender) where T : PacketFact => [.. Facts.OfType<T>().Where(fact => fact.Sender == sender)];

    /// <summary>The latest event of a kind; null when there is none.</summary>
    public T? Last<T>() where T : MachineEvent => Events.OfType<T>().LastOrDefault();

    private static bool IsOfFirmware(PacketFact fact) => fact is PacketFact.Dhcp { Client: TracedClient.Firmware or TracedClient.UnknownFirmware or TracedClient.Ipxe };

    private static bool IsOfSystem(PacketFact fact) => fact is PacketFact.Dhcp { Client: TracedClient.OperatingSystem };
}
