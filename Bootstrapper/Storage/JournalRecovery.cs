namespace Sextant.Storage;

/// <summary>A journal file read to its end.</summary>
/// <param name="Header">The file's header.</param>
/// <param name="NextNumber">The number the next frame gets.</param>
/// <param name="End">Where it is to be written: the end of the last good frame.</param>
/// <param name="TornOctets">Octets behind the last good frame, left by a write that a power failure or a kill cut short; 0 for a clean end.</param>
/// <param name="AllocatedEnd">Where the zeros end that stand behind a clean end; <paramref name="End"/> for none.</param>
internal readonly record struct RecoveredJournal(JournalHeader Header, ulong NextNumber, long End, long TornOctets, long AllocatedEnd);

/// <summary>
/// Reads a journal file. A bad last frame is a write that was never acknowledged, and is to be cut off. A bad frame with a good one behind it, or
/// below the sealed length, is damage to acknowledged data: refused, with nothing changed on disk. Reading changes nothing.
/// </summary>
internal static class JournalRecovery
{
    private const int ScanLength = 1 << 20;

    /// <summary>Reads every frame into the state.</summary>
    /// <exception cref="JournalException">The file is damaged, or of a newer version.</exception>
    public static RecoveredJournal Read(IJournalFile file, string path, JournalState state)
    {
        Span<byte> octets = stackalloc byte[JournalFormat.HeaderLength];
        var header = JournalFormat.ReadHeader(octets[..file.Read(0, octets)], out var problem)
            ?? throw Damaged(path, 0, problem);
        var length = file.Length;
        long offset = JournalFormat.HeaderLength;
        var number = header.FirstNumber;
        var payload = Array.Empty<byte>();
        while (offset < length)
        {
            if (ReadFrame(file, offset, length, header.Salt, ref payload) is not { } head) break;
            if (head.Number != number) throw Damaged(path, offset, $"frame {head.Number} stands where frame {number} belongs");
            var changes = JournalFormat.Decode(payload.AsSpan(0, head.PayloadLength)) ?? throw Damaged(path, offset, "a frame with a good checksum does not parse");
            state.Apply(changes);
            offset += JournalFormat.FrameHeadLength + head.PayloadLength;
            number++;
        }
        if (offset < header.SealedLength)
            throw Damaged(path, offset, $"the first {header.SealedLength} octets were on disk when the file was made, and are not whole any more");
        if (offset < length && FindGoodFrame(file, offset + 1, length, header.Salt, number) is { } later)
            throw Damaged(path, offset, $"a frame is damaged, and there is a good one behind it at offset {later}");
        return IsZero(file, offset, length)
            ? new RecoveredJournal(header, number, offset, TornOctets: 0, AllocatedEnd: length)
            : new RecoveredJournal(header, number, offset, length - offset, AllocatedEnd: offset);
    }

    private static FrameHead? ReadFrame(IJournalFile file, long offset, long length, uint salt, ref byte[] payload)
    {
        Span<byte> octets = stackalloc byte[JournalFormat.FrameHeadLength];
        if (JournalFormat.ReadFrameHead(octets[..file.Read(offset, octets)]) is not { } head) return null;
        if (head.PayloadLength > length - offset - JournalFormat.FrameHeadLength) return null;
        if (payload.Length < head.PayloadLength) payload = new byte[head.PayloadLength];
        var content = payload.AsSpan(0, head.PayloadLength);
        if (file.Read(offset + JournalFormat.FrameHeadLength, content) != content.Length) return null;
        return JournalFormat.Checksum(salt, octets[..16], content) == head.Checksum ? head : null;
    }

    private static long? FindGoodFrame(IJournalFile file, long offset, long length, uint salt, ulong number)
    {
        var window = new byte[ScanLength];
        var payload = Array.Empty<byte>();
        while (offset + JournalFormat.FrameHeadLength <= length)
        {
            var octets = window.AsSpan(0, file.Read(offset, window));
            for (var at = 0; octets[at..].IndexOf(JournalFormat.FrameMarker) is >= 0 and var skip; at++)
            {
                at += skip;
                if (ReadFrame(file, offset + at, length, salt, ref payload) is { } head && head.Number > number) return offset + at;
            }
            if (octets.Length < ScanLength) return null;
            offset += ScanLength - JournalFormat.FrameMarker.Length + 1;
        }
        return null;
    }

    private static bool IsZero(IJournalFile file, long offset, long length)
    {
        var window = new byte[(int)Math.Min(ScanLength, length - offset)];
        for (; offset < length; offset += window.Length)
            if (window.AsSpan(0, file.Read(offset, window)).ContainsAnyExcept((byte)0)) return false;
        return true;
    }

    private static JournalException Damaged(string path, long offset, string problem) => new(
        $"The store's file {path} cannot be read at offset {offset}: {problem}. Nothing was changed. Put back a copy of the folder from a backup, "
        + "use the Sextant version that wrote it, or move the folder away to start with an empty store.");
}
