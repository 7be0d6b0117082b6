using System.Collections.Frozen;
using Sextant.Planning;

namespace Sextant.Pki;

/// <summary>What opening a site's authorities gave.</summary>
public abstract record SiteAuthoritiesResult
{
    private SiteAuthoritiesResult() { }

    /// <summary>All of them are there.</summary>
    public sealed record Opened(SiteAuthorities Authorities) : SiteAuthoritiesResult;

    /// <summary>Some cannot be used.</summary>
    /// <param name="Problems">What is wrong with which file and what to do, one line each.</param>
    public sealed record Unusable(IReadOnlyList<string> Problems) : SiteAuthoritiesResult;
}

/// <summary>The certificate authorities of a site, one for each <see cref="CertificateAuthorityName"/>, kept in <c>{state}/pki</c>.</summary>
public sealed partial class SiteAuthorities : IDisposable
{
    private readonly FrozenDictionary<CertificateAuthorityName, CertificateAuthority> byName;

    private SiteAuthorities(IEnumerable<CertificateAuthority> authorities)
    {
        byName = authorities.ToFrozenDictionary(authority => authority.Name);
        Anchors = new TrustAnchors(byName.ToDictionary(pair => pair.Key, pair => pair.Value.CertificatePem));
    }

    /// <summary>Their certificates, for machines to pin.</summary>
    public TrustAnchors Anchors { get; }

    /// <summary>One authority.</summary>
    public CertificateAuthority this[CertificateAuthorityName name] => byName[name];

    /// <summary>Opens the site's authorities and makes those that do not exist yet.</summary>
    /// <param name="stateFolder">The state folder; its <c>pki</c> folder is made on first use.</param>
    /// <param name="now">The time.</param>
    /// <param name="logger">Tells of new authorities.</param>
    /// <exception cref="IOException">A new authority cannot be stored.</exception>
    public static SiteAuthoritiesResult OpenOrCreate(string stateFolder, DateTimeOffset now, ILogger logger)
    {
        var authorities = new List<CertificateAuthority>();
        var problems = new List<string>();
        foreach (var name in Enum.GetValues<CertificateAuthorityName>())
        {
            var folder = new AuthorityFolder(PkiFolder(stateFolder), name);
            switch (folder.Open())
            {
                case StoredAuthority.Opened(var stored):
                    if (stored.NotAfter <= now) problems.Add($"{folder.CertificatePath} expired at {stored.NotAfter:u}");
                    authorities.Add(stored);
                    break;
                case StoredAuthority.Absent:
                    var made = CertificateAuthority.Create(name, now);
                    folder.Store(made);
                    LogCreated(logger, name, folder.CertificatePath, made.NotAfter);
                    authorities.Add(made);
                    break;
                case StoredAuthority.Unusable(var problem):
                    problems.Add(problem);
                    break;
                case var other:
                    throw new InvalidOperationException($"no case for {other}");
            }
        }
        if (problems.Count == 0) return new SiteAuthoritiesResult.Opened(new SiteAuthorities(authorities));
        foreach (var authority in authorities) authority.Dispose();
        return new SiteAuthoritiesResult.Unusable(problems);
    }

    /// <summary>The authorities' certificates that a state folder has; makes nothing and reads no key. Authorities that do not exist are missing.</summary>
    public static TrustAnchors ReadAnchors(string stateFolder) => new(
        Enum.GetValues<CertificateAuthorityName>()
            .Select(name => (name, path: new AuthorityFolder(PkiFolder(stateFolder), name).CertificatePath))
            .Where(one => File.Exists(one.path))
            .ToDictionary(one => one.name, one => File.ReadAllText(one.path)));

    /// <summary>Opens one authority that exists; makes nothing.</summary>
    /// <param name="stateFolder">The state folder.</param>
    /// <param name="name">Which one.</param>
    /// <param name="problem">Why there is none to use, and what to do; empty when there is.</param>
    /// <returns>The authority, which whoever receives it disposes; null when it cannot be used.</returns>
    public static CertificateAuthority? OpenExisting(string stateFolder, CertificateAuthorityName name, out string problem)
    {
        var folder = new AuthorityFolder(PkiFolder(stateFolder), name);
        (var opened, problem) = folder.Open() switch
        {
            StoredAuthority.Opened(var stored) => (stored, ""),
            StoredAuthority.Absent => ((CertificateAuthority?)null, $"{folder.CertificatePath} is not there, or not for this user to see"),
            StoredAuthority.Unusable(var fault) => (null, fault),
            var other => throw new InvalidOperationException($"no case for {other}"),
        };
        return opened;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var authority in byName.Values) authority.Dispose();
    }

    private static string PkiFolder(string stateFolder) => Path.Combine(stateFolder, "pki");

    [LoggerMessage(1300, LogLevel.Information, "Made the certificate authority {Authority}, valid until {NotAfter:yyyy-MM-dd}: {Path}")]
    private static partial void LogCreated(ILogger logger, CertificateAuthorityName authority, string path, DateTimeOffset notAfter);
}
