using NUnit.Framework;
using Sextant.Doctor;
using Sextant.Primitives;

namespace Sextant.Tests.Doctor;

/// <summary>Rules as firewalls of the field have them, and what they do with a booting machine's packets.</summary>
[TestFixture]
public sealed class FirewallTests
{
    private static readonly BootTraffic Dhcp = new("DHCP", "udp", 67, 68, Ipv4Address.Any, Ipv4Address.Broadcast, "eno1");
    private static readonly BootTraffic Http = new("HTTP", "tcp", 80, 40_000, Ipv4Address.Parse("10.0.0.11"), Ipv4Address.Parse("10.0.0.1"), "eno1");

    [TestCase("", "passes", "passes", TestName = "nft: a chain that accepts")]
    [TestCase("""{"drop":null}""", "drops", "drops", TestName = "nft: everything is dropped")]
    [TestCase("""{"match":{"op":"==","left":{"payload":{"protocol":"udp","field":"dport"}},"right":67}},{"drop":null}""", "drops", "passes", TestName = "nft: a port")]
    [TestCase("""{"match":{"op":"==","left":{"payload":{"protocol":"th","field":"dport"}},"right":{"set":[53,{"range":[60,90]}]}}},{"counter":{"packets":0,"bytes":0}},{"reject":null}""", "drops", "drops", TestName = "nft: a set with a range")]
    [TestCase("""{"match":{"op":"!=","left":{"meta":{"key":"iifname"}},"right":"eno1"}},{"drop":null}""", "passes", "passes", TestName = "nft: other interfaces")]
    [TestCase("""{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"eno*"}},{"drop":null}""", "drops", "drops", TestName = "nft: interfaces by their beginning")]
    [TestCase("""{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"drop":null}""", "passes", "passes", TestName = "nft: what is established")]
    [TestCase("""{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":{"prefix":{"addr":"10.0.0.0","len":24}}}},{"drop":null}""", "passes", "drops", TestName = "nft: a network")]
    [TestCase("""{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":"@closed"}},{"drop":null}""", "passes", "drops", TestName = "nft: a named set")]
    [TestCase("""{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["established",{"accept":null}],["new",{"jump":{"target":"doors"}}]]}}}""", "passes", "drops", TestName = "nft: a verdict map and a jump")]
    [TestCase("""{"limit":{"rate":10,"per":"second"}},{"drop":null}""", "unclear", "unclear", TestName = "nft: a rate")]
    [TestCase("""{"xt":{"type":"match","name":"comment"}},{"drop":null}""", "passes", "passes", TestName = "nft: rules of iptables are iptables-save's to show")]
    public void An_nft_rule_is_walked(string expressions, string dhcp, string http)
    {
        var json = "{\"nftables\":[{\"metainfo\":{\"json_schema_version\":1}},{\"table\":{\"family\":\"inet\",\"name\":\"filter\",\"handle\":1}},"
            + "{\"set\":{\"family\":\"inet\",\"name\":\"closed\",\"table\":\"filter\",\"type\":\"inet_service\",\"elem\":[80,443]}},"
            + "{\"chain\":{\"family\":\"inet\",\"table\":\"filter\",\"name\":\"input\",\"type\":\"filter\",\"hook\":\"input\",\"prio\":0,\"policy\":\"accept\"}},"
            + "{\"chain\":{\"family\":\"inet\",\"table\":\"filter\",\"name\":\"doors\"}},"
            + "{\"rule\":{\"family\":\"inet\",\"table\":\"filter\",\"chain\":\"input\",\"expr\":[" + expressions + "]}},"
            + "{\"rule\":{\"family\":\"inet\",\"table\":\"filter\",\"chain\":\"doors\",\"expr\":[{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}},\"right\":80}},{\"drop\":null}]}}]}";
        Assert.That(NftRules.TryRead(json, out var chains), Is.True);
        var firewall = new Firewall(chains);
        Assert.That((Said(firewall, Dhcp), Said(firewall, Http)), Is.EqualTo((dhcp, http)));
    }

    [TestCase("", false)]
    [TestCase("[]", false)]
    [TestCase("{}", false)]
    [TestCase("{\"nftables\":[{\"chain\":5}]}", false)]
    [TestCase("{\"nftables\":[]}", true)]
    public void What_nft_does_not_print_is_refused(string json, bool isRead) => Assert.That(NftRules.TryRead(json, out _), Is.EqualTo(isRead));

    [TestCase(":INPUT ACCEPT [0:0]", "passes", "passes")]
    [TestCase(":INPUT DROP [0:0]", "drops", "drops")]
    [TestCase(":INPUT DROP [0:0]\n-A INPUT -i eno1 -p udp -m udp --dport 67:69 -j ACCEPT", "passes", "drops")]
    [TestCase(":INPUT DROP [0:0]\n-A INPUT ! -i eno2 -m comment --comment \"the -j DROP of boot\" -j ACCEPT", "passes", "passes")]
    [TestCase(":INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m multiport --dports 22,80,443 -j REJECT --reject-with icmp-port-unreachable", "passes", "drops")]
    [TestCase(":INPUT ACCEPT [0:0]\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -s 10.0.0.0/24 -j DROP", "passes", "drops")]
    [TestCase(":INPUT ACCEPT [0:0]\n:DOORS - [0:0]\n-A INPUT -j DOORS\n-A DOORS -p udp -j RETURN\n-A DOORS -j DROP", "passes", "drops")]
    [TestCase(":INPUT DROP [0:0]\n-A INPUT -m limit --limit 10/s -j ACCEPT", "unclear", "unclear")]
    [TestCase(":INPUT ACCEPT [0:0]\n-A INPUT -j LOG --log-prefix \"boot: \"", "passes", "passes")]
    public void Rules_of_iptables_are_walked(string rules, string dhcp, string http)
    {
        var firewall = new Firewall(IptablesRules.Read($"# Generated by iptables-save\n*filter\n{rules}\nCOMMIT\n"));
        Assert.That((Said(firewall, Dhcp), Said(firewall, Http)), Is.EqualTo((dhcp, http)));
    }

    [Test]
    public void What_answers_this_machine_is_known_to_connection_tracking()
    {
        var firewall = new Firewall(IptablesRules.Read("*filter\n:INPUT DROP\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\nCOMMIT\n"));
        Assert.That((Said(firewall, Http), Said(firewall, Http with { IsAnswer = true })), Is.EqualTo(("drops", "passes")));
    }

    [Test]
    public void Chains_that_call_each_other_come_to_an_end()
    {
        var firewall = new Firewall(IptablesRules.Read("*filter\n:INPUT ACCEPT\n:A -\n-A INPUT -j A\n-A A -j A\n-A A -p tcp -j DROP\nCOMMIT\n"));
        Assert.That(Said(firewall, Dhcp), Is.EqualTo("passes"));
    }

    [Test]
    public void Random_text_breaks_nothing()
    {
        var random = new Random(5);
        const string seed = "*filter\n:INPUT DROP [0:0]\n-A INPUT -i eno1 -p udp -m udp --dport 67:69 -j ACCEPT\n-A INPUT -m comment --comment \"x y\" -s 10.0.0.0/8 -j DROP\nCOMMIT\n";
        for (var i = 0; i < 10_000; i++)
        {
            var text = seed.ToCharArray();
            for (var bends = random.Next(8); bends > 0; bends--) text[random.Next(text.Length)] = (char)random.Next(32, 127);
            _ = new Firewall(IptablesRules.Read(new string(text))).Judge(Dhcp);
        }
    }

    private static string Said(Firewall firewall, BootTraffic packet) => firewall.Judge(packet) switch
    {
        FirewallVerdict.Passes => "passes",
        FirewallVerdict.Dropped => "drops",
        FirewallVerdict.Unclear => "unclear",
        var other => other.ToString(),
    };
}
