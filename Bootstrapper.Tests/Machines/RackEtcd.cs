using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using Sextant.Lab;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Machines;

/// <summary>A member as <c>etcdctl member list</c> prints it.</summary>
internal sealed record EtcdMemberLine(string Id, string Name, bool Learner);

/// <summary>The etcd of a rack's machines, asked as an API server asks it: from the rack's switch, with a certificate of the site's etcd authority.</summary>
internal sealed class RackEtcd
{
    private const string Prefix = "/written/";
    private readonly Rack rack;
    private readonly TemporaryFolder folder;
    private readonly IReadOnlyList<Ipv4Address> members;

    public RackEtcd(Rack rack, TemporaryFolder folder, IReadOnlyList<Ipv4Address> members)
    {
        (this.rack, this.folder, this.members) = (rack, folder, members);
        var authority = Path.Combine(rack.Folder.BootstrapperState, "pki", "etcd");
        using var etcd = CertificateAuthority.Open(CertificateAuthorityName.Etcd, File.ReadAllText(Path.Combine(authority, "ca.crt")), File.ReadAllText(Path.Combine(authority, "ca.key")));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = etcd.Issue(new CertificateProfile("writer", null, [], [], ServerAuth: false, ClientAuth: true), new PublicKey(key), DateTimeOffset.UtcNow);
        folder.Write("ca.crt", etcd.CertificatePem);
        folder.Write("client.crt", issued.ExportCertificatePem());
        folder.Write("client.key", key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>How many keys were acknowledged so far.</summary>
    public int Written => File.Exists(Acknowledged) ? File.ReadLines(Acknowledged).Count() : 0;

    private string Acknowledged => folder.At("acknowledged");

    private Sextant.Lab.NetworkNamespace Network => new(rack.State.Namespace);

    /// <summary>The members, as the first of them sees them.</summary>
    public async Task<IReadOnlyList<EtcdMemberLine>> MembersAsync(CancellationToken cancellation) =>
        (await RunAsync([members[0]], ["member", "list"], cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(", ")).Select(fields => new EtcdMemberLine(fields[0], fields[2], fields[5] == "true")).ToList();

    /// <summary>Writes one key after the other until it is stopped, and notes each that was acknowledged.</summary>
    public Task<ProcessIdentity> StartWriterAsync(CancellationToken cancellation)
    {
        var put = string.Join(' ', Etcdctl(members));
        var loop = $"i=0; while :; do i=$((i+1)); {put} put {Prefix}$i $i >/dev/null 2>&1 && echo {Prefix}$i >>{Acknowledged}; sleep 0.2; done";
        return LabCommandLine.StartDetachedAsync(Network.Wrap(["sh", "-c", loop]), folder.At("writer.log"), cancellation);
    }

    /// <summary>Waits until the writer has written more.</summary>
    public async Task WritesMoreAsync(CancellationToken cancellation)
    {
        var before = Written;
        while (Written <= before + 20) await Task.Delay(200, cancellation);
    }

    /// <summary>The acknowledged keys that the member does not have on its own disk.</summary>
    public async Task<IReadOnlyList<string>> MissingOnAsync(Ipv4Address member, CancellationToken cancellation)
    {
        var stored = await RunAsync([member], ["get", Prefix, "--prefix", "--keys-only", "--consistency=s"], cancellation);
        return [.. (await File.ReadAllLinesAsync(Acknowledged, cancellation)).Except(stored.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
    }

    private async Task<string> RunAsync(IReadOnlyList<Ipv4Address> endpoints, string[] arguments, CancellationToken cancellation)
    {
        var (status, output, error) = await LabCommandLine.TryRunAsync(Network.Wrap([.. Etcdctl(endpoints), .. arguments]), cancellation);
        Assert.That(status, Is.Zero, output + error);
        return output;
    }

    private string[] Etcdctl(IReadOnlyList<Ipv4Address> endpoints) =>
    [
        "etcdctl", $"--endpoints={string.Join(',', endpoints.Select(address => $"https://{address}:2379"))}", "--dial-timeout=2s", "--command-timeout=5s",
        $"--cacert={folder.At("ca.crt")}", $"--cert={folder.At("client.crt")}", $"--key={folder.At("client.key")}",
    ];
}
