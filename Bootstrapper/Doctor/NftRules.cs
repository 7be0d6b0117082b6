using System.Globalization;
using System.Text.Json;
using Sextant.Primitives;

namespace Sextant.Doctor;

/// <summary>
/// Reads what <c>nft -j list ruleset</c> prints (libnftables-json(5)). Statements that it does not know make a rule uncertain, never wrong.
/// </summary>
public static class NftRules
{
    private static readonly string[] Hooks = ["ingress", "prerouting", "input"];
    private static readonly string[] Families = ["ip", "inet", "netdev"];
    private static readonly string[] WithoutEffect = ["counter", "log", "comment", "mangle", "notrack", "ct helper", "quota", "nflog"];

    /// <summary>The chains.</summary>
    /// <returns>False when the text is not what nft prints.</returns>
    public static bool TryRead(string json, out IReadOnlyList<FirewallChain> chains)
    {
        chains = [];
        try
        {
            using var document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("nftables", out var all) || all.ValueKind != JsonValueKind.Array) return false;
            chains = Chains(all.Clone());
            return true;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return false;
        }
    }

    private static List<FirewallChain> Chains(JsonElement all)
    {
        var objects = all.EnumerateArray().ToList();
        var sets = Named(objects, "set").ToDictionary(set => $"{Table(set)}/@{Text(set, "name")}", set => set.TryGetProperty("elem", out var elements) ? elements : default, StringComparer.Ordinal);
        var rules = Named(objects, "rule").Where(rule => Families.Contains(Text(rule, "family"))).ToLookup(rule => $"{Table(rule)}/{Text(rule, "chain")}", StringComparer.Ordinal);
        var chains = new List<FirewallChain>();
        foreach (var chain in Named(objects, "chain").Where(chain => Families.Contains(Text(chain, "family"))))
        {
            var name = $"{Table(chain)}/{Text(chain, "name")}";
            int? order = Array.IndexOf(Hooks, Text(chain, "hook")) is >= 0 and var hook && Text(chain, "type") != "nat" ? hook * 100_000 + Priority(chain) : null;
            // xt statements are rules of iptables, which iptables-save shows in full.
            var own = rules[name].Where(rule => !Statements(rule).Any(statement => Key(statement) == "xt")).Select(rule => Rule(rule, Table(chain), sets));
            chains.Add(new FirewallChain(name, order, Text(chain, "policy") == "drop", [.. own]));
        }
        return chains;
    }

    private static FirewallRule Rule(JsonElement rule, string table, Dictionary<string, JsonElement> sets)
    {
        var statements = Statements(rule).ToList();
        var text = $"{table}/{Text(rule, "chain")}: {string.Join(' ', statements.Select(statement => statement.GetRawText()))}";
        return new FirewallRule(text.Length > 300 ? text[..300] + " …" : text, packet =>
        {
            var certain = true;
            foreach (var statement in statements)
            {
                var value = statement.EnumerateObject().First().Value;
                switch (Key(statement))
                {
                    case "match":
                        var matches = Matches(value, packet, table, sets);
                        if (matches is false) return null;
                        certain &= matches is true;
                        break;
                    case "accept": return (new RuleAct(RuleActKind.Accept), certain);
                    case "drop" or "reject": return (new RuleAct(RuleActKind.Drop), certain);
                    case "return": return (new RuleAct(RuleActKind.Return), certain);
                    case "jump": return (new RuleAct(RuleActKind.Jump, $"{table}/{Text(value, "target")}"), certain);
                    case "goto": return (new RuleAct(RuleActKind.Goto, $"{table}/{Text(value, "target")}"), certain);
                    case "vmap": return VerdictMap(value, packet, table, certain, sets);
                    case var known when WithoutEffect.Contains(known): break;
                    default:
                        certain = false;
                        break;
                }
            }
            return null;
        });
    }

    private static (RuleAct, bool)? VerdictMap(JsonElement map, BootTraffic packet, string table, bool certain, Dictionary<string, JsonElement> sets)
    {
        if (!map.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object || !data.TryGetProperty("set", out var pairs)) return (new RuleAct(RuleActKind.Drop), false);
        foreach (var pair in pairs.EnumerateArray())
        {
            var equal = Value(map.GetProperty("key"), packet) is { } actual ? Equals(actual, pair[0], table, sets) : null;
            if (equal is false) continue;
            var act = Key(pair[1]) switch
            {
                "accept" => new RuleAct(RuleActKind.Accept),
                "drop" => new RuleAct(RuleActKind.Drop),
                "return" => new RuleAct(RuleActKind.Return),
                "jump" => new RuleAct(RuleActKind.Jump, $"{table}/{Text(pair[1].GetProperty("jump"), "target")}"),
                "goto" => new RuleAct(RuleActKind.Goto, $"{table}/{Text(pair[1].GetProperty("goto"), "target")}"),
                _ => new RuleAct(RuleActKind.None),
            };
            return (act, certain && equal is true);
        }
        return null;
    }

    private static bool? Matches(JsonElement match, BootTraffic packet, string table, Dictionary<string, JsonElement> sets)
    {
        var left = match.GetProperty("left");
        if (IsForeign(left, packet)) return false;
        if (Value(left, packet) is not { } actual) return null;
        var equal = Equals(actual, match.GetProperty("right"), table, sets);
        return Text(match, "op") switch
        {
            "==" or "in" => equal,
            "!=" => !equal,
            _ => null,
        };
    }

    /// <summary>A header that the packet has not: UDP's in TCP, IPv6's in IPv4.</summary>
    private static bool IsForeign(JsonElement left, BootTraffic packet) =>
        left.ValueKind == JsonValueKind.Object && left.TryGetProperty("payload", out var payload) && payload.TryGetProperty("protocol", out var protocol)
        && protocol.GetString() is var name && name is not ("ip" or "th") && name != packet.Protocol;

    /// <summary>What the packet has in the place of an expression; null when that cannot be told.</summary>
    private static string? Value(JsonElement left, BootTraffic packet)
    {
        if (left.ValueKind != JsonValueKind.Object) return null;
        if (left.TryGetProperty("meta", out var meta))
            return Text(meta, "key") switch
            {
                "iifname" or "iif" => packet.Interface,
                "l4proto" => packet.Protocol,
                "nfproto" => "ipv4",
                "protocol" => "ip",
                _ => null,
            };
        if (left.TryGetProperty("ct", out var conntrack)) return Text(conntrack, "key") == "state" ? packet.State : null;
        if (!left.TryGetProperty("payload", out var payload)) return null;
        return (Text(payload, "protocol"), Text(payload, "field")) switch
        {
            (_, "dport") => packet.Port.ToString(CultureInfo.InvariantCulture),
            (_, "sport") => packet.SourcePort.ToString(CultureInfo.InvariantCulture),
            ("ip", "saddr") => packet.Source.ToString(),
            ("ip", "daddr") => packet.Destination.ToString(),
            ("ip", "protocol") => packet.Protocol,
            ("ip", "version") => "4",
            _ => null,
        };
    }

    private static bool? Equals(string actual, JsonElement right, string table, Dictionary<string, JsonElement> sets)
    {
        switch (right.ValueKind)
        {
            case JsonValueKind.Number:
                return right.GetRawText() == actual;
            case JsonValueKind.String:
                var text = right.GetString()!;
                if (text.StartsWith('@')) return sets.TryGetValue($"{table}/{text}", out var named) ? named.ValueKind == JsonValueKind.Array ? AnyOf(named.EnumerateArray()) : false : null;
                return text == actual || text.EndsWith('*') && actual.StartsWith(text[..^1], StringComparison.Ordinal);
            case JsonValueKind.Array:
                return AnyOf(right.EnumerateArray());
            case JsonValueKind.Object when right.TryGetProperty("set", out var set):
                return set.ValueKind == JsonValueKind.Array ? AnyOf(set.EnumerateArray()) : Equals(actual, set, table, sets);
            case JsonValueKind.Object when right.TryGetProperty("range", out var range):
                return Between(actual, Bound(range[0]), Bound(range[1]));
            case JsonValueKind.Object when right.TryGetProperty("prefix", out var prefix):
                return Ipv4Address.TryParse(actual, out var address) && Ipv4Address.TryParse(Text(prefix, "addr"), out var network)
                    ? new Ipv4Network(network, prefix.GetProperty("len").GetInt32()).Contains(address) : null;
            case JsonValueKind.Object when right.TryGetProperty("elem", out var element):
                return Equals(actual, element.TryGetProperty("val", out var value) ? value : element, table, sets);
            default:
                return null;
        }

        bool? AnyOf(JsonElement.ArrayEnumerator elements)
        {
            bool? found = false;
            foreach (var element in elements)
            {
                var equal = Equals(actual, element, table, sets);
                if (equal is true) return true;
                if (equal is null) found = null;
            }
            return found;
        }
    }

    private static bool? Between(string actual, string first, string last)
    {
        if (ushort.TryParse(actual, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && ushort.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var low)
            && ushort.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var high)) return port >= low && port <= high;
        return Ipv4Address.TryParse(actual, out var address) && Ipv4Address.TryParse(first, out var from) && Ipv4Address.TryParse(last, out var to) ? address >= from && address <= to : null;
    }

    private static string Bound(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();

    private static IEnumerable<JsonElement> Named(List<JsonElement> objects, string kind)
    {
        foreach (var item in objects)
            if (item.TryGetProperty(kind, out var value)) yield return value;
    }

    private static JsonElement.ArrayEnumerator Statements(JsonElement rule) => rule.TryGetProperty("expr", out var expressions) ? expressions.EnumerateArray() : default;

    private static string Key(JsonElement statement) => statement.ValueKind == JsonValueKind.Object ? statement.EnumerateObject().First().Name : statement.ToString();

    private static string Table(JsonElement item) => $"{Text(item, "family")} {Text(item, "table")}";

    private static string Text(JsonElement item, string name) => item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static int Priority(JsonElement chain) => chain.TryGetProperty("prio", out var priority) && priority.TryGetInt32(out var number) ? Math.Clamp(number, -40_000, 40_000) : 0;
}
