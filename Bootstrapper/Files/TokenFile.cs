using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sextant.Files;

/// <summary>
/// A secret that gives a right to whoever shows it: 256 random bits in base64url, in a file that only its owner reads. The file is the only truth: it is
/// read whenever it is needed, so a replaced token is in force, and the old one is not, from the next request on.
/// </summary>
/// <param name="path">The file.</param>
public abstract class TokenFile(string path)
{
    private const int Octets = 32;

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>The token; null when there is none, so that nobody has the right.</summary>
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

    /// <summary>Makes a new token in place of the old one. Made by root it belongs to the service, whose folder it is in.</summary>
    /// <returns>The new one.</returns>
    /// <exception cref="IOException">The disk does not take it; the old one stays in force.</exception>
    public string Replace()
    {
        var token = Random();
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        Durable.CreateFolder(folder);
        Durable.Write(Path, Encoding.ASCII.GetBytes(token + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite, Environment.IsPrivilegedProcess ? FileOwner.Of(folder) : null);
        return token;
    }

    /// <summary>Makes the token when there is none.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void Ensure()
    {
        if (Read() is null) Replace();
    }

    /// <summary>256 random bits in base64url: nobody guesses them.</summary>
    public static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Octets));

    /// <summary>Compares in a time that says nothing of where the two differ; nothing is the same as no token.</summary>
    public static bool IsSame(string given, string? expected) =>
        expected is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}
