using Sextant.Files;

namespace Sextant.Operators;

/// <summary>The secret that makes whoever shows it over HTTPS the operator.</summary>
/// <param name="path">The file.</param>
public sealed class OperatorToken(string path) : TokenFile(path)
{
    /// <summary>The token of a state folder; makes it when there is none.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static OperatorToken OpenOrCreate(string state)
    {
        var token = In(state);
        token.Ensure();
        return token;
    }

    /// <summary>The token of a state folder, whether it exists or not.</summary>
    public static OperatorToken In(string state) => new(System.IO.Path.Combine(state, "operator-token"));

    /// <summary>Whether somebody shows the token that is in force now.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool IsInForce(string given) => IsSame(given, Read());
}
