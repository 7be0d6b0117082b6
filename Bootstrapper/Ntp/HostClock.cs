using Sextant.Ntp.Wire;

namespace Sextant.Ntp;

/// <summary>What the kernel says of this machine's clock.</summary>
/// <param name="IsSynchronised">Whether something keeps it right.</param>
/// <param name="Leap">Whether a leap second is near.</param>
/// <param name="MaximumError">The greatest error it may have; counts only while it is synchronised.</param>
/// <param name="ReadAt">When this was read.</param>
public readonly record struct HostClock(bool IsSynchronised, LeapIndicator Leap, TimeSpan MaximumError, DateTimeOffset ReadAt);
