using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Cluster.Schema;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cluster;

public sealed class JsonSchemaTests
{
    internal static IEnumerable<(string Path, KeyAttribute Key)> Keys => KeysOf("", SectionShape.Of<ClusterSection>());

    [Test]
    public void The_committed_schema_is_the_generated_one() => Repository.MustBe("docs/cluster-desc.schema.json", ClusterFile.JsonSchema);

    [Test]
    public void The_example_fits_the_schema() => Assert.That(JsonSchemaCheck.Faults(ClusterFileTests.Example), Is.Empty);

    [Test]
    public void Files_with_warnings_only_fit_the_schema([Values("domain-local", "mirror-rack-unknown", "ceph-without-addon", "ingress-vip-without-addon", "nine-etcd-members")] string name)
    {
        var text = Repository.Read($"Bootstrapper.Tests/Cluster/broken/{name}.yaml");

        Assert.That(ClusterFile.Parse(text, name).Description, Is.Not.Null);
        Assert.That(JsonSchemaCheck.Faults(text), Is.Empty);
    }

    [TestCase("misspelt-key", ".nodes[0].hostnmae: is unknown")]
    [TestCase("missing-name", ".name: is missing")]
    [TestCase("unrelated-key", ".colour: is unknown")]
    [TestCase("version-newer", ".version: is not 1")]
    [TestCase("role-hyphen", ".nodes[0].roles[0]: is none of")]
    [TestCase("roles-empty", ".nodes[0].roles: has 0 items")]
    [TestCase("roles-duplicate", ".nodes[0].roles: an item is there twice")]
    [TestCase("text-for-mapping", ".os: is string, not object")]
    [TestCase("number-for-text", ".name: is integer, not string")]
    [TestCase("label-that-is-a-boolean", ".nodes[0].labels.gpu: is boolean, not string")]
    [TestCase("label-key-bad", ".nodes[0].labels.-rack: -rack does not match")]
    [TestCase("port-large", ".bootstrapper.http_port: 65536 is above 65535")]
    [TestCase("port-zero", ".bootstrapper.http_port: 0 is below 1")]
    [TestCase("ip-leading-zero", ".nodes[0].ip: 10.0.0.011 does not match")]
    [TestCase("mac-malformed", ".nodes[0].mac: 52:54:00:00:00 does not match")]
    [TestCase("pull-through-quoted", ".registry.pull_through: is string, not boolean")]
    [TestCase("image-no-tag", ".registry.images[0]: quay.io/prometheus/prometheus does not match")]
    [TestCase("mirror-ftp", ".asset_mirrors[0].url: ftp://10.0.0.5/assets does not match")]
    [TestCase("lease-word", ".network.lease_time: long does not match")]
    public void What_an_editor_can_see_the_schema_refuses(string name, string fault) =>
        Assert.That(JsonSchemaCheck.Faults(Repository.Read($"Bootstrapper.Tests/Cluster/broken/{name}.yaml")), Has.Some.StartsWith(fault));

    [Test]
    public void Every_mapping_is_closed_and_every_key_described()
    {
        var open = new List<string>();
        Walk(JsonNode.Parse(ClusterFile.JsonSchema)!.AsObject(), "");
        Assert.That(open, Is.Empty);

        void Walk(JsonObject schema, string path)
        {
            if (schema["properties"] is not JsonObject properties) return;
            if (schema["additionalProperties"]?.ToJsonString() != "false") open.Add($"{path} is open");
            foreach (var (name, value) in properties)
            {
                var property = value!.AsObject();
                if (property["description"]?.GetValue<string>() is not { Length: > 10 } description || !description.EndsWith('.')) open.Add($"{path}.{name} is not described");
                Walk(property, $"{path}.{name}");
                if (property["items"] is JsonObject items) Walk(items, $"{path}.{name}[]");
            }
        }
    }

    [Test]
    public void Every_default_and_example_of_a_key_is_accepted_by_reader_and_schema() => Assert.Multiple(() =>
    {
        foreach (var (path, key) in Keys.Where(pair => pair.Key.Syntax is not null))
        {
            var syntax = key.Syntax!;
            foreach (var text in new[] { key.Default, syntax.Example, key.TypeName == "list" ? null : key.Example }.OfType<string>())
            {
                Assert.That(syntax.FaultOf(text), Is.Null, $"{path}: {text}");
                if (syntax.Pattern is { } pattern) Assert.That(text, Does.Match(new Regex(pattern, RegexOptions.ECMAScript)), path);
                if (syntax.Choices is { } choices) Assert.That(choices, Does.Contain(text), path);
            }
        }
    });

    [Test]
    public void A_required_key_has_no_default_and_every_key_is_snake_case() => Assert.Multiple(() =>
    {
        foreach (var (path, key) in Keys)
        {
            Assert.That(key.Required && (key.Default ?? key.DefaultNote) is not null, Is.False, path);
            Assert.That(key.Key, Does.Match("^[a-z]+(_[a-z]+)*$"), path);
        }
    });

    private static IEnumerable<(string Path, KeyAttribute Key)> KeysOf(string prefix, SectionShape shape) =>
        shape.Keys.SelectMany(key => (key.Declared.Nested is { } nested ? KeysOf($"{prefix}.{key.Declared.Key}", nested) : []).Prepend(($"{prefix}.{key.Declared.Key}", key.Declared)));
}
