using NUnit.Framework;
using Sextant.Ntp;
using Sextant.Ntp.Wire;
using Sextant.Primitives;

namespace Sextant.Tests.Ntp;

/// <summary>The answers of the time service, by the sections of RFC 5905.</summary>
[TestFixture]
public sealed class NtpDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly HostClock Right = new(true, LeapIndicator.None, TimeSpan.FromMilliseconds(25), Now.AddSeconds(-1));
    private static readonly HostClock Wrong = new(false, LeapIndicator.None, TimeSpan.FromSeconds(16), Now.AddSeconds(-1));
    private static readonly uint Server = Ipv4Address.Parse("10.0.0.1").Value;

    private static NtpPacket Request => new() { Version = 4, Mode = NtpMode.Client, Poll = 6, Precision = -23, Transmit = new NtpTimestamp(0x0123456789abcdef), Leap = LeapIndicator.Unknown };

    [Test]
    public void RFC_5905_9_2_a_client_gets_its_timestamp_its_poll_and_its_version_back_in_mode_4()
    {
        var answer = Answer(Request, Right);
        Assert.That((answer.Mode, answer.Version, answer.Poll), Is.EqualTo((NtpMode.Server, (byte)4, (sbyte)6)));
        Assert.That((answer.Origin, answer.Receive), Is.EqualTo((Request.Transmit, NtpTimestamp.Of(Now))));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void RFC_5905_14_an_SNTP_client_of_any_version_is_answered_in_it(int version)
    {
        // Such a client sends the first octet and zeros.
        var answer = Answer(new NtpPacket { Version = (byte)version, Mode = NtpMode.Client }, Right);
        Assert.That((answer.Version, answer.Mode, answer.Stratum), Is.EqualTo(((byte)version, NtpMode.Server, NtpDecision.SynchronisedStratum)));
    }

    [Test]
    public void RFC_5905_7_3_a_synchronised_clock_is_served_with_its_error()
    {
        var answer = Answer(Request, Right);
        Assert.That((answer.Leap, answer.Stratum, answer.ReferenceId), Is.EqualTo((LeapIndicator.None, NtpDecision.SynchronisedStratum, Server)));
        Assert.That(answer.RootDispersion / 65536.0, Is.EqualTo(0.025).Within(0.0001));
        Assert.That(answer.Reference, Is.EqualTo(NtpTimestamp.Of(Right.ReadAt)));
    }

    [Test]
    public void RFC_5905_7_3_a_clock_that_nothing_keeps_right_is_said_to_be_unsynchronised()
    {
        var answer = Answer(Request, Wrong);
        Assert.That((answer.Leap, answer.Stratum, Letters(answer.ReferenceId)), Is.EqualTo((LeapIndicator.Unknown, (byte)0, "INIT")), "16 is sent as 0");
        Assert.That(answer.Receive.IsZero, Is.False, "whoever wants the time all the same has it");
    }

    [Test]
    public void A_local_stratum_serves_the_own_clock_while_it_is_unsynchronised_and_no_longer()
    {
        var answer = Answer(Request, Wrong, localStratum: 10);
        Assert.That((answer.Leap, answer.Stratum, Letters(answer.ReferenceId)), Is.EqualTo((LeapIndicator.None, (byte)10, "LOCL")));
        Assert.That(Answer(Request, Right, localStratum: 10).Stratum, Is.EqualTo(NtpDecision.SynchronisedStratum));
    }

    [TestCase(LeapIndicator.Inserted)]
    [TestCase(LeapIndicator.Deleted)]
    public void RFC_5905_7_3_a_leap_second_is_announced(LeapIndicator leap) => Assert.That(Answer(Request, Right with { Leap = leap }).Leap, Is.EqualTo(leap));

    [TestCase(NtpMode.Reserved)]
    [TestCase(NtpMode.SymmetricActive)]
    [TestCase(NtpMode.SymmetricPassive)]
    [TestCase(NtpMode.Server)]
    [TestCase(NtpMode.Broadcast)]
    [TestCase(NtpMode.Control)]
    [TestCase(NtpMode.Private)]
    public void RFC_5905_9_2_nobody_but_a_client_is_answered(NtpMode mode) =>
        Assert.That(NtpDecision.Decide(Request with { Mode = mode }, Now, Right, null, Server, NtpAdmission.Admitted), Is.EqualTo(new NtpOutcome.Silence(NtpRefusal.NotClient)));

    [Test]
    public void RFC_5905_7_4_who_asks_too_often_is_told_RATE_once_and_then_nothing()
    {
        var kiss = ((NtpOutcome.Answer)NtpDecision.Decide(Request, Now, Right, null, Server, NtpAdmission.Kissed)).Packet;
        Assert.That((kiss.Leap, kiss.Stratum, Letters(kiss.ReferenceId), kiss.Origin), Is.EqualTo((LeapIndicator.Unknown, (byte)0, "RATE", Request.Transmit)));
        Assert.That(NtpDecision.Decide(Request, Now, Right, null, Server, NtpAdmission.Refused), Is.EqualTo(new NtpOutcome.Silence(NtpRefusal.TooOften)));
    }

    private static NtpPacket Answer(NtpPacket request, HostClock clock, byte? localStratum = null) =>
        ((NtpOutcome.Answer)NtpDecision.Decide(request, Now, clock, localStratum, Server, NtpAdmission.Admitted)).Packet;

    private static string Letters(uint reference) => new([(char)(reference >> 24), (char)(reference >> 16 & 255), (char)(reference >> 8 & 255), (char)(reference & 255)]);
}
