namespace Sextant.Operators;

/// <summary>The way a request came.</summary>
public enum OperatorChannel
{
    /// <summary>The operator's Unix socket.</summary>
    Socket,
    /// <summary>TLS, with the site's certificate.</summary>
    Https,
    /// <summary>Anything that others can read on its way.</summary>
    Plain,
}

/// <summary>What a request shows in proof.</summary>
public enum Proof
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>What is in force.</summary>
    Good,
    /// <summary>Something else, or what was in force once.</summary>
    Bad,
}

/// <summary>Whose page made a browser send the request, as the browser says (Fetch Metadata; RFC 6454 section 7).</summary>
public enum RequestOrigin
{
    /// <summary>Our own.</summary>
    Ours,
    /// <summary>Another site's, or nobody can tell whose.</summary>
    Foreign,
    /// <summary>It is no browser, or one that does not say.</summary>
    Unsaid,
}

/// <summary>A request that wants to be the operator's.</summary>
/// <param name="Channel">The way it came.</param>
/// <param name="Token">The token it shows.</param>
/// <param name="Session">The session it shows. Browsers show it by themselves, whoever makes them.</param>
/// <param name="Origin">Whose page it is from.</param>
/// <param name="IsChange">Whether it changes something; what only reads cannot be abused from another site.</param>
public readonly record struct OperatorClaim(OperatorChannel Channel, Proof Token, Proof Session, RequestOrigin Origin, bool IsChange);

/// <summary>By what the operator was known.</summary>
public enum OperatorMeans
{
    /// <summary>The Unix socket.</summary>
    Socket,
    /// <summary>The token.</summary>
    Token,
    /// <summary>A session.</summary>
    Session,
}

/// <summary>Why somebody is not taken for the operator.</summary>
public enum OperatorDenial
{
    /// <summary>What it shows could be read, and used, by others on the way.</summary>
    HttpsRequired,
    /// <summary>It shows nothing.</summary>
    CredentialsMissing,
    /// <summary>The token is not the one in force.</summary>
    TokenWrong,
    /// <summary>The session is over, or never was.</summary>
    SessionEnded,
    /// <summary>A page of another site made the browser send it.</summary>
    CrossSite,
}

/// <summary>Whether a request is the operator's.</summary>
public abstract record OperatorAdmission
{
    private OperatorAdmission() { }

    /// <summary>It is.</summary>
    public sealed record Admitted(OperatorMeans Means) : OperatorAdmission;

    /// <summary>It is not.</summary>
    public sealed record Denied(OperatorDenial Reason) : OperatorAdmission;

    /// <summary>Decides. A token that is shown counts and not the session beside it; what comes in the clear counts for nothing, whatever it shows.</summary>
    public static OperatorAdmission Decide(OperatorClaim claim) => claim switch
    {
        { Channel: OperatorChannel.Socket } => new Admitted(OperatorMeans.Socket),
        { Channel: OperatorChannel.Plain } => new Denied(OperatorDenial.HttpsRequired),
        { Token: Proof.Good } => new Admitted(OperatorMeans.Token),
        { Token: Proof.Bad } => new Denied(OperatorDenial.TokenWrong),
        { Session: Proof.None } => new Denied(OperatorDenial.CredentialsMissing),
        { IsChange: true, Origin: RequestOrigin.Foreign } => new Denied(OperatorDenial.CrossSite),
        { Session: Proof.Good } => new Admitted(OperatorMeans.Session),
        { Session: Proof.Bad } => new Denied(OperatorDenial.SessionEnded),
        _ => throw new ArgumentOutOfRangeException(nameof(claim)),
    };
}
