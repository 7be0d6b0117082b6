using Sextant.Cluster.Schema.Syntax;

namespace Sextant.Cluster.Schema;

/// <summary>boot</summary>
internal sealed class BootSection : Section
{
    /// <summary>chain</summary>
    [Key<BootChainSyntax>("chain",
        "How machines get from their firmware to their kernel: by iPXE, or by the distribution's signed shim and GRUB, which Secure Boot asks for.", Default = "ipxe")]
    public Entry<BootChain>? Chain { get; set; }

    /// <summary>loaders</summary>
    [MapKey<FirmwareKindSyntax, LoaderSyntax>("loaders", "Boot loaders of the asset folder that stand in for the firmware table's, by firmware.")]
    public EntryMap? Loaders { get; set; }
}
