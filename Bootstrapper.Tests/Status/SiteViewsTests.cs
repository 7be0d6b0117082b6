using System.Net.Http.Json;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Dhcp;
using Sextant.Dns;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Status;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status;

/// <summary>What the page shows besides machines' stages: histories, health, leases, names, files, images.</summary>
[TestFixture]
public sealed class SiteViewsTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MacAddress Mac = ServedAppliance.Mac(1);

    [Test]
    public async Task Every_view_answers_over_the_API()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var client = appliance.Client("127.0.0.99");
        await appliance.EnrolAsync(1);
        await appliance.Machines.RecordAsync(new EtcdHealthChanged(Mac, appliance.Time.GetUtcNow(), false, "no leader"));
        appliance.Part<AnsweringApis>().Addresses = [ServedAppliance.AddressOf(2)];
        appliance.Part<ClusterStanding>().Answer = KubernetesAnswer.None with { Nodes = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary([KeyValuePair.Create("m2", new NodeCondition(false, Now, "no network", "v1"))]) };

        var health = await GetAsync("health", StatusJson.Default.HealthView);
        Assert.That((health.Members[0].Healthy, health.Members[0].Detail, health.Members[1].Healthy), Is.EqualTo(((bool?)false, "no leader", (bool?)null)));
        Assert.That(health.Masters.Select(master => master.Answers), Is.EqualTo(new[] { false, true, false }));
        Assert.That(health.Kubernetes.Nodes.Single(), Is.EqualTo(new KubernetesNodeView("m2", false, Now, "no network", "v1")));
        Assert.That((await GetAsync("nodes", StatusJson.Default.IReadOnlyListNodeView)).Select(node => node.NodeReady), Is.EqualTo(new bool?[] { null, false, null }));

        Assert.That((await GetAsync("history", StatusJson.Default.IReadOnlyListHistoryLine))[0], Has.Property("Kind").EqualTo("etcd-health").And.Property("Mac").EqualTo(Mac));
        Assert.That(await GetAsync("leases", StatusJson.Default.IReadOnlyListLeaseView), Is.Empty);
        Assert.That((await GetAsync("zone", StatusJson.Default.ZoneView)).Records, Has.Some.EqualTo(new ZoneRecordView("api.demo.example", "A", "127.0.0.12", "health")));
        Assert.That((await GetAsync("registry", StatusJson.Default.RegistryView)).IsHere, Is.True);
        Assert.That((await GetAsync("transfers", StatusJson.Default.TransfersView)).Limit, Is.Positive);
        File.Delete(Path.Combine(appliance.AssetsFolder, "debian", "vmlinuz"));
        using (await client.GetAsync(appliance.HttpBase + "/assets/debian/vmlinuz")) { }
        Assert.That((await GetAsync("assets", StatusJson.Default.AssetsView)).Assets.Single(asset => asset.Path == "debian/vmlinuz"), Has.Property("State").EqualTo("damaged").And.Property("Remark").Contains("is missing"));

        async Task<T> GetAsync<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => (await client.GetFromJsonAsync($"{appliance.HttpBase}/api/v1/{path}", type))!;
    }

    [Test]
    public async Task A_machines_story_has_what_it_was_given_and_nothing_of_what_is_in_it()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        var ticket = await appliance.InstallAsync(1);
        using var kernel = await appliance.Client(1).GetAsync(appliance.HttpBase + "/assets/debian/vmlinuz");
        await kernel.Content.ReadAsByteArrayAsync();
        await appliance.Machines.RecordAsync(new CertificateIssued(Mac, appliance.Time.GetUtcNow(), "etcd-server", Now.AddYears(1)));
        await appliance.Machines.RecordAsync(new CertificateRenewed(Mac, appliance.Time.GetUtcNow(), "etcd-server", Now.AddYears(2)));
        var json = await appliance.Client("127.0.0.99").GetStringAsync($"{appliance.HttpBase}/api/v1/nodes/{Mac.ToHyphenString()}");
        Assert.That(json, Does.Not.Contain(ticket).And.Not.Contain("BEGIN"));
        var node = JsonSerializer.Deserialize(json, StatusJson.Default.NodeView)!;
        Assert.That(node.Story!.Documents.Select(document => (document.Name, document.Via, document.Size > 500)), Is.EqualTo(new[] { ("boot script: install", "HTTP", true), ("configuration: cloud-init", "HTTP", true) }));
        Assert.That(node.Story.Transfers.Single(), Has.Property("Asset").EqualTo("debian/vmlinuz").And.Property("Bytes").EqualTo(200_000));
        Assert.That(node.Story.Certificates.Single(), Has.Property("NotAfter").EqualTo(Now.AddYears(2)).And.Property("Renewals").EqualTo(1));
        Assert.That((node.Station, node.Attention, node.Next), Is.EqualTo((Station.Keys, (Attention?)null, "It starts from its disk, makes its keys and gets its certificates.")));
    }

    [Test]
    public void The_latest_events_of_all_machines_come_first()
    {
        var machines = Enumerable.Range(1, 9).Select(number => Enumerable.Range(0, 100).Aggregate(
            Machine.New(ServedAppliance.Mac(number), Now), (machine, step) => machine.Apply(new Installing(machine.Mac, Now.AddSeconds(step * 10 + number), $"step {step}")))).ToList();
        var latest = HistoryEndpoint.Latest(machines);
        Assert.That(latest, Has.Count.EqualTo(HistoryEndpoint.Limit));
        Assert.That(latest.Select(line => line.At), Is.EqualTo(machines.SelectMany(machine => machine.Timeline).Select(happened => happened.At).OrderDescending().Take(HistoryEndpoint.Limit)));
    }

    [Test]
    public void A_transfer_that_is_resumed_is_another_one_and_its_rate_counts_from_there()
    {
        var first = TransferRecord.Begin(Progress(0, 0)).After(Progress(10, 500))!;
        Assert.That((first.Rate, first.After(Progress(20, 400))), Is.EqualTo(((double?)50, (TransferRecord?)null)), "going back is a new beginning");
        Assert.That(first.After(Progress(20, 1000))!.After(Progress(30, 1000)), Is.Null, "what is whole does not go on");
        Assert.That(TransferRecord.Begin(Progress(20, 400)).After(Progress(22, 600))!.Rate, Is.EqualTo(100));

        static AssetProgress Progress(int seconds, long bytes) => new(Mac, Now.AddSeconds(seconds), "a", bytes, 1000);
    }

    [Test]
    public void Leases_say_whose_they_are_and_whether_they_are_over()
    {
        var network = PlannedClusters.Plan(PlannedClusters.Three).Network;
        var views = StatusSources.Leases(
        [
            new Lease(MacAddress.Parse("52:54:00:00:00:99"), Ipv4Address.Parse("10.0.0.140"), LeaseState.Bound, Now.AddHours(-30), Now.AddHours(-1), "BIOS"),
            new Lease(PlannedClusters.Mac(1), Ipv4Address.Parse("10.0.0.11"), LeaseState.Bound, Now.AddHours(-1), Now.AddHours(11), "iPXE"),
        ], network, Now);
        Assert.That(views.Select(view => (view.Address.ToString(), view.Hostname, view.State)), Is.EqualTo(new[] { ("10.0.0.11", "m1", "bound"), ("10.0.0.140", (string?)null, "expired") }));
    }

    [Test]
    public void The_zone_has_the_planned_names_and_those_of_leases()
    {
        var names = NamePlan.Of(PlannedClusters.Three);
        var zone = StatusSources.Zone(names, [new LeasedName(MacAddress.Parse("52:54:00:00:00:99"), Ipv4Address.Parse("10.0.0.140"), "Printer", Now, Now.AddHours(1))], new AnsweringApis(), Now);
        Assert.That(zone.Records, Has.Some.EqualTo(new ZoneRecordView("m1.demo.example", "A", "10.0.0.11", "plan")).And.Some.EqualTo(new ZoneRecordView("printer.demo.example", "A", "10.0.0.140", "lease"))
            .And.Some.Property("Type").EqualTo("SRV"));
    }

    [Test]
    public void Every_station_has_a_next_step_and_records_lead_through_them_in_order()
    {
        var machine = Machine.New(Mac, Now);
        var passed = new List<Station> { Stations.Of(null, true) };
        foreach (var happened in new MachineEvent[]
        {
            new Discovered(Mac, Now, "BIOS"), new BootFileSent(Mac, Now, "x", "TFTP", 1), new ScriptServed(Mac, Now, BootAction.Install, 1), new ConfigServed(Mac, Now, "cloud-init", 1),
            new Installed(Mac, Now, "/dev/sda"), new Enrolled(Mac, Now), new EtcdHealthChanged(Mac, Now, true, ""),
        })
            passed.Add(Stations.Of(machine = machine.Apply(happened), true));
        Assert.That(passed, Is.EqualTo(Enum.GetValues<Station>()));
        Assert.That(passed.Select(station => NextStep.Of(station, machine)), Is.Unique);
        Assert.That(Stations.Of(machine with { EtcdHealthy = null }, isEtcdMember: false), Is.EqualTo(Station.Done));
    }
}
