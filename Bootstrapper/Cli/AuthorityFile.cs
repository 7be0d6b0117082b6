using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sextant.Cli;

/// <summary>The file of <c>--ca</c>: authorities that are trusted, in PEM.</summary>
internal static class AuthorityFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">Why it is of no use; empty when it is.</param>
    /// <returns>At least one certificate; null when there is none.</returns>
    public static X509Certificate2Collection? Read(string path, out string problem)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(File.ReadAllText(path));
            problem = authorities.Count > 0 ? "" : $"{path} has no certificate in PEM";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            problem = $"{path}: {failure.Message}";
        }
        return problem.Length == 0 ? authorities : null;
    }
}
