using System.Text;

namespace Sextant.Cluster.Schema;

/// <summary>The reference table of every key, in Markdown, for <c>docs/cluster-desc.md</c>.</summary>
internal static class KeyReference
{
    /// <summary>One table a mapping, each under its heading.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder();
        WriteTable(page, "The root", SectionShape.Of<ClusterSection>());
        WriteNested(page, "", SectionShape.Of<ClusterSection>(), []);
        return page.ToString();
    }

    /// <summary>Sections below one; a kind of section that stands in several places has its table at the first.</summary>
    private static void WriteNested(StringBuilder page, string prefix, SectionShape shape, HashSet<SectionShape> written)
    {
        foreach (var key in shape.Keys)
        {
            if (key.Declared.Nested is not { } nested || !written.Add(nested)) continue;
            var path = prefix + key.Declared.Key;
            WriteTable(page, $"`{path}`{(key.Declared.TypeName == "mapping" ? "" : ", each item")}", nested);
            WriteNested(page, path + ".", nested, written);
        }
    }

    private static void WriteTable(StringBuilder page, string title, SectionShape shape)
    {
        page.Append("### ").Append(title).Append("\n\n| key | value | without it | meaning |\n| --- | --- | --- | --- |\n");
        foreach (var declared in shape.Keys.Select(key => key.Declared))
            page.Append($"| `{declared.Key}` | {Value(declared)} | {Absent(declared)} | {declared.Description} |\n");
        page.Append('\n');
    }

    private static string Value(KeyAttribute key)
    {
        var one = key.Syntax is not { } syntax ? "" : syntax.Choices is { } choices
            ? ": " + string.Join(", ", choices.Select(choice => $"`{choice}`"))
            : key.TypeName == "mapping" ? "" : $", `{key.Example ?? syntax.Example}`";
        return key.TypeName + one;
    }

    private static string Absent(KeyAttribute key) =>
        key.Required ? "**error**"
        : key.Default is { } value ? $"`{value}`"
        : key.DefaultNote ?? (key.Nested is not null ? "defaults" : "empty");
}
