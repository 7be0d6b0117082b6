using Sextant.Networking;

namespace Sextant.Tracing;

/// <summary>
/// The kernel's part of what is kept: everything <see cref="KeptPacket"/> keeps passes, and of what comes in masses (blocks of a file, segments of a
/// transfer) only what tells something.
/// </summary>
internal static class BootFilter
{
    /// <summary>Of TFTP's blocks the first ones and every 64th: enough to see where a transfer stops, at the cost of no transfer.</summary>
    public const uint FirstBlocks = 8, SampleMask = 63;

    private const uint Get = 0x47455420, Head = 0x48454144, Post = 0x504f5354, Http = 0x48545450;

    public static PacketFilter Of(BootPorts ports) => new PacketFilter()
        .LoadHalf(12).IfEqual(0x0806, "short").IfEqual(0x86dd, "v6").IfEqual(0x0800, "v4").Return(0)

        .At("v6").LoadByte(20).IfEqual(58, "icmp6").IfEqual(17, "udp6").Return(0)
        .At("icmp6").LoadByte(54).IfEqual(133, "short").Return(0)
        .At("udp6").LoadHalf(56).IfEqual(547, "medium").Return(0)

        // Later fragments have no ports.
        .At("v4").LoadHalf(20).IfAnyBit(0x1fff, "none").LoadHeaderLength(14).LoadByte(23).IfEqual(17, "udp").IfEqual(6, "tcp").Return(0)

        .At("udp")
        .LoadHalfAtX(14).IfEqual(67, "whole").IfEqual(68, "whole").IfEqual(4011, "whole").IfEqual(53, "medium").IfEqual(123, "short")
        .LoadHalfAtX(16).IfEqual(67, "whole").IfEqual(68, "whole").IfEqual(4011, "whole").IfEqual(53, "medium").IfEqual(123, "short")
        .LoadHalfAtX(22).IfEqual(1, "medium").IfEqual(2, "medium").IfEqual(5, "medium").IfEqual(6, "medium").IfEqual(3, "block").IfEqual(4, "block").Return(0)
        .At("block").LoadHalfAtX(24).IfGreater(FirstBlocks, "sample").Return(128)
        .At("sample").And(SampleMask).IfEqual(0, "short").Return(0)

        .At("tcp")
        .LoadHalfAtX(14).IfEqual(ports.Http, "plain").IfEqual(ports.Https, "flags")
        .LoadHalfAtX(16).IfEqual(ports.Http, "plain").IfEqual(ports.Https, "flags").Return(0)
        .At("flags").LoadByteAtX(27).IfAnyBit(KeptPacket.TelltaleFlags, "short").Return(0)
        .At("plain").LoadByteAtX(27).IfAnyBit(KeptPacket.TelltaleFlags, "short")
        // X = where the payload begins: both headers.
        .LoadByteAtX(26).And(0xf0).ShiftRight(2).AddX().MoveToX()
        .LoadWordAtX(14).IfEqual(Get, "medium").IfEqual(Head, "medium").IfEqual(Post, "medium").IfEqual(Http, "short").Return(0)

        .At("none").Return(0)
        .At("short").Return(160)
        .At("medium").Return(600)
        .At("whole").Return(1600);
}
