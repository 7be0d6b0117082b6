using System.Globalization;
using Sextant.Tftp.Wire;

namespace Sextant.Tftp;

/// <summary>How a transfer runs.</summary>
/// <param name="BlockSize">Octets in every block but the last.</param>
/// <param name="WindowSize">Blocks sent before an acknowledgment is due.</param>
/// <param name="Timeout">The retransmission time the client asked for; null leaves it to the server.</param>
/// <param name="Accepted">Options to acknowledge; empty starts the transfer with DATA.</param>
public sealed record TransferParameters(int BlockSize, int WindowSize, TimeSpan? Timeout, IReadOnlyList<TftpOption> Accepted);

/// <summary>
/// Which options are taken (RFC 2347): blksize (RFC 2348), timeout and tsize (RFC 2349), windowsize (RFC 7440). An unknown option, a second one of a
/// name, or one whose value makes no sense is left out of the OACK, which refuses it. Names are sent back as they came: GRUB and U-Boot compare them exactly.
/// </summary>
public static class TftpNegotiation
{
    /// <summary>The block size without the option (RFC 1350).</summary>
    public const int DefaultBlockSize = 512;

    /// <summary>The smallest block size there may be (RFC 2348).</summary>
    public const int MinBlockSize = 8;

    /// <summary>The largest block size there may be (RFC 2348).</summary>
    public const int MaxBlockSize = 65464;

    /// <summary>Decides on the options of a read request.</summary>
    /// <param name="options">As asked.</param>
    /// <param name="transferSize">Octets to be sent; null when tsize is not to be told.</param>
    /// <param name="limits">What is granted at most.</param>
    public static TransferParameters Negotiate(IReadOnlyList<TftpOption> options, long? transferSize, TftpLimits limits)
    {
        var (blockSize, asked, timeout) = (DefaultBlockSize, 1, (TimeSpan?)null);
        int? windowAt = null;
        var accepted = new List<TftpOption>();
        foreach (var option in options)
        {
            if (accepted.Exists(other => Is(other, option.Name)) || !TryReadNumber(option.Value, out var value)) continue;
            if (Is(option, "blksize") && value >= MinBlockSize)
            {
                blockSize = (int)Math.Min(value, limits.BlockSize);
                accepted.Add(option with { Value = Text(blockSize) });
            }
            else if (Is(option, "windowsize") && value is >= 1 and <= 65535)
            {
                asked = (int)value;
                windowAt = accepted.Count;
                accepted.Add(option);
            }
            else if (Is(option, "timeout") && value is >= 1 and <= 255)
            {
                timeout = TimeSpan.FromSeconds(value);
                accepted.Add(option);
            }
            else if (Is(option, "tsize") && transferSize is { } size)
            {
                accepted.Add(option with { Value = Text(size) });
            }
        }
        var window = Math.Min(asked, Math.Clamp(limits.WindowOctets / blockSize, 1, limits.WindowSize));
        if (windowAt is { } at) accepted[at] = accepted[at] with { Value = Text(window) };
        return new TransferParameters(blockSize, window, timeout, accepted);
    }

    private static bool Is(TftpOption option, string name) => option.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool TryReadNumber(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
