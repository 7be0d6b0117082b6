using System.Text.RegularExpressions;
using Sextant.Cluster;

namespace Sextant.Lab;

/// <summary>What the operator asks of a rack.</summary>
public sealed record RackRequest
{
    /// <summary>The cluster description, as an absolute path.</summary>
    public required string DescriptionFile { get; init; }

    /// <summary>Whether the machines get management controllers, for which the rack has a copy of the description (<see cref="RackDescription.IsPossible"/>).</summary>
    public bool HasControllers { get; init; }

    /// <summary>The asset folder, as an absolute path; null leaves the choice to the bootstrapper.</summary>
    public string? AssetFolder { get; init; }

    /// <summary>The command line that runs this program.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>The rack's name, which names its namespace <c>sextant-NAME</c>: a DNS label; null takes the cluster's.</summary>
    public string? Name { get; init; }

    /// <summary>How many machines, the first of the description; null takes all.</summary>
    public int? Nodes { get; init; }

    /// <summary>Their firmware.</summary>
    public FirmwareChoice Firmware { get; init; } = FirmwareChoice.Mixed;

    /// <summary>What each machine has.</summary>
    public MachineSize Size { get; init; } = MachineSize.Default;

    /// <summary>The TCP port of 127.0.0.1 for the status page, 1 to 65535.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>What is wrong with the machines' cables; null when nothing is.</summary>
    public LinkFaults? Faults { get; init; }
}

/// <summary>Makes a rack out of a description: pure, nothing is touched.</summary>
public static partial class RackPlanner
{
    /// <summary>IPMI's number (IANA, asf-rmcp), which people know controllers by; nothing else of a rack is there.</summary>
    private const int ControllerPort = 623;

    /// <summary>The rack that a request describes, with nothing running in it yet.</summary>
    /// <exception cref="LabException">The request does not fit the description or the folder.</exception>
    public static RackState Plan(ClusterDescription description, RackRequest request, RackFolder folder, DateTimeOffset now)
    {
        var count = request.Nodes ?? description.Nodes.Count;
        var name = request.Name ?? description.Name;
        if (count < 1 || count > description.Nodes.Count)
            throw new LabException($"{request.DescriptionFile} describes {description.Nodes.Count} nodes; --nodes must be 1 to {description.Nodes.Count}.");
        var members = description.Nodes.Count(node => node.Has(NodeRole.EtcdMember));
        var powered = description.Nodes.Take(count).Count(node => node.Has(NodeRole.EtcdMember));
        if (powered <= members / 2 && members > 0)
            throw new LabException($"--nodes {count} powers on {powered} of {members} members of etcd, which is no majority; the cluster would never be healthy.");
        request.Size.Check();
        if (request.Port is < 1 or > 65535) throw new LabException("--port must be 1 to 65535.");
        if (!Label().IsMatch(name)) throw new LabException($"--name '{name}' is not a name of letters, digits and hyphens, at most 63 long.");
        if (description.Bootstrapper.Interface.Length > 15)
            throw new LabException($"bootstrapper.interface '{description.Bootstrapper.Interface}' is longer than the kernel's limit of 15 characters.");
        if (!folder.HasRoomForSockets(description.Nodes.Select(node => node.Hostname)))
            throw new LabException($"{folder.Root} is too long a path for the Unix sockets in it ({RackFolder.SocketPathLimit} octets); choose a shorter --dir.");
        return new RackState
        {
            Namespace = NamespaceOf(name),
            Bridge = description.Bootstrapper.Interface,
            Address = description.Bootstrapper.Address,
            PrefixLength = description.Network.Local.Subnet.PrefixLength,
            HttpPort = description.Bootstrapper.HttpPort,
            DescriptionFile = request.HasControllers ? folder.Description : request.DescriptionFile,
            CopiedFrom = request.HasControllers ? request.DescriptionFile : null,
            ControllerPort = request.HasControllers ? ControllerPort : null,
            AssetFolder = request.AssetFolder,
            Program = request.Program,
            Reads = ReadBy(description, request),
            Port = request.Port,
            Size = request.Size,
            Faults = request.Faults,
            CreatedAt = now,
            Machines = [.. description.Nodes.Take(count).Select((node, index) =>
                new RackMachine(node.Hostname, node.Mac, FirmwareAssignment.Of(request.Firmware, index), $"tap{index}", HasFaultyCable: request.Faults is not null))],
        };
    }

    /// <summary>The program, the description with what it names, and the list of assets. Of a host with its assembly, the assembly.</summary>
    private static IReadOnlyList<string> ReadBy(ClusterDescription description, RackRequest request)
    {
        var folder = Path.GetDirectoryName(request.DescriptionFile)!;
        return
        [
            .. request.Program, request.DescriptionFile, .. request.AssetFolder is { } assets ? [Path.Combine(assets, "manifest.yaml")] : Array.Empty<string>(),
            .. description.GivenFiles.Select(given => Path.Combine(folder, given.Path)),
        ];
    }

    /// <summary>The namespace of a rack of that name.</summary>
    public static string NamespaceOf(string name) => $"sextant-{name}";

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex Label();
}
