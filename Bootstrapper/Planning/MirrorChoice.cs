using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Sextant.Cluster;
using Sextant.Primitives;

namespace Sextant.Planning;

/// <summary>
/// Which mirrors of the installation files a machine asks, and in which order: rendezvous hashing (Thaler and Ravishankar, 1998). Every machine
/// ranks every mirror by a hash of the two, so machines spread evenly without anyone keeping count, a mirror that is added takes over only the machines that
/// rank it first, and the machines of one that is removed spread over the others.
/// </summary>
public static class MirrorChoice
{
    /// <summary>The mirrors of the machine's rack, then those for every machine. The bootstrapper, which comes last, is not among them.</summary>
    /// <param name="mirrors">Every mirror; their order is of no account.</param>
    /// <param name="mac">The machine.</param>
    /// <param name="rack">The rack it stands in; null when nobody said.</param>
    /// <returns>URLs without a trailing slash; a path of an asset is put behind one with a slash between.</returns>
    public static IReadOnlyList<string> Of(IReadOnlyList<AssetMirrorDescription> mirrors, MacAddress mac, string? rack) =>
    [
        .. Ranked(mirrors.Where(mirror => rack is not null && mirror.Racks.Contains(rack)), mac),
        .. Ranked(mirrors.Where(mirror => mirror.Racks.Count == 0), mac),
    ];

    private static IEnumerable<string> Ranked(IEnumerable<AssetMirrorDescription> mirrors, MacAddress mac) =>
        mirrors.Select(mirror => mirror.Url).OrderByDescending(url => Weight(mac, url)).ThenBy(url => url, StringComparer.Ordinal);

    private static ulong Weight(MacAddress mac, string url) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{mac} {url}")));
}
