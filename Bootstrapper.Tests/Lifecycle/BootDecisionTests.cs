using NUnit.Framework;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Lifecycle;

[TestFixture]
public sealed class BootDecisionTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("52:54:00:00:00:01");
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static IEnumerable<TestCaseData> Table()
    {
        yield return Row("a planned machine never seen before", null, Entitlement.Node, new BootDecision.Install(1));
        yield return Row("a stranger the file ignores", null, Entitlement.Ignored, new BootDecision.Ignore(IgnoreReason.UnknownMachine));
        yield return Row("a stranger the file shows", null, Entitlement.Discovered, new BootDecision.Discover());
        yield return Row("a planned machine whose install was cut off", After(Script(1)), Entitlement.Node, new BootDecision.Install(2));
        yield return Row("a machine whose installer failed", After(Script(1), new InstallFailed(Mac, Start, "no disk")), Entitlement.Node, new BootDecision.Install(2));
        yield return Row("an installed machine", After(Script(1), Installed()), Entitlement.Node, new BootDecision.BootLocalDisk());
        yield return Row("an enrolled machine", After(Script(1), Installed(), new Enrolled(Mac, Start)), Entitlement.Node, new BootDecision.BootLocalDisk());
        yield return Row("an installed machine that was taken out of the file", After(Script(1), Installed()), Entitlement.Ignored, new BootDecision.BootLocalDisk());
        yield return Row("an installed machine of a file that only shows strangers", After(Script(1), Installed()), Entitlement.Discovered, new BootDecision.BootLocalDisk());
        yield return Row("an installed machine asked to be reinstalled", After(Script(1), Installed(), new ReinstallRequested(Mac, Start)), Entitlement.Node, new BootDecision.Install(2));
        yield return Row("a machine the operator holds", After(new Held(Mac, Start, HoldReason.Operator)), Entitlement.Node, new BootDecision.Hold(HoldReason.Operator));
        yield return Row("an installed machine the operator holds", After(Script(1), Installed(), new Held(Mac, Start, HoldReason.Operator)), Entitlement.Node, new BootDecision.Hold(HoldReason.Operator));
        yield return Row("a held machine that was taken out of the file", After(new Held(Mac, Start, HoldReason.Operator)), Entitlement.Ignored, new BootDecision.Hold(HoldReason.Operator));
        yield return Row("a machine that began its last allowed install", After(Scripts(LoopDetector.Limit - 1)), Entitlement.Node, new BootDecision.Install(LoopDetector.Limit));
        yield return Row("a machine that is installed again and again", After(Scripts(LoopDetector.Limit)), Entitlement.Node, new BootDecision.Hold(HoldReason.InstallLoop));
        yield return Row("a looping machine that was released", After([.. Scripts(LoopDetector.Limit), new Held(Mac, Start, HoldReason.InstallLoop), new Released(Mac, Start)]),
            Entitlement.Node, new BootDecision.Install(LoopDetector.Limit + 1));
    }

    private static IEnumerable<TestCaseData> Wipes()
    {
        var wanted = After(Script(1), Installed(), new WipeRequested(Mac, Start));
        var begun = Enumerable.Range(0, LoopDetector.Limit).Select(minute => (MachineEvent)new ScriptServed(Mac, Start.AddMinutes(minute), BootAction.Wipe, 0)).ToArray();
        yield return Row("an installed machine that is to be wiped", wanted, Entitlement.Node, new BootDecision.Wipe());
        yield return Row("one that was taken out of the file meanwhile", wanted, Entitlement.Discovered, new BootDecision.Discover());
        yield return Row("one whose wipe was cut off", wanted.Apply(begun[0]), Entitlement.Node, new BootDecision.Wipe());
        yield return Row("one whose wipe failed", wanted.Apply(begun[0]).Apply(new WipeFailed(Mac, Start, "a disk")), Entitlement.Node, new BootDecision.Wipe());
        yield return Row("one that begins to be wiped again and again", begun.Aggregate(wanted, (machine, happened) => machine.Apply(happened)), Entitlement.Node, new BootDecision.Hold(HoldReason.WipeLoop));
        yield return Row("a wiped machine", wanted.Apply(begun[0]).Apply(new Wiped(Mac, Start, "sda")), Entitlement.Node, new BootDecision.Hold(HoldReason.Wiped));
        yield return Row("a wiped machine that was released", wanted.Apply(begun[0]).Apply(new Wiped(Mac, Start, "sda")).Apply(new Released(Mac, Start)), Entitlement.Node, new BootDecision.Install(2));
        yield return Row("one the operator held before it booted", wanted.Apply(new Held(Mac, Start, HoldReason.Operator)), Entitlement.Node, new BootDecision.Hold(HoldReason.Operator));
        yield return Row("one that is to be installed after all", wanted.Apply(new ReinstallRequested(Mac, Start)), Entitlement.Node, new BootDecision.Install(2));
    }

    [TestCaseSource(nameof(Table)), TestCaseSource(nameof(Wipes))]
    public void The_decision_table(object? machine, Entitlement entitlement, object expected) =>
        Assert.That(BootDecision.Decide((Machine?)machine, entitlement, Start.AddMinutes(10)), Is.EqualTo(expected));

    [Test]
    public void Installs_of_long_ago_do_not_count_as_a_loop()
    {
        var machine = After(Scripts(LoopDetector.Limit));
        Assert.That(BootDecision.Decide(machine, Entitlement.Node, Start + LoopDetector.Window + TimeSpan.FromMinutes(10)), Is.EqualTo(new BootDecision.Install(LoopDetector.Limit + 1)));
    }

    [Test]
    public void No_history_lets_an_installed_machine_be_installed_again_unless_the_operator_asks()
    {
        var random = new Random(7);
        for (var run = 0; run < 2000; run++)
        {
            var machine = After(Script(1), Installed());
            for (var step = 0; step < 12; step++)
            {
                machine = machine.Apply(Anything(random, Start.AddSeconds(step)));
                var decision = BootDecision.Decide(machine, Entitlement.Node, Start.AddSeconds(step));
                Assert.That(decision, Is.Not.InstanceOf<BootDecision.Install>(), string.Join(", ", machine.Timeline.Select(happened => happened.Summary)));
            }
        }
    }

    private static TestCaseData Row(string name, Machine? machine, Entitlement entitlement, BootDecision expected) =>
        new TestCaseData(machine, entitlement, expected).SetArgDisplayNames(name);

    private static Machine After(params MachineEvent[] events) => events.Aggregate(Machine.New(Mac, Start), (machine, happened) => machine.Apply(happened));

    private static ScriptServed Script(int attempt) => new(Mac, Start.AddMinutes(attempt - 1), BootAction.Install, attempt);

    private static MachineEvent[] Scripts(int count) => [.. Enumerable.Range(1, count).Select(Script)];

    private static Installed Installed() => new(Mac, Start, "/dev/vda");

    /// <summary>Whatever can happen to an installed machine but for an operator's reinstall, and for scripts that only that decision serves.</summary>
    private static MachineEvent Anything(Random random, DateTimeOffset at) => random.Next(9) switch
    {
        0 => new Leased(Mac, at, Ipv4Address.Parse("10.0.0.11"), "UEFI x64"),
        1 => new BootFileSent(Mac, at, "snponly.efi", "TFTP", 1),
        2 => new ScriptServed(Mac, at, BootAction.BootLocalDisk, 0),
        3 => new Enrolled(Mac, at),
        4 => new EtcdHealthChanged(Mac, at, random.Next(2) == 0, ""),
        5 => new Refused(Mac, at, RefusalReason.WrongAddress, "10.0.0.66", "user-data"),
        6 => new Held(Mac, at, HoldReason.Operator),
        7 => new Released(Mac, at),
        _ => new AssetProgress(Mac, at, "debian/vmlinuz", 1, 2),
    };
}
