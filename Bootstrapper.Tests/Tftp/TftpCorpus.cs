using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp;

/// <summary>Packets of real clients: <c>Corpus/tftp/*.hex</c>, each with a comment (#), its printed form (=) and its octets in hex.</summary>
public sealed record TftpCorpus(string Name, string Printed, byte[] Octets)
{
    /// <summary>Every file, by name.</summary>
    public static IReadOnlyList<TftpCorpus> All { get; } = [.. Directory.GetFiles(Folder(), "*.hex").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>The packet of that name.</summary>
    public static TftpPacket Packet(string name) =>
        TftpReader.TryRead(All.Single(entry => entry.Name == name).Octets, out var packet, out var error) ? packet : throw new InvalidDataException($"{name}: {error}");

    public static string Print(TftpPacket packet) => packet switch
    {
        TftpPacket.Request each => $"{(each.IsWrite ? "WRQ" : "RRQ")} {each.File} {each.Mode}{Print(each.Options)}",
        TftpPacket.Data each => $"DATA {each.Block} {each.Content.Length}",
        TftpPacket.Acknowledgment each => $"ACK {each.Block}",
        TftpPacket.Error each => $"ERROR {(int)each.Code} {each.Message}",
        TftpPacket.OptionAcknowledgment each => "OACK" + Print(each.Options),
        _ => throw new ArgumentOutOfRangeException(nameof(packet)),
    };

    public static string Print(IEnumerable<TftpOption> options) => string.Concat(options.Select(option => $" {option.Name}={option.Value}"));

    private static TftpCorpus Read(string path)
    {
        var lines = File.ReadAllLines(path);
        return new TftpCorpus(Path.GetFileNameWithoutExtension(path), lines.Single(line => line.StartsWith('='))[2..],
            Convert.FromHexString(string.Concat(lines.Where(line => line.Length > 0 && line[0] is not ('#' or '=')))));
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "Bootstrapper.Tests", "Corpus", "tftp") is var corpus && Directory.Exists(corpus)) return corpus;
        throw new DirectoryNotFoundException("Bootstrapper.Tests/Corpus/tftp");
    }
}
