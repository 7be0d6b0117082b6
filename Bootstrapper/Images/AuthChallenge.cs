namespace Sextant.Images;

/// <summary>What a registry asks for in <c>WWW-Authenticate</c> (RFC 9110 section 11.6.1; Docker's token authentication).</summary>
/// <param name="Scheme">In lower case: <c>bearer</c>, <c>basic</c>.</param>
/// <param name="Parameters">Its parameters; names in lower case.</param>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>Reads one challenge. Never throws; what cannot be read is left out.</summary>
    /// <param name="scheme">The word before the parameters.</param>
    /// <param name="text">The parameters: <c>realm="https://…",service="…"</c>.</param>
    public static AuthChallenge Parse(string scheme, string? text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            rest = rest.TrimStart(", \t");
            var equals = rest.IndexOf('=');
            if (equals <= 0) break;
            var name = rest[..equals].Trim().ToString().ToLowerInvariant();
            rest = rest[(equals + 1)..].TrimStart();
            parameters.TryAdd(name, rest.StartsWith("\"") ? Quoted(ref rest) : Bare(ref rest));
        }
        return new AuthChallenge(scheme.ToLowerInvariant(), parameters);
    }

    private static string Quoted(ref ReadOnlySpan<char> rest)
    {
        var value = new System.Text.StringBuilder();
        var i = 1;
        for (; i < rest.Length && rest[i] != '"'; i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length) i++;
            value.Append(rest[i]);
        }
        rest = rest[Math.Min(i + 1, rest.Length)..];
        return value.ToString();
    }

    private static string Bare(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(',');
        var value = (end < 0 ? rest : rest[..end]).Trim().ToString();
        rest = end < 0 ? [] : rest[end..];
        return value;
    }
}
