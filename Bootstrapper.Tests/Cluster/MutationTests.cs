using System.Text;
using NUnit.Framework;
using Sextant.Cluster;

namespace Sextant.Tests.Cluster;

/// <summary>Whatever happens to a file, reading it gives a value whose every problem has a place.</summary>
public sealed class MutationTests
{
    private static readonly string Example = ClusterFileTests.Example;

    [Test]
    public void Every_prefix_of_the_example()
    {
        for (var length = 0; length <= Example.Length; length++) CheckSound(Example[..length]);
    }

    [Test]
    public void The_example_without_any_one_line()
    {
        var lines = Example.Split('\n');
        for (var i = 0; i < lines.Length; i++) CheckSound(string.Join('\n', lines.Where((_, at) => at != i)));
    }

    [Test]
    public void The_example_with_any_one_line_twice()
    {
        var lines = Example.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var result = CheckSound(string.Join('\n', lines.SelectMany((line, at) => at == i ? new[] { line, line } : [line])));
            var harmless = lines[i].Trim() is "" or ['#', ..] or "- console=tty0" or "- console=ttyS0,115200n8";
            Assert.That(result.Problems.Count == 0, Is.EqualTo(harmless), $"line {i + 1} twice: {lines[i]}");
        }
    }

    [Test]
    public void The_example_with_ten_thousand_random_mutations()
    {
        var random = new Random(20170506);
        var octets = Encoding.UTF8.GetBytes(Example.Replace("# ", "#", StringComparison.Ordinal));
        ReadOnlySpan<byte> telling = "\0\t\n\r !\"#%&'*+,-./:;<=>?@[\\]^_`{|}~0aZ\x7f"u8;
        for (var round = 0; round < 10_000; round++)
        {
            var mutant = octets.ToList();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(mutant.Count);
                var octet = random.Next(4) == 0 ? (byte)random.Next(256) : telling[random.Next(telling.Length)];
                switch (random.Next(4))
                {
                    case 0: mutant[at] = octet; break;
                    case 1: mutant.Insert(at, octet); break;
                    case 2: mutant.RemoveAt(at); break;
                    default: mutant.InsertRange(at, mutant.GetRange(at, Math.Min(random.Next(1, 40), mutant.Count - at))); break;
                }
            }
            CheckSound([.. mutant]);
        }
    }

    private static ClusterFileResult CheckSound(string text) => CheckSound(Encoding.UTF8.GetBytes(text));

    private static ClusterFileResult CheckSound(byte[] octets)
    {
        var result = ClusterFile.Parse(octets.AsSpan(), "x");
        var lines = octets.Count(octet => octet is (byte)'\n' or (byte)'\r' or 0x85 or 0xa8 or 0xa9) + 2;
        var errors = result.Problems.Count(problem => problem.Severity == Severity.Error);
        var sound = result.Description is null == errors > 0
            && result.Problems.All(problem => problem.Line >= 1 && problem.Line <= lines && problem.Column >= 1 && problem.Message.Length > 0 && !problem.Message.Any(char.IsControl))
            && result.Problems.Zip(result.Problems.Skip(1)).All(pair => (pair.First.Line, pair.First.Column).CompareTo((pair.Second.Line, pair.Second.Column)) <= 0);
        if (!sound) Assert.Fail($"{string.Join('\n', result.Problems)}\n---\n{Encoding.UTF8.GetString(octets)}");
        if (result.Description is not null) Assert.That(JsonSchemaCheck.Faults(Encoding.UTF8.GetString(octets)), Is.Empty, "the reader accepts what the schema refuses");
        return result;
    }
}
