using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Sextant.Rendering;

/// <summary>
/// The part of cloud-config in the dialect of CoreOS that Sextant uses, as its YAML is shaped (flatcar/coreos-cloudinit). Every key has underscores: those
/// with hyphens, which old CoreOS knew, are passed over without a word since Flatcar 3975.
/// </summary>
internal sealed class CloudConfig
{
    /// <summary>Host name without the domain.</summary>
    [YamlMember(Alias = "hostname", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Hostname { get; set; } = "";

    /// <summary>Accounts.</summary>
    [YamlMember(Alias = "users")]
    public List<CloudConfigUser> Users { get; set; } = [];

    /// <summary>Files; unlike units, not below <c>coreos</c>.</summary>
    [YamlMember(Alias = "write_files")]
    public List<WrittenFile> WriteFiles { get; set; } = [];

    /// <summary>What is CoreOS's own.</summary>
    [YamlMember(Alias = "coreos")]
    public CoreosSection Coreos { get; set; } = new();
}

/// <summary><c>coreos</c>.</summary>
internal sealed class CoreosSection
{
    /// <summary>Units.</summary>
    [YamlMember(Alias = "units")]
    public List<CloudConfigUnit> Units { get; set; } = [];
}

/// <summary>An account. Of one that exists, only the keys are changed.</summary>
internal sealed class CloudConfigUser
{
    /// <summary>Login name.</summary>
    [YamlMember(Alias = "name", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Name { get; set; } = "";

    /// <summary>Login shell; null for the system's default.</summary>
    [YamlMember(Alias = "shell", ScalarStyle = ScalarStyle.DoubleQuoted, DefaultValuesHandling = DefaultValuesHandling.OmitNull)]
    public string? Shell { get; set; }

    /// <summary>True: an account of a service.</summary>
    [YamlMember(Alias = "system", DefaultValuesHandling = DefaultValuesHandling.OmitDefaults)]
    public bool System { get; set; }

    /// <summary>True: it has no home folder.</summary>
    [YamlMember(Alias = "no_create_home", DefaultValuesHandling = DefaultValuesHandling.OmitDefaults)]
    public bool NoCreateHome { get; set; }

    /// <summary>OpenSSH public key lines; null when there are none.</summary>
    [YamlMember(Alias = "ssh_authorized_keys", DefaultValuesHandling = DefaultValuesHandling.OmitNull)]
    public List<string>? SshAuthorizedKeys { get; set; }
}

/// <summary>A unit.</summary>
internal sealed class CloudConfigUnit
{
    /// <summary>Unit name.</summary>
    [YamlMember(Alias = "name", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Name { get; set; } = "";

    /// <summary>True: it must never start.</summary>
    [YamlMember(Alias = "mask", DefaultValuesHandling = DefaultValuesHandling.OmitDefaults)]
    public bool Mask { get; set; }

    /// <summary>True: it starts at boot.</summary>
    [YamlMember(Alias = "enable", DefaultValuesHandling = DefaultValuesHandling.OmitDefaults)]
    public bool Enable { get; set; }

    /// <summary>What is done with it now, and waited for: <c>start</c>, <c>stop</c>, <c>restart</c> and others; null for nothing.</summary>
    [YamlMember(Alias = "command", ScalarStyle = ScalarStyle.DoubleQuoted, DefaultValuesHandling = DefaultValuesHandling.OmitNull)]
    public string? Command { get; set; }

    /// <summary>Its text; null when the system ships it.</summary>
    [YamlMember(Alias = "content", ScalarStyle = ScalarStyle.Literal, DefaultValuesHandling = DefaultValuesHandling.OmitNull)]
    public string? Content { get; set; }

    /// <summary>Files that add to it; null when there are none.</summary>
    [YamlMember(Alias = "drop_ins", DefaultValuesHandling = DefaultValuesHandling.OmitNull)]
    public List<CloudConfigDropIn>? DropIns { get; set; }
}

/// <summary>A file that adds to a unit.</summary>
internal sealed record CloudConfigDropIn
{
    /// <summary>File name.</summary>
    [YamlMember(Alias = "name", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Name { get; set; } = "";

    /// <summary>Its text.</summary>
    [YamlMember(Alias = "content", ScalarStyle = ScalarStyle.Literal)]
    public string Content { get; set; } = "";
}
