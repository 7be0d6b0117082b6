using System.CommandLine;
using Sextant.Images;

namespace Sextant.Cli;

/// <summary>The options that say how another registry is reached.</summary>
internal sealed class RegistryAccessOptions
{
    /// <summary><c>--ca</c></summary>
    public Option<string?> Authority { get; } = new("--ca") { Description = "File with the authorities (PEM) that sign the registry's certificate, besides the system's." };

    /// <summary><c>--username</c></summary>
    public Option<string?> Username { get; } = new("--username") { Description = "The account at the registry." };

    /// <summary><c>--password-file</c></summary>
    public Option<string?> PasswordFile { get; } = new("--password-file") { Description = "File with the account's password on its one line." };

    /// <summary><c>--plain-http</c></summary>
    public Option<bool> PlainHttp { get; } = new("--plain-http") { Description = "The registry speaks HTTP without TLS." };

    /// <summary>Reads files and options.</summary>
    /// <exception cref="ImageException">They do not go together, or a file is not usable.</exception>
    public RegistryAccess Read(ParseResult arguments) =>
        Make(arguments.GetValue(Authority), arguments.GetValue(Username), arguments.GetValue(PasswordFile), arguments.GetValue(PlainHttp));

    /// <summary>Reads the files.</summary>
    /// <param name="authority">File with authorities; null for the system's only.</param>
    /// <param name="username">The account; null for none.</param>
    /// <param name="passwordFile">The file with its password; null exactly when there is no account.</param>
    /// <param name="plainHttp">Whether there is no TLS.</param>
    /// <exception cref="ImageException">They do not go together, or a file is not usable.</exception>
    public static RegistryAccess Make(string? authority, string? username, string? passwordFile, bool plainHttp)
    {
        if (username is null != passwordFile is null) throw new ImageException("--username and --password-file go together");
        return new RegistryAccess
        {
            Account = username is null ? null : new RegistryAccount(username, ReadText(passwordFile!).TrimEnd('\r', '\n')),
            Authorities = authority is null ? null : AuthorityFile.Read(authority, out var problem) ?? throw new ImageException(problem),
            PlainHttp = plainHttp,
        };
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(failure.Message, failure);
        }
    }
}
