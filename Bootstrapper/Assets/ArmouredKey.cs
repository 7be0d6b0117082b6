namespace Sextant.Assets;

/// <summary>ASCII armour of OpenPGP (RFC 9580 section 6.2): gpgv wants keys in binary.</summary>
internal static class ArmouredKey
{
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string End = "-----END PGP PUBLIC KEY BLOCK-----";

    /// <summary>The binary form of one armoured public key block.</summary>
    /// <exception cref="FormatException">It is none, or its checksum is wrong.</exception>
    public static byte[] Decode(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()).ToList();
        var (first, last) = (lines.IndexOf(Begin), lines.IndexOf(End));
        if (first < 0 || last < first) throw new FormatException("no OpenPGP public key block");
        // Headers such as Comment: end at the first empty line; without any, the empty line may be missing.
        var block = lines[(first + 1)..last];
        var empty = block.IndexOf("");
        var body = (empty >= 0 ? block[(empty + 1)..] : block).Where(line => line.Length > 0).ToList();
        // The checksum is optional (RFC 9580 section 6.1); one that is there must be right.
        var checksum = body.FindIndex(line => line[0] == '=');
        var octets = Convert.FromBase64String(string.Concat(checksum < 0 ? body : body[..checksum]));
        if (checksum >= 0)
        {
            if (checksum != body.Count - 1 || body[checksum].Length != 5) throw new FormatException("the checksum of the OpenPGP armour is not its last line");
            var given = Convert.FromBase64String(body[checksum][1..]);
            if ((given[0] << 16 | given[1] << 8 | given[2]) != Crc24(octets)) throw new FormatException("the checksum of the OpenPGP armour is wrong; the key file is damaged");
        }
        return octets;
    }

    /// <summary>RFC 9580 section 6.1.1.</summary>
    private static int Crc24(ReadOnlySpan<byte> octets)
    {
        var crc = 0xB704CE;
        foreach (var octet in octets)
        {
            crc ^= octet << 16;
            for (var bit = 0; bit < 8; bit++)
            {
                crc <<= 1;
                if ((crc & 0x1000000) != 0) crc ^= 0x1864CFB;
            }
        }
        return crc & 0xFFFFFF;
    }
}
