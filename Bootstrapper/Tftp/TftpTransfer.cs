using Sextant.Tftp.Wire;

namespace Sextant.Tftp;

/// <summary>How a transfer ended.</summary>
public enum TransferEnd
{
    /// <summary>The last block was acknowledged.</summary>
    Complete,
    /// <summary>Everything was sent and the acknowledgment of the last window never came: many a client has the file and leaves.</summary>
    Unconfirmed,
    /// <summary>The client asked for the size only (EDK2 does before each file).</summary>
    Probe,
    /// <summary>The client sent an ERROR.</summary>
    Aborted,
    /// <summary>The client fell silent.</summary>
    Silent,
    /// <summary>The client asked anew from the same port: it was reset, and knows nothing of this transfer.</summary>
    Superseded,
}

/// <summary>What the transfer wants done.</summary>
public abstract record TransferStep
{
    private TransferStep() { }

    /// <summary>Nothing; wait for <see cref="TftpTransfer.NextDeadline"/>.</summary>
    public sealed record Wait : TransferStep;

    /// <summary>Send the OACK.</summary>
    public sealed record SendOptions : TransferStep;

    /// <summary>Send DATA blocks.</summary>
    /// <param name="First">The first block's number, counted from 1 without roll-over.</param>
    /// <param name="Count">How many, at least 1.</param>
    public sealed record SendBlocks(long First, int Count) : TransferStep;

    /// <summary>It is over.</summary>
    /// <param name="How">How it ended.</param>
    public sealed record End(TransferEnd How) : TransferStep;
}

/// <summary>
/// One file on its way to one client: RFC 1350 with the windows of RFC 7440 (a window of 1 is RFC 1350). Knows numbers and times; the octets and
/// the socket are others'.
/// <list type="bullet">
/// <item>Blocks are counted without end; the wire carries the number modulo 65536, so 65535 is followed by 0.</item>
/// <item>An ACK inside the window restarts it behind the acknowledged block at once (RFC 7440 section 4).</item>
/// <item>A repeated ACK never causes an immediate retransmission (the Sorcerer's Apprentice, RFC 1123 section 4.2.3.1). In a window of more than one
/// block it says that the window's first block is missing; then the window is repeated if nothing else was heard <see cref="RepeatDelay"/> after the answer
/// to it could have come.</item>
/// <item>An ACK of anything that was not sent or is behind is ignored.</item>
/// <item>The retransmission time follows the round trips (RFC 1123 section 4.2.3.2, by the arithmetic of RFC 6298): on a bad link of a rack a lost packet costs a
/// quarter of a second, and a far site's round trips are not taken for losses. A time the client asked for (RFC 2349) is kept instead.</item>
/// </list>
/// </summary>
public sealed class TftpTransfer
{
    /// <summary>How often a silent client is reminded before the transfer is given up, when the client asked for a retransmission time.</summary>
    public const int MaxRetries = 5;

    /// <summary>How long a silent client is reminded before the transfer is given up, when it asked for no retransmission time.</summary>
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(31);

    /// <summary>The retransmission time before a round trip was measured; with every reminder it doubles up to <see cref="MaxTimeout"/>.</summary>
    public static readonly TimeSpan FirstTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The shortest retransmission time: firmware takes its time over a packet now and then.</summary>
    public static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest retransmission time when the client asked for none.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(8);

    /// <summary>How long a repeated ACK may turn out to be late rather than telling of a loss.</summary>
    public static readonly TimeSpan RepeatDelay = TimeSpan.FromMilliseconds(20);

    private static readonly TransferStep Nothing = new TransferStep.Wait();

    private readonly TransferParameters parameters;
    private readonly long lastBlock;
    private bool awaitsOptionsAcknowledgment;
    private bool repeatsSoon;
    private long acknowledged;
    private long sent;
    private int retries;
    private DateTimeOffset firstSent;
    private DateTimeOffset lastSent;
    private TimeSpan? roundTrip;
    private TimeSpan roundTripVariation;
    private TransferEnd? end;

    /// <summary>A transfer of <paramref name="length"/> octets; call <see cref="Start"/> next.</summary>
    public TftpTransfer(TransferParameters parameters, long length)
    {
        this.parameters = parameters;
        lastBlock = length / parameters.BlockSize + 1;
    }

    /// <summary>When <see cref="OnTimer"/> is due; the far future when the transfer is over.</summary>
    public DateTimeOffset NextDeadline { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>True once the client has answered: it exists, and the packets reach it.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Sends the OACK, or without options the first block.</summary>
    public TransferStep Start(DateTimeOffset now)
    {
        awaitsOptionsAcknowledgment = parameters.Accepted.Count > 0;
        firstSent = now;
        return Send(now);
    }

    /// <summary>Takes a packet that came from the client's own address and port.</summary>
    public TransferStep OnPacket(TftpPacket packet, DateTimeOffset now)
    {
        if (end is not null) return Nothing;
        return packet switch
        {
            TftpPacket.Acknowledgment acknowledgment => OnAcknowledgment(acknowledgment.Block, now),
            TftpPacket.Error { Code: TftpErrorCode.OptionNegotiation } when awaitsOptionsAcknowledgment => Ended(TransferEnd.Probe),
            TftpPacket.Error => Ended(TransferEnd.Aborted),
            TftpPacket.Request or TftpPacket.Data or TftpPacket.OptionAcknowledgment => Nothing,
            _ => throw new ArgumentOutOfRangeException(nameof(packet), packet, "not a TFTP packet"),
        };
    }

    /// <summary>Retransmits, or gives up, when the deadline has passed.</summary>
    public TransferStep OnTimer(DateTimeOffset now)
    {
        if (end is not null || now < NextDeadline) return Nothing;
        if (!repeatsSoon && HasBeenSilentTooLong(now)) return Ended(!awaitsOptionsAcknowledgment && sent == lastBlock ? TransferEnd.Unconfirmed : TransferEnd.Silent);
        if (!repeatsSoon) retries++;
        return Send(now);
    }

    private bool HasBeenSilentTooLong(DateTimeOffset now) => parameters.Timeout is null ? now - firstSent >= MaxSilence : retries == MaxRetries;

    private TransferStep OnAcknowledgment(ushort wireBlock, DateTimeOffset now)
    {
        if (awaitsOptionsAcknowledgment)
        {
            if (wireBlock != 0) return Nothing;
            awaitsOptionsAcknowledgment = false;
            return Progress(now);
        }
        var block = acknowledged + (ushort)(wireBlock - (ushort)acknowledged);
        if (block > sent) return Nothing;
        if (block == acknowledged)
        {
            // Once for each window that is sent: a client that repeats itself for ever must not be answered for ever.
            if (parameters.WindowSize == 1 || sent == acknowledged || repeatsSoon || retries > 0) return Nothing;
            repeatsSoon = true;
            // Within a round trip of the window it cannot be about it.
            var answered = lastSent + (roundTrip ?? TimeSpan.Zero);
            NextDeadline = (answered > now ? answered : now) + RepeatDelay;
            return Nothing;
        }
        acknowledged = block;
        return block == lastBlock ? Ended(TransferEnd.Complete) : Progress(now);
    }

    private TransferStep Progress(DateTimeOffset now)
    {
        // What was sent twice tells nothing about the round trip (RFC 6298 section 3).
        if (retries == 0 && !repeatsSoon) Measure(now - firstSent);
        HasAnswered = true;
        retries = 0;
        repeatsSoon = false;
        firstSent = now;
        return Send(now);
    }

    private void Measure(TimeSpan sample)
    {
        if (roundTrip is not { } smoothed) (roundTrip, roundTripVariation) = (sample, sample / 2);
        else (roundTrip, roundTripVariation) = (smoothed + (sample - smoothed) / 8, roundTripVariation + ((smoothed - sample).Duration() - roundTripVariation) / 4);
    }

    private TransferStep Send(DateTimeOffset now)
    {
        if (repeatsSoon)
        {
            // The early repetition counts as the first reminder, so that it happens once.
            repeatsSoon = false;
            retries = 1;
        }
        lastSent = now;
        NextDeadline = now + (parameters.Timeout ?? Backoff());
        if (awaitsOptionsAcknowledgment) return new TransferStep.SendOptions();
        var count = (int)Math.Min(parameters.WindowSize, lastBlock - acknowledged);
        sent = acknowledged + count;
        return new TransferStep.SendBlocks(acknowledged + 1, count);
    }

    private TimeSpan Backoff()
    {
        var timeout = roundTrip is { } smoothed ? Math.Max(MinTimeout.Ticks, (smoothed + 4 * roundTripVariation).Ticks) : FirstTimeout.Ticks;
        return TimeSpan.FromTicks(Math.Min(MaxTimeout.Ticks, timeout << Math.Min(retries, 8)));
    }

    private TransferStep.End Ended(TransferEnd how)
    {
        HasAnswered |= how is not (TransferEnd.Silent or TransferEnd.Unconfirmed);
        end = how;
        NextDeadline = DateTimeOffset.MaxValue;
        return new TransferStep.End(how);
    }
}
