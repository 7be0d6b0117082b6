using System.Globalization;
using Sextant.Dhcp.Wire;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tracing;

/// <summary>
/// Explains a machine's last boot from its packets and its record. The questions go from the end of the way to its beginning: the furthest point a boot
/// reached says where it hangs. Longer than other files because the way has this many stations, and the order of the questions is the content.
/// </summary>
public static class BootExplainer
{
    /// <summary>A boot that was silent for so long does not go on by itself: every client tries again within that time (EDK2 waits 32 s at most).</summary>
    public static readonly TimeSpan Stuck = TimeSpan.FromSeconds(40);

    private const string PortFast = "Switch spanning tree's port-fast (edge port) on for the machine's port: without it the port carries nothing for the first 30 seconds.";

    /// <summary>What became of the boot, and step by step how.</summary>
    /// <param name="facts">What the machine's packets say, oldest first.</param>
    /// <param name="context">What there is to know besides.</param>
    public static BootExplanation Explain(IReadOnlyList<PacketFact> facts, BootContext context)
    {
        var boot = LastBoot.Of(facts, context);
        return new BootExplanation(Find(boot, context), BootSteps.Of(boot, context));
    }

    /// <summary>What became of the boot.</summary>
    /// <param name="facts">What the machine's packets say, oldest first.</param>
    /// <param name="context">What there is to know besides.</param>
    public static BootFinding Find(IReadOnlyList<PacketFact> facts, BootContext context) => Find(LastBoot.Of(facts, context), context);

    private static BootFinding Find(LastBoot boot, BootContext context)
    {
        var (verdict, summary, advice) = Judge(boot, context);
        return new BootFinding(verdict, summary, advice, boot.Began, boot.LastHeard);
    }

    private static Judgement Judge(LastBoot boot, BootContext context)
    {
        if (boot.Facts.Count == 0) return Nothing(context);
        if (context.Machine?.HoldReason is { } held)
            return new(BootVerdict.Held, $"The machine is held: {Words.Of(held)}.", [$"Remove the cause, then release it: sextant node release {context.Mac}."]);
        return AfterScript(boot, context) ?? AfterIpxe(boot) ?? Settled(boot, context) ?? AfterLoader(boot) ?? OfTransfer(boot) ?? AfterLease(boot, context) ?? BeforeLease(boot, context);
    }

    private static Judgement Nothing(BootContext context) => context.Machine is { Timeline.IsEmpty: false } known
        ? new(BootVerdict.NothingRecorded, $"Nothing of {context.Mac} was recorded since this service started; its last event is of {Time(known.LastSeen)}: {known.Timeline[^1].Summary}.",
            ["Power the machine on again: its packets are kept from its first one on."])
        : new(BootVerdict.NothingArrived, $"No packet of {context.Mac} has reached {context.Interface}.",
        [
            "Is the machine on, is network boot on in its firmware and before the disk in its order, and is this the MAC of the interface with the cable?",
            $"Is its switch port in the VLAN of {context.Interface}? A router in between needs a DHCP relay that points to {context.Server}.",
            PortFast,
        ]);

    /// <summary>A script was served: what became of it.</summary>
    private static Judgement? AfterScript(LastBoot boot, BootContext context)
    {
        if (boot.Last<ScriptServed>() is not { } script) return null;
        if (boot.Last<InstallFailed>() is { } failure && failure.At >= script.At)
            return new(BootVerdict.InstallFailed, $"The installer gave up: {failure.Reason}.", ["The reason is the installer's own; the machine tries again by itself."]);
        if (boot.Last<WipeFailed>() is { } spared && spared.At >= script.At)
            return new(BootVerdict.InstallFailed, $"The disks could not be erased: {spared.Reason}.", ["The machine tries again by itself; a disk that takes no writes has to be taken out."]);
        if (boot.Last<Installed>() is { } installed && installed.At >= script.At)
            return new(BootVerdict.WentThrough, $"The boot went through: the system was installed to {installed.Disk} at {Time(installed.At)}.", []);
        if (Failed(boot, script.At) is { } failed) return failed;
        switch (script.Action)
        {
            case BootAction.BootLocalDisk:
                var told = boot.Events.OfType<ScriptServed>().Count(served => served.Action is BootAction.BootLocalDisk);
                return told >= 3
                    ? new(BootVerdict.DiskNotBooting, $"The machine was told {Times(told)} to start from its disk, and came back to the network each time.",
                        ["Its firmware does not start the disk: is the disk it was installed to still there, and does the firmware boot in the same mode (BIOS or UEFI) as at the install?",
                         $"If the disk is lost, have it installed anew: sextant node reinstall {context.Mac}."])
                    : new(BootVerdict.WentThrough, "The boot went through: the machine is installed and was told to start from its disk.", []);
            case BootAction.Discover:
                return NotInFile(context, "It got an address and a script that waits.");
            case BootAction.Install or BootAction.Hold or BootAction.Wipe:
                var fetched = boot.From<PacketFact.HttpRequest>(PacketSender.Machine).Any(request => request.At > script.At) || boot.Events.Any(happened => happened.At > script.At);
                return fetched || context.Now - script.At < Stuck
                    ? new(BootVerdict.UnderWay, $"The machine is under way: {Words.Of(script.Action)}, since {Time(script.At)}.", [])
                    : new(BootVerdict.KernelNotAsked, $"The script was served at {Time(script.At)}, and nothing it names was asked for here.",
                        ["Its console says which file iPXE tries and from where: a mirror of asset_mirrors may be what does not answer.", "\"Exec format error\" or \"Operation not permitted\" there: this iPXE does not start kernels of this kind; load Sextant's own."]);
            default:
                throw new InvalidOperationException($"{script.Action} is a new action");
        }
    }

    /// <summary>iPXE has its address and no script yet.</summary>
    private static Judgement? AfterIpxe(LastBoot boot)
    {
        var asked = boot.Asked.LastOrDefault(message => message.Client is TracedClient.Ipxe && message.Type is DhcpMessageType.Request);
        if (asked is null || LastBoot.Of(boot.Ours, DhcpMessageType.Ack).All(ack => ack.At < asked.At)) return null;
        if (Failed(boot, asked.At) is { } failed) return failed;
        var connects = boot.From<PacketFact.Tcp>(PacketSender.Machine).Where(tcp => tcp.At >= asked.At && !tcp.IsReset).ToList();
        if (connects.Count > 1 && boot.From<PacketFact.Tcp>(PacketSender.Sextant).All(tcp => tcp.At < asked.At))
            return new(BootVerdict.HttpNotAnswered, $"iPXE connects to TCP port {connects[0].Port}, {Times(connects.Count)}, and hears no answer.",
                [$"A firewall on this machine drops it: 'sextant doctor' names the rule; let TCP port {connects[0].Port} in.", "Or the answers take another way than the questions: is the machine's gateway right, and does another host have this service's address?"]);
        if (connects.Count > 0 || boot.Silence < Stuck) return new(BootVerdict.UnderWay, "iPXE has its address and is about to fetch its script.", []);
        return new(BootVerdict.ScriptNotAsked, "iPXE has its address and asked for no script.",
            ["Its console says what it does. \"Configuring\" for long: it waits for a second interface, or for IPv6 answers; the loaders that 'sextant assets build loaders' makes do not.", "A network card's own iPXE may lack HTTP: it must fetch Sextant's loader first; is the card's ROM older than 2014?"]);
    }

    /// <summary>What the last word of the DHCP exchange settles, wherever the boot was before.</summary>
    private static Judgement? Settled(LastBoot boot, BootContext context)
    {
        var acknowledged = Latest(LastBoot.Of(boot.Ours, DhcpMessageType.Ack));
        var declined = Latest(LastBoot.Of(boot.Asked, DhcpMessageType.Decline));
        var claims = boot.Facts.OfType<PacketFact.Arp>().LastOrDefault(arp =>
            arp.SenderMac != context.Mac && arp.Sender is PacketSender.Other && !arp.SenderAddress.IsAny && arp.SenderAddress == (declined?.Address ?? acknowledged?.Address));
        if (declined is not null && (acknowledged is null || declined.At >= acknowledged.At))
            return new(BootVerdict.AddressInUse, $"The machine found {declined.Address?.ToString() ?? "its address"} in use and declined it{(claims is null ? "" : $": {claims.SenderMac} has it")}.",
                [$"Find the other host ({claims?.SenderMac.ToString() ?? "'ip neighbour' or the switch's table shows its MAC"}) and give it another address, or give the machine another 'ip' in the file.", "The other host's address must lie outside network.dynamic_range."]);
        if (claims is not null)
            return new(BootVerdict.AddressInUse, $"{claims.SenderMac} says that it has {claims.SenderAddress}, which is this machine's address.",
                [$"Find {claims.SenderMac} and give it another address, or give the machine another 'ip' in the file."]);
        var refused = LastBoot.Of(boot.Ours, DhcpMessageType.Nak);
        if (refused.Count > 0 && (acknowledged is null || refused[^1].At > acknowledged.At))
            return new(BootVerdict.AddressRefused, $"The machine asks for {Latest(LastBoot.Of(boot.Asked, DhcpMessageType.Request))?.Address?.ToString() ?? "an address"} and was refused {Times(refused.Count)}: {refused[^1].Reason}.",
                ["A client that was refused must begin anew with DISCOVER. One that does not keeps an old lease on its disk: delete that, or power the machine off and on.", "It changed its subnet, or its 'ip' in the file was changed: that is then as it should be, once."]);
        if (boot.IsProxied) return null;
        var foreign = boot.Asked.LastOrDefault(message => message.Type is DhcpMessageType.Request && message.Server is { } server && server != context.Server)
            ?? (acknowledged is null ? Latest(LastBoot.Of(boot.Foreign, DhcpMessageType.Ack)) : null);
        if (foreign is null || acknowledged is not null && acknowledged.At > foreign.At) return null;
        var offered = boot.Offers.Count > 0 ? $"It was offered {boot.Offers[^1].Address} here, and took" : "It took";
        return new(BootVerdict.ForeignServerChosen, $"{offered} {foreign.Address?.ToString() ?? "the offer"} of another DHCP server, {foreign.Server}.",
            [$"Two servers give addresses on this segment. Switch {foreign.Server} off here, or put the machines into a VLAN of their own ('ip neighbour show {foreign.Server}' names its MAC).", "If the other server has to stay, let it give the addresses and let Sextant give only the boot files."]);
    }

    /// <summary>The loader was transferred.</summary>
    private static Judgement? AfterLoader(LastBoot boot)
    {
        if (boot.Last<BootFileSent>() is not { } sent) return null;
        var since = boot.Asked.Where(message => message.At > sent.At).ToList();
        var isUefi = boot.Asked.LastOrDefault(message => message.Client is TracedClient.Firmware)?.ClientName.Contains("UEFI", StringComparison.Ordinal) is true;
        if (since.Any(message => message.Client is TracedClient.Firmware))
            return new(BootVerdict.LoaderNotStarted, $"{sent.File} was sent completely, and the firmware began again instead of starting it.",
                isUefi
                    ? ["Secure Boot refuses a loader that is not signed by an authority the firmware knows: switch Secure Boot off, or serve a signed loader.", "Else the file is for another processor than the firmware runs on."]
                    : ["The ROM found no room for it, or a damaged network card garbled it; its console says which.", "Is the machine set to UEFI only? Then it cannot start a BIOS loader."]);
        if (since.Count > 0) return null;
        return boot.Silence < Stuck
            ? new(BootVerdict.UnderWay, $"{sent.File} was sent; the machine starts it.", [])
            : new(BootVerdict.LoaderSilent, $"{sent.File} was sent completely at {Time(sent.At)}, and nothing was heard of the machine since.",
                isUefi
                    ? ["Secure Boot may have refused it: the console then says \"Access Denied\" or \"Security Violation\". Switch it off, or serve a signed loader.", "Or iPXE runs and finds no network card: the firmware's own driver (SNP) was switched off for it."]
                    : ["iPXE runs and finds no network card, or the machine hangs: its console says what it does."]);
    }

    /// <summary>The loader was asked for by TFTP and did not arrive.</summary>
    private static Judgement? OfTransfer(LastBoot boot)
    {
        var requests = boot.From<PacketFact.TftpRequest>(PacketSender.Machine);
        if (requests.Count == 0) return null;
        var last = requests[^1];
        if (Latest(boot.From<PacketFact.TftpError>(PacketSender.Sextant)) is { } refusal && refusal.At >= last.At)
            return new(BootVerdict.LoaderRefused, $"{last.File} was asked for by TFTP and refused: {(refusal.Code == 1 ? "there is no such file" : refusal.Message)}.",
                ["'sextant assets list' shows what there is; 'sextant assets build loaders' makes the loaders.", $"If Sextant never named {last.File}, another DHCP server did: look at the offers above for a boot file that is not Sextant's."]);
        var blocks = boot.From<PacketFact.TftpData>(PacketSender.Sextant).Where(block => block.At >= last.At).ToList();
        var options = boot.From<PacketFact.TftpOptions>(PacketSender.Sextant).Where(granted => granted.At >= last.At).ToList();
        var acknowledged = boot.From<PacketFact.TftpAck>(PacketSender.Machine).Where(ack => ack.At >= last.At).ToList();
        if (blocks.Count == 0 && options.Count == 0)
            return boot.Silence < Stuck && requests.Count < 3
                ? new(BootVerdict.UnderWay, $"The machine asks for {last.File} by TFTP.", [])
                : new(BootVerdict.LoaderNotAnswered, $"{last.File} was asked for by TFTP {Times(requests.Count)}, and this service did not answer.",
                    ["A firewall on this machine drops UDP port 69: 'sextant doctor' names the rule.", "The service's log says when it refuses or is too busy."]);
        if (blocks.LastOrDefault() is { } block && blocks.Count(other => other.Block == block.Block) >= 2 && acknowledged.All(ack => ack.Block != block.Block))
            return new(BootVerdict.TransferStalled, $"Block {block.Block} of {last.File} ({block.WireLength} octets a frame) was sent {Times(blocks.Count(other => other.Block == block.Block))} and never acknowledged.",
                Mtu(block.WireLength));
        if (blocks.Count == 0 && options.Count >= 2 && acknowledged.Count == 0)
            return new(BootVerdict.TransferStalled, $"The options of {last.File} were granted {Times(options.Count)} and never acknowledged: the machine does not hear the port the transfer comes from.",
                ["A firewall between here and the machine lets UDP port 69 through and not the port of the transfer: let UDP from this machine through whole."]);
        return boot.Silence < Stuck
            ? new(BootVerdict.UnderWay, $"{last.File} is being sent by TFTP.", [])
            : new(BootVerdict.TransferStalled, $"The transfer of {last.File} stopped {(blocks.Count > 0 ? $"about block {blocks[^1].Block}" : "before its first block")}, and nothing was heard since.", Mtu(blocks.Count > 0 ? blocks[^1].WireLength : 0));
    }

    /// <summary>The machine has an address.</summary>
    private static Judgement? AfterLease(LastBoot boot, BootContext context)
    {
        var lease = Latest(LastBoot.Of(boot.Ours, DhcpMessageType.Ack)) ?? (boot.IsProxied ? Latest(LastBoot.Of(boot.Foreign, DhcpMessageType.Ack)) : null);
        if (lease is null) return null;
        var client = boot.Asked.LastOrDefault(message => message.At <= lease.At) ?? Latest(boot.Asked);
        if (client is null or { Client: TracedClient.OperatingSystem })
            return new(BootVerdict.WentThrough, $"An operating system runs on the machine; it has {lease.Address?.ToString() ?? "its address"}.", []);
        if (client.Client is TracedClient.UnknownFirmware)
            return new(BootVerdict.NoLoader, $"It got {lease.Address} and no boot file: there is no loader for {client.ClientName}.",
                ["Is the firmware's boot mode right? 32-bit UEFI and machines of processors that Sextant has no loader for cannot boot from it.", "A firmware that names a wrong architecture can be set to BIOS (legacy) mode."]);
        if (Failed(boot, lease.At) is { } failed) return failed;
        var began = boot.Asked.Any(message => message.At > lease.At && message.Type is DhcpMessageType.Discover);
        if (!began && boot.Silence < Stuck || boot.From<PacketFact.HttpRequest>(PacketSender.Machine).Any(request => request.At >= lease.At))
            return new(BootVerdict.UnderWay, $"The machine has {lease.Address} and is about to fetch its loader.", []);
        var named = lease.BootFile.Length > 0 ? lease.BootFile : Latest(boot.Offers)?.BootFile ?? "";
        return context.Entitlement is Entitlement.Ignored
            ? NotInFile(context, "It got an address from another server.")
            : new(BootVerdict.LoaderNotAsked, $"The machine got {lease.Address}{(named.Length > 0 ? $" and was told to load {named}" : "")}, and never asked for it.",
                ["Nothing of its next step arrived here: a firewall or an access list between the machine and this service drops UDP port 69 or TCP port 80, or it looks for the gateway of another subnet.",
                 boot.IsProxied ? "Beside another DHCP server, some firmware asks on UDP port 4011 and some ignores a second server: see whether a question to port 4011 is among the steps." : "Firmware that lists other boot servers first may need its own PXE menu switched off."]);
    }

    /// <summary>The machine has no address.</summary>
    private static Judgement BeforeLease(LastBoot boot, BootContext context)
    {
        var first = boot.Asked.Count > 0 ? boot.Asked[0] : null;
        if (first is null)
            return boot.Facts.Any(fact => fact is PacketFact.Dhcpv6)
                ? new(BootVerdict.OnlyIpv6, "The machine tries to boot by IPv6 and sent nothing by IPv4. Sextant boots machines by IPv4.",
                    ["Switch PXE over IPv4 (PXEv4, or HTTPv4) on in its firmware and put it before the entries of IPv6."])
                : new(BootVerdict.NothingArrived, $"No DHCP message of {context.Mac} has reached {context.Interface}, only other packets.",
                    ["An operating system with a fixed address runs on it, or its network boot is off."]);
        if (boot.Ours.Count == 0 && context.Entitlement is Entitlement.Ignored) return NotInFile(context, "It asks, and gets no answer.");
        var foreign = boot.Foreign.Select(message => message.Server).OfType<Ipv4Address>().Distinct().ToList();
        if (boot.Offers.Count == 0)
            return boot.Silence < Stuck && boot.Asked.Count < 2
                ? new(BootVerdict.UnderWay, "The machine has just begun.", [])
                : new(BootVerdict.NotAnswered, $"The machine asked {Times(boot.Asked.Count)} and was offered nothing.",
                    ["The service's log says why: no free address in network.dynamic_range, a relay of a subnet that the file does not name, or a message it cannot use.",
                     .. foreign.Select(server => $"Another DHCP server answers here: {server}.")]);
        var offer = boot.Offers[^1];
        if (boot.Silence < Stuck && boot.Offers.Count < 2) return new(BootVerdict.UnderWay, $"The machine was offered {offer.Address}.", []);
        if (first is { Client: TracedClient.Firmware, Seconds: >= 12 } && boot.Offers.Count <= 2)
            return new(BootVerdict.LinkLate, $"The first DISCOVER that arrived says that the machine had tried for {first.Seconds} s already; it was answered, and the machine had given up.", [PortFast]);
        var tries = boot.Facts.OfType<PacketFact.Dhcpv6>().Any(attempt => attempt.At > offer.At) ? ["It went on with IPv6 afterwards."] : Array.Empty<string>();
        return new(BootVerdict.OfferNotTaken,
            $"The machine was offered {(offer.Address is { } address ? $"{address} " : "its boot file ")}{Times(boot.Offers.Count)} and sent no REQUEST: "
            + (foreign.Count > 0 ? $"another DHCP server ({string.Join(", ", foreign)}) answered, too." : "another DHCP server answered where this service does not hear it, or the answers do not reach the machine."),
            [
                .. foreign.Select(server => $"Switch the DHCP server {server} off on this segment."),
                $"The way back: is {context.Interface} untagged in the machine's VLAN, and does the switch's DHCP snooping trust this port?",
                .. offer.Relay is { } relay ? [$"It asks through the relay {relay}: does this machine have a route to it, and does the relay's other side carry broadcasts to the machine?"] : Array.Empty<string>(),
                .. tries,
            ]);
    }

    private static Judgement NotInFile(BootContext context, string what) => new(BootVerdict.NotInFile, $"{context.Mac} is not in the cluster description. {what}",
        ["Add the machine to 'nodes', or set 'unknown_machines: worker'. The MAC must be that of the interface it boots from."]);

    /// <summary>The last request since then, when it was answered with an error.</summary>
    private static Judgement? Failed(LastBoot boot, DateTimeOffset since)
    {
        var answer = boot.From<PacketFact.HttpStatus>(PacketSender.Sextant).LastOrDefault(status => status.At >= since);
        if (answer is null || answer.Status < 400) return null;
        var request = boot.From<PacketFact.HttpRequest>(PacketSender.Machine).LastOrDefault(asked => asked.At <= answer.At);
        return new(BootVerdict.HttpFailed, $"{(request is null ? "A request" : $"{request.Method} {request.Path}")} was answered {answer.Status}.",
            [answer.Status switch
            {
                404 => "The file is not among the assets: 'sextant assets list' shows what there is and what is missing.",
                403 or 409 or 422 => "It was refused on purpose: the machine's timeline names the reason.",
                503 => "Too many transfers at once: the machine tries again by itself; --max-transfers raises the limit.",
                _ => "The service's log has the failure.",
            }]);
    }

    private static string[] Mtu(int wireLength) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"Large frames do not reach the machine: compare the MTU of this interface and of every switch in between (a frame has {wireLength} octets); 'ping -M do -s 1472 ADDRESS' tells."),
        "A damaged cable or a half-duplex port loses long frames first: look at the port's error counters.",
    ];

    private static string Times(int count) => count switch
    {
        1 => "once",
        2 => "twice",
        3 => "three times",
        _ => string.Create(CultureInfo.InvariantCulture, $"{count} times"),
    };

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed record Judgement(BootVerdict Verdict, string Summary, IReadOnlyList<string> Advice);

    private static T? Latest<T>(IReadOnlyList<T> messages) where T : class => messages.Count > 0 ? messages[^1] : null;
}
