using System.Buffers.Binary;

namespace Sextant.Builds;

/// <summary>What a program is, by its first octets (ELF-64, System V ABI, chapter 4 and 5).</summary>
/// <remarks>
/// <code>
/// magic 0 | class 4 | data 5 | … | type 16 | machine 18 | … | phoff 32 (8) | … | phentsize 54 | phnum 56        program header: type 0 (4) …
/// </code>
/// </remarks>
/// <param name="IsDynamic">Whether it names a dynamic linker, so that it needs libraries of the machine it was linked for.</param>
internal sealed record ElfProgram(bool IsDynamic)
{
    private const int HeaderLength = 64;
    private const int MostProgramHeaders = 256;
    private const ushort Executable = 2;
    private const ushort SharedOrPositionIndependent = 3;
    private const ushort Amd64 = 62;
    private const uint Interpreter = 3; // PT_INTERP

    /// <summary>Looks at a file; null when it is no program for linux/amd64.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ElfProgram? Read(string path)
    {
        using var file = File.OpenHandle(path);
        Span<byte> header = stackalloc byte[HeaderLength];
        if (RandomAccess.Read(file, header, 0) < HeaderLength || !header.StartsWith("\u007fELF"u8) || header[4] != 2 || header[5] != 1) return null;
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[16..]) is not (Executable or SharedOrPositionIndependent) || BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) != Amd64) return null;
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        if (count is 0 or > MostProgramHeaders || offset > (ulong)RandomAccess.GetLength(file)) return null;
        Span<byte> type = stackalloc byte[4];
        for (var i = 0; i < count; i++)
        {
            if (RandomAccess.Read(file, type, (long)offset + (long)i * size) < type.Length) return null;
            if (BinaryPrimitives.ReadUInt32LittleEndian(type) == Interpreter) return new ElfProgram(true);
        }
        return new ElfProgram(false);
    }
}
