using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Sextant.Planning;
using Sextant.Rendering;
using Sextant.Tests.TestKit;
using YamlDotNet.RepresentationModel;

namespace Sextant.Tests.Rendering;

[TestFixture]
public sealed class CloudInitDocumentTests
{
    private static readonly NodePlan Plan = PlannedClusters.PlanOf(PlannedClusters.Three, 1);

    /// <summary>Texts that YAML writers get wrong: indentation, line ends, what looks like a number, a boolean, a comment or the end of the document.</summary>
    private static readonly string[] Awkward =
    [
        "", "\n", "\n\n", " ", " \n", "a", "a\n", "a\n\n", "\na", "\n\n  a\n b\n", "  indented first\nthen not\n", "\ttab\n", "trailing \nblanks\t\n", "---\n", "...\n",
        "# comment\n", "a: b\n", "- a\n", "0644", "off", "~", "null", "52:54:00", "1e3", "'", "\"", "a\\nb", "{{x}}", "${x}", "é ü 漢字 😀\n", "|\n", ">-\n", "%YAML 1.1\n",
        "a\r\nb\r\n", "\u0085", "\u2028", "\u0001", "\u007f", "\ufeffx\n", "end without newline\n  indented", "\n \n  \n",
    ];

    [TestCaseSource(nameof(Awkward))]
    public void Awkward_texts_come_back_as_they_were(string content) => Assert.That(Broken(content), Is.Null);

    [Test]
    public void Any_file_reads_back_as_it_was_meant()
    {
        var piece = Gen.OneOf(Gen.Elements(Awkward), ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get));
        var contents = Gen.ListOf(piece).Select(string.Concat).Where(IsUnicode);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(contents.ToArbitrary(), content => Broken(content) is null));
    }

    [Test]
    public void A_text_that_no_document_can_carry_is_not_served()
    {
        var plan = Plan with { Files = [new PlannedFile("/etc/x", Permissions.Public, "root:root", "half a character: \ud800")] };
        Assert.That(CloudInitDocument.Render(plan, "t"), Is.TypeOf<RenderedDocument.Broken>().With.Property("Problem").Contains("52:54:00:00:00:01"));
    }

    [TestCase("off")]
    [TestCase(" x ")]
    [TestCase("key: # comment")]
    [TestCase("\n")]
    [TestCase("\u0085")]
    public void An_SSH_key_line_is_carried_as_it_is(string line)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(((RenderedDocument.Text)CloudInitDocument.Render(Plan with { SshAuthorizedKeys = [line] }, "t")).Content));
        Assert.That(((YamlScalarNode)yaml.Documents.Single().RootNode["users"][0]["ssh_authorized_keys"][0]).Value, Is.EqualTo(line));
    }

    [Test]
    public void An_SSH_key_line_that_would_arrive_changed_is_not_served()
    {
        foreach (var line in new[] { "a\r\nb", "\u2028x", "\ud800" })
            Assert.That(
                CloudInitDocument.Render(Plan with { SshAuthorizedKeys = [line] }, "t"),
                Is.TypeOf<RenderedDocument.Broken>().With.Property("Problem").Contains("SSH key"));
    }

    [Test]
    public void The_same_plan_gives_the_same_bytes() =>
        Assert.That(CloudInitDocument.Render(PlannedClusters.PlanOf(PlannedClusters.Three, 1), "t"), Is.EqualTo(CloudInitDocument.Render(Plan, "t")));

    [Test]
    public void A_disabled_unit_is_written_and_not_started()
    {
        var plan = Plan with { Units = [new PlannedUnit("x.service", "[Service]\n", false), new PlannedUnit("of-the-os.service", null, true)] };
        var text = ((RenderedDocument.Text)CloudInitDocument.Render(plan, "t")).Content;
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("/etc/systemd/system/x.service").And.Not.Contain("/etc/systemd/system/of-the-os.service"));
            Assert.That(text, Does.Contain("    - of-the-os.service\n").And.Not.Contain("    - x.service\n"));
        });
    }

    [Test]
    public void The_instance_id_changes_with_the_attempt_and_with_nothing_else()
    {
        string Id(NodePlan plan, int attempt) => ((RenderedDocument.Text)CloudInitDocument.RenderMetaData(plan, attempt)).Content.Split('\n')[0];
        Assert.Multiple(() =>
        {
            Assert.That(Id(Plan, 2), Is.EqualTo("instance-id: sextant-52-54-00-00-00-01-2"));
            Assert.That(Id(Plan with { Hostname = "x", Files = [] }, 2), Is.EqualTo(Id(Plan, 2)));
            Assert.That(Id(Plan, 3), Is.Not.EqualTo(Id(Plan, 2)));
        });
    }

    /// <summary>Renders a file and reads it with another reader than the renderer's own check; null when it is the same.</summary>
    private static string? Broken(string content)
    {
        var plan = Plan with { Files = [new PlannedFile("/etc/x", Permissions.Executable, "root:root", content)], Units = [] };
        if (CloudInitDocument.Render(plan, "t") is not RenderedDocument.Text(var text)) return "not rendered";
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        var file = (YamlMappingNode)((YamlSequenceNode)yaml.Documents.Single().RootNode["write_files"])[0];
        var read = ((YamlScalarNode)file["content"]).Value!;
        if (file.Children.ContainsKey("encoding")) read = Encoding.UTF8.GetString(Convert.FromBase64String(read));
        return read == content && ((YamlScalarNode)file["permissions"]).Value == "0755" ? null : text;
    }

    private static bool IsUnicode(string text)
    {
        try
        {
            _ = new UTF8Encoding(false, true).GetBytes(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
