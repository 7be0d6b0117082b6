using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>Each registry mode has keys of its own, and an account has a name and a password.</summary>
internal static class RegistryRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Registry is not { Mode: { } mode } registry) return;
        if (mode.Value is RegistryMode.Builtin)
        {
            foreach (var at in new[] { registry.Address?.At, registry.CaFile?.At, registry.Username?.At, registry.PasswordFile?.At }.OfType<Place>())
                problems.Error(at, "is for mode external only; remove it, or write mode: external");
            return;
        }
        if (registry.LeavesOut("address")) problems.Error(Missing(registry, "address"), "is missing: mode external needs the registry's address");
        if (registry.Port is { IsDefault: false } port) problems.Error(port.At, "is for mode builtin only; an external registry's port is a part of its address");
        if (registry.PullThrough is { IsDefault: false } through) problems.Error(through.At, "is for mode builtin only; an external registry sees to its content itself");
        if (registry.Username is { } username && registry.LeavesOut("password_file"))
            problems.Error(Missing(registry, "password_file"), $"is missing: the account {Quoted.Of(username.Value)} needs a password");
        if (registry.PasswordFile is not null && registry.LeavesOut("username"))
            problems.Error(Missing(registry, "username"), "is missing: the password of password_file needs an account");
    }

    private static Place Missing(RegistrySection registry, string key) => registry.At with { Path = registry.At.PathUnder(key) };
}
