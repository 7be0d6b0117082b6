using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Cluster.Schema;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cluster;

/// <summary>docs/cluster-desc.md says what is true.</summary>
public sealed partial class DocumentationTests
{
    private const string PageName = "docs/cluster-desc.md";
    private const string KeysBegin = "<!-- keys: generated from the schema types, checked by a test -->\n";
    private const string KeysEnd = "<!-- end of keys -->";

    private static string Page => Repository.Read(PageName);

    private static IEnumerable<TestCaseData> Examples => Fence().Matches(Page).Where(match => match.Groups[1].Value == "yaml")
        .Select((match, i) => new TestCaseData(match.Groups[2].Value).SetName($"Example {i + 1} of the page is right: {match.Groups[2].Value.Split('\n')[0]}"));

    [Test]
    public void The_tables_of_keys_are_the_schema()
    {
        var page = Page;
        var (begin, end) = (page.IndexOf(KeysBegin, StringComparison.Ordinal) + KeysBegin.Length, page.IndexOf(KeysEnd, StringComparison.Ordinal));

        Repository.MustBe(PageName, page[..begin] + "\n" + KeyReference.Markdown() + page[end..]);
    }

    [TestCaseSource(nameof(Examples))]
    public void An_example(string yaml)
    {
        var text = yaml.StartsWith("version:", StringComparison.Ordinal) ? yaml : Completed(yaml);

        var result = ClusterFile.Parse(text, "example");

        Assert.That(result.Problems.Where(problem => problem.Severity == Severity.Error), Is.Empty);
        Assert.That(JsonSchemaCheck.Faults(text), Is.Empty);
    }

    [Test]
    public void The_page_has_examples_of_every_part()
    {
        var keys = Examples.SelectMany(example => TopLevelKey().Matches((string)example.Arguments[0]!).Select(match => match.Groups[1].Value)).ToHashSet();

        Assert.That(SectionShape.Of<ClusterSection>().Names, Is.SubsetOf(keys));
    }

    [Test]
    public void The_mistakes_shown_are_answered_as_shown()
    {
        var fences = Fence().Matches(Page);
        var broken = fences.Select((match, i) => (match, i)).Where(pair => pair.match.Groups[1].Value == "yaml broken").ToList();
        Assert.That(broken, Is.Not.Empty);
        var folder = Directory.CreateTempSubdirectory("sextant-docs-");
        var path = Path.Combine(folder.FullName, "cluster-desc.yaml");
        try
        {
            foreach (var (match, i) in broken)
            {
                File.WriteAllText(path, match.Groups[2].Value);
                using var output = new StringWriter();
                var code = SextantCommand.Create().Parse(["validate", path]).Invoke(new System.CommandLine.InvocationConfiguration { Output = output });

                Assert.That(output.ToString().Replace(path, "cluster-desc.yaml", StringComparison.Ordinal), Is.EqualTo(fences[i + 1].Groups[2].Value));
                Assert.That(code, Is.EqualTo(1));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A part of a file takes the place of the same keys of the example file.</summary>
    private static string Completed(string part)
    {
        var given = TopLevelKey().Matches(part).Select(match => match.Groups[1].Value).ToHashSet();
        var rest = Section().Matches(ClusterFileTests.Example).Where(match => !given.Contains(match.Groups[1].Value)).Select(match => match.Value);
        return string.Concat(rest) + "\n" + part;
    }

    [GeneratedRegex("^```(yaml broken|yaml|text|console)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("^([a-z_]+):", RegexOptions.Multiline)]
    private static partial Regex TopLevelKey();

    [GeneratedRegex("^([a-z_]+):.*?(?=^[a-z_]+:|\\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();
}
