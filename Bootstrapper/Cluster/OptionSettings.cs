using Sextant.Cluster.Schema;
using Sextant.Dhcp.Wire;

namespace Sextant.Cluster;

/// <summary>Makes settings of a section of DHCP options.</summary>
internal static class OptionSettings
{
    /// <summary>The section's options, in the order of codes; an empty list is an option that is not sent.</summary>
    public static IReadOnlyList<OptionSetting> Of(DhcpOptionsSection? section)
    {
        if (section is null) return [];
        List<OptionSetting> settings = [];
        Add(OptionCode.DomainNameServer, "domain_name_servers", section.DomainNameServers, DhcpOption.Of);
        Add(OptionCode.LogServer, "log_servers", section.LogServers, DhcpOption.Of);
        Add(OptionCode.NtpServer, "ntp_servers", section.NtpServers, DhcpOption.Of);
        Add(OptionCode.DomainSearch, "domain_search", section.DomainSearch, DhcpOption.OfDomains);
        Add(OptionCode.ClasslessRoutes, "classless_routes", section.ClasslessRoutes, DhcpOption.OfRoutes);
        if (section.InterfaceMtu is { } mtu) settings.Add(new OptionSetting(OptionCode.InterfaceMtu, DhcpOption.Of(OptionCode.InterfaceMtu, (ushort)mtu.Value).Value));
        foreach (var one in section.ByCode?.Items ?? [])
            if (one.Code is { } code && ValueOf(one) is { } value) settings.Add(new OptionSetting((OptionCode)code.Value, value));
        return OptionSetting.Merge([], settings);

        void Add<T>(OptionCode code, string key, EntryList<T>? list, Func<OptionCode, IReadOnlyList<T>, DhcpOption> encode)
        {
            if (list is null || section.LeavesOut(key)) return;
            settings.Add(new OptionSetting(code, list.Values.Count == 0 ? null : encode(code, list.Values).Value));
        }
    }

    /// <summary>The octets of an option given by its code; null when it has none that could be read.</summary>
    public static ReadOnlyMemory<byte>? ValueOf(DhcpOptionSection option)
    {
        var code = (OptionCode)(option.Code?.Value ?? 0);
        return option.Hex is { } hex ? Convert.FromHexString(hex.Value.Replace(":", "", StringComparison.Ordinal))
            : option.Text is { } text ? DhcpOption.Of(code, text.Value).Value
            : option.OneOctet is { } one ? new[] { (byte)one.Value }
            : option.TwoOctets is { } two ? DhcpOption.Of(code, (ushort)two.Value).Value
            : option.FourOctets is { } four ? DhcpOption.Of(code, four.Value).Value
            : option.Addresses is { Values: { Count: > 0 } addresses } ? DhcpOption.Of(code, addresses).Value
            : null;
    }
}
