using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sextant.Tests.TestKit;

/// <summary>
/// A machine that an installer's script runs on, made of a folder: its /sys, /run, /tmp and /mnt lie there, and the only programs it has are harmless ones
/// and stand-ins that write down how they were called. Nothing of it can reach a disk.
/// </summary>
internal sealed partial class StandInInstaller : IDisposable
{
    private static readonly string[] Harmless =
        ["awk", "basename", "cat", "chmod", "cut", "dirname", "grep", "head", "ls", "mkdir", "printf", "readlink", "rm", "sed", "sh", "sort", "tail", "tee", "tr", "wc"];

    private static readonly string[] Recorders = ["blkdiscard", "blkid", "chroot", "dd", "mount", "reboot", "sync", "systemctl", "umount", "wipefs"];

    /// <summary>Takes reports and logs, and gives the documents of a folder.</summary>
    private const string Curl = """
        out=/dev/null stage= detail= url= body=
        while [ $# -gt 0 ]; do
            case $1 in
            --output) out=$2; shift ;;
            --data-urlencode)
                case $2 in stage=*) stage=${2#stage=} ;; detail=*) detail=${2#detail=} ;; esac
                shift
                ;;
            --data-binary) body=${2#@}; shift ;;
            --connect-timeout | --max-time | --write-out | --retry | --retry-delay) shift ;;
            --*) ;;
            *) url=$1 ;;
            esac
            shift
        done
        case $url in
        */report) echo "$stage $detail" >> "$machine/reports" ;;
        */log) [ ! -e "$machine/deaf" ] && cat "$body" >> "$machine/log" ;;
        *)
            if [ -f "$machine/documents/${url##*/}" ]; then
                cat "$machine/documents/${url##*/}" > "$out"
                printf 200
            else
                echo "Refused: not now." > "$out"
                printf 409
            fi
            ;;
        esac
        """;

    /// <summary>Time does not pass, but for who would wait for the end of the machine: that is the end of the script.</summary>
    private const string Sleep = """
        case $1 in 3600) kill -9 "$PPID" ;; 10) exec /bin/sleep 0.05 ;; esac
        """;

    private readonly TemporaryFolder folder = new();

    public StandInInstaller()
    {
        foreach (var name in (string[])["bin", "documents", "tmp", "run", "sys/block", "mnt/sysroot"]) Directory.CreateDirectory(PathOf(name));
        foreach (var program in Harmless) File.CreateSymbolicLink(PathOf($"bin/{program}"), Which(program));
        foreach (var program in Recorders) Program(program, "");
        Program("curl", Curl);
        Program("sleep", Sleep);
    }

    /// <summary>What the bootstrapper would give, by the last part of its URL; anything else is refused.</summary>
    public Dictionary<string, string> Documents { get; } = new(StringComparer.Ordinal);

    /// <summary>What was reported: stage and detail.</summary>
    public IReadOnlyList<string> Reports => Lines("reports");

    /// <summary>What the installer logged.</summary>
    public IReadOnlyList<string> Log => Lines("log");

    /// <summary>How the stand-ins were called, in order.</summary>
    public IReadOnlyList<string> Called => Lines("called");

    public string PathOf(string name) => folder.File(name);

    public string Text(string name) => File.ReadAllText(PathOf(name));

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    /// <summary>Gives the machine fixed disks: <c>sda:20</c> is one of 20 GB.</summary>
    public void Disks(params string[] disks)
    {
        foreach (var disk in disks.Select(text => text.Split(':')))
        {
            Write($"sys/block/{disk[0]}/size", (long.Parse(disk[1], CultureInfo.InvariantCulture) * 1_000_000_000 / 512).ToString(CultureInfo.InvariantCulture) + "\n");
            Write($"sys/block/{disk[0]}/stat", "0 0 0 0 0 0 0 0 0 0 0\n");
        }
    }

    /// <summary>Gives a disk a partition.</summary>
    public void Partition(string disk, int number) => Write($"sys/block/{disk}/{disk}{number}/partition", $"{number}\n");

    /// <summary>Gives the machine a program: a script that finds the machine's folder in <c>$machine</c>. How it was called is written down.</summary>
    public void Program(string name, string script)
    {
        Write($"bin/{name}", $"#!/bin/sh\nmachine={folder.Path}\necho \"{name} $*\" >> \"$machine/called\"\n{script}\n");
        File.SetUnixFileMode(PathOf($"bin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Runs the script of a kickstart section.</summary>
    public Tool.Result RunScript(string body)
    {
        Write("script", Relocated(body));
        return Run("script");
    }

    /// <summary>Puts the files of an Ignition configuration in place and runs the unit that installs.</summary>
    public Tool.Result RunIgnition(string document)
    {
        using var config = JsonDocument.Parse(document);
        foreach (var file in config.RootElement.GetProperty("storage").GetProperty("files").EnumerateArray())
        {
            var source = file.GetProperty("contents").GetProperty("source").GetString()!;
            Write(file.GetProperty("path").GetString()![1..], Relocated(System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(source["data:;base64,".Length..]))));
        }
        var unit = config.RootElement.GetProperty("systemd").GetProperty("units").EnumerateArray().Single(unit => unit.GetProperty("name").GetString() == "sextant-install.service");
        var command = unit.GetProperty("contents").GetString()!.Split('\n').Single(line => line.StartsWith("ExecStart=/bin/sh /", StringComparison.Ordinal));
        return Run(command["ExecStart=/bin/sh /".Length..]);
    }

    public void Dispose() => folder.Dispose();

    private Tool.Result Run(string script)
    {
        foreach (var (name, text) in Documents) Write($"documents/{name}", text);
        return Tool.Run("/bin/sh", [PathOf(script)], environment: new Dictionary<string, string> { ["PATH"] = PathOf("bin") }, folder: folder.Path);
    }

    /// <summary>The script with the machine's folders where the real ones are named, and every device there.</summary>
    private string Relocated(string script) =>
        SystemFolder().Replace(script, match => folder.Path + match.Value).Replace("[ -b \"$1\" ]", "[ \"$1\" ]", StringComparison.Ordinal);

    private string[] Lines(string name) => File.Exists(PathOf(name)) ? File.ReadAllLines(PathOf(name)) : [];

    private static string Which(string program) =>
        ((string[])["/usr/bin", "/bin"]).Select(place => Path.Combine(place, program)).First(File.Exists);

    [GeneratedRegex("(?<![\\w.}])(/tmp|/mnt/sysroot|/sys|/run)(?=[/\"\\s;]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex SystemFolder();
}
