namespace Sextant.Dhcp.Wire;

/// <summary>What somebody wants to become of one DHCP option.</summary>
/// <param name="Code">Its code.</param>
/// <param name="Value">Its octets; null when it is not to be sent, whatever is said of it more generally.</param>
public sealed record OptionSetting(OptionCode Code, ReadOnlyMemory<byte>? Value)
{
    /// <summary>The option is sent.</summary>
    public static OptionSetting Of(DhcpOption option) => new(option.Code, option.Value);

    /// <summary>The option is not sent.</summary>
    public static OptionSetting None(OptionCode code) => new(code, (ReadOnlyMemory<byte>?)null);

    /// <summary>Settings of a wider place (the site) under those of a narrower one (a subnet, a machine), which win. In the order of codes.</summary>
    public static IReadOnlyList<OptionSetting> Merge(IEnumerable<OptionSetting> wider, IEnumerable<OptionSetting> narrower)
    {
        var merged = new SortedDictionary<OptionCode, OptionSetting>();
        foreach (var setting in wider.Concat(narrower)) merged[setting.Code] = setting;
        return [.. merged.Values];
    }

    /// <summary>The options that are sent.</summary>
    public static DhcpOptions Given(IEnumerable<OptionSetting> settings) =>
        new([.. settings.Where(setting => setting.Value is not null).Select(setting => new DhcpOption(setting.Code, setting.Value!.Value))]);

    /// <inheritdoc/>
    public bool Equals(OptionSetting? other) =>
        other is not null && Code == other.Code && Value.HasValue == other.Value.HasValue && Value.GetValueOrDefault().Span.SequenceEqual(other.Value.GetValueOrDefault().Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Code, Value?.Length);
}
