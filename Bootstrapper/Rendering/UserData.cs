using Sextant.Planning;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Sextant.Rendering;

/// <summary>
/// The part of cloud-init's user-data that Sextant uses, as its YAML is shaped (cloud-init documentation, module reference). The style of each text
/// is fixed: quoted, because YAML 1.1 readers take bare <c>0644</c>, <c>off</c> and <c>52:54</c> for numbers and booleans; literal blocks for files.
/// </summary>
internal sealed class UserData
{
    /// <summary>Host name without the domain.</summary>
    [YamlMember(Alias = "hostname", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Hostname { get; set; } = "";

    /// <summary>Host name with the domain.</summary>
    [YamlMember(Alias = "fqdn", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Fqdn { get; set; } = "";

    /// <summary>False: the plan has its own /etc/hosts.</summary>
    [YamlMember(Alias = "manage_etc_hosts")]
    public bool ManageEtcHosts { get; set; }

    /// <summary>False: keys only.</summary>
    [YamlMember(Alias = "ssh_pwauth")]
    public bool SshPasswordAuthentication { get; set; }

    /// <summary>True: root does not log in over SSH.</summary>
    [YamlMember(Alias = "disable_root")]
    public bool DisableRoot { get; set; }

    /// <summary>False: nodes are offline.</summary>
    [YamlMember(Alias = "package_update")]
    public bool PackageUpdate { get; set; }

    /// <summary>False: nodes are offline.</summary>
    [YamlMember(Alias = "package_upgrade")]
    public bool PackageUpgrade { get; set; }

    /// <summary>The installer made the partition as large as the disk.</summary>
    [YamlMember(Alias = "growpart")]
    public GrowPartition GrowPartition { get; set; } = new();

    /// <summary>False, for the same reason.</summary>
    [YamlMember(Alias = "resize_rootfs")]
    public bool ResizeRootFilesystem { get; set; }

    /// <summary>Accounts.</summary>
    [YamlMember(Alias = "users")]
    public List<UserAccount> Users { get; set; } = [];

    /// <summary>Files, written in this order.</summary>
    [YamlMember(Alias = "write_files")]
    public List<WrittenFile> WriteFiles { get; set; } = [];

    /// <summary>Commands run at the end of the first boot; argument lists, so that no shell reads them.</summary>
    [YamlMember(Alias = "runcmd")]
    public List<List<string>> RunCommands { get; set; } = [];
}

/// <summary>cloud-init's <c>growpart</c> module.</summary>
internal sealed class GrowPartition
{
    /// <summary><c>off</c> (a string: bare it would be a boolean).</summary>
    [YamlMember(Alias = "mode", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Mode { get; set; } = "off";
}

/// <summary>An account of cloud-init's <c>users</c>.</summary>
internal sealed class UserAccount
{
    /// <summary>Login name.</summary>
    [YamlMember(Alias = "name", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Name { get; set; } = "";

    /// <summary>Login shell.</summary>
    [YamlMember(Alias = "shell", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Shell { get; set; } = "";

    /// <summary>sudoers rule; null for an account that may nothing.</summary>
    [YamlMember(Alias = "sudo", ScalarStyle = ScalarStyle.DoubleQuoted, DefaultValuesHandling = DefaultValuesHandling.OmitNull)]
    public string? Sudo { get; set; }

    /// <summary>True: no password works.</summary>
    [YamlMember(Alias = "lock_passwd")]
    public bool LockPassword { get; set; }

    /// <summary>True: an account of a service.</summary>
    [YamlMember(Alias = "system", DefaultValuesHandling = DefaultValuesHandling.OmitDefaults)]
    public bool System { get; set; }

    /// <summary>True: it has no home folder.</summary>
    [YamlMember(Alias = "no_create_home", DefaultValuesHandling = DefaultValuesHandling.OmitDefaults)]
    public bool NoCreateHome { get; set; }

    /// <summary>OpenSSH public key lines; null when there are none, since cloud-init's schema refuses an empty list.</summary>
    [YamlMember(Alias = "ssh_authorized_keys", DefaultValuesHandling = DefaultValuesHandling.OmitNull)]
    public List<string>? SshAuthorizedKeys { get; set; }
}

/// <summary>A file of <c>write_files</c>, which cloud-init and the dialect of CoreOS write alike.</summary>
internal sealed record WrittenFile
{
    /// <summary>A planned file: its text as it is where a literal block carries it, else encoded.</summary>
    /// <exception cref="System.Text.EncoderFallbackException">Its text is not Unicode.</exception>
    public static WrittenFile Of(PlannedFile file)
    {
        var plain = YamlText.IsPlain(file.Content);
        return new WrittenFile
        {
            Path = file.Path,
            Permissions = "0" + Convert.ToString(file.Mode, 8),
            Owner = file.Owner,
            Encoding = plain ? null : "b64",
            Content = plain ? file.Content : YamlText.Base64(file.Content),
        };
    }

    /// <summary>Absolute path.</summary>
    [YamlMember(Alias = "path", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Path { get; set; } = "";

    /// <summary>Octal permission bits with a leading zero.</summary>
    [YamlMember(Alias = "permissions", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Permissions { get; set; } = "";

    /// <summary><c>user:group</c>.</summary>
    [YamlMember(Alias = "owner", ScalarStyle = ScalarStyle.DoubleQuoted)]
    public string Owner { get; set; } = "";

    /// <summary><c>b64</c> when <see cref="Content"/> is base64 of UTF-8; null when it is the text itself.</summary>
    [YamlMember(Alias = "encoding", ScalarStyle = ScalarStyle.DoubleQuoted, DefaultValuesHandling = DefaultValuesHandling.OmitNull)]
    public string? Encoding { get; set; }

    /// <summary>The text, plain or encoded.</summary>
    [YamlMember(Alias = "content", ScalarStyle = ScalarStyle.Literal)]
    public string Content { get; set; } = "";
}
