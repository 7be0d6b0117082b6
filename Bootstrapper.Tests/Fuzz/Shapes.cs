using FsCheck;
using FsCheck.Fluent;
using Sextant.Dhcp.Wire;

namespace Sextant.Tests.Fuzz;

/// <summary>Octets with a format's shape: what has to be right to get past the first check is right, and lengths and values are anything.</summary>
internal static class Shapes
{
    private static readonly Gen<byte> Octet = Gen.Choose(0, 255).Select(value => (byte)value);
    private static readonly Gen<byte> Edge = Gen.Elements<byte>(0, 1, 2, 4, 8, 16, 63, 64, 127, 128, 191, 192, 254, 255);
    private static readonly Gen<byte[]> Few = Gen.Choose(0, 20).SelectMany(count => Octet.ArrayOf(count));

    /// <summary>Anything.</summary>
    public static Gen<byte[]> Octets { get; } = Gen.Choose(0, 600).SelectMany(count => Octet.ArrayOf(count));

    /// <summary>RFC 1350: an operation, then strings, some without their end, or numbers and octets.</summary>
    public static Gen<byte[]> Tftp { get; } =
        from operation in Gen.Choose(0, 7)
        from strings in Gen.Choose(0, 10).SelectMany(count => TftpString().ArrayOf(count))
        from rest in Few
        select (byte[])[0, (byte)operation, .. strings.SelectMany(each => each), .. rest];

    /// <summary>RFC 2131: the fixed part with its cookie, then options of any code whose length is right, or not; also in file and sname.</summary>
    public static Gen<byte[]> Dhcp { get; } =
        from head in Octet.ArrayOf(DhcpPacket.FixedLength)
        from hardware in Gen.Frequency((9, Gen.Constant((byte)6)), (1, Octet))
        from elsewhere in DhcpOptions()
        from overload in Gen.Frequency((4, Gen.Constant<byte[]>([])), (1, Gen.Choose(0, 4).Select(which => (byte[])[52, 1, (byte)which])))
        from options in DhcpOptions()
        from end in Gen.Frequency((4, Gen.Constant<byte[]>([255])), (1, Few))
        select Message(head, hardware, elsewhere, [.. overload, .. options, .. end]);

    private static byte[] Message(byte[] head, byte hardware, byte[] elsewhere, byte[] options)
    {
        (head[0], head[1], head[2]) = (1, 1, hardware);
        elsewhere.AsSpan(0, Math.Min(elsewhere.Length, 192)).CopyTo(head.AsSpan(44));
        return [.. head, 99, 130, 83, 99, .. options];
    }

    private static Gen<byte[]> DhcpOptions() =>
        from count in Gen.Choose(0, 12)
        from options in (
            from code in Gen.Frequency((3, Octet), (2, Gen.Elements<byte>(12, 43, 50, 52, 53, 55, 57, 60, 61, 66, 67, 77, 82, 93, 94, 97, 119, 121, 175)))
            from value in Few
            from length in Gen.Frequency((5, Gen.Constant((byte)value.Length)), (1, Edge))
            select (byte[])[code, length, .. value]).ArrayOf(count)
        select options.SelectMany(each => each).ToArray();

    private static Gen<byte[]> TftpString() =>
        from text in Gen.Frequency((2, Few), (3, Gen.Elements("blksize", "TSIZE", "timeout", "windowsize", "octet", "netascii", "1468", "-1", "99999999999999999999", "..", "\\")
            .Select(System.Text.Encoding.ASCII.GetBytes)))
        from ends in Gen.Choose(0, 9)
        select ends == 0 ? text : (byte[])[.. text, 0];
}
