using System.Text.RegularExpressions;
using Sextant.Assets;

namespace Sextant.Builds;

/// <summary>What programs need around them in an image, or why it cannot be had.</summary>
/// <param name="Entries">Programs, libraries and links.</param>
/// <param name="Problems">What this machine lacks, for people; empty when all is there.</param>
internal sealed record ToolClosure(IReadOnlyList<LayerEntry> Entries, IReadOnlyList<string> Problems)
{
    private static readonly HostProgram Ldd = new("ldd", "libc-bin");

    /// <summary>Libraries that load plugins by name, and the folder of these beside the library.</summary>
    private static readonly (string Library, string Folder)[] Plugins = [("libxtables.so.", "xtables")];

    /// <summary>The names that lead into /usr on systems where it is merged; an image with programs of such a system needs them, too.</summary>
    private static readonly string[] Merged = ["/bin", "/lib", "/lib64", "/sbin"];

    /// <summary>Collects tools of this machine, and the libraries of these and of other programs.</summary>
    /// <param name="tools">The tools.</param>
    /// <param name="linked">Programs of which only the libraries are wanted: paths of this machine.</param>
    /// <param name="folder">A folder whose programs go before those of the machine.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ToolClosure> CollectAsync(IReadOnlyList<HostProgram> tools, IReadOnlyList<string> linked, string folder, CancellationToken cancellation)
    {
        if (tools.Count + linked.Count == 0) return new ToolClosure([], []);
        var entries = new Dictionary<string, LayerEntry>(StringComparer.Ordinal);
        var problems = new List<string>();
        var examined = new List<string>(linked);
        foreach (var tool in tools)
        {
            if (Find(tool.Name, folder) is not { } found)
            {
                problems.Add($"{tool.Name} is not on this machine: apt-get install {tool.Package}");
                continue;
            }
            var real = Canonical(found);
            if (ElfProgram.Read(real) is not { } program)
            {
                problems.Add($"{found} is no program for linux/amd64");
                continue;
            }
            // What the operator put into the folder lies in the image where programs of his own lie.
            var (place, name) = IsBelow(real, folder)
                ? ($"/usr/local/bin/{Path.GetFileName(real)}", $"/usr/local/bin/{tool.Name}")
                : (real, Path.Combine(Canonical(Path.GetDirectoryName(found)!), tool.Name));
            entries[place] = new LayerEntry.Copied(place, real, IsProgram: true);
            if (name != place) entries[name] = new LayerEntry.Link(name, place);
            if (program.IsDynamic) examined.Add(real);
        }
        if (HostPrograms.Missing([Ldd]).Count > 0) problems.Add($"{Ldd.Name} is not on this machine: apt-get install {Ldd.Package}");
        if (problems.Count == 0) await AddLibrariesAsync(examined, entries, problems, cancellation);
        foreach (var name in Merged)
            if (new FileInfo(name).LinkTarget is { } target) entries.TryAdd(name, new LayerEntry.Link(name, target));
        return new ToolClosure([.. entries.Values], [.. problems.Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>Adds what the dynamic linker would load, then the plugins of what was added, until there is nothing new.</summary>
    private static async Task AddLibrariesAsync(IReadOnlyList<string> programs, Dictionary<string, LayerEntry> entries, List<string> problems, CancellationToken cancellation)
    {
        for (var next = programs; next.Count > 0;)
        {
            var lines = new List<string>();
            _ = await HostPrograms.RunAsync(Ldd.Name, next, new Dictionary<string, string> { ["LC_ALL"] = "C" }, "/", line => lines.Add(line.Trim()), cancellation);
            var plugins = new List<string>();
            foreach (var needed in lines.Select(LddLine.Read).OfType<LddLine>())
            {
                if (needed.Path is not { } path)
                {
                    problems.Add($"the library {needed.Name} is not on this machine; install the package that has it");
                    continue;
                }
                var home = Canonical(Path.GetDirectoryName(path)!);
                var place = Path.Combine(home, Path.GetFileName(path));
                if (!entries.TryAdd(place, Library(place, Canonical(path)))) continue;
                foreach (var (library, folder) in Plugins)
                    if (Path.GetFileName(path).StartsWith(library, StringComparison.Ordinal) && Directory.Exists(Path.Combine(home, folder)))
                        plugins.AddRange(Directory.EnumerateFiles(Path.Combine(home, folder), "*.so").Order(StringComparer.Ordinal));
            }
            foreach (var plugin in plugins) entries[plugin] = Library(plugin, Canonical(plugin));
            next = plugins;
        }
    }

    /// <summary>A library; the dynamic linker is one that the kernel runs like a program.</summary>
    private static LayerEntry.Copied Library(string place, string source) => new(place, source, (File.GetUnixFileMode(source) & UnixFileMode.UserExecute) != 0);

    private static string? Find(string name, string folder) =>
        Path.Combine(folder, name) is var own && File.Exists(own) ? own
        : HostPrograms.Folders().Select(one => Path.Combine(one, name)).FirstOrDefault(File.Exists);

    private static bool IsBelow(string path, string folder) => path.StartsWith(Canonical(folder) + "/", StringComparison.Ordinal);

    /// <summary>The path without symbolic links (realpath(3)). The file exists.</summary>
    private static string Canonical(string path)
    {
        var at = "/";
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(at, part);
            at = new FileInfo(next).LinkTarget is { } target ? Canonical(Path.GetFullPath(target, at)) : next;
        }
        return at;
    }
}

/// <summary>A library in the output of ldd(1).</summary>
/// <param name="Name">What the program asks for.</param>
/// <param name="Path">Where it is; null when it is not.</param>
internal sealed partial record LddLine(string Name, string? Path)
{
    /// <summary>Reads a line, without the spaces around it; null for one that names no library of the disk.</summary>
    public static LddLine? Read(string line)
    {
        var match = Pattern().Match(line);
        if (!match.Success) return null;
        var path = match.Groups["path"];
        return new LddLine(match.Groups["name"].Value, path.Success ? path.Value : null);
    }

    /// <summary><c>libc.so.6 => /lib/libc.so.6 (0x…)</c>, <c>libx.so => not found</c>, or the linker itself, <c>/lib64/ld-linux-x86-64.so.2 (0x…)</c>.</summary>
    [GeneratedRegex(@"^(?:(?<name>\S+) => (?:not found|(?<path>/\S+) \(0x[0-9a-f]+\))|(?<path>(?<name>/\S+)) \(0x[0-9a-f]+\))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
