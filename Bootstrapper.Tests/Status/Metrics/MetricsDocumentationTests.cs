using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Dhcp.Server;
using Sextant.Primitives;
using Sextant.Status.Metrics;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status.Metrics;

/// <summary>docs/metrics.md and the dashboard name what there is, and all of it.</summary>
[TestFixture]
public sealed partial class MetricsDocumentationTests
{
    private IReadOnlyDictionary<string, string> measured = null!;

    [OneTimeSetUp]
    public async Task Everything_that_can_be_measured()
    {
        await using var appliance = await ServedAppliance.StartAsync();
        using var leases = DhcpMetrics.Watch(() => [], TimeProvider.System);
        foreach (var type in typeof(MacAddress).Assembly.GetTypes().Where(type => type is { IsAbstract: true, IsSealed: true } && (type.Name.EndsWith("Metrics", StringComparison.Ordinal) || type.Name == "ReceiveQueue")))
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        measured = appliance.Part<MetricCollector>().Collect().ToDictionary(family => family.Name, family => family.Type.ToString().ToLowerInvariant());
    }

    [Test]
    public void The_table_has_every_metric_and_its_type_and_no_other() =>
        Assert.That(Row().Matches(Repository.Read("docs/metrics.md")).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}"), Is.EquivalentTo(measured.Select(metric => $"{metric.Key} {metric.Value}")));

    [Test]
    public void The_dashboard_asks_for_metrics_that_there_are()
    {
        using var dashboard = JsonDocument.Parse(Repository.Read("templates/bootstrapper/grafana-dashboard.json"));
        var asked = dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .SelectMany(target => Name().Matches(target.GetProperty("expr").GetString()!)).Select(match => match.Value).Distinct().ToList();
        Assert.That(asked, Has.Count.GreaterThan(20));
        Assert.That(asked.Where(name => !measured.ContainsKey(name) && !(HistogramPart().Replace(name, "") is var family && measured.GetValueOrDefault(family) == "histogram")), Is.Empty);
    }

    [Test]
    public void The_dashboards_questions_are_sound()
    {
        using var folder = new TemporaryFolder();
        using var dashboard = JsonDocument.Parse(Repository.Read("templates/bootstrapper/grafana-dashboard.json"));
        var rules = dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select((target, i) => $"      - record: question:{i}\n        expr: {JsonSerializer.Serialize(target.GetProperty("expr").GetString())}\n");
        File.WriteAllText(folder.File("rules.yaml"), "groups:\n  - name: dashboard\n    rules:\n" + string.Concat(rules));
        var outcome = Tool.Run("promtool", ["check", "rules", folder.File("rules.yaml")]);
        Assert.That(outcome.Status, Is.Zero, outcome.ToString());
    }

    [GeneratedRegex("^\\| `([a-z_]+)` \\| (counter|gauge|histogram) \\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("\\b(sextant|process)_[a-z_]+")]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();
}
