using NUnit.Framework;
using Sextant.Lab;

namespace Sextant.Tests.Lab;

[TestFixture]
public sealed class RackPlannerTests
{
    private static readonly RackFolder Folder = new("/var/tmp/rack");
    private static readonly RackRequest Request = new() { DescriptionFile = "/srv/cluster-desc.yaml", Program = ["/opt/sextant"] };

    [Test]
    public void A_rack_follows_its_description()
    {
        var plan = RackPlanner.Plan(LabSamples.Description(), Request, Folder, LabSamples.Noon);
        Assert.That(plan.Namespace, Is.EqualTo("sextant-lab"));
        Assert.That($"{plan.Bridge} {plan.Address}/{plan.PrefixLength}:{plan.HttpPort}", Is.EqualTo("sextant0 10.0.0.1/24:80"));
        Assert.That(plan.Machines.Select(machine => $"{machine.Hostname} {machine.Mac} {machine.Firmware} {machine.Tap}"), Is.EqualTo(new[]
        {
            "node1 52:54:00:00:00:01 Uefi tap0",
            "node2 52:54:00:00:00:02 Bios tap1",
            "node3 52:54:00:00:00:03 Uefi tap2",
        }));
        Assert.That(plan.Machines, Has.All.Matches<RackMachine>(machine => machine is { Emulator: null, PoweredOnAt: null }));
        Assert.That(plan.Url, Is.EqualTo("http://127.0.0.1:8080/"));
    }

    [TestCase(2)]
    [TestCase(3)]
    public void The_first_machines_of_the_description_are_taken(int count) => Assert.That(
        RackPlanner.Plan(LabSamples.Description(), Request with { Nodes = count }, Folder, LabSamples.Noon).Machines.Select(machine => machine.Hostname),
        Is.EqualTo(new[] { "node1", "node2", "node3" }.Take(count)));

    [Test]
    public void A_name_of_its_own_makes_a_second_rack_possible() =>
        Assert.That(RackPlanner.Plan(LabSamples.Description(), Request with { Name = "second" }, Folder, LabSamples.Noon).Namespace, Is.EqualTo("sextant-second"));

    [Test]
    public void Faulty_cables_are_every_machines()
    {
        var faults = new LinkFaults { Loss = 10 };
        var plan = RackPlanner.Plan(LabSamples.Description(), Request with { Faults = faults }, Folder, LabSamples.Noon);
        Assert.That(plan.Faults, Is.EqualTo(faults));
        Assert.That(plan.Machines, Has.All.Matches<RackMachine>(machine => machine is { HasFaultyCable: true }));
        Assert.That(RackStateFile.Parse(RackStateFile.Print(plan)).Faults, Is.EqualTo(faults));
    }

    private static IEnumerable<TestCaseData> Impossible()
    {
        yield return new TestCaseData(Request with { Nodes = 0 }, "--nodes must be 1 to 3");
        yield return new TestCaseData(Request with { Nodes = 1 }, "1 of 3 members of etcd, which is no majority");
        yield return new TestCaseData(Request with { Nodes = 4 }, "describes 3 nodes");
        yield return new TestCaseData(Request with { Size = new MachineSize(255, 1) }, "--memory must be 256");
        yield return new TestCaseData(Request with { Size = new MachineSize(1024, 0) }, "--processors must be 1 to 64");
        yield return new TestCaseData(Request with { Port = 0 }, "--port must be 1 to 65535");
        yield return new TestCaseData(Request with { Port = 65536 }, "--port must be 1 to 65535");
        yield return new TestCaseData(Request with { Name = "../lab" }, "--name '../lab'");
        yield return new TestCaseData(Request with { Name = "" }, "--name ''");
        yield return new TestCaseData(Request with { Name = new string('a', 64) }, "at most 63");
    }

    [TestCaseSource(nameof(Impossible))]
    public void A_request_that_cannot_be_met_says_why(RackRequest request, string reason) => Assert.That(
        () => RackPlanner.Plan(LabSamples.Description(), request, Folder, LabSamples.Noon),
        Throws.TypeOf<LabException>().With.Message.Contains(reason));

    [Test]
    public void A_bridge_name_the_kernel_cannot_hold_is_refused() => Assert.That(
        () => RackPlanner.Plan(LabSamples.Description(bridge: "sixteen-letters0"), Request, Folder, LabSamples.Noon),
        Throws.TypeOf<LabException>().With.Message.Contains("limit of 15"));

    [TestCase(RackFolder.SocketPathLimit, true)]
    [TestCase(RackFolder.SocketPathLimit + 1, false)]
    public void Socket_paths_must_fit(int longestPath, bool fits)
    {
        var folder = new RackFolder("/" + new string('d', longestPath - 1 - "/node1/console.sock".Length));
        Action plan = () => RackPlanner.Plan(LabSamples.Description(), Request, folder, LabSamples.Noon);
        if (fits) Assert.That(plan, Throws.Nothing);
        else Assert.That(plan, Throws.TypeOf<LabException>().With.Message.Contains("too long a path"));
    }
}
