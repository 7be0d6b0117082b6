using System.CommandLine;
using System.Text.Json;
using NUnit.Framework;
using Sextant.Cli;
using Sextant.Cluster;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cli;

public sealed class ValidateCommandTests
{
    [Test]
    public void A_good_file_is_a_summary_line_and_exit_code_0()
    {
        var file = Repository.PathOf("cluster-desc.example.yaml");

        Assert.That(Run("validate", file), Is.EqualTo((0, $"{file}: cluster lab, 3 machines: 0 errors, 0 warnings\n")));
    }

    [Test]
    public void A_file_with_a_warning_is_usable()
    {
        var file = Repository.PathOf("Bootstrapper.Tests/Cluster/broken/domain-local.yaml");

        var (code, output) = Run("validate", file);

        Assert.That(code, Is.Zero);
        Assert.That(output.Split('\n'), Has.Length.EqualTo(3).And.ItemAt(0).StartsWith($"{file}:9:11: warning: network.domain: ")
            .And.ItemAt(1).EqualTo($"{file}: cluster lab, 1 machine: 0 errors, 1 warning"));
    }

    [Test]
    public void A_file_with_errors_is_all_of_them_and_exit_code_1()
    {
        var file = Repository.PathOf("Bootstrapper.Tests/Cluster/broken/many-at-once.yaml");

        var (code, output) = Run("validate", file);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.StartWith($"{file}:2:7: error: name: ").And.EndsWith($"\n{file}: unusable: 7 errors, 0 warnings\n"));
    }

    [Test]
    public void Json_says_the_same()
    {
        var file = Repository.PathOf("Bootstrapper.Tests/Cluster/broken/many-at-once.yaml");

        var (code, output) = Run("validate", file, "--json");

        Assert.That(code, Is.EqualTo(1));
        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(root.GetProperty("file").GetString(), Is.EqualTo(file));
            Assert.That(root.GetProperty("valid").GetBoolean(), Is.False);
            Assert.That(root.GetProperty("errors").GetInt32(), Is.EqualTo(7));
            Assert.That(root.GetProperty("warnings").GetInt32(), Is.Zero);
            Assert.That(root.GetProperty("problems").EnumerateArray().Select(problem =>
                $"{file}:{problem.GetProperty("line")}:{problem.GetProperty("column")}: {problem.GetProperty("severity")}: {problem.GetProperty("path")}: {problem.GetProperty("message")}"),
                Is.EqualTo(ClusterFile.Load(file).Problems.Select(problem => problem.ToString())));
        });
    }

    [Test]
    public void A_missing_file_is_a_problem_too() => Assert.That(Run("validate", "/no/such/file.yaml"), Is.EqualTo(
        (1, "/no/such/file.yaml:1:1: error: there is no such file; cluster-desc.example.yaml is a good start\n/no/such/file.yaml: unusable: 1 error, 0 warnings\n")));

    [Test]
    public void Schema_prints_the_schema() => Assert.That(Run("schema"), Is.EqualTo((0, ClusterFile.JsonSchema)));

    private static (int Code, string Output) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = SextantCommand.Create().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = output });
        return (code, output.ToString());
    }
}
