using Sextant.Lab;
using Sextant.Planning;
using Sextant.Primitives;

namespace Sextant.Tests.Machines;

/// <summary>Commands on the nodes of a rack, as its administrator gives them: over SSH, with a key made for the test and named in the description.</summary>
/// <param name="folder">Where key and description are kept.</param>
internal sealed class NodeShell(string folder)
{
    private string Key => Path.Combine(folder, "ssh-key");

    /// <summary>A copy of a description that lets this shell in.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> AdmitAsync(string description)
    {
        Directory.CreateDirectory(folder);
        await LabCommandLine.RunAsync(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "machine test", "-f", Key]);
        var line = (await File.ReadAllTextAsync(Key + ".pub")).TrimEnd('\n');
        var copy = Path.Combine(folder, "cluster-desc.yaml");
        await File.WriteAllTextAsync(copy, (await File.ReadAllTextAsync(description)).Replace("ssh_authorized_keys: []", $"ssh_authorized_keys: ['{line}']", StringComparison.Ordinal));
        return copy;
    }

    /// <summary>Removes key and description.</summary>
    public void Remove()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    /// <summary>Runs a command line as root on a node of the rack.</summary>
    public async Task<(int Status, string Output)> RunAsync(Rack rack, Ipv4Address node, string command, CancellationToken cancellation)
    {
        string[] ssh =
        [
            "ssh", "-i", Key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "ConnectTimeout=20", $"{NodePlan.Administrator}@{node}", $"sudo sh -c '{command.Replace("'", "'\\''", StringComparison.Ordinal)}' 2>&1",
        ];
        var (status, output, error) = await LabCommandLine.TryRunAsync(new NetworkNamespace(rack.State.Namespace).Wrap(ssh), cancellation);
        return (status, output + error);
    }
}
