using System.Net;
using System.Net.Sockets;
using Sextant.Primitives;
using Sextant.Tftp.Wire;

namespace Sextant.Tftp.Server;

/// <summary>What is made for whoever asks. Making it may wait for a disk, so the listening thread goes on meanwhile.</summary>
public sealed partial class TftpServer
{
    private readonly HashSet<(Ipv4Address Address, int Port)> making = [];

    /// <summary>Makes a document and sends it. A client that asks again while it is made has asked once: making it counts, and the transfer's own timer answers.</summary>
    private void Make(TftpDecision.Make make, TftpPacket.Request request, SocketAddress peer, (Ipv4Address Address, int Port) key, Action<TftpPacket.Error> refuse)
    {
        var from = (IPEndPoint)new IPEndPoint(IPAddress.Any, 0).Create(peer);
        if (!MayBegin(request, from, key, machines.FindByAddress(key.Address)?.Mac)) return;
        lock (making)
            if (!making.Add(key)) return;
        _ = MakeAsync(make, request, peer, from, key, refuse);
    }

    private async Task MakeAsync(
        TftpDecision.Make make, TftpPacket.Request request, SocketAddress peer, IPEndPoint from, (Ipv4Address Address, int Port) key, Action<TftpPacket.Error> refuse)
    {
        var mac = machines.FindByAddress(key.Address)?.Mac;
        try
        {
            switch (await documents.MakeAsync(make.Path, key.Address))
            {
                case TftpDocument.Made made:
                    var session = Session(request, peer, new TftpContent.InMemory(make.AsNetAscii ? NetAscii.Encode(made.Octets) : made.Octets), make.AsNetAscii);
                    sessions.Start(key, request.File, session, () => Run(session, make.Path, from, mac, () => { }));
                    break;
                case TftpDocument.Denied denied:
                    LogRefused(from, mac, TftpRefusal.NotForThisPeer, Printable(request.File));
                    refuse(new TftpPacket.Error(TftpErrorCode.AccessViolation, denied.Why));
                    break;
                case var other:
                    throw new InvalidOperationException($"no act for document {other}");
            }
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            LogTransferBroken(from, mac, make.Path, failure);
        }
        finally
        {
            lock (making) making.Remove(key);
        }
    }
}
