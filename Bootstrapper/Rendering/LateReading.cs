using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>
/// A service that has read its configuration already when a document is carried out by the running system, as cloud-init and CoreOS's cloud-config are.
/// Ignition is carried out before, and needs none of this.
/// </summary>
/// <param name="Unit">The service.</param>
/// <param name="Verb">How it is made to read again, <c>restart</c> or <c>reload</c>.</param>
internal sealed record LateReading(string Unit, string Verb)
{
    private static readonly (string Folder, LateReading Reading)[] Readers =
    [
        ("/etc/modules-load.d/", new("systemd-modules-load.service", "restart")),
        ("/etc/sysctl.d/", new("systemd-sysctl.service", "restart")),
        ("/etc/NetworkManager/conf.d/", new("NetworkManager.service", "reload")),
    ];

    /// <summary>Those of a plan: modules before the settings that they bring.</summary>
    public static IEnumerable<LateReading> Of(NodePlan plan) =>
        Readers.Where(reader => plan.Files.Any(file => file.Path.StartsWith(reader.Folder, StringComparison.Ordinal))).Select(reader => reader.Reading);
}
