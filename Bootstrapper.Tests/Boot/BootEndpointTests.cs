using System.Net;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Lifecycle;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Boot;

/// <summary>Every document × whoever asks → status and event, over real connections from the addresses concerned.</summary>
[TestFixture]
public sealed class BootEndpointTests : ServedApplianceTests
{
    /// <summary>Who asks for machine 1.</summary>
    public enum Asker
    {
        /// <summary>Machine 1, from the address it leases.</summary>
        Itself,
        /// <summary>Machine 2, from its own lease.</summary>
        AnotherMachine,
        /// <summary>An address nobody leases.</summary>
        Stranger,
        /// <summary>The operator's socket.</summary>
        Operator,
    }

    /// <summary>How far machine 1 is.</summary>
    public enum State
    {
        Unseen,
        Leased,
        Installing,
        Installed,
        Held,
        ReinstallAsked,
    }

    private static readonly (string Method, string Document)[] Documents =
        [("GET", "script.ipxe"), ("GET", "install.env"), ("GET", "user-data"), ("GET", "meta-data"), ("POST", "report")];

    private static IEnumerable<object[]> WrongAskers() =>
        from document in Documents
        from asker in new[] { Asker.AnotherMachine, Asker.Stranger, Asker.Operator }
        from state in new[] { State.Unseen, State.Leased, State.Installing, State.Installed }
        select new object[] { document.Method, document.Document, asker, state };

    private static readonly object[][] RightAsker =
    [
        ["GET", "script.ipxe", State.Unseen, 403, typeof(Refused)],
        ["GET", "install.env", State.Unseen, 403, typeof(Refused)],
        ["GET", "user-data", State.Unseen, 403, typeof(Refused)],
        ["GET", "meta-data", State.Unseen, 403, typeof(Refused)],
        ["POST", "report", State.Unseen, 403, typeof(Refused)],
        ["GET", "script.ipxe", State.Leased, 200, typeof(ScriptServed)],
        ["GET", "install.env", State.Leased, 409, typeof(Refused)],
        ["GET", "user-data", State.Leased, 409, typeof(Refused)],
        ["GET", "meta-data", State.Leased, 409, typeof(Refused)],
        ["POST", "report", State.Leased, 409, typeof(Refused)],
        ["GET", "script.ipxe", State.Installing, 200, typeof(ScriptServed)],
        ["GET", "install.env", State.Installing, 200, null!],
        ["GET", "user-data", State.Installing, 200, typeof(ConfigServed)],
        ["GET", "meta-data", State.Installing, 200, null!],
        ["POST", "report", State.Installing, 200, typeof(Installing)],
        ["GET", "script.ipxe", State.Installed, 200, typeof(ScriptServed)],
        ["GET", "install.env", State.Installed, 409, typeof(Refused)],
        ["GET", "user-data", State.Installed, 409, typeof(Refused)],
        ["GET", "meta-data", State.Installed, 409, typeof(Refused)],
        ["POST", "report", State.Installed, 409, typeof(Refused)],
        ["GET", "script.ipxe", State.Held, 200, typeof(ScriptServed)],
        ["GET", "install.env", State.Held, 409, typeof(Refused)],
        ["GET", "user-data", State.Held, 409, typeof(Refused)],
        ["GET", "meta-data", State.Held, 409, typeof(Refused)],
        ["POST", "report", State.Held, 409, typeof(Refused)],
        ["GET", "script.ipxe", State.ReinstallAsked, 200, typeof(ScriptServed)],
        ["GET", "install.env", State.ReinstallAsked, 409, typeof(Refused)],
        ["GET", "user-data", State.ReinstallAsked, 409, typeof(Refused)],
        ["GET", "meta-data", State.ReinstallAsked, 409, typeof(Refused)],
        ["POST", "report", State.ReinstallAsked, 409, typeof(Refused)],
    ];

    [TestCaseSource(nameof(WrongAskers))]
    public async Task Nobody_else_gets_a_machines_documents(string method, string document, Asker asker, State state)
    {
        await Appliance.LeaseAsync(2);
        await BringAsync(state);
        var before = Appliance.Machines.Find(ServedAppliance.Mac(1));
        var (status, text) = await AskAsync(method, document, asker);
        Assert.That(status, Is.EqualTo(403));
        Assert.That(text, Does.Contain(ServedAppliance.Mac(1).ToString()).And.Contain("lease"));
        Assert.That(Appliance.LastEvent(1), Is.InstanceOf<Refused>().With.Property(nameof(Refused.Reason)).EqualTo(RefusalReason.WrongAddress));
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(1))!.Attempt, Is.EqualTo(before?.Attempt ?? 0));
    }

    [TestCaseSource(nameof(RightAsker))]
    public async Task A_machine_gets_what_its_state_allows(string method, string document, State state, int expected, Type? happened)
    {
        await BringAsync(state);
        var before = Appliance.LastEvent(1);
        var (status, text) = await AskAsync(method, document, Asker.Itself);
        Assert.That(status, Is.EqualTo(expected), text);
        if (happened is null) Assert.That(Appliance.LastEvent(1), Is.SameAs(before));
        else Assert.That(Appliance.LastEvent(1), Is.InstanceOf(happened).And.Not.SameAs(before));
        if (expected == 409) Assert.That(((Refused)Appliance.LastEvent(1)!).Reason, Is.EqualTo(RefusalReason.NotInstalling));
    }

    [Test]
    public async Task A_machine_is_told_to_install_and_then_to_start_from_disk_and_after_the_operators_word_to_install_again()
    {
        await Appliance.LeaseAsync(1);
        Assert.That(await ScriptAsync(), Does.StartWith("#!ipxe\n").And.Contain("/assets/debian/vmlinuz").And.Contain("attempt 1\n"));
        using var installed = await PostAsync("stage=installed&detail=/dev/vda");
        Assert.That(await ScriptAsync(), Does.Contain("starts from its disk").And.Not.Contain("vmlinuz"));
        Assert.That(await ScriptAsync(), Does.Contain("starts from its disk"));
        using var reinstall = await Appliance.Operator().PostAsync($"http://sextant/api/v1/nodes/{ServedAppliance.Mac(1)}/reinstall", null);
        Assert.That(await ScriptAsync(), Does.Contain("attempt 2\n"));
    }

    [Test]
    public async Task A_machine_is_wiped_at_the_operators_word_and_held_then()
    {
        await Appliance.EnrolAsync(1);
        using var wipe = await Appliance.Operator().PostAsync($"http://sextant/api/v1/nodes/{ServedAppliance.Mac(1)}/wipe", null);
        Assert.That(wipe.IsSuccessStatusCode);
        using (var early = await PostAsync("stage=wiped&detail=sda")) Assert.That(early.StatusCode, Is.EqualTo(HttpStatusCode.Conflict), "nothing is wiped before the live system starts");
        Assert.That(await ScriptAsync(), Does.Contain("# m1 52:54:00:00:00:01: erase the disks\n").And.Contain("/assets/debian/vmlinuz"));
        Assert.That(await Appliance.Client(1).GetStringAsync(Appliance.Url(1, "install.env")), Is.EqualTo("SEXTANT_TASK='wipe'\n"));
        using (var document = await Appliance.Client(1).GetAsync(Appliance.Url(1, "user-data"))) Assert.That(document.StatusCode, Is.EqualTo(HttpStatusCode.Conflict), "a wiped machine enrols nothing");
        using (var wrong = await PostAsync("stage=installed&detail=/dev/sda")) Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        using (var step = await PostAsync("stage=wiping&detail=erasing")) Assert.That(step.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using (var failed = await PostAsync("stage=failed&detail=could+not+erase+/dev/sda")) Assert.That(Appliance.LastEvent(1), Is.EqualTo(new WipeFailed(ServedAppliance.Mac(1), Appliance.LastEvent(1)!.At, "could not erase /dev/sda")));
        Assert.That(await ScriptAsync(), Does.Contain("erase the disks"), "it is tried again");
        for (var time = 0; time < 2; time++)
        {
            using var done = await PostAsync("stage=wiped&detail=erased+/dev/sda");
            Assert.That(done.StatusCode, Is.EqualTo(HttpStatusCode.OK), "an answer that was lost is asked for again");
        }
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(1)), Has.Property(nameof(Machine.HoldReason)).EqualTo(HoldReason.Wiped).And.Property(nameof(Machine.IsInstalled)).False);
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<Wiped>().Count(), Is.EqualTo(1));
        Assert.That(await ScriptAsync(), Does.Contain("Sextant holds").And.Contain("its disks were erased"));
    }

    [Test]
    public async Task A_machine_that_begins_too_many_installs_is_held_until_it_is_released()
    {
        await Appliance.LeaseAsync(1);
        for (var attempt = 1; attempt <= LoopDetector.Limit; attempt++) Assert.That(await ScriptAsync(), Does.Contain($"attempt {attempt}\n"));
        Assert.That(await ScriptAsync(), Does.Contain("Sextant holds").And.Contain(Words.Of(HoldReason.InstallLoop)));
        var events = Appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline;
        Assert.That(events[^2], Is.InstanceOf<Held>());
        Assert.That(events[^1], Is.InstanceOf<ScriptServed>().With.Property(nameof(ScriptServed.Action)).EqualTo(BootAction.Hold));
        _ = await ScriptAsync();
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline, Has.Count.EqualTo(events.Count), "waiting is told once");
        using var released = await Appliance.Operator().PostAsync($"http://sextant/api/v1/nodes/{ServedAppliance.Mac(1)}/release", null);
        Assert.That(released.IsSuccessStatusCode);
        Assert.That(await ScriptAsync(), Does.Contain($"attempt {LoopDetector.Limit + 1}\n"));
    }

    [Test]
    public async Task Two_requests_at_the_same_moment_begin_two_attempts_and_not_one_twice()
    {
        await Appliance.LeaseAsync(1);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Appliance.Client(1).GetStringAsync(Appliance.Url(1, "script.ipxe"))));
        var attempts = Appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<ScriptServed>().Select(served => served.Attempt);
        Assert.That(attempts, Is.EqualTo([1, 2, 3, 4]));
    }

    [Test]
    public async Task An_address_that_moved_to_another_machine_speaks_for_that_one_only()
    {
        await Appliance.LeaseAsync(1);
        await Appliance.Machines.RecordAsync(new Leased(ServedAppliance.Mac(2), Appliance.Time.GetUtcNow(), ServedAppliance.AddressOf(1), "iPXE"));
        var (status, _) = await AskAsync("GET", "script.ipxe", Asker.Itself);
        Assert.That(status, Is.EqualTo(403));
    }

    [TestCase("stage=installing&detail=partitioning+%2Fdev%2Fvda", typeof(Installing), "installing: partitioning /dev/vda")]
    [TestCase("stage=failed&detail=no%0Adisk%1b%5b2J", typeof(InstallFailed), "install failed: no disk [2J")]
    [TestCase("stage=installed&detail=/dev/sda", typeof(Installed), "installed to /dev/sda")]
    public async Task A_report_becomes_an_event(string form, Type happened, string summary)
    {
        await Appliance.BeginInstallAsync(1);
        using var answer = await PostAsync(form);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Appliance.LastEvent(1), Is.InstanceOf(happened).With.Property(nameof(MachineEvent.Summary)).EqualTo(summary));
    }

    [TestCase("")]
    [TestCase("stage=")]
    [TestCase("stage=finished")]
    [TestCase("detail=x")]
    [TestCase("a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r&s")]
    [TestCase("%%%")]
    public async Task A_report_of_no_known_stage_is_not_understood(string form)
    {
        await Appliance.BeginInstallAsync(1);
        using var answer = await PostAsync(form);
        Assert.That((int)answer.StatusCode, Is.EqualTo(422));
        Assert.That(Appliance.LastEvent(1), Is.InstanceOf<ScriptServed>());
    }

    [Test]
    public async Task A_report_that_is_too_large_is_refused()
    {
        await Appliance.BeginInstallAsync(1);
        using var answer = await PostAsync("stage=failed&detail=" + new string('x', 20_000));
        Assert.That((int)answer.StatusCode, Is.EqualTo(413));
    }

    [Test]
    public async Task An_installer_whose_answer_was_lost_may_say_installed_again()
    {
        await Appliance.InstallAsync(1);
        using var again = await PostAsync("stage=installed&detail=/dev/vda");
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(1))!.Timeline.OfType<Installed>(), Has.Exactly(1).Items);
        using var other = await PostAsync("stage=installed&detail=/dev/vdb");
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task A_stranger_waits_where_strangers_are_shown()
    {
        await Appliance.LeaseAsync(7);
        Assert.That(await Appliance.Client(7).GetStringAsync(Appliance.Url(7, "script.ipxe")), Does.Contain("not in the cluster description"));
        Assert.That(Appliance.LastEvent(7), Is.InstanceOf<ScriptServed>().With.Property(nameof(ScriptServed.Action)).EqualTo(BootAction.Discover));
    }

    [Test]
    public async Task Requests_for_invented_machines_leave_no_trace_in_the_store()
    {
        using var answer = await Appliance.Client(1).GetAsync(Appliance.Url(99, "script.ipxe"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(403));
        Assert.That(Appliance.Machines.Find(ServedAppliance.Mac(99)), Is.Null);
    }

    [TestCase("boot/not-a-mac/script.ipxe", "GET", 404)]
    [TestCase("boot/52-54-00-00-00-01/nothing", "GET", 404)]
    [TestCase("boot/52-54-00-00-00-01/script.ipxe", "POST", 405)]
    [TestCase("boot/52-54-00-00-00-01/report", "GET", 405)]
    [TestCase("assets/nothing", "GET", 404)]
    [TestCase("assets/../state/pki/sextant/ca.key", "GET", 404)]
    [TestCase("assets/%2e%2e/state", "GET", 404)]
    [TestCase("assets/debian", "GET", 404)]
    [TestCase("nothing", "GET", 404)]
    public async Task What_does_not_exist_says_so(string path, string method, int expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{Appliance.HttpBase}/{path}");
        using var answer = await Appliance.Client(1).SendAsync(request);
        Assert.That((int)answer.StatusCode, Is.EqualTo(expected));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.Not.Empty);
    }

    [Test]
    public async Task The_colon_form_of_an_address_is_the_same_machine()
    {
        await Appliance.LeaseAsync(1);
        Assert.That(await Appliance.Client(1).GetStringAsync($"{Appliance.HttpBase}/boot/{ServedAppliance.Mac(1)}/script.ipxe"), Does.StartWith("#!ipxe\n"));
    }

    [Test]
    public async Task Where_strangers_are_ignored_they_are_told_nothing()
    {
        await using var strict = await ServedAppliance.StartAsync(ServedAppliance.Cluster(UnknownMachines.Ignore));
        await strict.LeaseAsync(7);
        using var answer = await strict.Client(7).GetAsync(strict.Url(7, "script.ipxe"));
        Assert.That((int)answer.StatusCode, Is.EqualTo(403));
        Assert.That(strict.LastEvent(7), Is.InstanceOf<Refused>().With.Property(nameof(Refused.Reason)).EqualTo(RefusalReason.UnknownMachine));
    }

    private async Task BringAsync(State state)
    {
        switch (state)
        {
            case State.Unseen: break;
            case State.Leased: await Appliance.LeaseAsync(1); break;
            case State.Installing: await Appliance.BeginInstallAsync(1); break;
            case State.Installed: await Appliance.InstallAsync(1); break;
            case State.Held:
                await Appliance.BeginInstallAsync(1);
                await Appliance.Machines.RecordAsync(new Held(ServedAppliance.Mac(1), Appliance.Time.GetUtcNow(), HoldReason.Operator));
                break;
            case State.ReinstallAsked:
                await Appliance.BeginInstallAsync(1);
                await Appliance.Machines.RecordAsync(new ReinstallRequested(ServedAppliance.Mac(1), Appliance.Time.GetUtcNow()));
                break;
            default: throw new ArgumentOutOfRangeException(nameof(state));
        }
    }

    private async Task<(int Status, string Text)> AskAsync(string method, string document, Asker asker)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Appliance.Url(1, document));
        if (method == "POST") request.Content = new FormUrlEncodedContent([new("stage", "installing"), new("detail", "a step")]);
        var client = asker switch
        {
            Asker.Itself => Appliance.Client(1),
            Asker.AnotherMachine => Appliance.Client(2),
            Asker.Stranger => Appliance.Client("127.0.0.200"),
            Asker.Operator => Appliance.Operator(),
            _ => throw new ArgumentOutOfRangeException(nameof(asker)),
        };
        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private Task<string> ScriptAsync() => Appliance.Client(1).GetStringAsync(Appliance.Url(1, "script.ipxe"));

    private async Task<HttpResponseMessage> PostAsync(string form)
    {
        using var content = new StringContent(form, null, "application/x-www-form-urlencoded");
        return await Appliance.Client(1).PostAsync(Appliance.Url(1, "report"), content);
    }
}
