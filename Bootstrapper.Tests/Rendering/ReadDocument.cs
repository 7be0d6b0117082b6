using System.Text;
using System.Text.Json;
using Sextant.Planning;
using Sextant.Rendering;
using YamlDotNet.RepresentationModel;

namespace Sextant.Tests.Rendering;

/// <summary>What a document says, read by other means than those it was written with: the same whatever its format, so that it can be compared with the plan.</summary>
/// <param name="Files">Path to mode, owner and text; units and drop-ins are files of <c>/etc/systemd/system</c>.</param>
/// <param name="Enabled">Units that start at boot.</param>
/// <param name="Masked">Units that never start.</param>
/// <param name="Accounts">Login names.</param>
/// <param name="Hostname">The host name.</param>
/// <param name="Keys">SSH keys of the first account.</param>
internal sealed record ReadDocument(
    SortedDictionary<string, string> Files, IReadOnlyList<string> Enabled, IReadOnlyList<string> Masked, IReadOnlyList<string> Accounts, string Hostname,
    IReadOnlyList<string> Keys)
{
    private const string UnitFolder = "/etc/systemd/system/";

    public static string Line(int mode, string owner, string content) => $"{Convert.ToString(mode, 8)} {owner}\n{content}";

    public static ReadDocument Of(ConfigFormat format, string text) => format.Name switch
    {
        "ignition" => OfIgnition(text),
        "cloud-config" => OfCloudConfig(text),
        "cloud-init" => OfCloudInit(text),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format.Name, "no document of a node"),
    };

    /// <summary>What a plan says, in the same form.</summary>
    public static ReadDocument OfPlan(NodePlan plan, string ticket)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in plan.Files) files.Add(file.Path, Line(file.Mode, file.Owner, file.Content));
        foreach (var unit in plan.Units.Where(unit => unit.Content is not null)) files.Add(UnitFolder + unit.Name, Line(Permissions.Public, "root:root", unit.Content!));
        files.Add("/etc/sextant/ticket", Line(Permissions.Private, "root:root", ticket + "\n"));
        return new ReadDocument(
            files, [.. plan.Units.Where(unit => unit.Enabled).Select(unit => unit.Name)], plan.MaskedUnits, ["sextant", .. plan.Accounts], plan.Hostname, plan.SshAuthorizedKeys);
    }

    private static ReadDocument OfIgnition(string text)
    {
        using var json = JsonDocument.Parse(text);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in json.RootElement.GetProperty("storage").GetProperty("files").EnumerateArray())
        {
            var source = file.GetProperty("contents").GetProperty("source").GetString()!;
            files.Add(file.GetProperty("path").GetString()!, Line(
                file.GetProperty("mode").GetInt32(),
                $"{file.GetProperty("user").GetProperty("name").GetString()}:{file.GetProperty("group").GetProperty("name").GetString()}",
                Encoding.UTF8.GetString(Convert.FromBase64String(source["data:;base64,".Length..]))));
        }
        var units = json.RootElement.GetProperty("systemd").GetProperty("units").EnumerateArray().ToArray();
        foreach (var unit in units)
        {
            var name = unit.GetProperty("name").GetString()!;
            if (unit.TryGetProperty("contents", out var contents)) files.Add(UnitFolder + name, Line(Permissions.Public, "root:root", contents.GetString()!));
            if (!unit.TryGetProperty("dropins", out var dropIns)) continue;
            foreach (var dropIn in dropIns.EnumerateArray())
                files.Add($"{UnitFolder}{name}.d/{dropIn.GetProperty("name").GetString()}", Line(Permissions.Public, "root:root", dropIn.GetProperty("contents").GetString()!));
        }
        string[] Having(string key) => [.. units.Where(unit => unit.TryGetProperty(key, out var value) && value.GetBoolean()).Select(unit => unit.GetProperty("name").GetString()!)];
        var users = json.RootElement.GetProperty("passwd").GetProperty("users").EnumerateArray().ToArray();
        return new ReadDocument(
            files, Having("enabled"), Having("mask"), [.. users.Select(user => user.GetProperty("name").GetString()!)],
            files["/etc/hostname"].Split('\n')[1], [.. users[0].GetProperty("sshAuthorizedKeys").EnumerateArray().Select(key => key.GetString()!)]);
    }

    private static ReadDocument OfCloudConfig(string text)
    {
        var root = Root(text);
        var files = FilesOf(root);
        var units = ((YamlSequenceNode)root["coreos"]["units"]).Cast<YamlMappingNode>().ToArray();
        // The document's own unit starts the planned ones; what it starts is looked at instead.
        var starter = units.Single(unit => Text(unit, "name") == "sextant-start.service");
        foreach (var unit in units.Where(unit => unit != starter))
        {
            if (Text(unit, "content") is { } content) files.Add(UnitFolder + Text(unit, "name"), Line(Permissions.Public, "root:root", content));
            if (!unit.Children.TryGetValue("drop_ins", out var dropIns)) continue;
            foreach (var dropIn in ((YamlSequenceNode)dropIns).Cast<YamlMappingNode>())
                files.Add($"{UnitFolder}{Text(unit, "name")}.d/{Text(dropIn, "name")}", Line(Permissions.Public, "root:root", Text(dropIn, "content")!));
        }
        string[] Having(string key) => [.. units.Where(unit => Text(unit, key) == "true").Select(unit => Text(unit, "name")!)];
        var started = Text(starter, "content")!.Split('\n').Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal)).Split("--no-block ")[1].Split(' ');
        var enabled = Having("enable");
        return new ReadDocument(files, enabled.SequenceEqual(started) ? enabled : ["enabled and started differ"], Having("mask"), AccountsOf(root), Text(root, "hostname")!, KeysOf(root));
    }

    private static ReadDocument OfCloudInit(string text)
    {
        var root = Root(text);
        var commands = ((YamlSequenceNode)root["runcmd"]).Select(command => string.Join(' ', ((YamlSequenceNode)command).Select(word => ((YamlScalarNode)word).Value))).ToArray();
        string[] Of(string beginning) => commands.SingleOrDefault(command => command.StartsWith(beginning, StringComparison.Ordinal))?[beginning.Length..].Split(' ') ?? [];
        var enabled = Of("systemctl enable ");
        return new ReadDocument(
            FilesOf(root), enabled.SequenceEqual(Of("systemctl start --no-block ")) ? enabled : ["enabled and started differ"], Of("systemctl mask --now "), AccountsOf(root),
            Text(root, "hostname")!, KeysOf(root));
    }

    private static YamlMappingNode Root(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return (YamlMappingNode)yaml.Documents.Single().RootNode;
    }

    private static SortedDictionary<string, string> FilesOf(YamlMappingNode root)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in ((YamlSequenceNode)root["write_files"]).Cast<YamlMappingNode>())
        {
            var content = Text(file, "content")!;
            files.Add(Text(file, "path")!, Line(
                Convert.ToInt32(Text(file, "permissions"), 8), Text(file, "owner")!,
                Text(file, "encoding") is "b64" ? Encoding.UTF8.GetString(Convert.FromBase64String(content)) : content));
        }
        return files;
    }

    private static string[] AccountsOf(YamlMappingNode root) => [.. ((YamlSequenceNode)root["users"]).Select(user => Text((YamlMappingNode)user, "name")!)];

    private static string[] KeysOf(YamlMappingNode root) => ((YamlMappingNode)root["users"][0]).Children.TryGetValue("ssh_authorized_keys", out var keys)
        ? [.. ((YamlSequenceNode)keys).Select(key => ((YamlScalarNode)key).Value!)]
        : [];

    private static string? Text(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;
}
