namespace Sextant.Tftp;

/// <summary>The <c>netascii</c> mode (RFC 1350 section 1, RFC 764): lines end in CR LF, and a CR of its own is CR NUL.</summary>
public static class NetAscii
{
    /// <summary>A text of this system (lines end in LF) as it goes over the wire.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> text)
    {
        var encoded = new byte[text.Length + text.Count((byte)'\n') + text.Count((byte)'\r')];
        var at = 0;
        foreach (var octet in text)
        {
            if (octet == '\n') encoded[at++] = (byte)'\r';
            encoded[at++] = octet;
            if (octet == '\r') encoded[at++] = 0;
        }
        return encoded;
    }
}
