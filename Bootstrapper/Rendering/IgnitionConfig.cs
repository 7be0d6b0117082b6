using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sextant.Rendering;

/// <summary>The part of Ignition's configuration, specification 3.3.0, that Sextant uses, as its JSON is shaped.</summary>
/// <param name="Ignition">The version.</param>
/// <param name="Passwd">Accounts.</param>
/// <param name="Storage">Files.</param>
/// <param name="Systemd">Units.</param>
internal sealed record IgnitionConfig(IgnitionVersion Ignition, IgnitionAccounts Passwd, IgnitionStorage Storage, IgnitionUnits Systemd);

/// <summary><c>ignition</c>.</summary>
/// <param name="Version">Version of the specification. 3.3.0 is read by every Ignition since 2.11, of 2021.</param>
internal sealed record IgnitionVersion(string Version);

/// <summary><c>passwd</c>.</summary>
/// <param name="Users">Accounts.</param>
internal sealed record IgnitionAccounts(IReadOnlyList<IgnitionUser> Users);

/// <summary>An account. What is null is left to the system; nothing of an account that exists is changed then.</summary>
/// <param name="Name">Login name.</param>
/// <param name="SshAuthorizedKeys">OpenSSH public key lines.</param>
/// <param name="Shell">Login shell.</param>
/// <param name="System">Whether it is an account of a service.</param>
/// <param name="NoCreateHome">Whether it has no home folder.</param>
internal sealed record IgnitionUser(string Name, IReadOnlyList<string>? SshAuthorizedKeys, string? Shell, bool? System, bool? NoCreateHome);

/// <summary><c>storage</c>.</summary>
/// <param name="Files">Files.</param>
internal sealed record IgnitionStorage(IReadOnlyList<IgnitionFile> Files);

/// <summary>A file.</summary>
/// <param name="Path">Absolute path; folders above it are made.</param>
/// <param name="Mode">Permission bits, as a decimal number: JSON has no octal ones.</param>
/// <param name="Overwrite">Whether it takes the place of the system's own.</param>
/// <param name="User">Its owner.</param>
/// <param name="Group">Its group.</param>
/// <param name="Contents">Its text.</param>
internal sealed record IgnitionFile(string Path, int Mode, bool Overwrite, IgnitionName User, IgnitionName Group, IgnitionContents Contents);

/// <summary>A user or group by name.</summary>
/// <param name="Name">The name.</param>
internal sealed record IgnitionName(string Name);

/// <summary>A file's text.</summary>
/// <param name="Source">As a <c>data:</c> URL (RFC 2397).</param>
internal sealed record IgnitionContents(string Source);

/// <summary><c>systemd</c>.</summary>
/// <param name="Units">Units.</param>
internal sealed record IgnitionUnits(IReadOnlyList<IgnitionUnit> Units);

/// <summary>A unit.</summary>
/// <param name="Name">Unit name.</param>
/// <param name="Enabled">True when it starts at boot; null when nothing is said of that.</param>
/// <param name="Mask">True when it must never start.</param>
/// <param name="Contents">Its text; null when the system ships it.</param>
/// <param name="Dropins">Files that add to it.</param>
internal sealed record IgnitionUnit(string Name, bool? Enabled, bool? Mask, string? Contents, IReadOnlyList<IgnitionDropIn>? Dropins);

/// <summary>A file that adds to a unit.</summary>
/// <param name="Name">File name.</param>
/// <param name="Contents">Its text.</param>
internal sealed record IgnitionDropIn(string Name, string Contents);

/// <summary>Writes and reads these types.</summary>
[JsonSerializable(typeof(IgnitionConfig))]
internal sealed partial class IgnitionJson : JsonSerializerContext
{
    /// <summary>Texts stay readable: the document goes to a machine, not into a web page.</summary>
    public static IgnitionJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
