using Sextant.Cluster.Rules;
using Sextant.Cluster.Schema;
using Sextant.Cluster.Yaml;

namespace Sextant.Cluster;

/// <summary>
/// Reads <c>cluster-desc.yaml</c>: text → YAML tree with positions (<c>Yaml</c>) → keys and values (<c>Schema</c>) → what must hold between them
/// (<c>Rules</c>) → <see cref="ClusterDescription"/>. Whatever is in the file, the answer is a value, never an exception.
/// </summary>
public static class ClusterFile
{
    /// <summary>The keys of a file of 2017's Sextant that no file of today has at its root.</summary>
    private static readonly string[] OldKeys = ["netmask", "iplow", "iphigh", "routers", "broadcast", "nameservers", "domainname", "dockerdomain", "dns_ip", "set_ntp"];

    /// <summary>The JSON Schema (draft 2020-12) of the file, for editors: <c>docs/cluster-desc.schema.json</c>. Ends with a line feed.</summary>
    public static string JsonSchema => JsonSchemaDocument.Text;

    /// <summary>Reads a file. One that is missing or unreadable is a problem of line 1, not an exception.</summary>
    /// <param name="path">The file; problems name it as it is given here.</param>
    public static ClusterFileResult Load(string path)
    {
        var problems = new ProblemList(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            // A character has one octet at least; one more than the limit is enough to see that the file is too long. Pipes have no length.
            var octets = new byte[stream.CanSeek && stream.Length > 0 ? Math.Min(stream.Length, SourceReader.MaximumOctets) + 1 : SourceReader.MaximumOctets + 1];
            var length = stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            if (length > SourceReader.MaximumOctets) SourceReader.ReportLength(problems);
            else return Parse(octets.AsSpan(0, length), path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Error(1, 1, "", failure switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file; cluster-desc.example.yaml is a good start",
                UnauthorizedAccessException when Directory.Exists(path) => "is a folder; name the file in it",
                UnauthorizedAccessException => "this user may not read it",
                _ => $"cannot be read: {Quoted.Bare(failure.Message, 200)}",
            });
        }
        return new ClusterFileResult(null, problems.Ordered());
    }

    /// <summary>Reads a file's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fileName">The name problems give the file.</param>
    public static ClusterFileResult Parse(string text, string fileName) =>
        Read(text.StartsWith('\ufeff') ? text[1..] : text, new ProblemList(fileName));

    /// <summary>Reads a file's octets.</summary>
    internal static ClusterFileResult Parse(ReadOnlySpan<byte> octets, string fileName)
    {
        var problems = new ProblemList(fileName);
        return SourceText.Decode(octets, problems) is { } text ? Read(text, problems) : new ClusterFileResult(null, problems.Ordered());
    }

    private static ClusterFileResult Read(string text, ProblemList problems)
    {
        if (SourceReader.Read(text, problems) is { } root && IsOfThisVersion(root, problems, out var mapping))
        {
            var cluster = Binder.Bind<ClusterSection>(mapping, new Place(mapping.Line, mapping.Column, ""), problems);
            ClusterRules.Check(cluster, problems);
            if (!problems.HasErrors) return new ClusterFileResult(DescriptionBuilder.Build(cluster), problems.Ordered());
        }
        return new ClusterFileResult(null, problems.Ordered());
    }

    /// <summary>What another version's file means is not this version's to judge: one message says so, instead of one for each of its keys.</summary>
    private static bool IsOfThisVersion(SourceNode root, ProblemList problems, out SourceMapping mapping)
    {
        var at = new Place(root.Line, root.Column, "");
        mapping = root as SourceMapping ?? new SourceMapping(root.Line, root.Column, []);
        if (root is not SourceMapping)
        {
            problems.Error(at, root.IsNull ? "the file is empty; cluster-desc.example.yaml is a good start" : $"the file is {root.Kind}; a mapping with the keys {string.Join(", ", SectionShape.Of<ClusterSection>().Names)} is expected");
            return false;
        }
        if (!Binder.HasNoTag(root, at, problems)) return false;
        var names = mapping.Pairs.Select(pair => (pair.Key as SourceScalar)?.Text).ToList();
        var index = names.IndexOf("version");
        if (index < 0 && OldKeys.Count(names.Contains) >= 2)
        {
            problems.Error(at, "this looks like a cluster-desc.yaml of the Sextant of 2017; docs/cluster-desc.md says how each key is written today");
            return false;
        }
        if (index < 0 || mapping.Pairs[index].Value is not SourceScalar { Plain: true } version || !int.TryParse(version.Text, out var number)
            || number <= ClusterDescription.SchemaVersion)
            return true;
        version = (SourceScalar)mapping.Pairs[index].Value;
        problems.Error(at.Under("version", version), new Schema.Syntax.SchemaVersionSyntax().FaultOf(version.Text)!);
        return false;
    }
}

/// <summary>What reading a <c>cluster-desc.yaml</c> gave: a description, or the errors that prevent one; warnings in either case.</summary>
/// <param name="Description">The description; null when there is an error.</param>
/// <param name="Problems">Every problem of the file, ordered by line and column.</param>
public sealed record ClusterFileResult(ClusterDescription? Description, IReadOnlyList<Problem> Problems);
