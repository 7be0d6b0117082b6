namespace Sextant.Assets;

/// <summary>How long a download is tried for.</summary>
public sealed record PullPatience
{
    /// <summary>Most failures in a row without a single new octet.</summary>
    public int Failures { get; init; } = 6;

    /// <summary>The pause after the first failure; it doubles with each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause, whatever the server asks for; it asks for longer, and the download is given up.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The pause before the next attempt; null when there is none.</summary>
    /// <param name="failures">Failures in a row without a new octet, this one included.</param>
    /// <param name="retryAfter">What the server asked for (RFC 9110 section 10.2.3); null when it did not.</param>
    public TimeSpan? PauseAfter(int failures, TimeSpan? retryAfter)
    {
        if (failures >= Failures || retryAfter > LongestPause) return null;
        var own = FirstPause * Math.Pow(2, Math.Min(failures - 1, 20));
        var pause = own < LongestPause ? own : LongestPause;
        return retryAfter > pause ? retryAfter : pause;
    }
}
