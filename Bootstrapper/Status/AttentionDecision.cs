using System.Globalization;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tracing;

namespace Sextant.Status;

/// <summary>
/// Whether a machine needs a person: what keeps it, where, since when, why, and what to do. Pure. The questions go from what a person said, over what the
/// machine itself reported, to what can only be concluded from its silence; the first that applies is the answer.
/// </summary>
public static class AttentionDecision
{
    /// <summary>A file that stopped arriving for so long does not go on by itself: the peer's TCP would have asked again.</summary>
    public static readonly TimeSpan TransferPatience = TimeSpan.FromSeconds(45);

    /// <summary>How long a boot without recorded packets may be silent; firmware and boot loaders try again within a minute.</summary>
    public static readonly TimeSpan BootPatience = TimeSpan.FromMinutes(3);

    /// <summary>How long an installer may work without a word: writing a large image to a slow disk takes a quarter of an hour.</summary>
    public static readonly TimeSpan InstallerPatience = TimeSpan.FromMinutes(20);

    /// <summary>How long a machine may take from the end of its installation to its certificates, with a slow firmware in between.</summary>
    public static readonly TimeSpan EnrolmentPatience = TimeSpan.FromMinutes(10);

    /// <summary>How long a member of etcd may wait for the others.</summary>
    public static readonly TimeSpan MemberPatience = TimeSpan.FromMinutes(10);

    /// <summary>How long a node may be not ready: one that restarts is for a minute or two.</summary>
    public static readonly TimeSpan NodePatience = TimeSpan.FromMinutes(3);

    /// <summary>How long somebody else's question in a machine's name is worth looking at.</summary>
    public static readonly TimeSpan StrangerPatience = TimeSpan.FromMinutes(15);

    /// <summary>How long a machine that the file does not name is shown to somebody after it was last heard.</summary>
    public static readonly TimeSpan UnnamedPatience = TimeSpan.FromHours(24);

    /// <summary>Certificates are renewed when a third of their life is left; one with so little left was not.</summary>
    public static readonly TimeSpan CertificatePatience = TimeSpan.FromDays(14);

    /// <summary>Times a machine is told to start from its disk within <see cref="DiskWindow"/> until somebody has to look.</summary>
    public const int DiskTries = 3;

    /// <summary>The time within which they count.</summary>
    public static readonly TimeSpan DiskWindow = TimeSpan.FromMinutes(30);

    /// <summary>Decides; null when the machine needs nobody.</summary>
    public static Attention? Decide(Situation now) => Judge(now) switch
    {
        { } silent when now.Power is PowerState.Off && IsOfSilence(silent.Code) => WithoutPower(now, silent),
        var found => found,
    };

    private static Attention? Judge(Situation now) => now.Machine switch
    {
        { HoldReason: { } held } machine => Held(now, machine, held),
        not null when now.Entitlement is not Entitlement.Node => NotInFile(now),
        { Stage: MachineStage.Failed, IsWipePending: true } machine => WipeFailed(machine),
        { Stage: MachineStage.Failed } machine => Failed(now, machine),
        { IsEnrolled: true } machine => OfMember(now, machine),
        { IsInstalled: true } machine => OfEnrolment(now, machine),
        { Stage: MachineStage.Installing } machine => OfEnrolment(now, machine) ?? Hangs(now) ?? OfInstall(now, machine),
        { } machine => OfReinstall(now, machine) ?? Hangs(now) ?? Silent(now, machine) ?? AskedByAnother(now, machine),
        null => now.IsInFile ? Hangs(now) ?? OtherMac(now) : NotInFile(now),
    };

    private static bool IsOfSilence(AttentionCode code) => code is AttentionCode.BootHangs or AttentionCode.TransferStopped or AttentionCode.InstallerSilent or AttentionCode.NotEnrolled
        or AttentionCode.MemberNotStarted or AttentionCode.MemberUnhealthy or AttentionCode.NodeNotReady;

    private static Attention WithoutPower(Situation now, Attention silent) => silent with
    {
        Why = $"Its management controller says that it is off. {silent.Why}",
        Advice = [$"Switch it on: sextant node power {now.Name} on.", .. silent.Advice],
    };

    private static Attention Held(Situation now, Machine machine, HoldReason reason)
    {
        var release = $"Release it: sextant node release {now.Name}.";
        return reason switch
        {
            HoldReason.InstallLoop => new(AttentionCode.InstallLoop, AttentionGrade.Stuck, "held before another install", machine.StageSince,
                machine.Timeline.OfType<InstallFailed>().LastOrDefault() is { } failure
                    ? $"It began {LoopDetector.Limit} installs within an hour and finished none; the last one failed: {Sentence(failure.Reason)}"
                    : $"It began {LoopDetector.Limit} installs within an hour and reported the end of none: its disk may not start, or it loses power while it installs.",
                ["Find the cause in its last words and its timeline, and remove it.", release]) { Remedy = "release" },
            HoldReason.WipeLoop => new(AttentionCode.WipeLoop, AttentionGrade.Stuck, "held before another wipe", machine.StageSince,
                machine.Timeline.OfType<WipeFailed>().LastOrDefault() is { } failure
                    ? $"It began {LoopDetector.Limit} times within an hour to erase its disks and finished none; the last time failed: {Sentence(failure.Reason)}"
                    : $"It began {LoopDetector.Limit} times within an hour to erase its disks and reported the end of none: it may lose power or the network while it does.",
                ["Find the cause in its last words and its timeline, and remove it.", release]) { Remedy = "release" },
            HoldReason.Wiped => new(AttentionCode.Wiped, AttentionGrade.Decision, "wiped", machine.StageSince, "Its disks were erased; nothing is installed on it.",
                ["Take it out of the cluster description if it leaves the cluster.", $"Or have it installed at its next boot: sextant node release {now.Name}."]) { Remedy = "release" },
            HoldReason.Operator => new(AttentionCode.Held, AttentionGrade.Decision, "held", machine.StageSince, "An operator holds it; nothing is installed on it.", [release]) { Remedy = "release" },
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };
    }

    private static Attention? NotInFile(Situation now)
    {
        var heard = now.Machine?.LastSeen ?? now.Boot?.LastHeard;
        if (heard is null || now.Now - heard > UnnamedPatience) return null;
        var since = now.Machine?.FirstSeen ?? now.Boot?.Began ?? heard.Value;
        return new(AttentionCode.NotInFile, now.LookAlike is null ? AttentionGrade.Decision : AttentionGrade.Warning, "not in the cluster description", since,
            now.LookAlike is { } planned
                ? $"{now.Mac} is not in the cluster description. {planned.Name} is, was never seen, and has nearly the same MAC: {planned.Mac}."
                : $"{now.Mac} is not in the cluster description. Nothing is installed on it.",
            now.LookAlike is { } meant
                ? [$"If this is {meant.Name}, write 'mac: {now.Mac}' in its entry; the service takes the file up by itself. A card with several ports has a MAC for each: the file needs that of the port it boots from.",
                   "If it is another machine, add it to 'nodes'."]
                : ["Add it to 'nodes' with this MAC if it belongs to the cluster; the service takes the file up by itself.", "If it does not belong here, switch its network boot off, or take it off this network."]);
    }

    private static Attention OtherMacOf(Situation now, LookAlike heard) => new(
        AttentionCode.OtherMac, AttentionGrade.Stuck, "before its first packet", heard.Since ?? now.Now,
        $"Nothing was ever heard of {now.Mac}. {heard.Mac} boots from this network, is not in the cluster description, and has nearly the same MAC.",
        [$"If that is {now.Name}, write 'mac: {heard.Mac}' in its entry of the cluster description; the service takes the file up by itself.",
         "If not, power the machine on, and see that network boot is on for the port whose MAC the file has."]);

    private static Attention? OtherMac(Situation now) => now.LookAlike is { } heard ? OtherMacOf(now, heard) : null;

    private static Attention Failed(Situation now, Machine machine)
    {
        var isDisk = machine.Detail.Contains("disk", StringComparison.OrdinalIgnoreCase);
        return new(AttentionCode.InstallFailed, AttentionGrade.Stuck, "installing to its disk", machine.StageSince, $"The installer gave up: {Sentence(machine.Detail)}",
            isDisk
                ? ["Put in a disk that suits, or change 'install_disk' of the machine in the cluster description.", "It tries again by itself; nothing else is to be done."]
                : ["Remove the cause; it tries again by itself.", $"Its last words say more, here and on its console; it is held after {LoopDetector.Limit} tries within an hour."]);
    }

    private static Attention WipeFailed(Machine machine) => new(AttentionCode.WipeFailed, AttentionGrade.Stuck, "erasing its disks", machine.StageSince,
        $"The live system gave up: {Sentence(machine.Detail)}", ["Remove the cause; it tries again by itself.", $"Its last words say more, here and on its console; it is held after {LoopDetector.Limit} tries within an hour."]);

    /// <summary>From the first start from disk to the certificates; an installer may ask for them, too.</summary>
    private static Attention? OfEnrolment(Situation now, Machine machine)
    {
        const string where = "getting its certificates";
        var refusals = SinceInstall(machine).OfType<Refused>().ToList();
        if (!machine.IsApproved && refusals.Find(refusal => refusal.Reason is RefusalReason.AwaitingApproval) is { } asked)
            return new(AttentionCode.AwaitingApproval, AttentionGrade.Decision, where, asked.At, "An operator has to approve its enrolment; it asks again by itself.",
                [$"Is it the machine you expect, at {asked.Peer}? Then approve it: sextant node approve {now.Name}."]) { Remedy = "approve" };
        if (refusals.FindLast(IsOfEnrolment) is { } refused)
        {
            var first = refusals.Find(refusal => refusal.Reason == refused.Reason)!;
            return new(AttentionCode.EnrolmentRefused, AttentionGrade.Stuck, where, first.At, $"It was refused its certificates: {Words.Of(refused.Reason)}.", AdviceOn(refused, now)) { Remedy = "reinstall" };
        }
        if (!machine.IsInstalled) return null;
        if (ToldToStartFromDisk(now, machine) is { } loops) return loops;
        return now.Now - machine.LastSeen < EnrolmentPatience ? AskedByAnother(now, machine) : new(
            AttentionCode.NotEnrolled, AttentionGrade.Stuck, "starting from its disk", machine.StageSince,
            $"It was installed and has not asked for its certificates; the last that was heard of it: {machine.Timeline[^1].Summary}.",
            ["Look at its console: does its firmware start the disk it was installed to? It must boot in the same mode, BIOS or UEFI, as at the install.",
             "If the system runs, 'journalctl -u sextant-enroll' on it says what it waits for."]);
    }

    private static bool IsOfEnrolment(Refused refusal) => refusal.Reason is RefusalReason.TicketUnknown or RefusalReason.TicketSpent or RefusalReason.TicketExpired
        or RefusalReason.TicketOfAnotherMachine or RefusalReason.TicketSuperseded or RefusalReason.BadCertificateRequest;

    private static string[] AdviceOn(Refused refused, Situation now) =>
    [
        refused.Reason switch
        {
            RefusalReason.TicketExpired => "A ticket is good for 24 hours; the machine was off, or its system did not start, for longer. Reinstalling it gives it a new one.",
            RefusalReason.TicketSpent => "The ticket was used for other keys: its disk was copied, or somebody enrolled in its name. Find out who; then reinstall it.",
            RefusalReason.BadCertificateRequest => "Its system makes requests that are none: its disk or its clock may be damaged. Reinstall it.",
            _ => "The system on its disk is not of its last install. Reinstall it.",
        },
        $"Reinstall it: sextant node reinstall {now.Name}, then start it from the network.",
    ];

    private static Attention? OfInstall(Situation now, Machine machine)
    {
        const string power = "Is it on, and does its console show life? Look at its cable and its switch port.";
        const string again = "Started again from the network, it begins its install anew; nothing is lost.";
        if (machine.Transfer is { } transfer && transfer.Bytes < transfer.Total && now.Now - transfer.At >= TransferPatience)
            return new(AttentionCode.TransferStopped, AttentionGrade.Stuck, $"loading {transfer.Asset}", transfer.At,
                string.Create(CultureInfo.InvariantCulture,
                    $"It has {100 * transfer.Bytes / transfer.Total} % of {transfer.Asset} ({Octets.Text(transfer.Bytes)} of {Octets.Text(transfer.Total)}), and nothing more goes out to it: the network between here and the machine was cut, or it lost power."),
                [power, again]);
        return now.Now - machine.LastSeen < InstallerPatience ? AskedByAnother(now, machine) : new(
            AttentionCode.InstallerSilent, AttentionGrade.Stuck, "installing to its disk", machine.LastSeen,
            $"Nothing was heard of its installer since its last step: {Sentence(machine.Detail)}", [power, again]);
    }

    private static Attention? OfReinstall(Situation now, Machine machine)
    {
        string[] restart = [$"Restart it from the network: sextant node power {now.Name} cycle --network-boot, or its power button and its boot menu."];
        return machine.Timeline switch
        {
            [.., ReinstallRequested asked] => new(AttentionCode.ReinstallWaits, AttentionGrade.Decision, "before its reinstall", asked.At,
                "Its reinstall was asked for, and it has not started from the network since.", restart),
            [.., WipeRequested asked] => new(AttentionCode.WipeWaits, AttentionGrade.Decision, "before its wipe", asked.At,
                "Its disks are to be erased, and it has not started from the network since.", restart),
            _ => null,
        };
    }

    /// <summary>What its packets say of its boot.</summary>
    private static Attention? Hangs(Situation now)
    {
        if (now.Boot is not { } boot || WhereOf(boot.Verdict) is not { } where) return null;
        var began = boot.Began ?? now.Now;
        var since = now.Machine is { } machine && machine.StageSince > began ? machine.StageSince : began;
        return new(AttentionCode.BootHangs, AttentionGrade.Stuck, where, since, boot.Summary, boot.Advice);
    }

    /// <summary>The place at which a verdict leaves a boot; null when that is none to worry about, or one that the record tells better.</summary>
    internal static string? WhereOf(BootVerdict verdict) => verdict switch
    {
        BootVerdict.NothingArrived or BootVerdict.NothingRecorded or BootVerdict.UnderWay or BootVerdict.WentThrough => null,
        BootVerdict.Held or BootVerdict.InstallFailed or BootVerdict.NotInFile or BootVerdict.DiskNotBooting => null,
        BootVerdict.OnlyIpv6 or BootVerdict.NotAnswered or BootVerdict.LinkLate or BootVerdict.OfferNotTaken or BootVerdict.ForeignServerChosen
            or BootVerdict.AddressRefused or BootVerdict.AddressInUse => "getting an address by DHCP",
        BootVerdict.NoLoader or BootVerdict.LoaderNotAsked or BootVerdict.LoaderNotAnswered or BootVerdict.LoaderRefused or BootVerdict.TransferStalled => "loading the boot loader",
        BootVerdict.LoaderNotStarted or BootVerdict.LoaderSilent => "starting the boot loader",
        BootVerdict.ScriptNotAsked or BootVerdict.HttpNotAnswered => "fetching its boot script",
        BootVerdict.HttpFailed or BootVerdict.KernelNotAsked => "loading kernel and live system",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
    };

    /// <summary>A boot of which no packets were recorded, after a restart of the service for instance.</summary>
    private static Attention? Silent(Situation now, Machine machine) =>
        now.Boot is { Verdict: BootVerdict.WentThrough } || machine.Timeline.IsEmpty || now.Now - machine.LastSeen < BootPatience ? null : new(
            AttentionCode.BootHangs, AttentionGrade.Stuck, machine.Stage is MachineStage.Booting ? "fetching its boot script" : "loading the boot loader", machine.LastSeen,
            $"Nothing was heard of it since its last event: {machine.Timeline[^1].Summary}.",
            ["Is it on? Its console shows what it tries.", "Started again from the network, its packets are recorded from the first one on and tell where it hangs."]);

    /// <summary>Past its certificates: what its services say.</summary>
    private static Attention? OfMember(Situation now, Machine machine)
    {
        if (machine.EtcdHealthy is false)
            return new(AttentionCode.MemberUnhealthy, AttentionGrade.Stuck, "in service: etcd", machine.StageSince, $"Its etcd member was healthy and does not answer any more: {Sentence(machine.Detail)}",
                ["Is it on, and does it answer ping? 'journalctl -u etcd' on it says what etcd does.", "A machine that is lost for good is replaced by another under its name: see \"Replace an etcd member\" in the manual."]);
        if (ToldToStartFromDisk(now, machine) is { } loops) return loops;
        if (now.IsEtcdMember && machine.EtcdHealthy is null && machine.HoldReason is null && now.Now - machine.StageSince >= MemberPatience)
            return new(AttentionCode.MemberNotStarted, AttentionGrade.Stuck, "starting etcd", machine.StageSince, "It has its certificates, and its etcd member has not answered yet.",
                ["A new cluster needs a majority of its members before any of them is healthy: power the others on.", "'journalctl -u etcd' on it says whom it waits for."]);
        if (now.Node is { IsReady: false } node && now.Now - node.Since >= NodePatience)
            return new(AttentionCode.NodeNotReady, AttentionGrade.Stuck, "in service: Kubernetes", node.Since, $"Kubernetes says that its node is not ready: {Sentence(node.Reason)}",
                ["Is it on? 'journalctl -u kubelet' on it says what is missing.", "A new node waits for the addon that connects pods: see the addons on the cluster's page."]);
        return CertificateEnds(now, machine) ?? AskedByAnother(now, machine);
    }

    private static Attention? ToldToStartFromDisk(Situation now, Machine machine)
    {
        var told = new List<DateTimeOffset>();
        for (var at = machine.Timeline.Count - 1; at >= 0 && now.Now - machine.Timeline[at].At < DiskWindow; at--)
            if (machine.Timeline[at] is ScriptServed { Action: BootAction.BootLocalDisk } script) told.Add(script.At);
        return told.Count < DiskTries ? null : new(
            AttentionCode.DiskNotBooting, AttentionGrade.Stuck, "starting from its disk", told[^1],
            string.Create(CultureInfo.InvariantCulture, $"It was told {told.Count} times within half an hour to start from its disk, and came back to the network each time."),
            ["Is the disk it was installed to still there, and does its firmware boot in the same mode, BIOS or UEFI, as at the install?", $"If the disk is lost, reinstall it: sextant node reinstall {now.Name}."]) { Remedy = "reinstall" };
    }

    private static Attention? CertificateEnds(Situation now, Machine machine)
    {
        var next = CertificateView.Of(machine).MinBy(certificate => certificate.NotAfter);
        if (next is null || next.NotAfter - now.Now >= CertificatePatience) return null;
        var isOver = next.NotAfter <= now.Now;
        return new(AttentionCode.CertificateEnds, isOver ? AttentionGrade.Stuck : AttentionGrade.Warning, "in service: certificates", isOver ? next.NotAfter : next.NotAfter - CertificatePatience,
            $"Its certificate {next.Name} {(isOver ? "is over since" : "is over at")} {Time(next.NotAfter)} and was not renewed.",
            ["'journalctl -u sextant-renew' on it says why; 'systemctl start sextant-renew' tries again.", .. isOver ? [$"If it cannot renew any more, reinstall it: sextant node reinstall {now.Name}."] : Array.Empty<string>()]);
    }

    private static Attention? AskedByAnother(Situation now, Machine machine)
    {
        for (var at = machine.Timeline.Count - 1; at >= 0 && now.Now - machine.Timeline[at].At < StrangerPatience; at--)
            if (machine.Timeline[at] is Refused { Reason: RefusalReason.WrongAddress } refused && refused.Peer != machine.Address?.ToString())
                return new(AttentionCode.AskedByAnother, AttentionGrade.Warning, "in its name", refused.At, $"{refused.Peer} asked for something of this machine and was refused: {Words.Of(refused.Reason)}.",
                    [$"If {refused.Peer} is this machine, its address changed while it ran: start it again from the network.", $"If not, find out who has {refused.Peer}: 'ip neighbour show {refused.Peer}' on the bootstrapper names its MAC."]);
        return null;
    }

    private static IEnumerable<MachineEvent> SinceInstall(Machine machine) =>
        machine.Timeline.Skip(machine.Timeline.FindLastIndex(happened => happened is Installed or ScriptServed { Action: BootAction.Install }) + 1);

    private static string Sentence(string text) => text.TrimEnd().TrimEnd('.') + ".";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
