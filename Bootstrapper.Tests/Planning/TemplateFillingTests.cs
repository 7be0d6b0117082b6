using NUnit.Framework;
using Sextant.Planning;

namespace Sextant.Tests.Planning;

[TestFixture]
public sealed class TemplateFillingTests
{
    private static string Fill(string text, params (string Name, object Value)[] values) =>
        new TemplateSet(new Dictionary<string, string> { ["a/b.txt"] = text }).Fill("a/b.txt", values.ToDictionary(pair => pair.Name, pair => pair.Value));

    [TestCase("x={{x}}\n", "x=<&'\">\n", TestName = "Nothing is escaped")]
    [TestCase("{{x}}\r\nend\r\n", "<&'\">\nend\n", TestName = "Line ends become Unix ones")]
    [TestCase("${HOME} ${mac:hexhyp} $(date)", "${HOME} ${mac:hexhyp} $(date)", TestName = "Shell and iPXE expansions are left alone")]
    public void Values_are_filled_in(string text, string expected) => Assert.That(Fill(text, ("x", "<&'\">")), Is.EqualTo(expected));

    [Test]
    public void A_list_gives_a_line_for_each_and_no_empty_line() =>
        Assert.That(Fill("begin\n{{#each all}}\n- {{this}}\n{{/each}}\nend\n", ("all", new[] { "one", "two" })), Is.EqualTo("begin\n- one\n- two\nend\n"));

    [TestCase("{{missing}}")]
    [TestCase("{{#each list}}{{missing}}{{/each}}")]
    public void A_missing_value_names_template_and_key(string text)
    {
        var problem = Assert.Throws<TemplateException>(() => Fill(text, ("list", new[] { new Dictionary<string, object> { ["there"] = 1 } })))!;
        Assert.That(problem.Message, Does.Contain("a/b.txt").And.Contain("'missing'"));
        Assert.That(problem.Template, Is.EqualTo("a/b.txt"));
    }

    [Test]
    public void A_template_that_does_not_parse_is_named() =>
        Assert.That(() => Fill("{{#each list}}"), Throws.TypeOf<TemplateException>().With.Message.Contains("a/b.txt"));

    [Test]
    public void A_template_that_does_not_exist_is_named() =>
        Assert.That(() => new TemplateSet(new Dictionary<string, string>()).Fill("no/such", new Dictionary<string, object>()),
            Throws.TypeOf<TemplateException>().With.Message.Contains("no/such"));
}
