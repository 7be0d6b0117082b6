using System.Globalization;
using System.Text;
using Sextant.Primitives;

namespace Sextant.Storage;

/// <summary>
/// What machines said: a log of lines for each, of two files, of which the older goes when the newer is full; and no more than <see cref="TotalLimit"/> in all. Evidence and no record: lines are
/// with the operating system and not on disk when <see cref="Append"/> returns. Safe for use by several threads.
/// </summary>
public sealed class MachineLogs
{
    /// <summary>Octets of one file; a machine has two at most.</summary>
    public const long FileLimit = 512 << 10;

    /// <summary>Octets of all machines' logs.</summary>
    public const long TotalLimit = 256 << 20;

    /// <summary>Characters of one line; what is longer is cut off.</summary>
    public const int LineLimit = 2000;

    private readonly Lock gate = new();
    private readonly string folder;
    private readonly long totalLimit;
    private readonly Dictionary<MacAddress, Kept> machines = [];
    private long total;

    /// <summary>Takes up the logs of a folder, which is made if need be, for its owner alone.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="totalLimit">Octets of all logs.</param>
    /// <exception cref="IOException">The folder cannot be made or read.</exception>
    public MachineLogs(string folder, long totalLimit = TotalLimit)
    {
        (this.folder, this.totalLimit) = (folder, totalLimit);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*.log*").OrderBy(file => file.LastWriteTimeUtc))
        {
            if (!MacAddress.TryParse(file.Name.Split('.')[0], out var mac)) continue;
            var kept = Of(mac);
            if (file.Name.EndsWith(OlderSuffix, StringComparison.Ordinal)) kept.Older = file.Length;
            else kept.Newer = file.Length;
            kept.LastWrite = file.LastWriteTimeUtc;
            total += file.Length;
        }
    }

    private const string Suffix = ".log", OlderSuffix = ".log.1";

    /// <summary>Adds lines to a machine's log. Characters that would do something to a terminal are written as what they are.</summary>
    /// <param name="mac">The machine.</param>
    /// <param name="now">The time that the lines get.</param>
    /// <param name="lines">The lines; empty ones are left out.</param>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Append(MacAddress mac, DateTimeOffset now, IEnumerable<string> lines)
    {
        var stamp = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture);
        var octets = Encoding.UTF8.GetBytes(string.Concat(lines.Where(line => line.Length > 0).Select(line => $"{stamp}{Harmless(line)}\n")));
        if (octets.Length == 0) return;
        lock (gate)
        {
            var kept = Of(mac);
            if (kept.Newer > 0 && kept.Newer + octets.Length > FileLimit) Turn(mac, kept);
            using (var file = new FileStream(Newer(mac), new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                file.Write(octets);
            kept.Newer += octets.Length;
            kept.LastWrite = now;
            total += octets.Length;
            while (total > totalLimit && LongestSilent(mac) is { } silent) Drop(silent);
        }
    }

    /// <summary>The last lines of a machine's log, the newest last; none when it said nothing.</summary>
    /// <param name="mac">The machine.</param>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<string> Tail(MacAddress mac, int count)
    {
        lock (gate)
        {
            if (!machines.TryGetValue(mac, out var kept)) return [];
            string[] files = [.. kept.Older > 0 ? [Older(mac)] : Array.Empty<string>(), .. kept.Newer > 0 ? [Newer(mac)] : Array.Empty<string>()];
            return [.. files.SelectMany(file => File.ReadLines(file)).TakeLast(count)];
        }
    }

    /// <summary>The line with its control characters, and those that turn text around or end lines, as <c>\u001b</c>; at most <see cref="LineLimit"/> characters of it.</summary>
    public static string Harmless(string line)
    {
        var text = new StringBuilder(Math.Min(line.Length, LineLimit));
        foreach (var letter in line.AsSpan(0, Math.Min(line.Length, LineLimit)))
        {
            if (letter == '\t') text.Append(' ');
            else if (char.IsControl(letter) || char.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            else text.Append(letter);
        }
        if (line.Length > LineLimit) text.Append('…');
        return text.ToString();
    }

    private string Newer(MacAddress mac) => Path.Combine(folder, mac.ToHyphenString() + Suffix);

    private string Older(MacAddress mac) => Path.Combine(folder, mac.ToHyphenString() + OlderSuffix);

    private Kept Of(MacAddress mac)
    {
        if (!machines.TryGetValue(mac, out var kept)) machines[mac] = kept = new Kept();
        return kept;
    }

    private void Turn(MacAddress mac, Kept kept)
    {
        File.Move(Newer(mac), Older(mac), overwrite: true);
        total -= kept.Older;
        (kept.Older, kept.Newer) = (kept.Newer, 0);
    }

    /// <summary>The machine whose log goes first when there is no room: the one that was silent for longest, but for the one that just spoke.</summary>
    private MacAddress? LongestSilent(MacAddress speaker) =>
        machines.Where(pair => pair.Key != speaker).OrderBy(pair => pair.Value.LastWrite).Select(pair => (MacAddress?)pair.Key).FirstOrDefault();

    private void Drop(MacAddress mac)
    {
        File.Delete(Older(mac));
        File.Delete(Newer(mac));
        total -= machines[mac].Older + machines[mac].Newer;
        machines.Remove(mac);
    }

    private sealed class Kept
    {
        public long Older { get; set; }

        public long Newer { get; set; }

        public DateTimeOffset LastWrite { get; set; }
    }
}
