using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sextant.Files;

namespace Sextant.Registry;

/// <summary>
/// The secret that allows pushing: 256 random bits in base64url, in a file of the state folder that only its owner reads. The file is the only truth: it is
/// read whenever it is needed, so a replaced token is in force, and the old one is not, from the next request on.
/// </summary>
/// <param name="path">The file.</param>
public sealed class PushToken(string path)
{
    private const int Octets = 32;

    /// <summary>The user name that goes with the token where a client wants one.</summary>
    public const string UserName = "push";

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>The token of a state folder; makes it when there is none.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static PushToken OpenOrCreate(string state)
    {
        var token = In(state);
        if (token.Read() is null) token.Replace();
        return token;
    }

    /// <summary>The token of a state folder, whether it exists or not.</summary>
    public static PushToken In(string state) => new(System.IO.Path.Combine(state, "registry-push-token"));

    /// <summary>The token; null when there is none, so that nobody may push.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public string? Read()
    {
        try
        {
            return File.ReadAllText(Path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a new token in place of the old one.</summary>
    /// <returns>The new one.</returns>
    /// <exception cref="IOException">The disk does not take it; the old one stays in force.</exception>
    public string Replace()
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Octets));
        Durable.CreateFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        Durable.Write(Path, Encoding.ASCII.GetBytes(token + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return token;
    }
}
