using Sextant.Ntp.Wire;

namespace Sextant.Ntp;

/// <summary>Why a packet gets no answer.</summary>
public enum NtpRefusal
{
    /// <summary>It is no NTP packet.</summary>
    Malformed,
    /// <summary>It is no client's request: this server has no peers, and answers no control messages, which amplify.</summary>
    NotClient,
    /// <summary>Its sender asks too often, and was told so.</summary>
    TooOften,
}

/// <summary>What becomes of a packet.</summary>
public abstract record NtpOutcome
{
    private NtpOutcome() { }

    /// <summary>This leaves, with the transmit timestamp of the moment it does.</summary>
    public sealed record Answer(NtpPacket Packet) : NtpOutcome;

    /// <summary>Nothing leaves.</summary>
    public sealed record Silence(NtpRefusal Reason) : NtpOutcome;
}

/// <summary>
/// Answers clients as a server does (RFC 5905 §9.2, fast transmit) and SNTP clients (§14) alike. The answer says of the clock what the kernel says of it, and
/// nothing better.
/// </summary>
public static class NtpDecision
{
    /// <summary>
    /// The stratum of a synchronised host's answers. The kernel does not say from whom it has its time; a host that has it from public servers is at 3, and what
    /// it passes on is one further.
    /// </summary>
    public const byte SynchronisedStratum = 4;

    /// <summary>The dispersion of a clock that is its own reference: its users agree among each other, which is all that is claimed.</summary>
    private static readonly TimeSpan LocalDispersion = TimeSpan.FromMilliseconds(10);

    /// <summary>A microsecond: 2^-20 s.</summary>
    private const sbyte Precision = -20;

    private const uint Rate = 0x52415445, Init = 0x494e4954, Local = 0x4c4f434c;

    /// <summary>Decides about a packet.</summary>
    /// <param name="request">The packet.</param>
    /// <param name="received">When it arrived.</param>
    /// <param name="clock">What is known of the clock.</param>
    /// <param name="localStratum">The stratum to claim when the host's clock is not synchronised; null claims nothing.</param>
    /// <param name="serverId">This server's address, which is the reference of its clients' clients.</param>
    /// <param name="admission">Whether its sender may ask now.</param>
    public static NtpOutcome Decide(in NtpPacket request, DateTimeOffset received, HostClock clock, byte? localStratum, uint serverId, NtpAdmission admission)
    {
        if (request.Mode is not NtpMode.Client) return new NtpOutcome.Silence(NtpRefusal.NotClient);
        var answer = new NtpPacket
        {
            Version = request.Version,
            Mode = NtpMode.Server,
            Poll = request.Poll,
            Precision = Precision,
            Origin = request.Transmit,
            Receive = NtpTimestamp.Of(received),
        };
        return admission switch
        {
            NtpAdmission.Refused => new NtpOutcome.Silence(NtpRefusal.TooOften),
            // RFC 5905 §7.4: stratum 0 and a kiss code; the timestamps of a kiss mean nothing, but the origin proves that it is an answer.
            NtpAdmission.Kissed => new NtpOutcome.Answer(answer with { Leap = LeapIndicator.Unknown, ReferenceId = Rate }),
            NtpAdmission.Admitted => new NtpOutcome.Answer(OfClock(answer, clock, localStratum, serverId)),
            _ => throw new ArgumentOutOfRangeException(nameof(admission)),
        };
    }

    private static NtpPacket OfClock(NtpPacket answer, HostClock clock, byte? localStratum, uint serverId) => (clock.IsSynchronised, localStratum) switch
    {
        (true, _) => answer with
        {
            Leap = clock.Leap, Stratum = SynchronisedStratum, RootDispersion = Short(clock.MaximumError), ReferenceId = serverId, Reference = NtpTimestamp.Of(clock.ReadAt),
        },
        (false, { } stratum) => answer with
        {
            Leap = LeapIndicator.None, Stratum = stratum, RootDispersion = Short(LocalDispersion), ReferenceId = Local, Reference = NtpTimestamp.Of(clock.ReadAt),
        },
        // RFC 5905 §7.3: a stratum of 16 or more is sent as 0; INIT (§7.4): not synchronised yet.
        (false, null) => answer with { Leap = LeapIndicator.Unknown, ReferenceId = Init },
    };

    /// <summary>Seconds with 16 bits of fraction (RFC 5905 §6).</summary>
    private static uint Short(TimeSpan time) => (uint)Math.Clamp(time.TotalSeconds * 65536, 0, uint.MaxValue);
}
