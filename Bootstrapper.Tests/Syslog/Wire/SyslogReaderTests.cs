using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Syslog.Wire;

namespace Sextant.Tests.Syslog.Wire;

/// <summary>Messages as the RFCs have them and as senders write them.</summary>
[TestFixture]
public sealed class SyslogReaderTests
{
    private static readonly string[] Corpus =
    [
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed for lonvick on /dev/pts/8",
        "<165>1 2003-10-11T22:14:15.003Z mymachine evntslog 77 ID47 [exampleSDID@32473 iut=\"3\" eventSource=\"App\\\"l]\"][b x=\"y\"] An application event",
        "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
        "<13>Feb  5 17:32:18 root[123]: hello there",
        "<30>2026-11-27T09:00:00.123456+00:00 node1 anaconda: starting installer, one moment...\n",
        "<6>[    1.234567] virtio_net virtio0 eth0: link becomes ready\0",
        "plain text without anything",
    ];

    // RFC 5424 section 6.5, examples 1 and 3.
    [TestCase("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed", 4, SyslogSeverity.Critical, "mymachine.example.com", "su", "'su root' failed")]
    [TestCase("<165>1 2003-10-11T22:14:15.003Z h evntslog 77 ID47 [a@1 iut=\"3\" s=\"l\\\"]\"][b x=\"y\"] An event", 20, SyslogSeverity.Notice, "h", "evntslog[77]", "An event")]
    [TestCase("<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [a@1 iut=\"3\"]", 20, SyslogSeverity.Notice, "h", "evntslog", "[a@1 iut=\"3\"]")]
    [TestCase("<14>1 - - - - - -", 1, SyslogSeverity.Informational, "", "", "")]
    [TestCase("<14>1 - - - - - - x", 1, SyslogSeverity.Informational, "", "", "x")]
    // RFC 3164 section 5.4, example 1.
    [TestCase("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick", 4, SyslogSeverity.Critical, "mymachine", "su", "'su root' failed for lonvick")]
    // The C library's syslog() through a forwarder that adds nothing; BusyBox's logger.
    [TestCase("<13>Feb  5 17:32:18 root[123]: hello there", 1, SyslogSeverity.Notice, "", "root[123]", "hello there")]
    [TestCase("<13>Feb  5 17:32:18 (none) user.notice root: hello", 1, SyslogSeverity.Notice, "", "", "(none) user.notice root: hello")]
    // rsyslog's forward format, anaconda's among it.
    [TestCase("<30>2026-11-27T09:00:00.123456+00:00 node1 anaconda[7]: starting\n", 3, SyslogSeverity.Informational, "node1", "anaconda[7]", "starting")]
    // netconsole, with its priority and without.
    [TestCase("<6>[    1.2] virtio0 eth0: link ready", 0, SyslogSeverity.Informational, "", "", "[    1.2] virtio0 eth0: link ready")]
    [TestCase("[    1.2] eth0 up\n", 1, SyslogSeverity.Notice, "", "", "[    1.2] eth0 up")]
    // A switch.
    [TestCase("<189>45: *Mar  1 00:07:25.000: %LINK-3-UPDOWN: Interface up", 23, SyslogSeverity.Notice, "", "45", "*Mar  1 00:07:25.000: %LINK-3-UPDOWN: Interface up")]
    // A version 1 that is none.
    [TestCase("<13>1 is the first", 1, SyslogSeverity.Notice, "", "", "1 is the first")]
    [TestCase("<13>1 2003-10-11T22:14:15.003Z h p - - [broken", 1, SyslogSeverity.Notice, "", "", "1 2003-10-11T22:14:15.003Z h p - - [broken")]
    [TestCase("<0>x", 0, SyslogSeverity.Emergency, "", "", "x")]
    [TestCase("<191>x", 23, SyslogSeverity.Debug, "", "", "x")]
    public void A_message_is_read(string text, int facility, SyslogSeverity severity, string host, string tag, string said)
    {
        Assert.That(SyslogReader.TryRead(Encoding.UTF8.GetBytes(text), out var message, out var error), Is.True, error.ToString());
        Assert.That(message, Is.EqualTo(new SyslogMessage((byte)facility, severity, host, tag, said)));
    }

    [TestCase("", SyslogError.Empty)]
    [TestCase("\r\n\0", SyslogError.Empty)]
    [TestCase("<>x", SyslogError.BadPriority)]
    [TestCase("<192>x", SyslogError.BadPriority)]
    [TestCase("<1x>x", SyslogError.BadPriority)]
    [TestCase("<-1>x", SyslogError.BadPriority)]
    [TestCase("<13", SyslogError.BadPriority)]
    [TestCase("<0013>x", SyslogError.BadPriority)]
    public void What_is_no_message_says_why(string text, SyslogError expected)
    {
        Assert.That(SyslogReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(expected));
    }

    [Test]
    public void Octets_that_are_no_text_are_replaced()
    {
        Assert.That(SyslogReader.TryRead([(byte)'<', (byte)'1', (byte)'3', (byte)'>', 0xff, (byte)'x'], out var message, out _), Is.True);
        Assert.That(message.Text, Is.EqualTo("\uFFFDx"));
    }

    [Test]
    public void Every_prefix_and_every_changed_octet_is_read_or_refused()
    {
        foreach (var octets in Corpus.Select(Encoding.UTF8.GetBytes))
        {
            for (var length = 0; length <= octets.Length; length++) Read(octets.AsSpan(0, length));
            for (var at = 0; at < octets.Length; at++)
            {
                var changed = octets.ToArray();
                for (var value = 0; value < 256; value++)
                {
                    changed[at] = (byte)value;
                    Read(changed);
                }
            }
        }
    }

    [Test]
    public void Anything_is_read_or_refused() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<byte[]>(octets => Read(octets)));

    private static void Read(ReadOnlySpan<byte> octets)
    {
        var isRead = SyslogReader.TryRead(octets, out var message, out var error);
        Assert.That(isRead, Is.EqualTo(error is SyslogError.None));
        if (isRead) Assert.That((message.Facility <= 23, message.Severity <= SyslogSeverity.Debug, message.Text is not null), Is.EqualTo((true, true, true)));
    }
}
