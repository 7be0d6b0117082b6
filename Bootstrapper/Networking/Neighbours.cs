using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Sextant.Primitives;

namespace Sextant.Networking;

/// <summary>
/// The kernel's neighbour table of one interface (arp(7), SIOCGARP): which hardware address answers for an address on our own link. While a TCP
/// connection to a peer on the link is open, its entry is the one that the connection's packets went to. From any thread.
/// </summary>
public sealed partial class Neighbours : IDisposable
{
    private const nuint GetEntry = 0x8954; // SIOCGARP
    private const int Complete = 0x02; // ATF_COM
    private const ushort Ipv4Family = 2, EthernetHardware = 1;
    // struct arpreq: sockaddr arp_pa, sockaddr arp_ha, int arp_flags, sockaddr arp_netmask, char arp_dev[16].
    private const int HardwareAt = 16, FlagsAt = 32, DeviceAt = 52, RequestLength = 68, NameLimit = 15;

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] device;

    /// <summary>The table of an interface of the calling thread's network namespace.</summary>
    public Neighbours(string networkInterface)
    {
        device = Encoding.UTF8.GetBytes(networkInterface);
        if (device.Length > NameLimit) throw new ArgumentException("An interface's name has at most 15 octets.", nameof(networkInterface));
    }

    /// <summary>Who answers for the address; null when nobody does, when it is our own, or when it lies behind a router.</summary>
    public MacAddress? Of(Ipv4Address address)
    {
        Span<byte> request = stackalloc byte[RequestLength];
        request.Clear();
        BitConverter.TryWriteBytes(request, Ipv4Family);
        address.CopyTo(request[4..]);
        device.CopyTo(request[DeviceAt..]);
        if (Control(socket.SafeHandle, GetEntry, ref MemoryMarshal.GetReference(request)) != 0) return null;
        if ((BitConverter.ToInt32(request[FlagsAt..]) & Complete) == 0 || BitConverter.ToUInt16(request[HardwareAt..]) != EthernetHardware) return null;
        return MacAddress.FromOctets(request[(HardwareAt + 2)..]);
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeSocketHandle socket, nuint request, ref byte argument);
}
