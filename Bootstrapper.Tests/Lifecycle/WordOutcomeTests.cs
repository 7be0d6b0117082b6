using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Lifecycle;

[TestFixture]
public sealed class WordOutcomeTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly MacAddress Mac = MacOf(1);

    /// <summary>One cluster to a row: a letter for each planned member, m1 first. H: healthy; U: unhealthy; -: nothing on its disk. Then whether m1's disk may be emptied.</summary>
    [TestCase("HHH", true)]
    [TestCase("HHU", false)]
    [TestCase("HH-", false)]
    [TestCase("HUU", false)]
    [TestCase("H--", false)]
    [TestCase("UHH", true)]
    [TestCase("UHU", false)]
    [TestCase("-HH", true)]
    [TestCase("---", true)]
    [TestCase("-UU", true)]
    [TestCase("HHHHH", true)]
    [TestCase("HHHHU", true)]
    [TestCase("HHHUU", false)]
    [TestCase("UUHHH", true)]
    [TestCase("UUUHH", false)]
    [TestCase("H", false)]
    [TestCase("U", false)]
    [TestCase("-", true)]
    public void A_members_disk_is_emptied_only_when_the_others_can_decide(string cluster, bool may)
    {
        var members = cluster.Select((letter, index) => new EtcdStanding(MacOf(index + 1), $"m{index + 1}", letter is not '-', letter is 'H')).ToList();
        Assert.That(EtcdQuorum.BrokenBy(members, Mac) is null, Is.EqualTo(may));
        Assert.That(EtcdQuorum.BrokenBy(members, MacOf(9)), Is.Null, "a machine that is no member empties nothing of etcd");
        var context = new WordContext(Mac, Machine.New(Mac, Now), true, Entitlement.Node, members, false);
        foreach (var (word, happened) in ((OperatorWord, MachineEvent)[])[(OperatorWord.Reinstall, new ReinstallRequested(Mac, Now)), (OperatorWord.Wipe, new WipeRequested(Mac, Now))])
        {
            var outcome = WordOutcome.Decide(word, context, "", force: false, Now);
            Assert.That(outcome, may ? Is.EqualTo(new WordOutcome.Carried(happened)) : Is.InstanceOf<WordOutcome.Refused>());
            if (outcome is WordOutcome.Refused refused) Assert.That((refused.Reason, refused.Forcible), Is.EqualTo((WordRefusal.EtcdQuorum, true)));
            Assert.That(WordOutcome.Decide(word, context, "", force: true, Now), Is.EqualTo(new WordOutcome.Carried(happened)));
        }
    }

    [Test]
    public void A_broken_quorum_is_explained_with_names()
    {
        EtcdStanding[] members = [new(Mac, "m1", true, true), new(MacOf(2), "m2", true, false), new(MacOf(3), "m3", false, false)];
        Assert.That(EtcdQuorum.BrokenBy(members, Mac), Is.EqualTo("Without m1 etcd has 0 healthy of 3 members, and 2 are needed: m2 is unhealthy, m3 has not joined."));
    }

    private static IEnumerable<TestCaseData> Table()
    {
        var seen = Machine.New(Mac, Now);
        var installing = seen.Apply(new ScriptServed(Mac, Now, BootAction.Install, 1));
        var installed = installing.Apply(new Installed(Mac, Now, "/dev/sda"));
        var enrolled = installed.Apply(new Enrolled(Mac, Now));
        var held = enrolled.Apply(new Held(Mac, Now, HoldReason.Operator));
        var holder = enrolled.Apply(new EtcdHealthChanged(Mac, Now, true, ""));
        var approved = new WordOutcome.Carried(new Approved(Mac, Now));

        yield return Row("approve a machine that was never seen", OperatorWord.Approve, null, WordRefusal.NotEnrolling);
        yield return Row("approve before the install", OperatorWord.Approve, seen, WordRefusal.NotEnrolling);
        yield return Row("approve during the install", OperatorWord.Approve, installing, approved);
        yield return Row("approve after the install", OperatorWord.Approve, installed, approved);
        yield return Row("approve twice", OperatorWord.Approve, installed.Apply(new Approved(Mac, Now)), new WordOutcome.Already());
        yield return Row("approve what has its certificates", OperatorWord.Approve, enrolled, WordRefusal.NotEnrolling);
        yield return Row("hold a machine that was never seen", OperatorWord.Hold, null, new WordOutcome.Carried(new Held(Mac, Now, HoldReason.Operator, "why")));
        yield return Row("hold", OperatorWord.Hold, enrolled, new WordOutcome.Carried(new Held(Mac, Now, HoldReason.Operator, "why")));
        yield return Row("release", OperatorWord.Release, held, new WordOutcome.Carried(new Released(Mac, Now)));
        yield return Row("release what is not held", OperatorWord.Release, enrolled, new WordOutcome.Already());
        yield return Row("release a machine that was never seen", OperatorWord.Release, null, new WordOutcome.Already());
        yield return Row("reinstall", OperatorWord.Reinstall, enrolled, new WordOutcome.Carried(new ReinstallRequested(Mac, Now)));
        yield return Row("wipe", OperatorWord.Wipe, enrolled, new WordOutcome.Carried(new WipeRequested(Mac, Now)));
        yield return Row("wipe a stranger that may join", OperatorWord.Wipe, seen, new WordOutcome.Carried(new WipeRequested(Mac, Now)), inDescription: false, entitlement: Entitlement.Node);
        yield return Row("wipe a stranger", OperatorWord.Wipe, seen, WordRefusal.NotInDescription, inDescription: false, force: true);
        yield return Row("forget what the file names", OperatorWord.Forget, enrolled, WordRefusal.InDescription);
        yield return Row("forget what the file names, by force", OperatorWord.Forget, enrolled, WordRefusal.InDescription, force: true);
        yield return Row("forget a stranger", OperatorWord.Forget, seen, new WordOutcome.Forgotten(), inDescription: false);
        yield return Row("forget one that holds data beside others", OperatorWord.Forget, holder, new WordOutcome.Forgotten(), inDescription: false);
        yield return Row("forget the last that holds data", OperatorWord.Forget, holder, WordRefusal.LastEtcdData, inDescription: false, isLast: true);
        yield return Row("forget the last that holds data, by force", OperatorWord.Forget, holder, new WordOutcome.Forgotten(), inDescription: false, isLast: true, force: true);
    }

    [TestCaseSource(nameof(Table))]
    public void The_decision_table(OperatorWord word, object context, bool force, object expected)
    {
        var outcome = WordOutcome.Decide(word, (WordContext)context, "why", force, Now);
        if (expected is WordRefusal reason) Assert.That((outcome as WordOutcome.Refused)?.Reason, Is.EqualTo(reason));
        else Assert.That(outcome, Is.EqualTo(expected));
    }

    [Test]
    public void A_note_is_told_where_the_machine_is_held_and_a_later_one_takes_its_place()
    {
        var held = Machine.New(Mac, Now).Apply(new Held(Mac, Now, HoldReason.Operator, "fan is loud"));
        Assert.That((held.Stage, held.Detail), Is.EqualTo((MachineStage.Held, "the operator holds it: fan is loud")));
        Assert.That(held.Apply(new Held(Mac, Now.AddHours(1), HoldReason.Operator, "fan is ordered")).Detail, Is.EqualTo("the operator holds it: fan is ordered"));
        Assert.That(held.Apply(new Held(Mac, Now.AddHours(1), HoldReason.Operator, "")).StageSince, Is.EqualTo(Now));
    }

    private static MacAddress MacOf(int number) => MacAddress.Parse($"52:54:00:00:00:{number:x2}");

    private static TestCaseData Row(string name, OperatorWord word, Machine? machine, object expected, bool inDescription = true, bool isLast = false, bool force = false,
        Entitlement? entitlement = null) =>
        new TestCaseData(word, new WordContext(Mac, machine, inDescription, entitlement ?? (inDescription ? Entitlement.Node : Entitlement.Discovered), [], isLast), force, expected).SetArgDisplayNames(name);
}
