using Sextant.Cluster.Schema;
using Sextant.Cluster.Schema.Syntax;

namespace Sextant.Cluster.Rules;

/// <summary>The operator's own records: each name once, nothing that hides a machine, no alias with other data, nothing that leads nowhere.</summary>
internal static class DnsRules
{
    private const int LongestName = 253;

    /// <summary>Names of the domain that stand for services.</summary>
    internal static readonly string[] ServiceNames = ["bootstrapper", "registry", "masters", "api"];

    private static readonly string[] EtcdServices = ["_etcd-server-ssl._tcp", "_etcd-client-ssl._tcp"];
    private static readonly string[] DataKeys = ["a", "aaaa", "cname", "txt", "srv"];

    /// <inheritdoc cref="ClusterRules.Check"/>
    public static void Check(ClusterSection cluster, ProblemList problems)
    {
        if (cluster.Network?.Domain is not { } domain || cluster.Dns is not { } dns) return;
        if (dns.Mode is { Value: true }) CheckMachines(cluster, problems);
        var records = (dns.Records?.Items ?? []).Where(record => record.Name is not null).ToList();
        var machines = Machines(cluster);
        var named = new Dictionary<string, DnsRecordSection>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            var name = record.Name!;
            if (!named.TryAdd(name.Value, record)) problems.Error(name.At, $"{Quoted.Of(name.Value)} is given twice, first on line {named[name.Value].Name!.At.Line}; one record holds all data of a name");
            if (name.Value.Length + 1 + domain.Value.Length > LongestName) problems.Error(name.At, $"with network.domain the name has more than {LongestName} characters");
            CheckData(record, machines, problems);
        }
        // Whether a name is there is known only when every name could be read.
        if (dns.Records is { Whole: true } && records.Count == dns.Records.Items.Count && cluster.Nodes is { Whole: true }) CheckTargets(named, machines, domain.Value, problems);
    }

    /// <summary>The whole name that a target stands for.</summary>
    public static string Absolute(string name, string domain) =>
        name == "@" ? domain : name.EndsWith('.') ? name[..^1] : $"{name}.{domain}";

    /// <summary>A machine with the name of a service would hide it; that the API's name may be its only master's is a rule of its own.</summary>
    private static void CheckMachines(ClusterSection cluster, ProblemList problems)
    {
        foreach (var node in cluster.Nodes?.Items ?? [])
        {
            if (node.Hostname is { } hostname && ServiceNames.Contains(hostname.Value, StringComparer.Ordinal) && hostname.Value is not "api")
                problems.Error(hostname.At, $"'{hostname.Value}' is the name of a service in the cluster's domain; call this machine something else");
        }
    }

    private static Dictionary<string, string> Machines(ClusterSection cluster)
    {
        var machines = ServiceNames.ToDictionary(name => name, _ => "of a service", StringComparer.Ordinal);
        foreach (var node in cluster.Nodes?.Items ?? [])
            if (node.Hostname is { } hostname) machines[hostname.Value] = $"of a machine (line {hostname.At.Line})";
        if (cluster.Registry?.Mode is { Value: RegistryMode.External }) machines.Remove("registry");
        return machines;
    }

    private static void CheckData(DnsRecordSection record, Dictionary<string, string> machines, ProblemList problems)
    {
        var (name, at) = (record.Name!.Value, record.Name.At);
        string[] given = [.. DataKeys.Where(key => !record.LeavesOut(key))];
        if (given.Length == 0) problems.Error(record.At, $"gives {Quoted.Of(name)} no data; give a, aaaa, cname, txt or srv");
        if (record.Alias is { } alias)
        {
            if (given.Length > 1) problems.Error(alias.At, $"{Quoted.Of(name)} has {given.First(key => key != "cname")}, too; an alias has no other data (RFC 1034, section 3.6.2)");
            if (name == "@") problems.Error(alias.At, "the domain itself has data of its own, so it cannot be an alias; give it a");
        }
        if (machines.TryGetValue(name, out var whose) && (record.Alias is not null || record.Addresses is { Items.Count: > 0 }))
            problems.Error(at, $"'{name}' is the name {whose}; a record may add aaaa, txt and srv to it, but no a and no cname");
        if (EtcdServices.Contains(name, StringComparer.Ordinal)) problems.Error(at, $"'{name}' leads to the members of etcd and is written by Sextant itself");
    }

    private static void CheckTargets(Dictionary<string, DnsRecordSection> named, Dictionary<string, string> machines, string domain, ProblemList problems)
    {
        var known = machines.Keys.Concat(named.Keys).Select(name => Absolute(name, domain)).ToHashSet(StringComparer.Ordinal);
        foreach (var record in named.Values)
        {
            if (record.Alias is { } alias) CheckTarget(alias.Value, alias.At);
            foreach (var service in record.Services?.Items ?? [])
            {
                var target = ServiceSyntax.Parts(service.Value).Target;
                if (CheckTarget(target, service.At) && Relative(target) is { } name && named.TryGetValue(name, out var leads) && leads.Alias is not null)
                    problems.Error(service.At, $"'{name}' is an alias, and a service leads to a server's own name (RFC 2782)");
            }
        }
        foreach (var record in named.Values.Where(record => record.Alias is not null && IsRound(record)))
            problems.Error(record.Alias!.At, $"'{record.Name!.Value}' leads to itself by way of its own alias");

        bool CheckTarget(string target, Place at)
        {
            var whole = Absolute(target, domain);
            if (!whole.EndsWith("." + domain, StringComparison.Ordinal) && whole != domain) return true;
            if (known.Contains(whole) || whole == domain || IsUnderWildcard(whole)) return true;
            var name = Relative(target) ?? target;
            problems.Error(at, name.Contains('.', StringComparison.Ordinal) && !target.EndsWith('.')
                ? $"'{name}' is no name of {domain}; for a name outside of it write '{name}.', with a dot at its end"
                : $"'{name}' is no name of {domain}{Suggestion.For(name, [.. machines.Keys.Concat(named.Keys).Order(StringComparer.Ordinal)])}");
            return false;
        }

        bool IsUnderWildcard(string whole)
        {
            for (var dot = whole.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = whole.IndexOf('.', dot + 1))
            {
                if (known.Contains("*" + whole[dot..])) return true;
                if (known.Contains(whole[(dot + 1)..])) return false;
            }
            return false;
        }

        string? Relative(string target)
        {
            var whole = Absolute(target, domain);
            return whole == domain ? "@" : whole.EndsWith("." + domain, StringComparison.Ordinal) ? whole[..^(domain.Length + 1)] : null;
        }

        bool IsRound(DnsRecordSection start)
        {
            var at = start;
            for (var steps = 0; steps <= named.Count; steps++)
            {
                if (at.Alias is not { } alias || Relative(alias.Value) is not { } next || !named.TryGetValue(next, out var following)) return false;
                if (ReferenceEquals(following, start)) return true;
                at = following;
            }
            return false;
        }
    }
}
