using Sextant.Files;

namespace Sextant.Registry;

/// <summary>The secret that allows pushing.</summary>
/// <param name="path">The file.</param>
public sealed class PushToken(string path) : TokenFile(path)
{
    /// <summary>The user name that goes with the token where a client wants one.</summary>
    public const string UserName = "push";

    /// <summary>The token of a state folder; makes it when there is none.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static PushToken OpenOrCreate(string state)
    {
        var token = In(state);
        token.Ensure();
        return token;
    }

    /// <summary>The token of a state folder, whether it exists or not.</summary>
    public static PushToken In(string state) => new(System.IO.Path.Combine(state, "registry-push-token"));
}
