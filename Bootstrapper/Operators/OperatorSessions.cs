using System.Security.Cryptography;
using System.Text;
using Sextant.Files;

namespace Sextant.Operators;

/// <summary>
/// The operator's logins by browser, in memory: each ends after <see cref="Lifetime"/>, with the token it was begun with, and with the service. Only hashes of
/// their names are kept. Time is handed in. Safe for use by several threads.
/// </summary>
public sealed class OperatorSessions
{
    /// <summary>How long a session is good: one shift.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    /// <summary>How many there are at once; one more ends the one that would end first.</summary>
    public const int Capacity = 64;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Session> sessions = new(StringComparer.Ordinal);

    /// <summary>Begins one.</summary>
    /// <param name="token">The token that was shown, which is the one in force.</param>
    /// <param name="now">The time.</param>
    /// <returns>Its name, a secret that goes into the browser's cookie.</returns>
    public string Begin(string token, DateTimeOffset now)
    {
        var name = TokenFile.Random();
        lock (gate)
        {
            foreach (var (key, session) in sessions)
                if (session.ExpiresAt <= now) sessions.Remove(key);
            if (sessions.Count >= Capacity) sessions.Remove(sessions.MinBy(pair => pair.Value.ExpiresAt).Key);
            sessions[HashOf(name)] = new Session(now + Lifetime, HashOf(token));
        }
        return name;
    }

    /// <summary>When a session ends; null when there is none of that name any more.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="token">The token in force; null for none.</param>
    /// <param name="now">The time.</param>
    public DateTimeOffset? Find(string name, string? token, DateTimeOffset now)
    {
        lock (gate)
        {
            return sessions.TryGetValue(HashOf(name), out var session) && session.ExpiresAt > now && token is not null && session.TokenHash == HashOf(token)
                ? session.ExpiresAt
                : null;
        }
    }

    /// <summary>Ends one.</summary>
    /// <returns>False when there was none of that name.</returns>
    public bool End(string name)
    {
        lock (gate) return sessions.Remove(HashOf(name));
    }

    private static string HashOf(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private sealed record Session(DateTimeOffset ExpiresAt, string TokenHash);
}
