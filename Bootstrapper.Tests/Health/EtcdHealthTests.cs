using System.Text;
using NUnit.Framework;
using Sextant.Health;

namespace Sextant.Tests.Health;

[TestFixture]
public sealed class EtcdHealthTests
{
    // Record before, probes (+ healthy, - not), what is told at each probe (. nothing, H healthy, U unhealthy). The record follows what is told.
    [TestCase(null, "+++", "H..")]
    [TestCase(null, "-----", ".....")]
    [TestCase(null, "--+", "..H")]
    [TestCase(true, "--+--+", "......")]
    [TestCase(true, "-----", "..U..")]
    [TestCase(true, "---+", "..UH")]
    [TestCase(true, "---+---", "..UH..U")]
    [TestCase(false, "---", "...")]
    [TestCase(false, "+", "H")]
    public void Only_changes_are_told_and_only_three_failures_in_a_row_are_one(bool? known, string probes, string told)
    {
        var count = default(EtcdHealthCount);
        var said = new StringBuilder();
        foreach (var probe in probes)
        {
            (count, var change) = count.After(known, new ProbeResult(probe == '+', probe == '+' ? "" : "down"));
            if (change is { } news) known = news.Healthy;
            said.Append(change switch { null => '.', { Healthy: true } => 'H', _ => 'U' });
        }
        Assert.That(said.ToString(), Is.EqualTo(told));
    }

    [TestCase(200, """{"health":"true","reason":""}""", true, "")]
    [TestCase(200, """{"health":"true"}""", true, "")]
    [TestCase(503, """{"health":"false","reason":"RAFT NO LEADER"}""", false, "RAFT NO LEADER")]
    [TestCase(503, """{"health":"true"}""", false, "status 503, health \"true\"")]
    [TestCase(200, """{"health":true}""", false, "status 200, health \"\"")]
    [TestCase(200, "<html>", false, "status 200 with an answer that is not etcd's")]
    [TestCase(200, "", false, "status 200 with an answer that is not etcd's")]
    public void An_answer_is_healthy_only_when_etcd_says_so(int status, string body, bool healthy, string detail) =>
        Assert.That(EtcdProbe.Judge(status, Encoding.UTF8.GetBytes(body)), Is.EqualTo(new ProbeResult(healthy, detail)));
}
