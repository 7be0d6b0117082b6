using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sextant.Files;

namespace Sextant.Registry;

/// <summary>Who a request comes from, as far as the registry cares.</summary>
public enum Caller
{
    /// <summary>It says nothing of itself.</summary>
    Anonymous,
    /// <summary>It says something that is wrong or out of date.</summary>
    Wrong,
    /// <summary>It has a token for reading, which anybody gets.</summary>
    Puller,
    /// <summary>It knows the push token.</summary>
    Pusher,
}

/// <summary>
/// Reads credentials and makes the short-lived tokens of the Docker ecosystem's token authentication: <c>{pull|push}.{expiry}.{HMAC}</c>, keyed with the
/// push token, so nothing need be remembered and all of them end with the token they were made from. Values in, values out.
/// </summary>
public static class PushAuthority
{
    /// <summary>How long an issued token is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Says who sent an <c>Authorization</c> header (RFC 7617, RFC 6750).</summary>
    /// <param name="authorization">The header; null or empty for none.</param>
    /// <param name="pushToken">The token in force; null for none.</param>
    /// <param name="now">The time.</param>
    public static Caller Identify(string? authorization, string? pushToken, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(authorization)) return Caller.Anonymous;
        var space = authorization.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0) return Caller.Wrong;
        var credentials = authorization[(space + 1)..].Trim();
        return authorization[..space].ToUpperInvariant() switch
        {
            "BASIC" => TryReadBasic(credentials, out var name, out var password) ? IdentifyUser(name, password, pushToken) : Caller.Wrong,
            "BEARER" => IdentifyBearer(credentials, pushToken, now),
            _ => Caller.Wrong,
        };
    }

    /// <summary>Says who gave a name and a password. Neither of both is nobody.</summary>
    public static Caller IdentifyUser(string name, string password, string? pushToken)
    {
        if (name.Length == 0 && password.Length == 0) return Caller.Anonymous;
        return name == PushToken.UserName && TokenFile.IsSame(password, pushToken) ? Caller.Pusher : Caller.Wrong;
    }

    /// <summary>A token for whoever may have it.</summary>
    /// <param name="mayPush">True for one that allows pushing.</param>
    /// <param name="pushToken">The token in force; null for none, which leaves tokens that only read.</param>
    /// <param name="now">The time.</param>
    public static string Issue(bool mayPush, string? pushToken, DateTimeOffset now)
    {
        var claim = string.Create(CultureInfo.InvariantCulture, $"{(mayPush && pushToken is not null ? "push" : "pull")}.{(now + Lifetime).ToUnixTimeSeconds()}");
        return $"{claim}.{Seal(claim, pushToken)}";
    }

    private static Caller IdentifyBearer(string text, string? pushToken, DateTimeOffset now)
    {
        if (TokenFile.IsSame(text, pushToken)) return Caller.Pusher;
        if (text.Split('.') is not [var kind and ("pull" or "push"), var until, var seal]
            || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var expiry)
            || expiry < now.ToUnixTimeSeconds()
            || !TokenFile.IsSame(seal, Seal($"{kind}.{until}", pushToken))) return Caller.Wrong;
        return kind == "push" && pushToken is not null ? Caller.Pusher : Caller.Puller;
    }

    private static string Seal(string claim, string? pushToken) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(pushToken ?? ""), Encoding.UTF8.GetBytes(claim)));

    private static bool TryReadBasic(string credentials, out string name, out string password)
    {
        (name, password) = ("", "");
        if (credentials.Length == 0) return true;
        var octets = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, octets, out var length)) return false;
        var text = Encoding.UTF8.GetString(octets, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return false;
        (name, password) = (text[..colon], text[(colon + 1)..]);
        return true;
    }
}
