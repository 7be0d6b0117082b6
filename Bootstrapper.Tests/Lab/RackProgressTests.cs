using NUnit.Framework;
using Sextant.Lab;
using Sextant.Primitives;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class RackProgressTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(15);
    private static readonly RackProgress Begun = RackProgress.Begin([LabSamples.Uefi, LabSamples.Bios], LabSamples.Noon);

    [Test]
    public void Each_stage_is_remembered_with_its_time()
    {
        var progress = Begun
            .After(Look(1, ("off", "waiting"), ("on", "waiting")))
            .After(Look(2, ("on", "waiting"), ("on", "waiting")))
            .After(Look(30, ("on", "booting"), ("on", "waiting")))
            .After(Look(31, ("on", "booting"), ("on", "booting")))
            .After(Look(90, ("on", "healthy"), ("on", "installing")));
        Assert.That(RackText.Milestones(progress), Is.EqualTo(new[]
        {
            "node1: powered on 0:02, booting 0:30, healthy 1:30",
            "node2: powered on 0:01, booting 0:31, installing 1:30",
        }));
    }

    [Test]
    public void A_silent_bootstrapper_changes_no_stage()
    {
        var progress = Begun.After(Look(1, ("on", "installing"), ("on", "installing"))).After(Look(2) with { Power = Power("on", "on") });
        Assert.That(progress.Machines.Select(machine => machine.Current.Label), Is.All.EqualTo("installing"));
        Assert.That(progress.BootstrapperAnswers, Is.False);
        Assert.That(progress.Judge(Timeout), Is.InstanceOf<RackVerdict.Pending>());
    }

    [Test]
    public void All_healthy_is_healthy() =>
        Assert.That(Begun.After(Look(1, ("on", "healthy"), ("on", "healthy"))).Judge(Timeout), Is.InstanceOf<RackVerdict.Healthy>());

    [Test]
    public void Health_that_nobody_vouches_for_is_none()
    {
        var progress = Begun.After(Look(1, ("on", "healthy"), ("on", "healthy"))).After(Look(2) with { Power = Power("on", "on") });
        Assert.That(progress.Judge(Timeout), Is.InstanceOf<RackVerdict.Pending>());
    }

    [Test]
    public void A_worker_is_done_when_it_is_enrolled()
    {
        var look = Look(1, ("on", "healthy"), ("on", "enrolled"));
        var worker = look.Nodes![1] with { Enrolled = true, EtcdMember = false };
        Assert.That(Begun.After(look with { Nodes = [look.Nodes[0], worker] }).Judge(Timeout), Is.InstanceOf<RackVerdict.Healthy>());
        Assert.That(Begun.After(look with { Nodes = [look.Nodes[0], worker with { EtcdMember = true }] }).Judge(Timeout), Is.InstanceOf<RackVerdict.Pending>());
    }

    [TestCase("off", "healthy")]
    [TestCase("on", "unhealthy")]
    [TestCase("on", "failed")]
    [TestCase("on", "waiting")]
    public void One_that_is_not_there_keeps_the_rack_pending(string power, string stage) =>
        Assert.That(Begun.After(Look(1, ("on", "healthy"), (power, stage))).Judge(Timeout), Is.InstanceOf<RackVerdict.Pending>());

    [Test]
    public void A_machine_that_waits_for_the_operator_would_wait_for_ever()
    {
        var verdict = Begun.After(Look(1, ("on", "healthy"), ("on", "held"))).Judge(Timeout);
        Assert.That(verdict is RackVerdict.Failed { Reason: "node2 waits for the operator", Stuck: [{ Machine.Hostname: "node2" }] }, Is.True);
    }

    [TestCase(5, false)]
    [TestCase(6, true)]
    public void An_emulator_that_ended_by_itself_will_not_come_back(int seconds, bool failed)
    {
        var gone = Begun.After(Look(10, ("on", "healthy"), ("crashed", "installing")));
        var verdict = gone.After(Look(10 + seconds, ("on", "healthy"), ("crashed", "installing"))).Judge(Timeout);
        Assert.That(verdict is RackVerdict.Failed { Reason: "QEMU of node2 ended by itself", Stuck: [{ Machine.Hostname: "node2" }] }, Is.EqualTo(failed));
        var switchedOff = gone.After(Look(10 + seconds, ("on", "healthy"), ("off", "installing"))).Judge(Timeout);
        Assert.That(switchedOff, Is.InstanceOf<RackVerdict.Pending>(), "it was the power switch");
    }

    [TestCase(899, false)]
    [TestCase(900, true)]
    public void Time_runs_out(int seconds, bool failed)
    {
        var verdict = Begun.After(Look(seconds, ("on", "healthy"), ("on", "installing"))).Judge(Timeout);
        Assert.That(verdict is RackVerdict.Failed { Reason: "not healthy after 15:00", Stuck: [{ Machine.Hostname: "node2" }] }, Is.EqualTo(failed));
    }

    [TestCase(60, false)]
    [TestCase(61, true)]
    public void A_bootstrapper_may_be_gone_for_a_minute(int seconds, bool failed)
    {
        var gone = Begun.After(Look(5) with { BootstrapperRuns = false });
        var verdict = gone.After(Look(5 + seconds) with { BootstrapperRuns = false }).Judge(Timeout);
        Assert.That(verdict is RackVerdict.Failed { Reason: "the bootstrapper does not run" }, Is.EqualTo(failed));
        Assert.That(gone.After(Look(30)).After(Look(5 + seconds) with { BootstrapperRuns = false }).Judge(Timeout), Is.InstanceOf<RackVerdict.Pending>());
    }

    internal static RackObservation Look(int second, params (string Power, string Stage)[] machines) => new(
        LabSamples.Noon.AddSeconds(second),
        BootstrapperRuns: true,
        machines.Length == 0 ? null : [.. machines.Select((machine, index) => new NodeStatus(
            Mac(index), machine.Stage, $"node{index + 1}", Enrolled: machine.Stage == "healthy", EtcdMember: true, EtcdHealthy: machine.Stage == "healthy"))],
        Power([.. machines.Select(machine => machine.Power)]));

    private static Dictionary<MacAddress, MachinePower> Power(params string[] power) =>
        power.Select((word, index) => (Mac: Mac(index), Power: Enum.Parse<MachinePower>(word, ignoreCase: true))).ToDictionary(pair => pair.Mac, pair => pair.Power);

    private static MacAddress Mac(int index) => MacAddress.Parse($"52:54:00:00:00:0{index + 1}");
}
