namespace Sextant.Planning;

/// <summary>
/// What a machine fetches from the assets before Kubernetes starts: the list, the script that works through it, and the unit that is done when every
/// file is in place and verified. Units that need one of the files are ordered after that unit and require it.
/// </summary>
internal static class FetchedFiles
{
    /// <summary>The unit.</summary>
    public const string Unit = "sextant-fetch.service";

    /// <summary>The part of the plan; nothing for a machine that fetches nothing.</summary>
    /// <param name="input">What the plan is made from.</param>
    /// <param name="own">What the machine is besides: everything that it is to fetch.</param>
    public static PlanPart Plan(PlanInput input, PlanPart own)
    {
        if (own.Downloads.Count == 0) return PlanPart.None;
        var values = new Dictionary<string, object>
        {
            ["mirrors"] = string.Join(' ', MirrorChoice.Of(input.Cluster.AssetMirrors, input.Node.Mac, input.Node.Rack)),
            ["http_base"] = BootNetwork.Of(input.Cluster).HttpBase,
            ["downloads"] = own.Downloads.Distinct().Select(one => new Dictionary<string, object>
            {
                ["sha256"] = one.Asset.Sha256,
                ["kind"] = WordOf(one.Unpacking),
                ["target"] = one.Target,
                ["path"] = one.Asset.Path,
            }).ToArray(),
        };
        return new PlanPart
        {
            Files =
            [
                input.File("/etc/sextant/fetch.conf", Permissions.Public, "node/fetch.conf", values),
                input.File("/etc/sextant/fetch", Permissions.Executable, "node/fetch.sh", values),
            ],
            Units = [input.Unit(Unit, "node/sextant-fetch.service", values)],
        };
    }

    private static string WordOf(Unpacking unpacking) => unpacking switch
    {
        Unpacking.Program => "program",
        Unpacking.Archive => "archive",
        Unpacking.ArchiveFolder => "archive-folder",
        _ => throw new ArgumentOutOfRangeException(nameof(unpacking)),
    };
}
