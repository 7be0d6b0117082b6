using System.Text.RegularExpressions;
using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>A systemd unit with everything a plan says of it, for the formats that know units.</summary>
/// <param name="Name">Unit name.</param>
/// <param name="Content">Unit text; null when the operating system ships it.</param>
/// <param name="Enabled">Whether it starts at boot.</param>
/// <param name="Masked">Whether it must never start.</param>
/// <param name="DropIns">Files of its <c>.d</c> folder.</param>
internal sealed partial record NodeUnit(string Name, string? Content, bool Enabled, bool Masked, IReadOnlyList<UnitDropIn> DropIns)
{
    /// <summary>The plan's units, then those it only adds to, then those it masks.</summary>
    public static IReadOnlyList<NodeUnit> AllOf(NodePlan plan)
    {
        var dropIns = plan.Files.Select(file => (Match: DropInPath().Match(file.Path), file.Content)).Where(one => one.Match.Success)
            .ToLookup(one => one.Match.Groups["unit"].Value, one => new UnitDropIn(one.Match.Groups["name"].Value, one.Content));
        var planned = plan.Units.Select(unit => unit.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. plan.Units.Select(unit => new NodeUnit(unit.Name, unit.Content, unit.Enabled, false, [.. dropIns[unit.Name]])),
            .. dropIns.Where(group => !planned.Contains(group.Key)).Select(group => new NodeUnit(group.Key, null, false, false, [.. group])),
            .. plan.MaskedUnits.Select(name => new NodeUnit(name, null, false, true, [])),
        ];
    }

    /// <summary>The plan's files that are no drop-ins.</summary>
    public static IEnumerable<PlannedFile> OtherFiles(NodePlan plan) => plan.Files.Where(file => !DropInPath().IsMatch(file.Path));

    [GeneratedRegex("^/etc/systemd/system/(?<unit>[^/]+)\\.d/(?<name>[^/]+\\.conf)$", RegexOptions.CultureInvariant)]
    private static partial Regex DropInPath();
}

/// <summary>A file that adds to a unit.</summary>
/// <param name="Name">File name, <c>10-sextant.conf</c>.</param>
/// <param name="Content">Its text.</param>
internal sealed record UnitDropIn(string Name, string Content);
