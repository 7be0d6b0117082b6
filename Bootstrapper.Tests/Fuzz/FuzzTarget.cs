using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Sextant.Boot;
using Sextant.Cluster;
using Sextant.Dhcp;
using Sextant.Dhcp.Wire;
using Sextant.Images;
using Sextant.Primitives;
using Sextant.Registry;
using Sextant.Tests.Tftp;
using Sextant.Tests.TestKit;
using Sextant.Tftp;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Fuzz;

/// <summary>A reader of what others send.</summary>
/// <param name="Name">Its type's name.</param>
/// <param name="Seeds">Octets it reads, to begin with.</param>
/// <param name="Shaped">Octets with the shape of its format and hostile values in it.</param>
/// <param name="Read">Reads, and does with the result what the product does first; true when there was one.</param>
/// <param name="Allowance">How many octets it may allocate whatever the input is; in addition to 512 for each octet of it.</param>
/// <param name="Share">Of how many inputs of the others it gets one: it takes so much longer.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Gen<byte[]> Shaped, Func<byte[], bool> Read, long Allowance = 16 << 10, int Share = 1)
{
    private delegate bool Reader<TPacket, TError>(ReadOnlySpan<byte> octets, out TPacket packet, out TError error);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Every reader of the product: those of datagrams are found by their shape, so that none is forgotten.</summary>
    public static IReadOnlyList<FuzzTarget> All() => [.. WireReaders(), .. TextReaders(), Description()];

    /// <summary><c>bool TryRead(ReadOnlySpan&lt;byte&gt;, out packet, out error)</c> of any <c>Wire</c> namespace.</summary>
    private static IEnumerable<FuzzTarget> WireReaders() =>
        from type in typeof(TftpReader).Assembly.GetTypes()
        where Regex.IsMatch(type.Namespace ?? "", @"^Sextant\.\w+\.Wire$")
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public)
        where method.Name == "TryRead" && method.ReturnType == typeof(bool) && method.GetParameters() is [var octets, { IsOut: true }, { IsOut: true }]
            && octets.ParameterType == typeof(ReadOnlySpan<byte>)
        let protocol = type.Namespace!.Split('.')[1]
        let seeds = SeedsOf(protocol)
        select new FuzzTarget(type.Name, seeds, ShapedAs(protocol), ReaderOf(method));

    private static Func<byte[], bool> ReaderOf(MethodInfo method) => (Func<byte[], bool>)typeof(FuzzTarget)
        .GetMethod(nameof(Bind), BindingFlags.Static | BindingFlags.NonPublic)!
        .MakeGenericMethod([.. method.GetParameters()[1..].Select(parameter => parameter.ParameterType.GetElementType()!)])
        .Invoke(null, [method])!;

    private static Func<byte[], bool> Bind<TPacket, TError>(MethodInfo method)
    {
        var reader = method.CreateDelegate<Reader<TPacket, TError>>();
        return octets =>
        {
            if (!reader(octets, out var packet, out _)) return false;
            Use(packet!);
            return true;
        };
    }

    /// <summary>What the product does with a packet before it knows whether it makes sense.</summary>
    private static void Use(object packet)
    {
        switch (packet)
        {
            case DhcpPacket dhcp:
                _ = BootClient.Of(dhcp.Options, default);
                _ = DhcpPrinter.Print(dhcp);
                break;
            case TftpPacket.Request request:
                _ = TftpPath.Normalize(request.File);
                _ = TftpNegotiation.Negotiate(request.Options, 1000, new TftpLimits());
                break;
            default:
                _ = packet.ToString();
                break;
        }
    }

    private static IReadOnlyList<byte[]> SeedsOf(string protocol) => protocol switch
    {
        "Dhcp" => [.. new[] { "fw-bios.pcap", "fw-ovmf.pcap", "fw-httpboot.pcap" }.SelectMany(Pcap.Datagrams)
            .Where(datagram => datagram.DestinationPort is 67 or 68).Select(datagram => datagram.Payload)],
        "Tftp" => [.. TftpCorpus.All.Select(entry => entry.Octets)],
        _ => [new byte[12], [.. Enumerable.Range(0, 64).Select(each => (byte)each)]],
    };

    private static Gen<byte[]> ShapedAs(string protocol) => protocol switch
    {
        "Dhcp" => Shapes.Dhcp,
        "Tftp" => Shapes.Tftp,
        _ => Shapes.Octets,
    };

    /// <summary>What comes over HTTP in paths, headers and bodies.</summary>
    private static IEnumerable<FuzzTarget> TextReaders()
    {
        yield return Text("ByteRange", ["bytes=0-499", "bytes=500-", "bytes=-500", "bytes=9-1", "bytes=0-0,1-2"], text => ByteRange.Parse(text, 1000) is not ByteRange.Whole);
        yield return Text("ChunkRange", ["0-1023", "bytes 0-1023/*", "bytes 0-9223372036854775807/*"], text => ChunkRange.TryParse(text, out _));
        yield return Text("RegistryPath", ["/v2/", "/v2/a/b/blobs/sha256:" + new string('a', 64), "/v2/a/manifests/latest", "/v2/a/blobs/uploads/1"], text => RegistryPath.Parse(text) is not RegistryPath.Unknown);
        yield return Text("ImageReference", ["registry.k8s.io/pause:3.10", "docker.io/library/nginx@sha256:" + new string('b', 64)], text => ImageReference.TryParse(text, out _, out _));
        yield return Text("AuthChallenge", ["realm=\"https://auth.example/token\",service=\"registry\",scope=\"a\\\"b\""], text => AuthChallenge.Parse("Bearer", text).Parameters.Count > 0);
        yield return Text("InstallReport", ["stage=installing&detail=step+1", "stage=failed&detail=%41%ff", "stage=installed"], text => InstallReport.Parse(text) is not null);
        yield return Text("MacAddress", ["52:54:00:00:00:01", "52-54-00-00-00-01", "525400000001"], text => MacAddress.TryParse(text, out _));
        yield return Text("Digest", ["sha256:" + new string('a', 64), "sha512:" + new string('0', 128)], text => Digest.TryParse(text, out _));
        byte[][] manifests = [.. new[]
        {
            """{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]}""",
            """{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"platform":{"os":"linux","architecture":"amd64"}}]}""",
        }.Select(Encoding.UTF8.GetBytes)];
        yield return new FuzzTarget("ManifestDocument", manifests, Shapes.Octets, octets => ManifestDocument.TryParse(octets, null, out _, out _), Allowance: 64 << 10, Share: 10);
        byte[][] links = [ManifestLink.Of("application/vnd.oci.image.manifest.v1+json")];
        yield return new FuzzTarget("ManifestLink", links, Shapes.Octets, octets => ManifestLink.TryRead(octets, out _));
    }

    private static FuzzTarget Text(string name, string[] seeds, Func<string, bool> read) =>
        new(name, [.. seeds.Select(Encoding.UTF8.GetBytes)], Shapes.Octets, octets => read(Encoding.UTF8.GetString(octets)));

    /// <summary>The operator's file: every broken one of the tests, and a whole one.</summary>
    private static FuzzTarget Description()
    {
        byte[][] seeds = [.. Directory.GetFiles(Repository.PathOf("Bootstrapper.Tests", "Cluster", "broken"), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(text => text.Length < 2000)];
        // Each problem is a sentence with its place; a file may have hundreds.
        return new FuzzTarget("ClusterFile", seeds, Shapes.Octets, octets => ClusterFile.Parse(octets, "fuzz.yaml").Description is not null, Allowance: 16 << 20, Share: 100);
    }
}
