namespace Sextant.Ntp.Wire;

/// <summary>A time in NTP's 64 bits (RFC 5905 §6): seconds of the era since 1900 in the upper half, the fraction in the lower. Zero means unknown.</summary>
/// <param name="Value">The 64 bits.</param>
public readonly record struct NtpTimestamp(ulong Value)
{
    private static readonly DateTimeOffset Epoch = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The upper half wraps every 136 years, first in 2036 (RFC 5905 §6): what is sent is the time modulo the era, and whoever reads it knows the era.</summary>
    public static NtpTimestamp Of(DateTimeOffset time)
    {
        var ticks = (UInt128)(ulong)(time - Epoch).Ticks;
        return new NtpTimestamp((ulong)((ticks << 32) / TimeSpan.TicksPerSecond));
    }

    /// <summary>The time, in the era that brings it nearest to another time.</summary>
    public DateTimeOffset Near(DateTimeOffset pivot)
    {
        var ticks = (long)((UInt128)Value * TimeSpan.TicksPerSecond >> 32);
        const long era = TimeSpan.TicksPerSecond << 32;
        var eras = (long)Math.Round((pivot - Epoch - TimeSpan.FromTicks(ticks)).Ticks / (double)era);
        return Epoch.AddTicks(ticks + eras * era);
    }

    /// <summary>True when the time is unknown.</summary>
    public bool IsZero => Value == 0;
}
