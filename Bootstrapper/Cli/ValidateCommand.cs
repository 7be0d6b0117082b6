using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sextant.Cluster;

namespace Sextant.Cli;

/// <summary><c>sextant validate FILE</c>: every problem of a cluster description, each with its line.</summary>
public static class ValidateCommand
{
    /// <summary>The verb. Exit code 0 when the file has no error, 1 otherwise; problems and the summary go to standard output.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The cluster description, for example cluster-desc.yaml." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of lines." };
        var command = new Command("validate", "Check a cluster description and print every problem with its line.") { file, json };
        command.SetAction(result =>
        {
            var read = WithFiles(result.GetRequiredValue(file), ClusterFile.Load(result.GetRequiredValue(file)));
            var output = result.InvocationConfiguration.Output;
            output.Write(result.GetValue(json) ? Json(result.GetRequiredValue(file), read) : Lines(result.GetRequiredValue(file), read));
            return read.Description is null ? 1 : 0;
        });
        return command;
    }

    /// <summary>What is wrong with the files the description names is wrong with the description: <c>serve</c> would not take it.</summary>
    private static ClusterFileResult WithFiles(string file, ClusterFileResult read)
    {
        if (read.Description is null) return read;
        var problems = SiteFileReader.Read(file, read.Description).Problems;
        return new ClusterFileResult(
            problems.Any(problem => problem.Severity is Severity.Error) ? null : read.Description,
            [.. read.Problems.Concat(problems).OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
    }

    private static string Lines(string file, ClusterFileResult read)
    {
        var text = new StringBuilder();
        foreach (var problem in read.Problems) text.Append(problem).Append('\n');
        var (errors, warnings) = (Count(read, Severity.Error), Count(read, Severity.Warning));
        var verdict = read.Description is { } cluster ? $"cluster {cluster.Name}, {Plural(cluster.Nodes.Count, "machine")}" : "unusable";
        return text.Append($"{file}: {verdict}: {Plural(errors, "error")}, {Plural(warnings, "warning")}\n").ToString();
    }

    private static string Json(string file, ClusterFileResult read)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            writer.WriteStartObject();
            writer.WriteString("file", file);
            writer.WriteBoolean("valid", read.Description is not null);
            writer.WriteNumber("errors", Count(read, Severity.Error));
            writer.WriteNumber("warnings", Count(read, Severity.Warning));
            writer.WriteStartArray("problems");
            foreach (var problem in read.Problems)
            {
                writer.WriteStartObject();
                writer.WriteString("severity", problem.Severity == Severity.Error ? "error" : "warning");
                writer.WriteNumber("line", problem.Line);
                writer.WriteNumber("column", problem.Column);
                writer.WriteString("path", problem.Path);
                writer.WriteString("message", problem.Message);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static int Count(ClusterFileResult read, Severity severity) => read.Problems.Count(problem => problem.Severity == severity);

    private static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
