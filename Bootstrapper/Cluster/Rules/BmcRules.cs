using Sextant.Cluster.Schema;

namespace Sextant.Cluster.Rules;

/// <summary>Whoever has a management controller has an account at it, how its certificate is checked is said once, and what belongs to one protocol stands beside that protocol.</summary>
internal static class BmcRules
{
    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Bmc is not { } site) return;
        CheckTrust(site, null, problems);
        foreach (var node in cluster.Nodes?.Items ?? [])
        {
            if (node.Bmc is not { } own) continue;
            CheckTrust(own, site, problems);
            if (own.LeavesOut("url") && site.LeavesOut("url"))
            {
                if (own.Username is not null || own.PasswordFile is not null) problems.Error(Missing(own, "url"), "is missing: the account belongs to a management controller");
                continue;
            }
            // Where the file has the URL for all, one message is enough.
            var at = own.LeavesOut("url") ? site : own;
            if (own.LeavesOut("username") && site.LeavesOut("username")) problems.Error(Missing(at, "username"), "is missing: a management controller is asked with an account");
            if (own.LeavesOut("password_file") && site.LeavesOut("password_file")) problems.Error(Missing(at, "password_file"), "is missing: a management controller is asked with an account");
            if (ReferenceEquals(at, site)) return;
        }
    }

    private static void CheckTrust(BmcSection bmc, BmcSection? site, ProblemList problems)
    {
        if (bmc is { CaFile: not null, Fingerprint: { } fingerprint }) problems.Error(fingerprint.At, "is in the place of ca; remove one of them");
        if ((bmc.Url ?? site?.Url) is not { } url) return;
        if (!url.Value.StartsWith("https:", StringComparison.Ordinal))
        {
            foreach (var at in new[] { bmc.CaFile?.At, bmc.Fingerprint?.At }.OfType<Place>()) problems.Error(at, "is for https only");
        }
        if (bmc.CipherSuite is { } suite && !BmcDescription.IsIpmiUrl(url.Value)) problems.Error(suite.At, "is for ipmi only");
        if (url.Value.StartsWith("http:", StringComparison.Ordinal) && bmc.Url is not null && !IsLoopback(url.Value))
            problems.Warning(url.At, "the password crosses the network in the clear; use https, with fingerprint where nobody signed the certificate");
    }

    private static bool IsLoopback(string url) => url.StartsWith("http://127.", StringComparison.Ordinal);

    private static Place Missing(BmcSection section, string key) => section.At with { Path = section.At.PathUnder(key) };
}
