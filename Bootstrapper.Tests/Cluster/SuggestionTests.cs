using NUnit.Framework;
using Sextant.Cluster;

namespace Sextant.Tests.Cluster;

public sealed class SuggestionTests
{
    private static readonly string[] Keys = ["http_port", "https_port", "interface", "address", "unknown_machines", "kube_master", "etcd_member", "host-gw", "ip", "os"];

    [TestCase("httpPort", "http_port")]
    [TestCase("httpsPort", "https_port")]
    [TestCase("http-port", "http_port")]
    [TestCase("HTTP_PORT", "http_port")]
    [TestCase("interfaec", "interface")]
    [TestCase("iterface", "interface")]
    [TestCase("adress", "address")]
    [TestCase("unknown_machine", "unknown_machines")]
    [TestCase("master", "kube_master")]
    [TestCase("etcd", "etcd_member")]
    [TestCase("host_gw", "host-gw")]
    [TestCase("ipp", "ip")]
    [TestCase("colour", null)]
    [TestCase("x", null)]
    [TestCase("", null)]
    [TestCase("a_key_so_long_that_no_one_can_have_meant_any_of_them", null)]
    public void The_nearest_word_is_suggested_and_nothing_far(string given, string? meant) => Assert.That(Suggestion.Nearest(given, Keys), Is.EqualTo(meant));

    [TestCase("plain", "plain")]
    [TestCase("a\nb\tc\rd", "a\\nb\\tc\\rd")]
    [TestCase("\u001b[31m", "\\u001b[31m")]
    [TestCase("\u202eabc", "\\u202eabc")]
    [TestCase("äöü€🚀", "äöü€🚀")]
    public void Quoted_text_does_nothing_to_a_terminal(string text, string shown) => Assert.That(Quoted.Bare(text), Is.EqualTo(shown));

    [Test]
    public void Quoted_text_is_short() => Assert.That(Quoted.Of(new string('x', 1000)), Is.EqualTo($"'{new string('x', 60)}…'"));
}
