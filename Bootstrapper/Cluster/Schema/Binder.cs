using System.Diagnostics.CodeAnalysis;
using Sextant.Cluster.Yaml;

namespace Sextant.Cluster.Schema;

/// <summary>Fills a <see cref="Section"/> from a mapping of the file, and reports every key that is unknown, missing or written twice.</summary>
internal static class Binder
{
    /// <summary>Binds a mapping.</summary>
    public static T Bind<[DynamicallyAccessedMembers(SectionShape.Needed)] T>(SourceMapping mapping, Place at, ProblemList problems)
        where T : Section, new()
    {
        var shape = SectionShape.Of<T>();
        var section = new T { At = at };
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in Pairs(mapping, at, problems))
        {
            if (shape.Find(name.Text) is not { } key)
            {
                var meant = problems.IsFull ? null : Suggestion.Nearest(name.Text, shape.Names);
                problems.Error(at.Under(name.Text, name), problems.IsFull ? "" : UnknownKey(name.Text, meant, shape));
                if (meant is not null) given.Add(meant);
                continue;
            }
            given.Add(name.Text);
            var place = at.Under(name.Text, value);
            if (HasNoTag(value, place, problems)) key.Property.SetValue(section, key.Declared.Bind(value, place, problems));
        }
        // A merge key is refused, but what it would bring is not missing.
        if (mapping.Pairs.Any(pair => IsMergeKey(pair.Key))) given.UnionWith(shape.Names);
        section.Given = given;
        foreach (var key in shape.Keys.Where(key => !given.Contains(key.Declared.Key)))
        {
            if (key.Declared.Required) problems.Error(at with { Path = at.PathUnder(key.Declared.Key) }, $"is missing: {Lower(key.Declared.Description)}");
            else key.Property.SetValue(section, key.Declared.BindAbsent(at));
        }
        return section;
    }

    /// <summary>A section the file does not have: every key's default.</summary>
    public static T Defaults<[DynamicallyAccessedMembers(SectionShape.Needed)] T>(Place at)
        where T : Section, new()
    {
        var section = new T { At = at };
        foreach (var key in SectionShape.Of<T>().Keys) key.Property.SetValue(section, key.Declared.BindAbsent(at));
        return section;
    }

    /// <summary>The pairs with a readable key, each key once; the others are reported.</summary>
    public static IEnumerable<(SourceScalar Name, SourceNode Value)> Pairs(SourceMapping mapping, Place at, ProblemList problems)
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Pairs)
        {
            if (key is not SourceScalar name) problems.Error(at with { Line = key.Line, Column = key.Column }, $"a key is {key.Kind}; keys are text");
            else if (IsMergeKey(name))
                problems.Error(at.Under("<<", name), "merge keys are not read here; write the keys out, or use an alias (*name) for a whole value");
            else if (!lines.TryAdd(name.Text, name.Line)) problems.Error(at.Under(name.Text, name), $"is given twice, first on line {lines[name.Text]}");
            else if (HasNoTag(name, at.Under(name.Text, name), problems)) yield return (name, value);
        }
    }

    /// <summary>Reports a value with an explicit tag.</summary>
    public static bool HasNoTag(SourceNode node, Place at, ProblemList problems)
    {
        if (node.Tag is null) return true;
        problems.Error(at, $"has the YAML tag {Quoted.Of(node.Tag.Replace("tag:yaml.org,2002:", "!!", StringComparison.Ordinal))}; tags are not read here, remove it");
        return false;
    }

    private static bool IsMergeKey(SourceNode key) => key is SourceScalar { Text: "<<", Plain: true };

    private static string UnknownKey(string name, string? meant, SectionShape shape)
    {
        if (meant is not null) return $"unknown key; did you mean '{meant}'?";
        var homes = Homes("", SectionShape.Of<ClusterSection>()).Where(home => home.EndsWith("." + Suggestion.SnakeCase(name), StringComparison.Ordinal)).ToList();
        return homes.Count > 0
            ? $"unknown key here; did you mean {string.Join(" or ", homes)}?"
            : $"unknown key; the keys here are {string.Join(", ", shape.Names)}";
    }

    /// <summary>Every path of the schema.</summary>
    private static IEnumerable<string> Homes(string prefix, SectionShape shape) => shape.Keys.SelectMany(key =>
    {
        var path = prefix + key.Declared.Key;
        return key.Declared.Nested is { } nested ? Homes(path + (key.Declared.TypeName == "mapping" ? "." : "[]."), nested).Prepend(path) : [path];
    });

    private static string Lower(string description) => char.ToLowerInvariant(description[0]) + description[1..].TrimEnd('.');
}
