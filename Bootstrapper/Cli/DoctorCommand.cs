using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sextant.Doctor;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary><c>sextant doctor [FILE]</c>: what would keep machines from booting, before the first one is switched on.</summary>
public static class DoctorCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = SiteArgument.Create();
        var state = new Option<string>("--state") { Description = "The state folder.", DefaultValueFactory = _ => "/var/lib/sextant" };
        var assets = new Option<string>("--assets") { Description = "The asset folder.", DefaultValueFactory = _ => AssetsCommand.DefaultFolder() };
        var noProbe = new Option<bool>("--no-probe") { Description = "Send nothing: do not ask the segment for other DHCP servers and for hosts with this site's addresses." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        var command = new Command("doctor", "Look for what would keep machines from booting. Changes nothing; exit code 1 when there is something.") { file, state, assets, noProbe, json };
        command.SetAction(async (arguments, cancelled) =>
        {
            if (SiteArgument.FileOf(arguments.GetValue(file)) is not { } description) return Ending.Misused($"There is no {SiteArgument.DefaultFile} here: name the cluster description.");
            var findings = new List<Finding>();
            var checkup = new Checkup(description, arguments.GetRequiredValue(state), arguments.GetRequiredValue(assets), !arguments.GetValue(noProbe));
            await foreach (var finding in checkup.RunAsync(TimeProvider.System, cancelled)) findings.Add(finding);
            Print(findings, arguments.GetValue(json), Console.Out);
            return findings.Any(finding => finding.Grade is FindingGrade.Failure) ? 1 : 0;
        });
        return command;
    }

    /// <summary>Prints what was found.</summary>
    internal static void Print(IReadOnlyList<Finding> findings, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(findings, DoctorJson.Readable.IReadOnlyListFinding));
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "Check", "Found");
        foreach (var finding in findings) table.AddRow(new Text(Sign(finding.Grade), Colour(finding.Grade)), new Text(finding.Check), new Text(finding.Text));
        Tables.Write(table, output);
        foreach (var finding in findings.Where(finding => finding.Fix is not null)) output.WriteLine($"{Sign(finding.Grade)} {finding.Check}: {finding.Text}\n    {finding.Fix}");
        var (failures, warnings) = (findings.Count(finding => finding.Grade is FindingGrade.Failure), findings.Count(finding => finding.Grade is FindingGrade.Warning));
        output.WriteLine(failures == 0 ? $"Machines may be switched on; {warnings} warnings." : $"{failures} things to put right first; {warnings} warnings.");
    }

    private static string Sign(FindingGrade grade) => grade switch
    {
        FindingGrade.Good => "ok",
        FindingGrade.Skipped => "skipped",
        FindingGrade.Warning => "warning",
        FindingGrade.Failure => "FAILURE",
        _ => throw new ArgumentOutOfRangeException(nameof(grade)),
    };

    private static Style Colour(FindingGrade grade) => grade switch
    {
        FindingGrade.Good => new Style(Color.Green),
        FindingGrade.Skipped => new Style(Color.Grey),
        FindingGrade.Warning => new Style(Color.Yellow),
        FindingGrade.Failure => new Style(Color.Red),
        _ => throw new ArgumentOutOfRangeException(nameof(grade)),
    };
}

/// <summary>Source-generated JSON of <c>sextant doctor</c>.</summary>
[JsonSerializable(typeof(IReadOnlyList<Finding>))]
internal sealed partial class DoctorJson : JsonSerializerContext
{
    /// <summary>For people and scripts.</summary>
    public static DoctorJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
