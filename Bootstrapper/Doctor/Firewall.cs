using Sextant.Primitives;

namespace Sextant.Doctor;

/// <summary>A packet that a booting machine sends to this one.</summary>
/// <param name="Name">What it is for, <c>DHCP</c>.</param>
/// <param name="Protocol"><c>udp</c> or <c>tcp</c>.</param>
/// <param name="Port">Its destination port.</param>
/// <param name="SourcePort">Its source port.</param>
/// <param name="Source">Its source address.</param>
/// <param name="Destination">Its destination address.</param>
/// <param name="Interface">The interface it arrives on.</param>
/// <param name="IsAnswer">Whether it answers a packet of this machine: connection tracking then knows it.</param>
public sealed record BootTraffic(
    string Name, string Protocol, ushort Port, ushort SourcePort, Ipv4Address Source, Ipv4Address Destination, string Interface, bool IsAnswer = false)
{
    /// <summary>Its state in connection tracking, <c>new</c> or <c>established</c>.</summary>
    public string State => IsAnswer ? "established" : "new";
}

/// <summary>What the rules do with a packet.</summary>
public abstract record FirewallVerdict
{
    private FirewallVerdict() { }

    /// <summary>It gets through.</summary>
    public sealed record Passes : FirewallVerdict;

    /// <summary>It is dropped or rejected.</summary>
    /// <param name="By">The rule, or the chain whose policy it is.</param>
    public sealed record Dropped(string By) : FirewallVerdict;

    /// <summary>It depends on something that cannot be told from here, a rate or a set that changes.</summary>
    /// <param name="By">The rule that would drop it, or the chain whose policy does.</param>
    public sealed record Unclear(string By) : FirewallVerdict;
}

/// <summary>What a rule does with a packet it applies to.</summary>
/// <param name="Kind">The act.</param>
/// <param name="Target">The chain of a jump.</param>
public readonly record struct RuleAct(RuleActKind Kind, string Target = "");

/// <summary>Acts of rules.</summary>
public enum RuleActKind
{
    /// <summary>Nothing that decides: it counts, logs, marks.</summary>
    None,
    /// <summary>Lets the packet through this chain.</summary>
    Accept,
    /// <summary>Ends the packet.</summary>
    Drop,
    /// <summary>Goes back to where the chain was called from.</summary>
    Return,
    /// <summary>Calls a chain.</summary>
    Jump,
    /// <summary>Goes on in a chain and does not come back.</summary>
    Goto,
}

/// <summary>A rule.</summary>
/// <param name="Text">The rule as its tool shows it.</param>
/// <param name="Decide">The act for a packet; null when it does not apply; an act and false when it cannot be told whether it applies.</param>
public sealed record FirewallRule(string Text, Func<BootTraffic, (RuleAct Act, bool Certain)?> Decide);

/// <summary>A chain of rules.</summary>
/// <param name="Name">Its name with its table's, unique.</param>
/// <param name="Order">Where it stands among the chains that packets for this machine pass, lowest first; null for a chain that is only called.</param>
/// <param name="DropsByPolicy">What happens to a packet no rule decides about.</param>
/// <param name="Rules">Its rules, in order.</param>
public sealed record FirewallChain(string Name, int? Order, bool DropsByPolicy, IReadOnlyList<FirewallRule> Rules);

/// <summary>Walks a packet through the chains that stand before this machine's sockets.</summary>
/// <param name="chains">Every chain.</param>
public sealed class Firewall(IReadOnlyList<FirewallChain> chains)
{
    /// <summary>Jumps that are followed; the kernel allows 16 deep.</summary>
    private const int DepthLimit = 16;

    private readonly Dictionary<string, FirewallChain> byName = chains.ToDictionary(chain => chain.Name, StringComparer.Ordinal);

    /// <summary>True when a chain may keep packets out.</summary>
    public bool HasRules => chains.Any(chain => chain.Order is not null && (chain.DropsByPolicy || chain.Rules.Count > 0));

    /// <summary>What becomes of a packet.</summary>
    public FirewallVerdict Judge(BootTraffic packet)
    {
        string? unclear = null;
        foreach (var chain in chains.Where(chain => chain.Order is not null).OrderBy(chain => chain.Order))
        {
            var walk = new Walk();
            var act = Through(chain, packet, walk, 0);
            var by = act is RuleActKind.Drop ? walk.By : act is RuleActKind.Return && chain.DropsByPolicy ? $"policy drop of {chain.Name}" : null;
            if (by is null)
            {
                unclear ??= walk.MayDrop;
                continue;
            }
            // A rule before it may have let the packet through.
            if (walk.MayAccept) unclear ??= by;
            else return new FirewallVerdict.Dropped(by);
        }
        return unclear is null ? new FirewallVerdict.Passes() : new FirewallVerdict.Unclear(unclear);
    }

    /// <summary>Accept, Drop, or Return when no rule decided.</summary>
    private RuleActKind Through(FirewallChain chain, BootTraffic packet, Walk walk, int depth)
    {
        foreach (var rule in chain.Rules)
        {
            if (rule.Decide(packet) is not { } decided) continue;
            var (act, certain) = decided;
            if (act.Kind is RuleActKind.Jump or RuleActKind.Goto)
            {
                if (depth == DepthLimit || !byName.TryGetValue(act.Target, out var target)) continue;
                var before = certain ? walk : new Walk();
                var inside = Through(target, packet, before, depth + 1);
                if (!certain)
                {
                    walk.MayAccept |= inside is RuleActKind.Accept || before.MayAccept;
                    walk.MayDrop ??= inside is RuleActKind.Drop ? before.By : before.MayDrop;
                    continue;
                }
                if (inside is not RuleActKind.Return) return inside;
                if (act.Kind is RuleActKind.Goto) return RuleActKind.Return;
                continue;
            }
            switch (act.Kind)
            {
                case RuleActKind.Accept when certain:
                    return RuleActKind.Accept;
                case RuleActKind.Accept:
                    walk.MayAccept = true;
                    break;
                case RuleActKind.Drop when certain:
                    walk.By = rule.Text;
                    return RuleActKind.Drop;
                case RuleActKind.Drop:
                    walk.MayDrop ??= rule.Text;
                    break;
                case RuleActKind.Return when certain:
                    return RuleActKind.Return;
            }
        }
        return RuleActKind.Return;
    }

    private sealed class Walk
    {
        public string By { get; set; } = "";

        public bool MayAccept { get; set; }

        public string? MayDrop { get; set; }
    }
}
