using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Dns;

/// <summary>A lease as far as names are concerned.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="Address">Its address.</param>
/// <param name="ClientName">What it calls itself (option 12 or 81), as it came; empty when it says nothing.</param>
/// <param name="Since">Since when it has the address.</param>
/// <param name="EndsAt">When the lease ends.</param>
public readonly record struct LeasedName(MacAddress Mac, Ipv4Address Address, string ClientName, DateTimeOffset Since, DateTimeOffset EndsAt)
{
    /// <summary>
    /// Names that programs take for more than a machine's: whoever gets one of them on a network gets other machines' traffic. Web proxy discovery and its
    /// like (the reason for the global query block list of other DNS servers), and every machine's name for itself.
    /// </summary>
    private static readonly string[] Never = ["localhost", "wpad", "isatap", "ns", "dns", "time", "ntp", "_gateway", "gateway"];

    /// <summary>
    /// The host name that a client's name for itself gives: its first label in lower case, other characters than letters, digits and '-' made '-'. Null for
    /// none, or one that nobody gets by asking.
    /// </summary>
    /// <param name="clientName">As the client said it.</param>
    public static string? Sanitise(string clientName)
    {
        var dot = clientName.IndexOf('.', StringComparison.Ordinal);
        var first = (dot < 0 ? clientName : clientName[..dot]).ToLowerInvariant();
        var label = new string([.. first.Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-')]).Trim('-');
        if (label.Length > Wire.DnsName.LabelLimit) label = label[..Wire.DnsName.LabelLimit].TrimEnd('-');
        return label.Length == 0 || Never.Contains(label, StringComparer.Ordinal) ? null : label;
    }

    /// <summary>The leases that give a name. A planned machine's address is named by the plan, and a lease of it changes nothing.</summary>
    public static IEnumerable<LeasedName> Unplanned(IEnumerable<LeasedName> leases, NamePlan plan) => leases.Where(lease => !plan.NamedAddresses.Contains(lease.Address));

    /// <summary>
    /// What the leased machines are called: by the plan, else as they call themselves, else by their MAC. A name that is taken, by the plan or by whoever has
    /// had it for longer, is not given again: that machine is called by its MAC, too.
    /// </summary>
    /// <param name="leases">The leases.</param>
    /// <param name="plan">The names as planned.</param>
    /// <param name="isTaken">Whether a whole name is there already.</param>
    /// <param name="now">The time; leases that ended give no name.</param>
    public static IEnumerable<(string Name, LeasedName Lease)> Name(IEnumerable<LeasedName> leases, NamePlan plan, Func<string, bool> isTaken, DateTimeOffset now)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        var planned = plan.LeasedHostnames.Values.ToHashSet(StringComparer.Ordinal);
        foreach (var lease in leases.Where(lease => lease.EndsAt > now).OrderBy(lease => lease.Since).ThenBy(lease => lease.Mac))
        {
            var byMac = "node-" + lease.Mac.ToHyphenString();
            var isPlanned = plan.LeasedHostnames.TryGetValue(lease.Mac, out var hostname);
            var wish = isPlanned ? hostname! : Sanitise(lease.ClientName) is { } own && !planned.Contains(own) ? own : byMac;
            foreach (var label in new[] { wish, byMac }.Distinct(StringComparer.Ordinal))
            {
                var name = $"{label}.{plan.Domain}";
                if (isTaken(name) || !given.Add(name)) continue;
                yield return (name, lease);
                break;
            }
        }
    }
}
