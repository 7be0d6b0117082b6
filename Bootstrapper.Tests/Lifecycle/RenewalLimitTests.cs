using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Primitives;

namespace Sextant.Tests.Lifecycle;

[TestFixture]
public sealed class RenewalLimitTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");

    [Test]
    public void The_eleventh_within_an_hour_waits_until_the_first_is_an_hour_old()
    {
        var machine = Machine.New(Mac, Start);
        for (var minute = 0; minute < RenewalLimit.Limit; minute++)
        {
            Assert.That(WaitAt(machine, minute), Is.EqualTo(TimeSpan.Zero));
            machine = machine.Apply(new CertificateRenewed(Mac, Start.AddMinutes(minute), "etcd-peer", Start.AddYears(1)));
        }
        Assert.Multiple(() =>
        {
            Assert.That(WaitAt(machine, 10), Is.EqualTo(TimeSpan.FromMinutes(50)));
            Assert.That(WaitAt(machine, 59), Is.EqualTo(TimeSpan.FromMinutes(1)));
            Assert.That(WaitAt(machine, 60), Is.EqualTo(TimeSpan.Zero));
            Assert.That(RenewalLimit.WaitFor(machine.Renewals, "machine", Start.AddMinutes(10)), Is.EqualTo(TimeSpan.Zero), "another certificate");
        });
        machine = machine.Apply(new CertificateRenewed(Mac, Start.AddMinutes(60), "etcd-peer", Start.AddYears(1)));
        Assert.That(WaitAt(machine, 60), Is.EqualTo(TimeSpan.FromMinutes(1)), "the second one counts still");
        Assert.That(machine.Renewals!["etcd-peer"], Has.Count.EqualTo(RenewalLimit.Limit), "what counts no more is forgotten");
    }

    [Test]
    public void A_new_install_begins_anew()
    {
        var machine = Machine.New(Mac, Start);
        for (var turn = 0; turn < RenewalLimit.Limit; turn++) machine = machine.Apply(new CertificateRenewed(Mac, Start, "machine", Start.AddYears(1)));
        Assert.That(RenewalLimit.WaitFor(machine.Renewals, "machine", Start), Is.EqualTo(RenewalLimit.Window));
        machine = machine.Apply(new ScriptServed(Mac, Start.AddMinutes(1), BootAction.Install, 2));
        Assert.That(RenewalLimit.WaitFor(machine.Renewals, "machine", Start.AddMinutes(1)), Is.EqualTo(TimeSpan.Zero));
        Assert.That(machine.InstallBegan, Is.EqualTo(Start.AddMinutes(1)));
    }

    private static TimeSpan WaitAt(Machine machine, int minute) => RenewalLimit.WaitFor(machine.Renewals, "etcd-peer", Start.AddMinutes(minute));
}
