namespace Sextant.Tests.Rendering;

/// <summary>
/// A kickstart file as its installer reads it: commands, one to a line, then sections from <c>%name</c> to <c>%end</c>. Whatever RHEL 9 or RHEL 10 would refuse,
/// by name or by place, is a fault.
/// </summary>
internal sealed class KickstartText
{
    /// <summary>Commands that both releases have and neither has deprecated away.</summary>
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "authselect", "autopart", "bootloader", "cdrom", "clearpart", "cmdline", "driverdisk", "eula", "fcoe", "firewall", "firstboot", "graphical", "group", "halt",
        "harddrive", "ignoredisk", "iscsi", "iscsiname", "keyboard", "lang", "liveimg", "logging", "logvol", "mediacheck", "mount", "network", "nfs", "ostreesetup", "part",
        "partition", "poweroff", "raid", "realm", "reboot", "repo", "reqpart", "rescue", "rootpw", "selinux", "services", "shutdown", "snapshot", "sshkey", "sshpw", "text",
        "timesource", "timezone", "updates", "url", "user", "volgroup", "zerombr",
    };

    private static readonly HashSet<string> KnownSections = new(StringComparer.Ordinal) { "%packages", "%pre", "%pre-install", "%post", "%onerror", "%addon" };

    private static readonly string[] Required = ["bootloader", "clearpart", "keyboard", "lang", "network", "part", "rootpw", "timezone", "url", "zerombr"];

    private readonly List<string> faults = [];
    private readonly Dictionary<string, string> commands = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Options, string Body)> sections = [];

    /// <param name="text">The file.</param>
    /// <param name="included">The files it includes, by path.</param>
    public KickstartText(string text, IReadOnlyDictionary<string, string> included)
    {
        Read(text.Split('\n'), included);
        foreach (var name in Required.Where(name => !commands.ContainsKey(name))) faults.Add($"{name} is missing");
        if (commands.ContainsKey("autopart") && (commands.ContainsKey("part") || commands.ContainsKey("reqpart"))) faults.Add("autopart excludes part and reqpart");
        if (sections.Count(section => section.Name == "%packages") != 1) faults.Add("not exactly one %packages");
    }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<string> Faults => faults;

    /// <summary>The options of a command; null when it is not given.</summary>
    public string? Command(string name) => commands.GetValueOrDefault(name);

    /// <summary>The bodies of the sections of that name.</summary>
    public IReadOnlyList<string> Bodies(string name) => [.. sections.Where(section => section.Name == name).Select(section => section.Body)];

    /// <summary>The options of every section with scripts.</summary>
    public IEnumerable<(string Name, string Options, string Body)> Scripts => sections.Where(section => section.Name is not "%packages");

    private void Read(string[] lines, IReadOnlyDictionary<string, string> included)
    {
        for (var at = 0; at < lines.Length; at++)
        {
            var words = lines[at].Trim().Split(' ', 2);
            if (words[0].Length == 0 || words[0][0] == '#') continue;
            if (words[0] == "%include")
            {
                if (included.TryGetValue(words[1], out var inner)) Read(inner.Split('\n'), included);
                else faults.Add($"line {at + 1}: nothing is written to {words[1]}");
            }
            else if (words[0] == "%end") faults.Add($"line {at + 1}: %end ends nothing");
            else if (words[0][0] == '%')
            {
                if (!KnownSections.Contains(words[0])) faults.Add($"line {at + 1}: unknown section {words[0]}");
                var end = Array.FindIndex(lines, at, line => line == "%end");
                if (end < 0) faults.Add($"line {at + 1}: {words[0]} has no %end");
                else
                {
                    var body = lines[(at + 1)..end];
                    if (body.FirstOrDefault(line => KnownSections.Contains(line.Split(' ')[0])) is { } inner) faults.Add($"line {at + 1}: {inner} begins within {words[0]}");
                    sections.Add((words[0], words.ElementAtOrDefault(1) ?? "", string.Join('\n', body) + "\n"));
                    at = end;
                }
            }
            else if (!Known.Contains(words[0])) faults.Add($"line {at + 1}: unknown command {words[0]}");
            else if (words[0] != "part" && !commands.TryAdd(words[0], words.ElementAtOrDefault(1) ?? "")) faults.Add($"line {at + 1}: {words[0]} is given twice");
            else commands[words[0]] = words.ElementAtOrDefault(1) ?? "";
        }
    }
}
