using Sextant.Lifecycle;

namespace Sextant.Status;

/// <summary>What comes next for a machine that needs nobody, in one sentence.</summary>
public static class NextStep
{
    /// <summary>The sentence.</summary>
    /// <param name="station">Where the machine is.</param>
    /// <param name="machine">Its record; null when it was never seen.</param>
    public static string Of(Station station, Machine? machine) => station switch
    {
        Station.Power => "Power it on: it boots from the network and installs itself.",
        Station.Loader when machine is { Address: null } => "It asks for an address; its boot loader comes next.",
        Station.Loader => "It loads its boot loader next.",
        Station.Script => "Its boot loader fetches its script next.",
        Station.System when machine is { IsWipePending: true } => "Its live system erases its disks, and it is held then.",
        Station.System => "It loads kernel and live system; its installer starts next.",
        Station.Disk => "It writes the system to its disk, and starts from there by itself.",
        Station.Keys => "It starts from its disk, makes its keys and gets its certificates.",
        Station.Services => "Its services start; a new etcd waits for a majority of its members.",
        Station.Done => "Nothing is to be done.",
        _ => throw new ArgumentOutOfRangeException(nameof(station)),
    };
}
