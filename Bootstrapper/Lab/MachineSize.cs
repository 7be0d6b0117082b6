namespace Sextant.Lab;

/// <summary>What every machine of a rack has.</summary>
/// <param name="MemoryMegabytes">Memory in MiB, at least 256.</param>
/// <param name="Processors">Processors, 1 to 64. Each is a thread of the host.</param>
public sealed record MachineSize(int MemoryMegabytes, int Processors)
{
    /// <summary>What a machine needs that becomes a member of etcd.</summary>
    public static MachineSize Default { get; } = new(1024, 1);

    /// <summary>Refuses what QEMU or Linux could not start with.</summary>
    /// <exception cref="LabException">A number is out of range.</exception>
    public void Check()
    {
        if (MemoryMegabytes < 256) throw new LabException("--memory must be 256 (MiB) or more.");
        if (Processors is < 1 or > 64) throw new LabException("--processors must be 1 to 64.");
    }
}
