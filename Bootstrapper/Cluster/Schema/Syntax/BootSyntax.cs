namespace Sextant.Cluster.Schema.Syntax;

/// <summary>The way from firmware to kernel.</summary>
internal sealed class BootChainSyntax() : ChoiceSyntax<BootChain>(("ipxe", BootChain.Ipxe), ("secure-boot", BootChain.SecureBoot))
{
    /// <inheritdoc/>
    protected override string Noun => "way of booting";
}

/// <summary>A family of firmware, as a key.</summary>
internal sealed class FirmwareKindSyntax : PatternSyntax
{
    /// <summary>The words, by family. A Raspberry Pi is not among them: its boot ROM asks for files of fixed names.</summary>
    public static readonly IReadOnlyDictionary<string, FirmwareKind> Kinds = new Dictionary<string, FirmwareKind>(StringComparer.Ordinal)
    {
        ["bios"] = FirmwareKind.Bios,
        ["uefi-x64"] = FirmwareKind.UefiX64,
        ["uefi-arm64"] = FirmwareKind.UefiArm64,
        ["uefi-ia32"] = FirmwareKind.UefiIa32,
        ["uefi-arm32"] = FirmwareKind.UefiArm32,
        ["uefi-riscv64"] = FirmwareKind.UefiRiscv64,
        ["uefi-loongarch64"] = FirmwareKind.UefiLoongarch64,
        ["u-boot"] = FirmwareKind.UBoot,
    };

    /// <inheritdoc/>
    public override string Pattern => $"^({string.Join('|', Kinds.Keys)})$";

    /// <inheritdoc/>
    public override string Example => "uefi-x64";

    /// <inheritdoc/>
    protected override string Noun => "a firmware";

    /// <inheritdoc/>
    protected override string Rule => $"one of {string.Join(", ", Kinds.Keys)}";
}

/// <summary>A boot loader. The name goes into DHCP replies, TFTP requests and URLs.</summary>
internal sealed class LoaderSyntax : PatternSyntax
{
    /// <inheritdoc/>
    public override string Pattern => "^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$";

    /// <inheritdoc/>
    public override string Example => "ipxe.efi";

    /// <inheritdoc/>
    protected override string Noun => "a boot loader";

    /// <inheritdoc/>
    protected override string Rule => "a file of the asset folder, of letters, digits, '.', '_', '-' and '/'; at most 100 characters";

    /// <inheritdoc/>
    public override Reading<string> Read(string text) =>
        text.Length > 100 ? Reading<string>.Wrong($"{Quoted.Of(text)} is longer than 100 characters, more than a DHCP reply carries") : base.Read(text);
}
