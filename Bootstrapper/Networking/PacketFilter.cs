namespace Sextant.Networking;

/// <summary>
/// A classic BPF program, which the kernel runs over each frame before it is copied: what is not wanted costs next to nothing. Jumps name their target; the
/// numbers are computed by <see cref="Assemble"/>.
/// </summary>
/// <remarks>
/// One instruction is eight octets in the machine's own order (linux/filter.h, struct sock_filter):
/// <code>| code (2) | jump if true (1) | jump if false (1) | operand (4) |</code>
/// </remarks>
public sealed class PacketFilter
{
    private const string Next = "";

    private readonly List<(ushort Code, string True, string False, uint Operand)> instructions = [];
    private readonly Dictionary<string, int> labels = new(StringComparer.Ordinal);

    /// <summary>Marks the place of the next instruction.</summary>
    public PacketFilter At(string label)
    {
        labels.Add(label, instructions.Count);
        return this;
    }

    /// <summary>A = one octet of the frame.</summary>
    public PacketFilter LoadByte(uint offset) => Add(0x30, offset);

    /// <summary>A = two octets of the frame.</summary>
    public PacketFilter LoadHalf(uint offset) => Add(0x28, offset);

    /// <summary>A = one octet at X + <paramref name="offset"/>.</summary>
    public PacketFilter LoadByteAtX(uint offset) => Add(0x50, offset);

    /// <summary>A = two octets at X + <paramref name="offset"/>.</summary>
    public PacketFilter LoadHalfAtX(uint offset) => Add(0x48, offset);

    /// <summary>A = four octets at X + <paramref name="offset"/>. A frame that ends before is not wanted.</summary>
    public PacketFilter LoadWordAtX(uint offset) => Add(0x40, offset);

    /// <summary>X = the length of the IPv4 header that begins at <paramref name="offset"/>.</summary>
    public PacketFilter LoadHeaderLength(uint offset) => Add(0xb1, offset);

    /// <summary>A = A and <paramref name="mask"/>.</summary>
    public PacketFilter And(uint mask) => Add(0x54, mask);

    /// <summary>A = A shifted right.</summary>
    public PacketFilter ShiftRight(uint bits) => Add(0x74, bits);

    /// <summary>A = A + X.</summary>
    public PacketFilter AddX() => Add(0x0c, 0);

    /// <summary>X = A.</summary>
    public PacketFilter MoveToX() => Add(0x07, 0);

    /// <summary>Goes on at a label when A is that, else with the next instruction.</summary>
    public PacketFilter IfEqual(uint value, string label) => Jump(0x15, value, label);

    /// <summary>Goes on at a label when A is greater, else with the next instruction.</summary>
    public PacketFilter IfGreater(uint value, string label) => Jump(0x25, value, label);

    /// <summary>Goes on at a label when A and <paramref name="mask"/> have a bit in common, else with the next instruction.</summary>
    public PacketFilter IfAnyBit(uint mask, string label) => Jump(0x45, mask, label);

    /// <summary>Ends: so many octets of the frame are wanted, none for 0.</summary>
    public PacketFilter Return(uint octets) => Add(0x06, octets);

    /// <summary>The program.</summary>
    /// <exception cref="InvalidOperationException">A label is missing, lies behind, or is too far ahead.</exception>
    public byte[] Assemble()
    {
        var program = new byte[instructions.Count * 8];
        for (var i = 0; i < instructions.Count; i++)
        {
            var (code, whenTrue, whenFalse, operand) = instructions[i];
            BitConverter.TryWriteBytes(program.AsSpan(i * 8), code);
            program[i * 8 + 2] = Distance(i, whenTrue);
            program[i * 8 + 3] = Distance(i, whenFalse);
            BitConverter.TryWriteBytes(program.AsSpan(i * 8 + 4), operand);
        }
        return program;
    }

    private byte Distance(int from, string label)
    {
        if (label == Next) return 0;
        if (!labels.TryGetValue(label, out var to) || to <= from || to - from - 1 > byte.MaxValue) throw new InvalidOperationException($"no jump to '{label}' from {from}");
        return (byte)(to - from - 1);
    }

    private PacketFilter Add(ushort code, uint operand)
    {
        instructions.Add((code, Next, Next, operand));
        return this;
    }

    private PacketFilter Jump(ushort code, uint operand, string label)
    {
        instructions.Add((code, label, Next, operand));
        return this;
    }
}
