using System.Runtime.InteropServices;
using Sextant.Ntp.Wire;

namespace Sextant.Ntp.Server;

/// <summary>Asks the kernel of its clock (adjtimex(2)); changes nothing.</summary>
public static partial class KernelClock
{
    private const int UnsynchronisedFlag = 0x40; // STA_UNSYNC
    private const int InsertPending = 1, DeletePending = 2, ErrorState = 5; // TIME_INS, TIME_DEL, TIME_ERROR

    /// <summary>struct timex of 64-bit Linux has 208 octets.</summary>
    private const int TimexLength = 208;

    /// <summary>What the kernel says now. Where it cannot be asked, the clock counts as unsynchronised.</summary>
    /// <param name="now">The time.</param>
    public static HostClock Read(DateTimeOffset now)
    {
        Span<byte> timex = stackalloc byte[TimexLength];
        timex.Clear(); // modes 0: only look
        var state = AdjustTime(ref MemoryMarshal.GetReference(timex));
        if (state < 0) return new HostClock(false, LeapIndicator.Unknown, TimeSpan.Zero, now);
        var maximumError = BitConverter.ToInt64(timex[24..]);
        var status = BitConverter.ToInt32(timex[40..]);
        var leap = state switch
        {
            InsertPending => LeapIndicator.Inserted,
            DeletePending => LeapIndicator.Deleted,
            _ => LeapIndicator.None,
        };
        return new HostClock((status & UnsynchronisedFlag) == 0 && state != ErrorState, leap, TimeSpan.FromMicroseconds(Math.Clamp(maximumError, 0, 60_000_000)), now);
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdjustTime(ref byte timex);
}
