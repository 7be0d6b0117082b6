using Sextant.Lab;

namespace Sextant.Tests.Machines;

/// <summary>What a rack's machines are: how they get power and lose it.</summary>
internal interface INodePower
{
    /// <summary>Why this host cannot have such machines; null when it can.</summary>
    string? Obstacle(int machines);

    /// <summary>Gives a machine power.</summary>
    Task OnAsync(Rack rack, RackMachine machine, CancellationToken cancellation);

    /// <summary>Takes it away.</summary>
    Task OffAsync(Rack rack, RackMachine machine, CancellationToken cancellation);
}

/// <summary>The rack's own machines: whole computers, emulated.</summary>
/// <param name="processorsPerMachine">How many of the host's processors a machine needs; a whole control plane that gets less loses its leases for ever.</param>
internal sealed class EmulatedPower(double processorsPerMachine) : INodePower
{
    public string? Obstacle(int machines) => Environment.ProcessorCount >= processorsPerMachine * machines
        ? null
        : $"{machines} emulated machines need {processorsPerMachine * machines} processors, and this host has {Environment.ProcessorCount}; machines that share its kernel are tested in their place";

    public Task OnAsync(Rack rack, RackMachine machine, CancellationToken cancellation) => rack.PowerOnAsync(machine.Mac, cancellation);

    public Task OffAsync(Rack rack, RackMachine machine, CancellationToken cancellation) => rack.PowerOffAsync(machine.Mac, cancellation);
}

/// <summary>
/// Machines that share this host's kernel (container-machine.sh): no firmware and no installer of their own, and as fast as the host. Everything from the lease on is
/// the bootstrapper's, and everything from systemd on is the machine's.
/// </summary>
internal sealed class SharedKernelPower : INodePower
{
    private const string FirstVersionGroups = "/sys/fs/cgroup/memory/memory.use_hierarchy";
    private static readonly string Script = TestKit.Repository.PathOf("Bootstrapper.Tests", "Machines", "container-machine.sh");

    public string? Obstacle(int machines) => File.Exists(FirstVersionGroups) ? null : "the machines that share this host's kernel need its control groups in version 1, as it has them without a systemd of its own";

    public Task OnAsync(Rack rack, RackMachine machine, CancellationToken cancellation)
    {
        var folder = rack.Folder.Machine(machine.Hostname).Root;
        Directory.CreateDirectory(folder);
        return LabCommandLine.RunAsync(
            [Script, "on", folder, machine.Mac.ToString(), rack.State.Namespace, rack.State.Bridge, rack.State.Address.ToString(), Path.Combine(rack.State.AssetFolder!, "debian", "rootfs.tar.zst")], cancellation);
    }

    public Task OffAsync(Rack rack, RackMachine machine, CancellationToken cancellation) =>
        LabCommandLine.RunAsync([Script, "off", rack.Folder.Machine(machine.Hostname).Root], cancellation);
}
