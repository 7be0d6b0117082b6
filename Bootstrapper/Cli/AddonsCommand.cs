using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Cluster;
using Sextant.Planning;
using Sextant.Planning.Addons;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant addons FILE</c>: which addons the cluster has, and with <c>--yaml</c> exactly what its masters apply.</summary>
public static class AddonsCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The cluster description, cluster-desc.yaml." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        var yaml = new Option<bool>("--yaml") { Description = "Print the manifests, as the masters get them. They may hold secrets." };
        var assets = new Option<string>("--assets") { Description = "The asset folder, whose manifest pins the images.", DefaultValueFactory = _ => "pxe-assets" };
        var templates = new Option<string>("--templates") { Description = "The templates folder.", DefaultValueFactory = _ => TemplateFolder.DefaultPath };
        var command = new Command("addons", "Show what is applied to the cluster once it stands.") { file, json, yaml, assets, templates };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(yaml)) result.AddError("--json and --yaml are two answers; ask for one.");
        });
        command.SetAction(arguments =>
        {
            var form = arguments.GetValue(yaml) ? AddonsForm.Yaml : arguments.GetValue(json) ? AddonsForm.Json : AddonsForm.Table;
            return Run(arguments.GetRequiredValue(file), form, arguments.GetRequiredValue(assets), arguments.GetRequiredValue(templates), Console.Out, Console.Error);
        });
        return command;
    }

    /// <summary>Prints the addons of a description; 0, or 1 when there is a problem.</summary>
    internal static int Run(string file, AddonsForm form, string assets, string templates, TextWriter output, TextWriter errors)
    {
        var result = ClusterFile.Load(file);
        foreach (var problem in result.Problems) errors.WriteLine(problem);
        if (result.Description is not { } cluster) return 1;
        var (files, problems) = SiteFileReader.Read(file, cluster);
        foreach (var problem in problems) errors.WriteLine(problem);
        if (problems.Any(problem => problem.Severity is Severity.Error)) return 1;
        try
        {
            var material = new PlanMaterial(
                TemplateFolder.Load(templates), new TrustAnchors(new Dictionary<CertificateAuthorityName, string>()), PinnedSite.Of(cluster, assets)) { Files = files };
            Print(AddonSet.Of(cluster, material), form, output);
            return 0;
        }
        catch (Exception fault) when (fault is TemplateException or PinException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(fault.Message);
            return 1;
        }
    }

    private static void Print(IReadOnlyList<AddonDocument> documents, AddonsForm form, TextWriter output)
    {
        if (form is AddonsForm.Yaml)
        {
            output.Write(AddonSet.Text(documents));
            return;
        }
        AppliedAddon[] addons = [.. documents.GroupBy(document => document.Addon, StringComparer.Ordinal).Select(group => new AppliedAddon(
            group.Key, [.. group.SelectMany(document => document.Objects).Select(one => $"{one.Resource}/{one.Name}")], [.. group.SelectMany(document => document.Images).Distinct(StringComparer.Ordinal)]))];
        if (form is AddonsForm.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(addons, AddonsJson.Default.AppliedAddonArray));
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Addon", "Objects", "Images");
        foreach (var addon in addons) table.AddRow(new Text(addon.Name), new Text($"{addon.Objects.Count}"), new Text(string.Join('\n', addon.Images)));
        Tables.Write(table, output);
    }
}

/// <summary>How <c>sextant addons</c> answers.</summary>
internal enum AddonsForm
{
    /// <summary>A table for people.</summary>
    Table,
    /// <summary>The table as JSON.</summary>
    Json,
    /// <summary>The manifests.</summary>
    Yaml,
}

/// <summary>A line of <c>sextant addons</c>.</summary>
/// <param name="Name">The addon.</param>
/// <param name="Objects">Its objects, <c>daemonset.apps/kube-proxy</c>.</param>
/// <param name="Images">The images its pods run.</param>
internal sealed record AppliedAddon(string Name, IReadOnlyList<string> Objects, IReadOnlyList<string> Images);

/// <summary>Source-generated JSON of <c>sextant addons</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(AppliedAddon[]))]
internal sealed partial class AddonsJson : JsonSerializerContext;
