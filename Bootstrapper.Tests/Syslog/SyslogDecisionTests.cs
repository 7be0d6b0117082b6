using System.Text;
using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Primitives;
using Sextant.Syslog;

namespace Sextant.Tests.Syslog;

[TestFixture]
public sealed class SyslogDecisionTests
{
    private static readonly Machine Known = Machine.New(MacAddress.Parse("52:54:00:00:00:01"), DateTimeOffset.UnixEpoch);

    [TestCase("<30>Oct 11 22:14:15 host sshd[7]: a text", "daemon.informational sshd[7]: a text")]
    [TestCase("<0>oops", "kern.emergency oops")]
    [TestCase("<191>1 - - prog - - - last", "local7.debug prog: last")]
    public void A_known_machines_message_is_a_line_of_its_log(string text, string line) =>
        Assert.That(SyslogDecision.Decide(Encoding.UTF8.GetBytes(text), Known), Is.EqualTo(new SyslogDecision.Keep(Known.Mac, line)));

    [TestCase("<30>x", false, SyslogRefusal.UnknownSender)]
    [TestCase("", true, SyslogRefusal.Empty)]
    [TestCase("<999>x", true, SyslogRefusal.BadPriority)]
    public void Anything_else_is_refused_by_name(string text, bool isKnown, SyslogRefusal reason) =>
        Assert.That(SyslogDecision.Decide(Encoding.UTF8.GetBytes(text), isKnown ? Known : null), Is.EqualTo(new SyslogDecision.Refuse(reason)));
}
