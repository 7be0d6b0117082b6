using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sextant.Cluster.Yaml;

/// <summary>
/// Turns text into a <see cref="SourceNode"/> tree from the YAML parser's events. Its work is bounded whatever the text: by the number of characters,
/// the depth, and the number of values counted with every alias written out (a few lines of aliases to aliases stand for billions of values).
/// </summary>
internal sealed class SourceReader
{
    /// <summary>Longest file, in octets, and in characters when it comes as text.</summary>
    public const int MaximumOctets = 4 * 1024 * 1024;

    /// <summary>Deepest nesting of lists and mappings.</summary>
    public const int MaximumDepth = 32;

    /// <summary>Most values, keys included, aliases written out.</summary>
    public const int MaximumNodes = 500_000;

    private readonly Parser parser;
    private readonly string text;
    private readonly ProblemList problems;
    private readonly Dictionary<string, Anchored> anchors = new(StringComparer.Ordinal);
    private readonly HashSet<string> open = new(StringComparer.Ordinal);
    private readonly Stack<(int Line, string Kind)> flows = new();
    private int nodes;

    private SourceReader(string text, ProblemList problems)
    {
        this.text = text;
        this.problems = problems;
        parser = new Parser(new StringReader(text));
    }

    /// <summary>The document's root; null when the text is not one readable YAML document, which is then reported.</summary>
    public static SourceNode? Read(string text, ProblemList problems)
    {
        if (text.Length > MaximumOctets)
        {
            ReportLength(problems);
            return null;
        }
        return SourceText.Check(text, problems) ? new SourceReader(text, problems).ReadDocument() : null;
    }

    /// <summary>Reports that the file is too long.</summary>
    public static void ReportLength(ProblemList problems) =>
        problems.Error(1, 1, "", $"the file has more than {MaximumOctets / (1024 * 1024)} MiB; a cluster description is a few kilobytes");

    private SourceNode? ReadDocument()
    {
        try
        {
            Next<StreamStart>();
            if (Advance() is not DocumentStart)
            {
                problems.Error(1, 1, "", "the file is empty; cluster-desc.example.yaml is a good start");
                return null;
            }
            Advance();
            var root = ReadNode(0);
            Next<DocumentEnd>();
            if (Advance() is DocumentStart second)
                problems.Error(LineOf(second), ColumnOf(second), "", "a second YAML document starts here; a cluster description is one document");
            return root;
        }
        catch (UnreadableException unreadable)
        {
            problems.Error(unreadable.Line, unreadable.Column, "", unreadable.Message);
        }
        catch (YamlException syntax)
        {
            var (line, column) = ((int)Math.Max(1, syntax.Start.Line), (int)Math.Max(1, syntax.Start.Column));
            // For a tab the parser names the start of the mapping around it.
            var last = syntax.Message.Contains(" tab ", StringComparison.Ordinal) ? int.MaxValue : (int)Math.Max(line, syntax.End.Line);
            if (SourceText.FindTabIndent(text, line, last) is { } tab)
                problems.Error(tab.Line, tab.Column, "", "a tab is used to indent; YAML allows spaces only");
            else problems.Error(line, column, "", $"not valid YAML: {Sentence(syntax.Message)}{(flows.TryPeek(out var flow) ? $", in the {flow.Kind} that begins on line {flow.Line}" : "")}");
        }
        catch (Exception defect) when (defect is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The parser lets a few of its own exceptions through, for example for \UFFFFFFFF in double quotes.
            var at = parser.Current;
            problems.Error(at is null ? 1 : LineOf(at), at is null ? 1 : ColumnOf(at), "", $"not valid YAML near here: {Sentence(defect.Message)}");
        }
        return null;
    }

    /// <summary>Reads the node whose first event is current; its last event is current afterwards.</summary>
    private SourceNode ReadNode(int depth)
    {
        var start = parser.Current!;
        var (line, column) = (LineOf(start), ColumnOf(start));
        if (start is AnchorAlias alias) return Resolve(alias, line, column);
        if (depth > MaximumDepth) throw new UnreadableException(line, column, $"nested deeper than {MaximumDepth} levels");
        var before = nodes;
        Count(1, line, column);
        if (start is not NodeEvent open) throw new UnreadableException(line, column, "not valid YAML: a value was expected");
        var anchor = open.Anchor.IsEmpty ? null : open.Anchor.Value;
        if (anchor is not null)
        {
            anchors.Remove(anchor);
            this.open.Add(anchor);
        }
        SourceNode node = open switch
        {
            Scalar scalar => new SourceScalar(line, column, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart sequence => ReadSequence(line, column, depth, sequence.Style == SequenceStyle.Flow),
            MappingStart mapping => ReadMapping(line, column, depth, mapping.Style == MappingStyle.Flow),
            _ => throw new UnreadableException(line, column, "not valid YAML: a value was expected"),
        };
        if (!open.Tag.IsEmpty) node = node with { Tag = open.Tag.Value };
        if (anchor is not null)
        {
            this.open.Remove(anchor);
            anchors[anchor] = new Anchored(node, nodes - before);
        }
        return node;
    }

    private SourceSequence ReadSequence(int line, int column, int depth, bool flow)
    {
        if (flow) flows.Push((line, "[list]"));
        var items = new List<SourceNode>();
        while (Advance() is not SequenceEnd) items.Add(ReadNode(depth + 1));
        if (flow) flows.Pop();
        return new SourceSequence(line, column, items);
    }

    private SourceMapping ReadMapping(int line, int column, int depth, bool flow)
    {
        if (flow) flows.Push((line, "{mapping}"));
        var pairs = new List<SourcePair>();
        while (Advance() is not MappingEnd)
        {
            var key = ReadNode(depth + 1);
            Advance();
            pairs.Add(new SourcePair(key, ReadNode(depth + 1)));
        }
        if (flow) flows.Pop();
        return new SourceMapping(line, column, pairs);
    }

    private SourceNode Resolve(AnchorAlias alias, int line, int column)
    {
        var name = alias.Value.Value;
        if (open.Contains(name)) throw new UnreadableException(line, column, $"the alias *{Quoted.Bare(name)} lies inside the value it stands for");
        if (!anchors.TryGetValue(name, out var target)) throw new UnreadableException(line, column, $"the alias *{Quoted.Bare(name)} has no anchor &{Quoted.Bare(name)} above it");
        Count(target.Size, line, column);
        return target.Node with { Line = line, Column = column };
    }

    private void Count(int size, int line, int column)
    {
        nodes += size;
        if (nodes > MaximumNodes) throw new UnreadableException(line, column, $"more than {MaximumNodes} values, counted with the aliases written out");
    }

    private ParsingEvent Advance() => parser.MoveNext()
        ? parser.Current!
        : throw new UnreadableException(1, 1, "not valid YAML: the file ends too early");

    private void Next<T>() where T : ParsingEvent
    {
        var next = Advance();
        if (next is not T) throw new UnreadableException(LineOf(next), ColumnOf(next), "not valid YAML: something unexpected follows the document");
    }

    private static int LineOf(ParsingEvent at) => (int)Math.Max(1, at.Start.Line);

    private static int ColumnOf(ParsingEvent at) => (int)Math.Max(1, at.Start.Column);

    private static string Sentence(string message)
    {
        var text = Quoted.Bare(message.TrimEnd('.', ' '), 160);
        return text.Length == 0 ? "unreadable" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private readonly record struct Anchored(SourceNode Node, int Size);

    private sealed class UnreadableException(int line, int column, string message) : Exception(message)
    {
        public int Line => line;

        public int Column => column;
    }
}
