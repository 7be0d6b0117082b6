using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Sextant.Tests.Rendering;

/// <summary>
/// What coreos-cloudinit understands, as data: its own validator accepts keys with hyphens, which it then passes over without a word, so a document is
/// held against this table instead.
/// </summary>
internal static partial class CoreosDialect
{
    private static readonly Dictionary<string, string[]> Keys = new(StringComparer.Ordinal)
    {
        [""] = ["ssh_authorized_keys", "hostname", "manage_etc_hosts", "users", "write_files", "coreos"],
        ["users"] =
        [
            "name", "passwd", "ssh_authorized_keys", "gecos", "homedir", "no_create_home", "primary_group", "groups", "no_user_group", "system", "no_log_init", "shell",
        ],
        ["write_files"] = ["path", "content", "owner", "permissions", "encoding"],
        ["coreos"] = ["units", "update", "locksmith", "flannel", "oem"],
        ["coreos.units"] = ["name", "mask", "enable", "runtime", "content", "command", "drop_ins"],
        ["coreos.units.drop_ins"] = ["name", "content"],
        ["coreos.update"] = ["reboot_strategy", "group", "server"],
    };

    private static readonly Dictionary<string, Regex> Values = new(StringComparer.Ordinal)
    {
        ["hostname"] = HostLabel(),
        ["write_files.path"] = AbsolutePath(),
        ["write_files.permissions"] = OctalBits(),
        ["write_files.encoding"] = Encodings(),
        ["write_files.owner"] = OwnerAndGroup(),
        ["coreos.units.command"] = Commands(),
        ["coreos.units.mask"] = Boolean(),
        ["coreos.units.enable"] = Boolean(),
        ["coreos.units.runtime"] = Boolean(),
        ["users.system"] = Boolean(),
        ["users.no_create_home"] = Boolean(),
        ["coreos.update.reboot_strategy"] = Strategies(),
    };

    /// <summary>Everything a document says that the dialect does not know; empty when all of it is understood.</summary>
    public static IReadOnlyList<string> Problems(string text)
    {
        if (!text.StartsWith("#cloud-config\n", StringComparison.Ordinal)) return ["the first line is not #cloud-config"];
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        var problems = new List<string>();
        Check(yaml.Documents.Single().RootNode, "", problems);
        return problems;
    }

    private static void Check(YamlNode node, string path, List<string> problems)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                foreach (var (key, value) in mapping)
                {
                    var name = ((YamlScalarNode)key).Value!;
                    if (!Keys.TryGetValue(path, out var known) || !known.Contains(name)) problems.Add($"{path}: unknown key {name}");
                    else Check(value, path.Length == 0 ? name : $"{path}.{name}", problems);
                }
                break;
            case YamlSequenceNode sequence:
                foreach (var item in sequence) Check(item, path, problems);
                break;
            case YamlScalarNode scalar when Values.TryGetValue(path, out var pattern) && !pattern.IsMatch(scalar.Value!):
                problems.Add($"{path}: {scalar.Value} is no value of it");
                break;
        }
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex HostLabel();

    [GeneratedRegex("^/[^\n]+$")]
    private static partial Regex AbsolutePath();

    [GeneratedRegex("^0?[0-7]{3,4}$")]
    private static partial Regex OctalBits();

    [GeneratedRegex("^(base64|b64|gz|gzip|gz\\+base64|gzip\\+base64|gz\\+b64|gzip\\+b64)$")]
    private static partial Regex Encodings();

    [GeneratedRegex("^[a-z_][a-z0-9_-]*(:[a-z_][a-z0-9_-]*)?$")]
    private static partial Regex OwnerAndGroup();

    [GeneratedRegex("^(start|stop|restart|reload|try-restart|reload-or-restart|reload-or-try-restart)$")]
    private static partial Regex Commands();

    [GeneratedRegex("^(true|false)$")]
    private static partial Regex Boolean();

    [GeneratedRegex("^(etcd-lock|reboot|off)$")]
    private static partial Regex Strategies();
}
