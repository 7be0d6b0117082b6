namespace Sextant.Storage;

/// <summary>A journal file of nothing but live data, complete and on disk, which may take the place of the one in use.</summary>
/// <param name="File">The file, open.</param>
/// <param name="Header">Its header; its sealed length covers every frame in it.</param>
/// <param name="NextNumber">The number the next frame gets.</param>
/// <param name="End">Where it is to be written.</param>
internal sealed record JournalSnapshot(IJournalFile File, JournalHeader Header, ulong NextNumber, long End)
{
    private const int FrameOctets = 1 << 20;

    /// <summary>Writes the values into a new file, and syncs it; the header goes in last.</summary>
    /// <exception cref="IOException">The disk does not take it; what there is of the file is left behind.</exception>
    public static JournalSnapshot Write(IJournalFolder folder, string name, IEnumerable<KeyValuePair<string, byte[]>> values, ulong firstNumber)
    {
        var salt = (uint)Random.Shared.NextInt64(uint.MaxValue);
        var file = folder.Create(name);
        try
        {
            var number = firstNumber;
            long end = JournalFormat.HeaderLength;
            var changes = new List<Change>();
            var length = 0;
            foreach (var (key, value) in values)
            {
                var change = new Change(key, value);
                var octets = JournalFormat.EncodedLength(change);
                if (length + octets > FrameOctets) WriteFrame();
                changes.Add(change);
                length += octets;
            }
            WriteFrame();
            var header = new JournalHeader(salt, end, firstNumber);
            var head = new byte[JournalFormat.HeaderLength];
            JournalFormat.WriteHeader(head, header);
            file.Write(0, head);
            file.Sync();
            return new JournalSnapshot(file, header, number, end);

            void WriteFrame()
            {
                if (changes.Count == 0) return;
                var frame = new byte[JournalFormat.FrameHeadLength + length];
                var at = JournalFormat.FrameHeadLength;
                foreach (var change in changes) at += JournalFormat.Write(frame.AsSpan(at), change);
                JournalFormat.SealFrame(frame, salt, number++);
                file.Write(end, frame);
                end += frame.Length;
                changes.Clear();
                length = 0;
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
