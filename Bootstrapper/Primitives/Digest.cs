using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sextant.Primitives;

/// <summary>The algorithms registered by the OCI image specification (descriptor.md, "Registered algorithms") that registries must know.</summary>
public enum DigestAlgorithm
{
    /// <summary>SHA-256: 64 hexadecimal digits.</summary>
    Sha256,
    /// <summary>SHA-512: 128 hexadecimal digits.</summary>
    Sha512,
}

/// <summary>A content's identity: <c>sha256:…</c> or <c>sha512:…</c> with lower-case hexadecimal digits (OCI image specification, descriptor.md, "Digests").</summary>
[JsonConverter(typeof(DigestJsonConverter))]
public readonly record struct Digest : IComparable<Digest>
{
    private readonly string? hex;

    private Digest(DigestAlgorithm algorithm, string hex)
    {
        Algorithm = algorithm;
        this.hex = hex;
    }

    /// <summary>The algorithm.</summary>
    public DigestAlgorithm Algorithm { get; }

    /// <summary>The value in lower-case hexadecimal digits.</summary>
    public string Hex => hex ?? "";

    /// <summary>The algorithm's name: <c>sha256</c> or <c>sha512</c>.</summary>
    public string AlgorithmName => NameOf(Algorithm);

    /// <summary>The digest of octets.</summary>
    public static Digest Of(DigestAlgorithm algorithm, ReadOnlySpan<byte> content) => new(algorithm, Convert.ToHexStringLower(algorithm switch
    {
        DigestAlgorithm.Sha256 => SHA256.HashData(content),
        DigestAlgorithm.Sha512 => SHA512.HashData(content),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    }));

    /// <summary>The SHA-256 of octets.</summary>
    public static Digest Sha256Of(ReadOnlySpan<byte> content) => Of(DigestAlgorithm.Sha256, content);

    /// <summary>What a running hash of that algorithm has come to; the hash starts anew.</summary>
    public static Digest Of(DigestAlgorithm algorithm, IncrementalHash hash) => new(algorithm, Convert.ToHexStringLower(hash.GetHashAndReset()));

    /// <summary>A digest of 64 lower-case hexadecimal digits of SHA-256.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Digest FromSha256Hex(string hex) => TryParse($"sha256:{hex}", out var digest) ? digest : throw new FormatException($"'{hex}' is not a SHA-256 in lower-case hex");

    /// <summary>Reads <c>algorithm:hex</c>. False for other algorithms, lengths and digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null) return false;
        var (algorithm, length) = text.StartsWith("sha256:", StringComparison.Ordinal) ? (DigestAlgorithm.Sha256, 64)
            : text.StartsWith("sha512:", StringComparison.Ordinal) ? (DigestAlgorithm.Sha512, 128)
            : (default, 0);
        if (length == 0 || text.Length != 7 + length) return false;
        foreach (var character in text.AsSpan(7))
            if (!char.IsAsciiHexDigitLower(character)) return false;
        digest = new Digest(algorithm, text[7..]);
        return true;
    }

    /// <summary>Reads <c>algorithm:hex</c>.</summary>
    /// <exception cref="FormatException">It is no digest.</exception>
    public static Digest Parse(string text) => TryParse(text, out var digest) ? digest : throw new FormatException($"'{text}' is not a digest such as sha256:… with lower-case hex digits");

    /// <summary>The framework's name of the algorithm.</summary>
    public static HashAlgorithmName HashOf(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        DigestAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    /// <inheritdoc/>
    public int CompareTo(Digest other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <inheritdoc/>
    public override string ToString() => $"{AlgorithmName}:{Hex}";

    /// <summary>Orders by text.</summary>
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;
    /// <summary>Orders by text.</summary>
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;
    /// <summary>Orders by text.</summary>
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;
    /// <summary>Orders by text.</summary>
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;

    private static string NameOf(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => "sha256",
        DigestAlgorithm.Sha512 => "sha512",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };
}

/// <summary>Writes a digest as its text.</summary>
public sealed class DigestJsonConverter : JsonConverter<Digest>
{
    /// <inheritdoc/>
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Digest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException("not a digest");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
