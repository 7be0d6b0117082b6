using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Lab;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Power;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Lab;

/// <summary>The rack's controllers as the service uses them: through its own description, over HTTP, without machines.</summary>
[TestFixture]
public sealed class RackControllersTests
{
    private readonly Switches switches = new();
    private TestKit.TemporaryFolder folder = null!;
    private WebApplication app = null!;
    private PowerControl control = null!;
    private MachineStore machines = null!;
    private PowerStates states = null!;

    [SetUp]
    public async Task Start()
    {
        folder = new TestKit.TemporaryFolder();
        var port = FreePort.Take();
        app = LabControllers.Compose(new RackControllers(switches, "secret"), kestrel => kestrel.Listen(IPAddress.Loopback, port));
        await app.StartAsync();
        var rack = new RackFolder(folder.File("rack"));
        Directory.CreateDirectory(rack.BootstrapperRun);
        File.WriteAllText(rack.ControllerPassword, "secret\n");
        var description = ClusterFile.Parse(RackDescription.With(Repository.Read("cluster-desc.example.yaml"), rack, port), "cluster-desc.yaml").Description!;
        machines = new MachineStore(new MemoryStore());
        states = new PowerStates();
        control = new PowerControl(new CurrentPlan(PlannedClusters.Plan(description)), folder.Path, machines, states, NullLogger<PowerControl>.Instance);
        switches.Machines = [.. description.Nodes.Select(node => new RackMachine(node.Hostname, node.Mac, MachineFirmware.Uefi, "tap0"))];
        switches.On.Clear();
    }

    [TearDown]
    public async Task Stop()
    {
        await app.DisposeAsync();
        await machines.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public async Task A_machine_is_switched_by_its_own_controller()
    {
        var machine = switches.Machines[1];
        Assert.That(control.Controlled, Is.EquivalentTo(switches.Machines.Select(one => one.Mac)));
        Assert.That(await DoAsync(PowerAction.Status), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(await DoAsync(PowerAction.NetworkBoot), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(switches.Machines[1].NetworkBootOnce, Is.True);
        Assert.That(await DoAsync(PowerAction.On), Is.EqualTo(new PowerOutcome.Done(PowerState.On)));
        Assert.That(await DoAsync(PowerAction.Cycle), Is.EqualTo(new PowerOutcome.Done(PowerState.On)));
        Assert.That(await DoAsync(PowerAction.Off), Is.EqualTo(new PowerOutcome.Done(PowerState.On)), "the operating system takes its time");
        Assert.That(await DoAsync(PowerAction.ForceOff), Is.EqualTo(new PowerOutcome.Done(PowerState.Off)));
        Assert.That(switches.Did, Is.EqualTo(new[] { "network node2", "on node2", "off node2", "on node2", "button node2", "off node2" }));
        Assert.That(states.Of(machine.Mac), Is.EqualTo(PowerState.Off));

        Task<PowerOutcome> DoAsync(PowerAction action) => control.DoAsync(machine.Mac, action, CancellationToken.None);
    }

    [Test]
    public async Task A_round_asks_every_controller()
    {
        switches.On.Add("node1");
        using var monitor = new PowerMonitor(control, states, machines, TimeProvider.System, NullLogger<PowerMonitor>.Instance);
        await monitor.RoundAsync(CancellationToken.None);
        Assert.That(switches.Machines.Select(machine => states.Of(machine.Mac)), Is.EqualTo(new[] { PowerState.On, PowerState.Off, PowerState.Off }));
    }

    [Test]
    public async Task A_machine_that_is_heard_although_it_was_off_is_asked_about_at_once()
    {
        var time = new FakeTime();
        var (pressed, silent) = (switches.Machines[1].Mac, switches.Machines[2].Mac);
        using var monitor = new PowerMonitor(control, states, machines, time, NullLogger<PowerMonitor>.Instance);
        await monitor.StartAsync(CancellationToken.None);
        Assert.That(() => switches.Machines.Select(machine => states.Of(machine.Mac)), Is.All.EqualTo(PowerState.Off).After(10_000, 20));
        switches.On.Add("node2");
        await machines.RecordAsync(new Discovered(pressed, time.GetUtcNow(), "UEFI x64"));
        Assert.That(() => states.Of(pressed), Is.EqualTo(PowerState.On).After(10_000, 20), "long before the next round");
        for (var count = 0; count < 5; count++) await OfSilentAsync();
        Assert.That(TimesAsked, Is.EqualTo(2).After(10_000, 20), "in the round, and once in doubt");
        time.Advance(PowerMonitor.DoubtPause);
        await OfSilentAsync();
        Assert.That(TimesAsked, Is.EqualTo(3).After(10_000, 20));
        await monitor.StopAsync(CancellationToken.None);

        Task OfSilentAsync() => machines.RecordAsync(new Held(silent, time.GetUtcNow(), HoldReason.Operator));

        int TimesAsked() => switches.Asked.Count(name => name == "node3");
    }

    [Test]
    public async Task A_wrong_password_is_refused_and_nothing_is_known_of_the_machine_then()
    {
        var mac = switches.Machines[0].Mac;
        await control.DoAsync(mac, PowerAction.Status, CancellationToken.None);
        File.WriteAllText(new RackFolder(folder.File("rack")).ControllerPassword, "wrong");
        var failed = (PowerOutcome.Failed)await control.DoAsync(mac, PowerAction.On, CancellationToken.None);
        Assert.That((failed.Reason, states.Of(mac)), Is.EqualTo((PowerFailure.Unauthorized, (PowerState?)null)));
        File.Delete(new RackFolder(folder.File("rack")).ControllerPassword);
        Assert.That(((PowerOutcome.Failed)await control.DoAsync(mac, PowerAction.On, CancellationToken.None)).Reason, Is.EqualTo(PowerFailure.NoCredentials));
    }

    [Test]
    public async Task A_machine_without_a_controller_is_told_apart() => Assert.That(
        ((PowerOutcome.Failed)await control.DoAsync(MacAddress.Parse("52:54:00:00:00:99"), PowerAction.On, CancellationToken.None)).Reason, Is.EqualTo(PowerFailure.NoController));

    [Test]
    public void A_description_that_names_files_beside_it_or_controllers_of_its_own_is_not_copied()
    {
        var rack = new RackFolder(folder.File("rack"));
        var text = Repository.Read("cluster-desc.example.yaml");
        Assert.That(RackDescription.IsPossible(text, Parsed(text), rack), Is.True);
        var own = text + "\nbmc: { url: 'https://{hostname}.example', username: a, password_file: /b }\n";
        Assert.That(RackDescription.IsPossible(own, Parsed(own), rack), Is.False);

        static ClusterDescription Parsed(string yaml) => ClusterFile.Parse(yaml, "x").Description!;
    }

    /// <summary>Power switches without machines behind them.</summary>
    private sealed class Switches : IPowerSwitches
    {
        public List<RackMachine> Machines { get; set; } = [];

        public HashSet<string> On { get; } = [];

        public List<string> Did { get; } = [];

        public ConcurrentQueue<string> Asked { get; } = [];

        public RackMachine? Find(string hostname) => Machines.Find(machine => machine.Hostname == hostname);

        public bool IsOn(RackMachine machine)
        {
            Asked.Enqueue(machine.Hostname);
            return On.Contains(machine.Hostname);
        }

        public Task PowerOnAsync(RackMachine machine, CancellationToken cancellation) => Does("on", machine, () => On.Add(machine.Hostname));

        public Task PowerOffAsync(RackMachine machine, CancellationToken cancellation) => Does("off", machine, () => On.Remove(machine.Hostname));

        public Task ResetAsync(RackMachine machine, CancellationToken cancellation) => Does("reset", machine, () => { });

        public Task PressButtonAsync(RackMachine machine, CancellationToken cancellation) => Does("button", machine, () => { });

        public Task BootFromNetworkAsync(RackMachine machine, CancellationToken cancellation) =>
            Does("network", machine, () => Machines[Machines.FindIndex(one => one.Mac == machine.Mac)] = machine with { NetworkBootOnce = true });

        private Task Does(string what, RackMachine machine, Action act)
        {
            Did.Add($"{what} {machine.Hostname}");
            act();
            return Task.CompletedTask;
        }
    }
}
