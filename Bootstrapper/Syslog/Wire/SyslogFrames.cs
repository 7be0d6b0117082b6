using System.Buffers.Text;

namespace Sextant.Syslog.Wire;

/// <summary>
/// Cuts a stream into messages (RFC 6587): counted octets, <c>5 hello</c> (section 3.4.1), or a line end behind each (section 3.4.2), which is told for each message anew, because senders do not say.
/// </summary>
public sealed class SyslogFrames
{
    /// <summary>Octets of the longest message (RFC 5424 section 6.1 asks for 2048).</summary>
    public const int LongestMessage = 8192;

    private const int LongestCount = 5;

    private readonly byte[] buffer = new byte[LongestMessage + LongestCount + 1];
    private int filled;

    /// <summary>Where what arrives next goes; never empty, while <see cref="TryTake"/> is called until it has nothing and <see cref="IsBroken"/> is false.</summary>
    public Memory<byte> Room() => buffer.AsMemory(filled);

    /// <summary>So many octets arrived there.</summary>
    public void Filled(int count) => filled += count;

    /// <summary>A message is longer than any may be, so that nobody can tell where the next one begins.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Takes the next whole message.</summary>
    /// <returns>False when more has to arrive first, or <see cref="IsBroken"/>.</returns>
    public bool TryTake(out byte[] message)
    {
        message = [];
        var waiting = buffer.AsSpan(0, filled);
        if (IsBroken || waiting.IsEmpty) return false;
        if (TryReadCount(waiting, out var head, out var count))
        {
            if (count > LongestMessage) IsBroken = true;
            if (IsBroken || waiting.Length < head + count) return false;
            message = Take(head, count, head + count);
            return true;
        }
        var end = waiting.IndexOfAny((byte)'\n', (byte)0);
        if (end < 0)
        {
            IsBroken = filled == buffer.Length;
            return false;
        }
        message = Take(0, end, end + 1);
        return true;
    }

    /// <summary>What is left when the stream ends: a last line without its end.</summary>
    public ReadOnlySpan<byte> Rest => buffer.AsSpan(0, filled);

    private byte[] Take(int from, int count, int used)
    {
        var message = buffer.AsSpan(from, count).ToArray();
        buffer.AsSpan(used, filled - used).CopyTo(buffer);
        filled -= used;
        return message;
    }

    /// <summary>MSG-LEN SP: a number without leading zeros and a blank.</summary>
    private static bool TryReadCount(ReadOnlySpan<byte> waiting, out int head, out int count)
    {
        (head, count) = (0, 0);
        if (waiting[0] is < (byte)'1' or > (byte)'9') return false;
        if (!Utf8Parser.TryParse(waiting[..Math.Min(waiting.Length, LongestCount)], out count, out var digits) || digits >= waiting.Length || waiting[digits] != ' ') return false;
        head = digits + 1;
        return true;
    }
}
