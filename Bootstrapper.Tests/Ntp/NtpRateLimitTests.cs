using NUnit.Framework;
using Sextant.Ntp;
using Sextant.Primitives;

namespace Sextant.Tests.Ntp;

[TestFixture]
public sealed class NtpRateLimitTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Ipv4Address Client = Ipv4Address.Parse("10.0.0.11");

    [Test]
    public void A_burst_is_admitted_then_one_kiss_then_silence_until_it_waits()
    {
        var limit = new NtpRateLimit();
        for (var i = 0; i < NtpRateLimit.Burst; i++) Assert.That(limit.Admit(Client, Now), Is.EqualTo(NtpAdmission.Admitted), $"packet {i}");
        Assert.That(limit.Admit(Client, Now), Is.EqualTo(NtpAdmission.Kissed));
        Assert.That(limit.Admit(Client, Now), Is.EqualTo(NtpAdmission.Refused));
        Assert.That(limit.Admit(Client, Now + NtpRateLimit.Interval), Is.EqualTo(NtpAdmission.Admitted));
        Assert.That(limit.Admit(Client, Now + NtpRateLimit.Interval), Is.EqualTo(NtpAdmission.Refused), "it was told");
        for (var i = 0; i < NtpRateLimit.Burst; i++) Assert.That(limit.Admit(Client, Now.AddMinutes(1)), Is.EqualTo(NtpAdmission.Admitted));
        Assert.That(limit.Admit(Client, Now.AddMinutes(1)), Is.EqualTo(NtpAdmission.Kissed), "told anew");
    }

    [Test]
    public void A_client_that_keeps_the_interval_is_never_refused()
    {
        var limit = new NtpRateLimit();
        for (var i = 0; i < 1000; i++) Assert.That(limit.Admit(Client, Now + NtpRateLimit.Interval * i), Is.EqualTo(NtpAdmission.Admitted));
    }

    [Test]
    public void A_clock_that_is_set_back_locks_nobody_out()
    {
        var limit = new NtpRateLimit();
        limit.Admit(Client, Now.AddYears(1));
        Assert.That(limit.Admit(Client, Now), Is.EqualTo(NtpAdmission.Admitted));
    }

    [Test]
    public void A_flood_of_addresses_fills_the_table_and_no_more()
    {
        var limit = new NtpRateLimit();
        for (var i = 0u; i < 3 * NtpRateLimit.Capacity; i++)
        {
            Assert.That(limit.Admit(new Ipv4Address(0x0a000000 + i), Now), Is.EqualTo(NtpAdmission.Admitted));
            Assert.That(limit.Count, Is.LessThanOrEqualTo(NtpRateLimit.Capacity));
        }
    }
}
