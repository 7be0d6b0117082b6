using System.Text;
using System.Text.RegularExpressions;
using Sextant.Cluster;

namespace Sextant.Planning.Addons;

/// <summary>
/// What is applied to a cluster once it stands: the manifests of the addons that every cluster has and of those the description switches on. An addon is
/// a folder of templates, <c>templates/addons/NAME</c>; its documents are all <c>*.yaml</c> there, <c>config.yaml</c> first. What lies in
/// <c>files/GROUP</c> below it is not filled: a document takes it in as it is, under <c>files.GROUP</c>.
/// </summary>
internal static partial class AddonSet
{
    /// <summary>Part of every cluster, in the order in which each needs the one before.</summary>
    public static readonly IReadOnlyList<string> AlwaysOn = ["kube-proxy", "flannel", "coredns", "bootstrapper"];

    private const string Config = "config.yaml";
    private const string Files = "files/";
    private const string Unpinned = "unpinned:";

    /// <summary>The names of a cluster's addons: those always on, then the others in the order in which they are applied.</summary>
    public static IReadOnlyList<string> NamesOf(ClusterDescription cluster) => [.. AlwaysOn, .. cluster.Addons.Except(AlwaysOn).Order(StringComparer.Ordinal)];

    /// <summary>The documents of every addon of a cluster, in the order in which they are applied.</summary>
    /// <exception cref="TemplateException">A template is missing, asks for a value that does not exist, or is not YAML once it is filled.</exception>
    /// <exception cref="PinException">An image is not pinned for this cluster.</exception>
    public static IReadOnlyList<AddonDocument> Of(ClusterDescription cluster, PlanMaterial material)
    {
        var values = AddonValues.Of(cluster, material);
        return [.. NamesOf(cluster).SelectMany(addon => DocumentsOf(addon, values, material))];
    }

    /// <summary>
    /// The documents as one text of several YAML documents. It names the objects in comments, by which a master finds what an earlier text had and this one
    /// has not, and it ends in a line by which a master sees that it has all of it.
    /// </summary>
    public static string Text(IReadOnlyList<AddonDocument> documents)
    {
        var text = new StringBuilder("# The addons of this cluster, as its bootstrapper has them. The masters apply this text; what they find changed they change back.\n");
        foreach (var one in documents.SelectMany(document => document.Objects).Where(one => one.IsPruned))
            text.Append("# object: ").Append(one.Resource).Append(' ').Append(one.Namespace ?? "-").Append(' ').Append(one.Name).Append('\n');
        foreach (var document in documents) text.Append("---\n# ").Append(document.Template).Append('\n').Append(document.Text.TrimEnd('\n')).Append('\n');
        return text.Append("# end of the addons\n").ToString();
    }

    private static IEnumerable<AddonDocument> DocumentsOf(string addon, Dictionary<string, object> values, PlanMaterial material)
    {
        var folder = $"addons/{addon}/";
        var templates = material.Templates.Texts.Keys
            .Where(path => path.StartsWith(folder, StringComparison.Ordinal) && path.EndsWith(".yaml", StringComparison.Ordinal) && !path.StartsWith(folder + Files, StringComparison.Ordinal))
            .OrderBy(path => path != folder + Config).ThenBy(path => path, StringComparer.Ordinal).ToList();
        if (templates.Count == 0) throw new TemplateException(folder, "the templates folder has no manifests of this addon");
        // Whoever reads its configuration only once is started again when it changes: pods carry this as an annotation.
        values["config_digest"] = "";
        values["files"] = FilesOf(folder + Files, material.Templates);
        foreach (var template in templates)
        {
            values["image"] = ImagesOf(material.Templates.Texts[template], material.Pins);
            var text = material.Templates.Fill(template, values);
            if (template == folder + Config) values["config_digest"] = AddonValues.DigestOf(text);
            var (objects, images) = ManifestText.Parse(template, text);
            if (images.FirstOrDefault(image => image.StartsWith(Unpinned, StringComparison.Ordinal)) is { } missing)
                throw new PinException($"{template} needs the image {missing[Unpinned.Length..]}, and none is pinned for this cluster; 'sextant assets list --all' shows what is");
            yield return new AddonDocument(addon, template, text, objects, images);
        }
    }

    /// <summary>The files below a folder: by the name of their own folder, each with its name and its text as a quoted scalar.</summary>
    private static Dictionary<string, object> FilesOf(string folder, TemplateSet templates) => templates.Texts
        .Where(file => file.Key.StartsWith(folder, StringComparison.Ordinal)).OrderBy(file => file.Key, StringComparer.Ordinal)
        .Select(file => (Parts: file.Key[folder.Length..].Split('/'), Text: file.Value.ReplaceLineEndings("\n")))
        .GroupBy(file => file.Parts[0], StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => (object)group
            .Select(file => new Dictionary<string, object> { ["name"] = file.Parts[^1], ["text"] = AddonValues.Quoted(file.Text) }).ToArray(), StringComparer.Ordinal);

    /// <summary>Whatever image a template may ask for: one that is not pinned is a problem only in a document that has it.</summary>
    private static Dictionary<string, object> ImagesOf(string template, SitePins pins) =>
        ImageValue().Matches(template).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal).ToDictionary(
            name => name, name => (object)(pins.Images.FirstOrDefault(image => AddonValues.LastPart(image) == name) ?? Unpinned + name), StringComparer.Ordinal);

    [GeneratedRegex(@"\{\{\s*(?:\.\./)*image\.([a-z0-9._-]+)\s*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex ImageValue();
}

/// <summary>One filled template of an addon.</summary>
/// <param name="Addon">The addon's name.</param>
/// <param name="Template">The template's path below <c>templates/</c>.</param>
/// <param name="Text">The text: one or several YAML documents.</param>
/// <param name="Objects">The objects it describes, in its order.</param>
/// <param name="Images">The images it names, as full references.</param>
internal sealed record AddonDocument(string Addon, string Template, string Text, IReadOnlyList<ManifestObject> Objects, IReadOnlyList<string> Images);
