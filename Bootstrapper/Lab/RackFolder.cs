using System.Text;

namespace Sextant.Lab;

/// <summary>Where the files of one rack lie: everything of a rack is below one folder, so that taking it down is deleting that folder.</summary>
/// <param name="root">The folder; made absolute.</param>
public sealed class RackFolder(string root)
{
    /// <summary>The longest path a Unix socket can have, in octets (<c>sun_path</c> of unix(7), without its closing zero).</summary>
    public const int SocketPathLimit = 107;

    /// <summary>Where a rack lies unless told otherwise.</summary>
    public const string DefaultRoot = "/var/tmp/sextant-lab";

    /// <summary>The folder itself.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>What the rack is: <see cref="RackState"/> as JSON.</summary>
    public string StateFile => Path.Combine(Root, "rack.json");

    /// <summary>Held while <see cref="StateFile"/> is changed.</summary>
    public string LockFile => Path.Combine(Root, "rack.lock");

    /// <summary>The bootstrapper's state folder.</summary>
    public string BootstrapperState => Path.Combine(Root, "state");

    /// <summary>Where the bootstrapper has its socket; its own, like its state.</summary>
    public string BootstrapperRun => Path.Combine(Root, "run");

    /// <summary>The bootstrapper's HTTP over a Unix socket: the way into the rack's network from outside its namespace.</summary>
    public string HttpSocket => Path.Combine(BootstrapperRun, "http.sock");

    /// <summary>The description with the rack's controllers in it, where it has them.</summary>
    public string Description => Path.Combine(Root, "cluster-desc.yaml");

    /// <summary>The password of the machines' management controllers.</summary>
    public string ControllerPassword => Path.Combine(BootstrapperRun, "bmc-password");

    /// <summary>What the management controllers print.</summary>
    public string ControllersLog => Path.Combine(Root, "controllers.log");

    /// <summary>What the bootstrapper prints.</summary>
    public string BootstrapperLog => Path.Combine(Root, "bootstrapper.log");

    /// <summary>What the forwarder prints.</summary>
    public string ForwarderLog => Path.Combine(Root, "forwarder.log");

    /// <summary>What the relay of faulty cables prints.</summary>
    public string RelayLog => Path.Combine(Root, "relay.log");

    /// <summary>The files of one machine.</summary>
    public MachineFolder Machine(string hostname) => new(Path.Combine(Root, hostname));

    /// <summary>True when the longest socket path of these machines still fits into <see cref="SocketPathLimit"/>.</summary>
    public bool HasRoomForSockets(IEnumerable<string> hostnames) =>
        hostnames.Select(name => Machine(name).ConsoleSocket).Append(HttpSocket).All(path => Encoding.UTF8.GetByteCount(path) <= SocketPathLimit);
}

/// <summary>The files of one machine.</summary>
/// <param name="Root">Its folder.</param>
public sealed record MachineFolder(string Root)
{
    /// <summary>The disk: raw, sparse.</summary>
    public string Disk => Path.Combine(Root, "disk.raw");

    /// <summary>Its own copy of the UEFI variables.</summary>
    public string UefiVariables => Path.Combine(Root, "uefi-vars.fd");

    /// <summary>Its serial console as a Unix socket, one client at a time.</summary>
    public string ConsoleSocket => Path.Combine(Root, "console.sock");

    /// <summary>All its serial console ever printed.</summary>
    public string ConsoleLog => Path.Combine(Root, "console.log");

    /// <summary>QEMU's monitor protocol as a Unix socket.</summary>
    public string MonitorSocket => Path.Combine(Root, "qmp.sock");

    /// <summary>The machine's end of a faulty cable as a Unix datagram socket, one Ethernet frame a datagram.</summary>
    public string CardSocket => Path.Combine(Root, "card.sock");

    /// <summary>The switch's end of it.</summary>
    public string SwitchSocket => Path.Combine(Root, "switch.sock");

    /// <summary>What QEMU itself prints.</summary>
    public string EmulatorLog => Path.Combine(Root, "qemu.log");
}
