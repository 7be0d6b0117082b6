using System.Buffers.Binary;
using System.Text;

namespace Sextant.Cluster.Schema.Syntax;

/// <summary>
/// One line of an OpenSSH <c>.pub</c> file: algorithm, base64 and an optional comment. The base64 holds length-prefixed strings of which the first names
/// the algorithm again (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4), so that a cut or mixed-up key is found. Messages never
/// repeat the text, which may be a private key.
/// </summary>
internal sealed class SshKeySyntax : ValueSyntax<string>
{
    /// <summary>The algorithms OpenSSH 10 accepts, and how many strings follow the name in their blob.</summary>
    private static readonly Dictionary<string, int> Algorithms = new(StringComparer.Ordinal)
    {
        ["ssh-ed25519"] = 1,
        ["ssh-rsa"] = 2,
        ["ecdsa-sha2-nistp256"] = 2,
        ["ecdsa-sha2-nistp384"] = 2,
        ["ecdsa-sha2-nistp521"] = 2,
        ["sk-ssh-ed25519@openssh.com"] = 2,
        ["sk-ecdsa-sha2-nistp256@openssh.com"] = 3,
    };

    private const int Ed25519KeyLength = 32;

    /// <inheritdoc/>
    public override string Pattern => $"^({string.Join('|', Algorithms.Keys.Select(name => name.Replace(".", "\\.", StringComparison.Ordinal)))}) [A-Za-z0-9+/]+={{0,2}}( .*)?\\n?$";

    /// <inheritdoc/>
    public override string Example => "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+DPqbHxnkFTUqDVxVf4MBNYVOMbQBxQGVXrp6MbLQZ admin@example";

    /// <inheritdoc/>
    public override Reading<string> Read(string text)
    {
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
            return Reading<string>.Wrong("is a private key, which must stay where it was made; put the line of the .pub file here, and consider this key lost if others can read the file");
        var line = text.EndsWith('\n') ? text[..^1] : text;
        if (line.Any(char.IsControl)) return Reading<string>.Wrong("is more than one line; write one key an item");
        var parts = line.Split(' ', 3);
        if (!Algorithms.TryGetValue(parts[0], out var strings)) return Reading<string>.Wrong(UnknownAlgorithm(parts[0]));
        if (parts.Length < 2 || parts[1].Length == 0) return Reading<string>.Wrong($"has nothing after {parts[0]}; the whole line of the .pub file is expected");
        var blob = new byte[parts[1].Length];
        if (parts[1].Any(char.IsWhiteSpace) || !Convert.TryFromBase64String(parts[1], blob, out var length))
            return Reading<string>.Wrong($"the text after {parts[0]} is not base64; was the key cut or wrapped?");
        return FaultOfBlob(blob.AsSpan(0, length), parts[0], strings) is { } fault ? Reading<string>.Wrong(fault) : line;
    }

    private static string UnknownAlgorithm(string algorithm)
    {
        if (algorithm == "ssh-dss") return "is a DSA key (ssh-dss), which OpenSSH no longer accepts; make one with ssh-keygen -t ed25519";
        var near = Suggestion.Nearest(algorithm, Algorithms.Keys);
        return near is null
            ? "does not begin with a key algorithm; a line such as 'ssh-ed25519 AAAA… admin@example' is expected"
            : $"does not begin with a key algorithm; did you mean '{near}'?";
    }

    private static string? FaultOfBlob(ReadOnlySpan<byte> blob, string algorithm, int strings)
    {
        if (!TakeString(ref blob, out var name)) return "the key's base64 is cut";
        if (!name.SequenceEqual(Encoding.ASCII.GetBytes(algorithm)))
            return $"says {algorithm}, but its base64 holds {(name.Length <= 64 ? Quoted.Of(Encoding.ASCII.GetString(name)) : "something else")}";
        for (var i = 0; i < strings; i++)
        {
            if (!TakeString(ref blob, out var value)) return "the key's base64 is cut";
            if (i == 0 && algorithm.Contains("ed25519", StringComparison.Ordinal) && value.Length != Ed25519KeyLength)
                return $"holds an Ed25519 key of {value.Length} octets; it has {Ed25519KeyLength}";
        }
        return blob.IsEmpty ? null : "the key's base64 goes on after the key's end; are two keys joined?";
    }

    private static bool TakeString(ref ReadOnlySpan<byte> blob, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (blob.Length < 4) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(blob);
        if (length > blob.Length - 4) return false;
        value = blob.Slice(4, (int)length);
        blob = blob[(4 + (int)length)..];
        return true;
    }
}
