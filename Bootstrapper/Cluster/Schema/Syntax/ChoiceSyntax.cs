using Sextant.Cluster.Yaml;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>One of a few words.</summary>
internal abstract class ChoiceSyntax<T>(params (string Word, T Value)[] choices) : ValueSyntax<T>
    where T : notnull
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices { get; } = [.. choices.Select(choice => choice.Word)];

    /// <inheritdoc/>
    public override string Example => choices[0].Word;

    /// <summary>What a word is called: <c>role</c>.</summary>
    protected abstract string Noun { get; }

    /// <inheritdoc/>
    public override Reading<T> Read(string text)
    {
        foreach (var (word, value) in choices)
            if (word == text) return value;
        return Reading<T>.Wrong($"unknown {Noun} {Quoted.Of(text)}{Suggestion.For(text, Choices)}");
    }
}

/// <summary>Yes or no. YAML 1.1's <c>yes</c>, <c>on</c> and the like are text in YAML 1.2 and refused.</summary>
internal sealed class BooleanSyntax() : ChoiceSyntax<bool>(("true", true), ("false", false))
{
    /// <inheritdoc/>
    public override string Type => ScalarType.Boolean;

    /// <inheritdoc/>
    protected override string Noun => "boolean";

    /// <inheritdoc/>
    public override Reading<bool> Read(string text) => text.ToLowerInvariant() switch
    {
        "true" or "false" => base.Read(text),
        "yes" or "y" or "on" => Reading<bool>.Wrong($"{Quoted.Of(text)} is not a boolean; write true"),
        "no" or "n" or "off" => Reading<bool>.Wrong($"{Quoted.Of(text)} is not a boolean; write false"),
        _ => Reading<bool>.Wrong($"{Quoted.Of(text)} is not a boolean; write true or false"),
    };
}

/// <summary>What a machine does.</summary>
internal sealed class RoleSyntax() : ChoiceSyntax<NodeRole>(
    ("kube_master", NodeRole.KubeMaster), ("etcd_member", NodeRole.EtcdMember), ("worker", NodeRole.Worker), ("ingress", NodeRole.Ingress))
{
    /// <inheritdoc/>
    protected override string Noun => "role";
}

/// <summary>The operating system. <c>coreos</c> is what Flatcar's predecessor was called.</summary>
internal sealed class OperatingSystemSyntax() : ChoiceSyntax<OperatingSystemName>(
    ("debian", OperatingSystemName.Debian),
    ("flatcar", OperatingSystemName.Flatcar),
    ("coreos", OperatingSystemName.Flatcar),
    ("fedora-coreos", OperatingSystemName.FedoraCoreos),
    ("rocky", OperatingSystemName.Rocky))
{
    /// <inheritdoc/>
    protected override string Noun => "operating system";
}

/// <summary>How pod traffic crosses nodes.</summary>
internal sealed class FlannelBackendSyntax() : ChoiceSyntax<FlannelBackend>(("host-gw", FlannelBackend.HostGw), ("vxlan", FlannelBackend.Vxlan))
{
    /// <inheritdoc/>
    protected override string Noun => "flannel backend";
}

/// <summary>How service addresses work on a machine.</summary>
internal sealed class ProxyModeSyntax() : ChoiceSyntax<ProxyMode>(("nftables", ProxyMode.Nftables), ("iptables", ProxyMode.Iptables))
{
    /// <inheritdoc/>
    protected override string Noun => "kube-proxy mode";
}

/// <summary>How Flatcar machines are told what to be.</summary>
internal sealed class ConfigFormatSyntax() : ChoiceSyntax<NodeConfigFormat>(("ignition", NodeConfigFormat.Ignition), ("cloud-config", NodeConfigFormat.CloudConfig))
{
    /// <inheritdoc/>
    protected override string Noun => "configuration format";
}

/// <summary>Who gives machines their addresses.</summary>
internal sealed class DhcpModeSyntax() : ChoiceSyntax<DhcpMode>(("server", DhcpMode.Server), ("proxy", DhcpMode.Proxy), ("off", DhcpMode.Off))
{
    /// <inheritdoc/>
    protected override string Noun => "DHCP mode";
}

/// <summary>Whose registry it is.</summary>
internal sealed class RegistryModeSyntax() : ChoiceSyntax<RegistryMode>(("builtin", RegistryMode.Builtin), ("external", RegistryMode.External))
{
    /// <inheritdoc/>
    protected override string Noun => "registry mode";
}

/// <summary>Whether the bootstrapper serves the time.</summary>
internal sealed class NtpModeSyntax() : ChoiceSyntax<NtpMode>(("on", NtpMode.On), ("off", NtpMode.Off))
{
    /// <inheritdoc/>
    protected override string Noun => "NTP mode";
}

/// <summary>What a machine the file does not name gets.</summary>
internal sealed class UnknownMachinesSyntax() : ChoiceSyntax<UnknownMachines>(
    ("ignore", UnknownMachines.Ignore), ("discover", UnknownMachines.Discover), ("worker", UnknownMachines.Worker))
{
    /// <inheritdoc/>
    protected override string Noun => "choice";
}

/// <summary>Who says yes to an enrolment.</summary>
internal sealed class EnrollmentSyntax() : ChoiceSyntax<Enrollment>(("auto", Enrollment.Auto), ("approve", Enrollment.Approve))
{
    /// <inheritdoc/>
    protected override string Noun => "choice";
}

/// <summary>Who may look at the status page.</summary>
internal sealed class StatusReadersSyntax() : ChoiceSyntax<StatusReaders>(("anyone", StatusReaders.Anyone), ("operator", StatusReaders.Operator))
{
    /// <inheritdoc/>
    protected override string Noun => "choice";
}

/// <summary>An addon of the cluster.</summary>
internal sealed class AddonSyntax() : ChoiceSyntax<string>([.. Names.Select(name => (name, name))])
{
    private static readonly string[] Names =
        ["coredns", "flannel", "kube-proxy", "metrics-server", "ingress", "dashboard", "logging", "monitoring", "ceph-csi-rbd"];

    /// <inheritdoc/>
    protected override string Noun => "addon";
}
