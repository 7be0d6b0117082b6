using System.Globalization;
using System.Text;

namespace Sextant.Builds;

/// <summary>
/// Archives whose octets follow from their content alone (POSIX.1-2001 pax interchange format): sorted by name, everything root's, one time for all.
/// Layers of images (OCI image specification, layer.md) and archives of programs.
/// </summary>
/// <remarks>
/// <code>
/// name 0 (100) | mode 100 | uid 108 | gid 116 | size 124 | mtime 136 | sum 148 | type 156 | link 157 (100) | magic 257 | version 263 | …
/// </code>
/// What does not fit into a field, and a capability, stands in an extended header before it. The framework's writer puts the number of its process
/// into such headers, so that no two archives would be the same.
/// </remarks>
internal static class LayerTar
{
    private const int BlockSize = 512;
    private const int NameLength = 100;
    private const long LargestSize = 0x1_FFFF_FFFF; // 11 octal digits

    private const int Folder = 0x1ED;     // 0755
    private const int Anybodys = 0x3FF;   // 1777
    private const int Program = 0x1ED;    // 0755
    private const int Data = 0x1A4;       // 0644
    private const int AnyLink = 0x1FF;    // 0777

    /// <summary>struct vfs_cap_data of linux/capability.h, revision 2: effective, CAP_NET_BIND_SERVICE (10) permitted.</summary>
    private static readonly byte[] BindService = [0x01, 0, 0, 0x02, 0, 0x04, 0, 0, .. new byte[12]];

    /// <summary>Writes an archive.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="entries">What is in it, in any order; the folders above are added.</param>
    /// <param name="modified">The time of everything.</param>
    /// <param name="onRead">Told octets of content that were copied.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidOperationException">Two entries have the same name.</exception>
    public static async Task WriteAsync(Stream output, IEnumerable<LayerEntry> entries, DateTimeOffset modified, Action<long> onRead, CancellationToken cancellation)
    {
        var sorted = new SortedDictionary<string, LayerEntry?>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var name = entry.Path.TrimStart('/');
            for (var slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = name.IndexOf('/', slash + 1)) sorted.TryAdd(name[..slash], null);
            if (sorted.GetValueOrDefault(name) is not null) throw new InvalidOperationException($"{entry.Path} is to be in the archive twice");
            sorted[name] = entry;
        }
        foreach (var (name, entry) in sorted)
        {
            switch (entry)
            {
                case null:
                    await output.WriteAsync(HeaderOf(name + "/", Folder, 0, '5', "", null, modified), cancellation);
                    break;
                case LayerEntry.OpenFolder:
                    await output.WriteAsync(HeaderOf(name + "/", Anybodys, 0, '5', "", null, modified), cancellation);
                    break;
                case LayerEntry.Link(_, var target):
                    await output.WriteAsync(HeaderOf(name, AnyLink, 0, '2', target, null, modified), cancellation);
                    break;
                case LayerEntry.Written(_, var text):
                    var content = Encoding.UTF8.GetBytes(text);
                    await output.WriteAsync(HeaderOf(name, Data, content.Length, '0', "", null, modified), cancellation);
                    await output.WriteAsync(content, cancellation);
                    await output.WriteAsync(PaddingAfter(content.Length), cancellation);
                    break;
                case LayerEntry.Copied copied:
                    await CopyAsync(output, name, copied, modified, onRead, cancellation);
                    break;
                default:
                    throw new InvalidOperationException($"no header for {entry}");
            }
        }
        await output.WriteAsync(new byte[2 * BlockSize], cancellation);
    }

    private static async Task CopyAsync(Stream output, string name, LayerEntry.Copied entry, DateTimeOffset modified, Action<long> onRead, CancellationToken cancellation)
    {
        using var file = new FileStream(entry.Source, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        var size = file.Length;
        await output.WriteAsync(HeaderOf(name, entry.IsProgram ? Program : Data, size, '0', "", entry.MayBindLowPorts ? BindService : null, modified), cancellation);
        var buffer = new byte[1 << 20];
        for (long copied = 0; copied < size;)
        {
            var read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, size - copied)), cancellation);
            if (read == 0) throw new IOException($"{entry.Source} became shorter while it was read");
            await output.WriteAsync(buffer.AsMemory(0, read), cancellation);
            copied += read;
            onRead(read);
        }
        await output.WriteAsync(PaddingAfter(size), cancellation);
    }

    private static byte[] HeaderOf(string name, int mode, long size, char type, string link, byte[]? capability, DateTimeOffset modified)
    {
        var (octets, target) = (Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(link));
        var more = new List<byte>();
        if (octets.Length > NameLength) more.AddRange(Record("path", octets));
        if (target.Length > NameLength) more.AddRange(Record("linkpath", target));
        if (size > LargestSize) more.AddRange(Record("size", Encoding.ASCII.GetBytes(size.ToString(CultureInfo.InvariantCulture))));
        if (capability is not null) more.AddRange(Record("SCHILY.xattr.security.capability", capability));
        var header = Block(octets.AsSpan(0, Math.Min(octets.Length, NameLength)), mode, size > LargestSize ? 0 : size, type, target.AsSpan(0, Math.Min(target.Length, NameLength)), modified);
        return more.Count == 0 ? header : [.. Block("PaxHeader"u8, Data, more.Count, 'x', [], modified), .. more, .. PaddingAfter(more.Count), .. header];
    }

    private static byte[] Block(ReadOnlySpan<byte> name, int mode, long size, char type, ReadOnlySpan<byte> link, DateTimeOffset modified)
    {
        var block = new byte[BlockSize];
        name.CopyTo(block);
        Number(100, mode, 7);
        Number(108, 0, 7);
        Number(116, 0, 7);
        Number(124, size, 11);
        Number(136, modified.ToUnixTimeSeconds(), 11);
        block.AsSpan(148, 8).Fill((byte)' ');
        block[156] = (byte)type;
        link.CopyTo(block.AsSpan(157));
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        "00"u8.CopyTo(block.AsSpan(263));
        Number(148, block.Sum(octet => octet), 6);
        block[154] = 0;
        return block;

        void Number(int at, long value, int digits) => Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(digits, '0'), block.AsSpan(at));
    }

    private static byte[] PaddingAfter(long size) => new byte[(BlockSize - size % BlockSize) % BlockSize];

    /// <summary><c>length key=value\n</c>, where the length counts itself.</summary>
    private static byte[] Record(string key, byte[] value)
    {
        byte[] rest = [(byte)' ', .. Encoding.ASCII.GetBytes(key), (byte)'=', .. value, (byte)'\n'];
        var length = rest.Length + 1;
        while (length != rest.Length + length.ToString(CultureInfo.InvariantCulture).Length) length++;
        return [.. Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)), .. rest];
    }
}
