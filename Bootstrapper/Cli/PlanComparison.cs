using System.Text.Json;
using Sextant.Planning;
using Sextant.Status;
using Spectre.Console;

namespace Sextant.Cli;

/// <summary>What another cluster description would change: between two files, or asked of the running service.</summary>
internal static class PlanComparison
{
    /// <summary>Compares two files, with the templates and the asset manifest of this machine. The authorities are the same on both sides, so they do not matter.</summary>
    public static int Compare(string before, string after, string assets, string templates, bool json, TextWriter output, TextWriter errors)
    {
        var anchors = new TrustAnchors(Enum.GetValues<CertificateAuthorityName>().ToDictionary(name => name, _ => RenderCommand.AnchorPlaceholder));
        var plans = new List<ClusterPlan>();
        foreach (var file in (string[])[before, after])
        {
            var reader = new PlanReader(file, templates, assets);
            var reading = reader.ToPlan(reader.ReadFile(), anchors, keys: null);
            foreach (var problem in reading.Problems) errors.WriteLine(problem);
            if (reading.Plan is { } plan) plans.Add(plan);
        }
        if (plans is not [var was, var now]) return Ending.Failure;
        var changes = PlanChanges.Between(was, now);
        if (json) output.WriteLine(JsonSerializer.Serialize(changes, StatusJson.Default.PlanChanges));
        else Print(changes, output);
        return Ending.Done;
    }

    /// <summary>Asks the running service what the file would change there.</summary>
    public static async Task<int> AskAsync(ServiceClient client, string file, bool json, TextWriter output, TextWriter errors, CancellationToken cancelled)
    {
        byte[] description;
        try
        {
            description = await File.ReadAllBytesAsync(file, cancelled);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Ending.Failed($"{file}: {failure.Message}");
        }
        var reply = await client.PostAsync("plan", description, PlanEndpoint.MediaType, cancelled);
        if (reply is ServiceReply.Refused { Problem.Problems: { } problems })
        {
            foreach (var problem in problems) await errors.WriteLineAsync(problem);
            return Ending.Failure;
        }
        if (reply is not ServiceReply.Answered answered) return reply.Say();
        if (json) await output.WriteLineAsync(answered.Text);
        else Print(answered.As(StatusJson.Default.PlanChanges), output);
        return Ending.Done;
    }

    private static void Print(PlanChanges changes, TextWriter output)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("MAC", "Name", "Change", "By itself", "Only by an installation");
        foreach (var machine in changes.Machines)
            table.AddRow(
                new Text(machine.Mac.ToString()), new Text(machine.Hostname), new Text(JsonNamingPolicy.KebabCaseLower.ConvertName(machine.Change.ToString())),
                new Text(string.Join('\n', machine.Config)), new Text(string.Join('\n', machine.Reinstall)));
        Tables.Write(table, output);
        if (changes.Service.Count > 0) output.WriteLine($"The service answers differently: {string.Join(", ", changes.Service)}.");
        if (changes.Restart.Count > 0) output.WriteLine($"Nothing of this is in force before a restart of the service: {string.Join(", ", changes.Restart)} changed.");
    }
}
