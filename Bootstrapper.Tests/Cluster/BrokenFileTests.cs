using System.Text.RegularExpressions;
using NUnit.Framework;
using Sextant.Cluster;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Cluster;

/// <summary>
/// Each file in <c>broken/</c> ends in <c># expect: LINE:COL: error|warning: path: part of the message</c> comments: all its problems, in order. They stand at
/// the end so that they move nothing. <c>SEXTANT_UPDATE=1</c> rewrites them, and fails.
/// </summary>
public sealed partial class BrokenFileTests
{
    private static string Folder => Repository.PathOf("Bootstrapper.Tests/Cluster/broken");

    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Names))]
    public void A_broken_file_has_exactly_the_problems_it_names(string name)
    {
        var path = Path.Combine(Folder, name + ".yaml");
        var expected = Expectation().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value).ToList();
        var result = ClusterFile.Load(path);
        var actual = result.Problems.Select(problem => problem.ToString()[(path.Length + 1)..]).ToList();

        if (Repository.Updating && !actual.SequenceEqual(expected)) Rewrite(path, actual);
        Assert.That(expected, Is.Not.Empty, "the file names no problem");
        Assert.That(actual, Has.Count.EqualTo(expected.Count), string.Join('\n', actual));
        Assert.Multiple(() =>
        {
            foreach (var (problem, fragment) in actual.Zip(expected)) Assert.That(problem, Does.StartWith(fragment));
            Assert.That(result.Problems, Has.All.Property(nameof(Problem.File)).EqualTo(path));
            Assert.That(result.Description is null, Is.EqualTo(result.Problems.Any(problem => problem.Severity == Severity.Error)));
        });
    }

    [Test]
    public void There_are_at_least_two_hundred_broken_files() => Assert.That(Names.Count(), Is.GreaterThanOrEqualTo(200));

    [Test]
    public void A_pasted_private_key_is_never_printed() => Assert.Multiple(() =>
    {
        foreach (var name in Names.Where(name => name.StartsWith("ssh-private-key", StringComparison.Ordinal)))
            Assert.That(ClusterFile.Load(Path.Combine(Folder, name + ".yaml")).Problems.Select(problem => problem.Message), Has.None.Contains("b3BlbnNz"), name);
    });

    private static void Rewrite(string path, IEnumerable<string> problems)
    {
        var text = File.ReadAllText(path);
        var end = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        File.WriteAllText(path, text.Split("# expect: ")[0] + string.Concat(problems.Select(problem => $"# expect: {problem}{end}")));
        Assert.Fail($"{path} was rewritten; look at the difference, and run again without SEXTANT_UPDATE");
    }

    [GeneratedRegex(@"^# expect: (.+?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Expectation();
}
