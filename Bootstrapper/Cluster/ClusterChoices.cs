namespace Sextant.Cluster;

/// <summary>Operating systems of machines.</summary>
public enum OperatingSystemName
{
    /// <summary>Flatcar Container Linux (<c>coreos</c> is an alias).</summary>
    Flatcar,
    /// <summary>Debian, from an image built by <c>sextant assets build debian</c>.</summary>
    Debian,
    /// <summary>Fedora CoreOS.</summary>
    FedoraCoreos,
    /// <summary>Rocky Linux.</summary>
    Rocky,
}

/// <summary>What happens to a machine that the file does not name.</summary>
public enum UnknownMachines
{
    /// <summary>It gets no answer at all.</summary>
    Ignore,
    /// <summary>It gets an address and is shown to the operator, and nothing is installed.</summary>
    Discover,
    /// <summary>It becomes a worker.</summary>
    Worker,
}

/// <summary>Whether a machine's enrolment needs an operator's yes.</summary>
public enum Enrollment
{
    /// <summary>A valid one-time ticket is enough.</summary>
    Auto,
    /// <summary>A valid ticket waits for an operator's approval.</summary>
    Approve,
}

/// <summary>Who may look at the status page, the API and the metrics.</summary>
public enum StatusReaders
{
    /// <summary>Whoever reaches the service.</summary>
    Anyone,
    /// <summary>The operator.</summary>
    Operator,
}

/// <summary>How Flatcar machines are configured.</summary>
public enum NodeConfigFormat
{
    /// <summary>Ignition, once and before the system starts.</summary>
    Ignition,
    /// <summary>cloud-config in the dialect of CoreOS, at every start.</summary>
    CloudConfig,
}

/// <summary>kube-proxy's modes.</summary>
public enum ProxyMode
{
    /// <summary>Rules of nftables.</summary>
    Nftables,
    /// <summary>Rules of iptables.</summary>
    Iptables,
}

/// <summary>flannel's backends.</summary>
public enum FlannelBackend
{
    /// <summary>Routes between nodes on one layer-2 network; no encapsulation.</summary>
    HostGw,
    /// <summary>VXLAN encapsulation.</summary>
    Vxlan,
}

/// <summary>Whether the bootstrapper serves the time.</summary>
public enum NtpMode
{
    /// <summary>It does.</summary>
    On,
    /// <summary>Something else does, or nothing.</summary>
    Off,
}

/// <summary>Which registry nodes pull from.</summary>
public enum RegistryMode
{
    /// <summary>The bootstrapper's.</summary>
    Builtin,
    /// <summary>An existing one.</summary>
    External,
}
