namespace Sextant.Planning;

/// <summary>What the files hold that a description names, read once where the plan is made. Never printed.</summary>
/// <param name="RegistryCa">PEM of the authority that vouches for an external registry; null when the description names none.</param>
/// <param name="RegistryPassword">The password at an external registry; null when the description names none.</param>
public sealed record SiteFiles(string? RegistryCa, string? RegistryPassword)
{
    /// <summary>The key of the user at the Ceph cluster; null when the description names none.</summary>
    public string? CephKey { get; init; }

    /// <summary>Of a description that names no file.</summary>
    public static SiteFiles None { get; } = new(null, null);

    /// <summary>Which files there are, without what they hold: a password must not get into a log by way of a value that is printed.</summary>
    public override string ToString() =>
        $"{nameof(SiteFiles)} {{ {nameof(RegistryCa)} = {(RegistryCa is null ? "none" : "given")}, {nameof(RegistryPassword)} = {(RegistryPassword is null ? "none" : "given")}, "
        + $"{nameof(CephKey)} = {(CephKey is null ? "none" : "given")} }}";
}
