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
        if (section.InterfaceMtu is { } mtu) settings.Add(OptionSetting.Of(DhcpOption.Of(OptionCode.InterfaceMtu, (ushort)mtu.Value)));
        foreach (var one in section.ByCode?.Items ?? [])
            if (ValueOf(one) is { } given) settings.Add(OptionSetting.Of(given));
        return OptionSetting.Merge([], settings);

        void Add<T>(OptionCode code, string key, EntryList<T>? list, Func<OptionCode, IReadOnlyList<T>, DhcpOption> encode)
        {
            if (list is null || section.LeavesOut(key)) return;
            settings.Add(list.Values.Count == 0 ? OptionSetting.None(code) : OptionSetting.Of(encode(code, list.Values)));
        }
    }

    /// <summary>An option given by its code; null when it has no value that could be read.</summary>
    public static DhcpOption? ValueOf(DhcpOptionSection option)
    {
        var code = (OptionCode)(option.Code?.Value ?? 0);
        return option.Hex is { } hex ? new DhcpOption(code, Convert.FromHexString(hex.Value.Replace(":", "", StringComparison.Ordinal)))
            : option.Text is { } text ? DhcpOption.Of(code, text.Value)
            : option.OneOctet is { } one ? DhcpOption.Of(code, (byte)one.Value)
            : option.TwoOctets is { } two ? DhcpOption.Of(code, (ushort)two.Value)
            : option.FourOctets is { } four ? DhcpOption.Of(code, four.Value)
            : option.Addresses is { Values: { Count: > 0 } addresses } ? DhcpOption.Of(code, addresses)
            : null;
    }
}
