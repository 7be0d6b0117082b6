using System.Text.Json.Serialization;
using Sextant.Primitives;

namespace Sextant.Lab;

/// <summary>What a rack is and which of its processes run: the content of <c>rack.json</c>. Written before anything is made, so that whatever a crash
/// leaves behind can be taken down.</summary>
public sealed record RackState
{
    /// <summary>The network namespace that holds the rack.</summary>
    public required string Namespace { get; init; }

    /// <summary>The bridge in it; the bootstrapper's interface of the description.</summary>
    public required string Bridge { get; init; }

    /// <summary>The bootstrapper's address on the bridge.</summary>
    public required Ipv4Address Address { get; init; }

    /// <summary>The prefix length of the bridge's network, 0 to 32.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>The TCP port of the bootstrapper's status page on that address.</summary>
    public required int HttpPort { get; init; }

    /// <summary>The cluster description, as an absolute path.</summary>
    public required string DescriptionFile { get; init; }

    /// <summary>The description that <see cref="DescriptionFile"/> is a copy of, with controllers in it; null when it is none.</summary>
    public string? CopiedFrom { get; init; }

    /// <summary>The TCP port of 127.0.0.1, in the namespace, of the machines' management controllers; null when they have none.</summary>
    public int? ControllerPort { get; init; }

    /// <summary>The asset folder, as an absolute path; null leaves the choice to the bootstrapper.</summary>
    public string? AssetFolder { get; init; }

    /// <summary>The files that the bootstrapper reads besides its state, as absolute paths: whether its account can read them decides <see cref="ReadsAsRoot"/>.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>Whether the bootstrapper may read every file, because some of <see cref="Reads"/> only root can.</summary>
    public bool ReadsAsRoot { get; init; }

    /// <summary>The command line that runs this program, to which verbs are added.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>The TCP port of 127.0.0.1 on which the host sees the status page.</summary>
    public required int Port { get; init; }

    /// <summary>What each machine has.</summary>
    public required MachineSize Size { get; init; }

    /// <summary>What is wrong with the machines' cables; null when nothing is.</summary>
    public LinkFaults? Faults { get; init; }

    /// <summary>When the rack was made (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The bootstrapper's process; null when it was stopped on purpose.</summary>
    public ProcessIdentity? Bootstrapper { get; init; }

    /// <summary>The forwarder's process.</summary>
    public ProcessIdentity? Forwarder { get; init; }

    /// <summary>The process of the management controllers; null when the machines have none.</summary>
    public ProcessIdentity? Controllers { get; init; }

    /// <summary>The process of the faulty cables; null when they have no faults.</summary>
    public ProcessIdentity? Relay { get; init; }

    /// <summary>The machines, in the order of the description.</summary>
    public required IReadOnlyList<RackMachine> Machines { get; init; }

    /// <summary>The status page as the host sees it.</summary>
    [JsonIgnore]
    public string Url => $"http://127.0.0.1:{Port}/";

    /// <summary>The machine of that host name or MAC address; null when there is none.</summary>
    public RackMachine? Find(string name) =>
        Machines.FirstOrDefault(machine => machine.Hostname == name)
        ?? (MacAddress.TryParse(name, out var mac) ? Machines.FirstOrDefault(machine => machine.Mac == mac) : null);

    /// <summary>The state with one machine changed.</summary>
    public RackState With(RackMachine changed) =>
        this with { Machines = [.. Machines.Select(machine => machine.Mac == changed.Mac ? changed : machine)] };
}

/// <summary>One machine of a rack.</summary>
/// <param name="Hostname">Its host name in the description.</param>
/// <param name="Mac">The address of its only network card.</param>
/// <param name="Firmware">What it starts from.</param>
/// <param name="Tap">The host's end of its cable, a tap interface on the bridge.</param>
/// <param name="Emulator">Its QEMU process; null while it is powered off.</param>
/// <param name="PoweredOnAt">When it was last powered on (UTC); null while it is powered off.</param>
/// <param name="HasFaultyCable">Whether its frames pass through the <see cref="LinkRelay"/>.</param>
/// <param name="ButtonPressed">Whether its power button was pressed since it was powered on: then it may end by itself.</param>
/// <param name="NetworkBootOnce">Whether its controller was told that its next boot is from the network. (It always tries the network first.)</param>
public sealed record RackMachine(
    string Hostname, MacAddress Mac, MachineFirmware Firmware, string Tap, ProcessIdentity? Emulator = null, DateTimeOffset? PoweredOnAt = null,
    bool HasFaultyCable = false, bool ButtonPressed = false, bool NetworkBootOnce = false);

/// <summary>Source-generated JSON of the lab's file.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(RackState))]
[JsonSerializable(typeof(RackReport))]
public sealed partial class RackJson : JsonSerializerContext;
