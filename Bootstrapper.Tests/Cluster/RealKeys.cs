namespace Sextant.Tests.Cluster;

/// <summary>Public keys as ssh-keygen writes them; their private halves are not kept.</summary>
internal static class RealKeys
{
    public const string Rsa =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC5ljrHmB+VSfkGdnNIP6XJ4stZM6rKXaS8z7TqcvMWsslGHA/WCSPvVofTrvDdoEtPlJ1F0GjfX5MmFBNHsxhQMcV2J1Lnyhib+7BVGkNz4SNDtPI168j95GMsUFfpqyoI9ZB4K8yYzXU6GD4+OUjoHxGH2Sw4qOUUY9NgjmW7fw03nsNlaBTJVRUZuJjZVeh8727gMMsFz8DyZ9HTWetD/RXmfE+B2sweEoDReoPEOnDR0HSFL+7yot4+jHArJnZh3hr8e9TBq2VS7M5fMBt+wHVelGiyXQhryMx2bDvzM1yg5JB3H7YeigxjcSO2ntE1dV8eSL6fmRE1J1GwvynL admin@example";

    public const string EcdsaP256 =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKrWNPUgzmXlmf36u+T01UAze+QYN2TtnkKrWgxQct/lDUPm9BCCDyeufJM66d0AZP4pGSgekvByNhxN2hbb8Ek= admin@example";

    public const string EcdsaP521 =
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAENZcLPDysAVz35DpSBp4q9EQ1QX/8dU/lZKTJvnJgsNPNgC0M+tzFRor6kqmXz5H3d3mn9KhKYN/A0wjie5s2CcgABdXTAlDXTDXLdq3sF/4tRdMC1W2FyfFEYeq6z3zvzy5OjetKbZMmg6mLwczuJO2cXooJfVzSos4IxEcDH9fRVoQ== admin@example";

    public const string Ed25519 =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK8P6+GasjIAMwxeBzIay1Jn9Gry9+J6JH1UiPOZECGX admin@example";
}
