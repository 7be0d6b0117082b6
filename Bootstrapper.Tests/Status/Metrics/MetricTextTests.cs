using System.Diagnostics.Metrics;
using NUnit.Framework;
using Sextant.Status.Metrics;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Status.Metrics;

[TestFixture]
public sealed class MetricTextTests
{
    private MetricCollector collector = null!;

    [SetUp]
    public void Listen() => collector = new MetricCollector();

    [TearDown]
    public void End() => collector.Dispose();

    [TestCase("sextant.tftp.sent", "By", MetricType.Counter, "sextant_tftp_sent_bytes_total")]
    [TestCase("sextant.dhcp.refused", "{message}", MetricType.Counter, "sextant_dhcp_refused_total")]
    [TestCase("sextant.boot.stage_duration", "s", MetricType.Histogram, "sextant_boot_stage_duration_seconds")]
    [TestCase("sextant.machines", null, MetricType.Gauge, "sextant_machines")]
    [TestCase("process.cpu_seconds", "s", MetricType.Counter, "process_cpu_seconds_total")]
    public void An_instrument_is_named_as_Prometheus_names_it(string name, string? unit, MetricType type, string expected) =>
        Assert.That(MetricName.Of(name, unit, type), Is.EqualTo(expected));

    [Test]
    public void A_label_is_text_whatever_is_in_it()
    {
        using var meter = collector.CreateMeter("Sextant.Test");
        var counter = meter.CreateCounter<long>("sextant.test", "{x}", "Back\\slash,\nline.");
        counter.Add(2, new KeyValuePair<string, object?>("b", "\"quoted\" \\ \n"), new KeyValuePair<string, object?>("a", 7));
        counter.Add(3, new KeyValuePair<string, object?>("a", 7), new KeyValuePair<string, object?>("b", "\"quoted\" \\ \n"));
        Assert.That(Written("sextant_test_total"), Is.EqualTo("""
            # HELP sextant_test_total Back\\slash,\nline.
            # TYPE sextant_test_total counter
            sextant_test_total{a="7",b="\"quoted\" \\ \n"} 5

            """));
    }

    [Test]
    public void A_histogram_counts_by_size()
    {
        using var meter = collector.CreateMeter("Sextant.Test");
        var histogram = meter.CreateHistogram("sextant.test.time", "s", "Times.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 10] });
        foreach (var seconds in (double[])[0.25, 0.5, 3, 100]) histogram.Record(seconds);
        Assert.That(Written("sextant_test_time_seconds"), Is.EqualTo("""
            # HELP sextant_test_time_seconds Times.
            # TYPE sextant_test_time_seconds histogram
            sextant_test_time_seconds_bucket{le="0.5"} 2
            sextant_test_time_seconds_bucket{le="10"} 3
            sextant_test_time_seconds_bucket{le="+Inf"} 4
            sextant_test_time_seconds_sum 103.75
            sextant_test_time_seconds_count 4

            """));
    }

    [Test]
    public void What_is_asked_forgets_what_it_said_before_and_two_of_a_name_count_together()
    {
        using var meter = collector.CreateMeter("Sextant.Test");
        using var other = collector.CreateMeter("Sextant.Test");
        var label = "before";
        meter.CreateObservableGauge("sextant.test", () => new Measurement<long>(4, new KeyValuePair<string, object?>("at", label)), "{x}", "Tests.");
        Written("sextant_test");
        label = "after";
        other.CreateObservableGauge("sextant.test", () => new Measurement<long>(5, new KeyValuePair<string, object?>("at", label)), "{x}", "Tests.");
        Assert.That(Written("sextant_test"), Does.EndWith("\nsextant_test{at=\"after\"} 9\n").And.Not.Contain("before"));
        other.Dispose();
        Assert.That(Written("sextant_test"), Does.EndWith("\nsextant_test{at=\"after\"} 4\n"));
    }

    [Test]
    public void Nobody_hears_the_meters_of_another_appliance()
    {
        using var elsewhere = new MetricCollector();
        using var meter = elsewhere.CreateMeter("Sextant.Test");
        meter.CreateCounter<long>("sextant.test", "{x}", "Tests.").Add(1);
        Assert.That(collector.Collect().Select(family => family.Name), Does.Not.Contain("sextant_test_total"));
    }

    [TestCase("a 1", TestName = "The reader of the tests refuses a sample without TYPE")]
    [TestCase("# HELP a x\n# TYPE a gauge\n# TYPE a gauge\na 1", TestName = "The reader of the tests refuses TYPE twice")]
    [TestCase("# HELP a x\n# TYPE a gauge\na 1\na 2", TestName = "The reader of the tests refuses a series twice")]
    [TestCase("# HELP a x\n# TYPE a gauge\na{b=\"c\"d=\"e\"} 1", TestName = "The reader of the tests refuses labels without a comma")]
    [TestCase("# HELP a x\n# TYPE a gauge\na{b=\"\\c\"} 1", TestName = "The reader of the tests refuses an unknown escape")]
    [TestCase("# HELP a x\n# TYPE a counter\na 1", TestName = "The reader of the tests refuses a counter without total")]
    [TestCase("# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1", TestName = "The reader of the tests refuses buckets that shrink")]
    [TestCase("# HELP a x\n# TYPE a gauge\n# HELP b x\n# TYPE b gauge\nb 1\na 1", TestName = "The reader of the tests refuses a name in two places")]
    public void The_reader_bites(string text) => Assert.Throws<FormatException>(() => PrometheusText.Parse(text + "\n"));

    private string Written(string name)
    {
        var text = MetricText.Write(collector.Collect().Where(family => family.Name == name));
        Assert.DoesNotThrow(() => PrometheusText.Parse(text));
        return text;
    }
}
