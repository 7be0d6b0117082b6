using System.Globalization;
using Sextant.Primitives;

namespace Sextant.Doctor;

/// <summary>
/// Reads what <c>iptables-save</c> prints: the tables raw, mangle and filter as far as packets for this machine pass them. Options that it does not know make a
/// rule uncertain, never wrong.
/// </summary>
public static class IptablesRules
{
    private static readonly string[] Order = ["raw/PREROUTING", "mangle/PREROUTING", "mangle/INPUT", "filter/INPUT"];

    /// <summary>Targets that decide nothing.</summary>
    private static readonly string[] Passing = ["LOG", "NFLOG", "MARK", "CONNMARK", "TRACE", "CT", "NOTRACK", "ULOG", "CLASSIFY", "DSCP", "TOS"];

    /// <summary>The chains.</summary>
    public static IReadOnlyList<FirewallChain> Read(string text)
    {
        var table = "";
        var policies = new Dictionary<string, bool>(StringComparer.Ordinal);
        var rules = new Dictionary<string, List<FirewallRule>>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith('*')) table = line[1..].Trim();
            else if (line.StartsWith(':'))
            {
                var words = line[1..].Split(' ');
                policies[$"{table}/{words[0]}"] = words.Length > 1 && words[1] == "DROP";
            }
            else if (line.StartsWith("-A ", StringComparison.Ordinal))
            {
                var words = Words(line);
                if (words.Count < 2) continue;
                var chain = $"{table}/{words[1]}";
                if (!rules.TryGetValue(chain, out var list)) rules[chain] = list = [];
                list.Add(Rule($"iptables -t {table} {line.Trim()}", table, words.Skip(2).ToList()));
            }
        }
        return [.. policies.Select(chain => new FirewallChain(
            chain.Key, Array.IndexOf(Order, chain.Key) is >= 0 and var order ? 1_000_000 + order : null, chain.Value, rules.GetValueOrDefault(chain.Key) ?? []))];
    }

    private static FirewallRule Rule(string text, string table, List<string> words)
    {
        var tests = new List<Func<BootTraffic, bool?>>();
        var act = new RuleAct(RuleActKind.None);
        var negated = false;
        for (var i = 0; i < words.Count; i++)
        {
            var option = words[i];
            if (option == "!")
            {
                negated = true;
                continue;
            }
            var value = i + 1 < words.Count && (words[i + 1].Length == 0 || words[i + 1][0] != '-') ? words[i + 1] : null;
            switch (option)
            {
                case "-m": break;
                case "-j" or "-g":
                    act = value switch
                    {
                        "ACCEPT" => new RuleAct(RuleActKind.Accept),
                        "DROP" or "REJECT" => new RuleAct(RuleActKind.Drop),
                        "RETURN" => new RuleAct(RuleActKind.Return),
                        null => act,
                        _ when Passing.Contains(value) => act,
                        _ => new RuleAct(option == "-g" ? RuleActKind.Goto : RuleActKind.Jump, $"{table}/{value}"),
                    };
                    // What follows are the target's own options.
                    i = words.Count;
                    continue;
                case "--comment": break;
                default:
                    tests.Add(Negated(Test(option, value), negated));
                    break;
            }
            negated = false;
            if (value is not null) i++;
        }
        return new FirewallRule(text, packet =>
        {
            if (act.Kind is RuleActKind.None) return null;
            var certain = true;
            foreach (var test in tests)
            {
                var applies = test(packet);
                if (applies is false) return null;
                certain &= applies is true;
            }
            return (act, certain);
        });
    }

    private static Func<BootTraffic, bool?> Test(string option, string? value) => (option, value) switch
    {
        (_, null) => _ => null,
        ("-i", _) => packet => value.EndsWith('+') ? packet.Interface.StartsWith(value[..^1], StringComparison.Ordinal) : packet.Interface == value,
        ("-p", _) => packet => value is "all" || value == packet.Protocol || value == (packet.Protocol == "udp" ? "17" : "6"),
        ("-s", _) => packet => Contains(value, packet.Source),
        ("-d", _) => packet => Contains(value, packet.Destination),
        ("--dport" or "--dports" or "--destination-port", _) => packet => Ports(value, packet.Port),
        ("--sport" or "--sports" or "--source-port", _) => packet => Ports(value, packet.SourcePort),
        ("--ports", _) => packet => Ports(value, packet.Port) | Ports(value, packet.SourcePort),
        ("--state" or "--ctstate", _) => packet => value.Split(',').Contains(packet.State.ToUpperInvariant()),
        _ => _ => null,
    };

    private static Func<BootTraffic, bool?> Negated(Func<BootTraffic, bool?> test, bool negated) => negated ? packet => !test(packet) : test;

    private static bool? Contains(string network, Ipv4Address address) =>
        Ipv4Network.TryParse(network, out var known, out _) ? known.Contains(address) : Ipv4Address.TryParse(network, out var one) ? one == address : null;

    private static bool Ports(string list, ushort port) => list.Split(',').Any(part =>
    {
        var bounds = part.Split(':');
        return ushort.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && ushort.TryParse(bounds[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && port >= first && port <= last;
    });

    /// <summary>Words as a shell reads them: double quotes hold blanks together.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        var (quoted, open) = (false, false);
        foreach (var letter in line.Trim())
        {
            if (letter == '"') (quoted, open) = (!quoted, true);
            else if (letter == ' ' && !quoted)
            {
                if (open || word.Length > 0) words.Add(word.ToString());
                word.Clear();
                open = false;
            }
            else word.Append(letter);
        }
        if (open || word.Length > 0) words.Add(word.ToString());
        return words;
    }
}
