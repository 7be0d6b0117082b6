using Sextant.Tests.TestKit;

namespace Sextant.Tests.Docs;

/// <summary>A fenced block of a document.</summary>
/// <param name="File">Path relative to the repository.</param>
/// <param name="Line">1-based line of the opening fence.</param>
/// <param name="Info">What follows the opening fence: <c>sh run</c>, <c>yaml cluster</c> …</param>
/// <param name="Text">The block's lines.</param>
internal sealed record DocumentedExample(string File, int Line, string Info, string Text)
{
    public override string ToString() => $"{File}:{Line} ({Info})";
}

/// <summary>
/// The examples of README and docs. A fence says how it is proved: <c>sh run</c> is executed in an empty folder beside the example description;
/// <c>sh rack</c> and <c>console</c> (commands after a prompt, between what they print) need root or machines, so their command lines are parsed here
/// and executed by the machine tests, those of curl by <see cref="CurlExamplesTests"/>; <c>yaml</c> and <c>yaml broken</c> are descriptions, which <see cref="Cluster.DocumentationTests"/> reads;
/// <c>ini dnsmasq</c> is what <see cref="Scenarios.BesideAnotherDhcpTests"/> runs a dnsmasq with; <c>text</c> is not an example.
/// </summary>
internal static class DocumentedExamples
{
    public static readonly string[] Kinds = ["sh run", "sh rack", "console", "yaml", "yaml broken", "ini dnsmasq", "text"];

    public static IEnumerable<DocumentedExample> All()
    {
        foreach (var path in Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md").Append(Repository.PathOf("README.md")).Order(StringComparer.Ordinal))
        {
            var lines = File.ReadAllLines(path);
            for (var at = 0; at < lines.Length; at++)
            {
                if (!lines[at].StartsWith("```", StringComparison.Ordinal)) continue;
                var start = at;
                while (++at < lines.Length && lines[at] != "```") { }
                yield return new DocumentedExample(Path.GetRelativePath(Repository.Root, path), start + 1, lines[start][3..].Trim(), string.Join('\n', lines[(start + 1)..at]));
            }
        }
    }

    public static IEnumerable<DocumentedExample> Of(string info) => All().Where(example => example.Info == info);

    /// <summary>The command lines of a shell block, without comments and blank lines.</summary>
    public static IEnumerable<string> Commands(DocumentedExample example) =>
        example.Info == "console"
            ? example.Text.Split('\n').Where(line => line.StartsWith("$ ", StringComparison.Ordinal) || line.StartsWith("# ", StringComparison.Ordinal)).Select(line => line[2..])
            : example.Text.Split('\n').Select(line => line.Split(" #", 2)[0].Trim()).Where(line => line.Length > 0 && line[0] != '#');
}
