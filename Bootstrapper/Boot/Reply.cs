using Sextant.Lifecycle;

namespace Sextant.Boot;

/// <summary>What a request in a machine's name is answered.</summary>
public abstract record Reply
{
    private Reply() { }

    /// <summary>200 with a text.</summary>
    public sealed record Document(string ContentType, string Text) : Reply;

    /// <summary>The request is understood and refused: an event of the machine, and 403, 409, 422 or 429 by its reason.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Explanation">What was found and what to do, for the person who reads the answer.</param>
    public sealed record Refused(RefusalReason Reason, string Explanation) : Reply
    {
        /// <summary>When to ask again, sent as <c>Retry-After</c> (RFC 9110 section 10.2.3); null where nobody knows.</summary>
        public TimeSpan? RetryAfter { get; init; }
    }

    /// <summary>422: the request itself makes no sense. No event: it says nothing about the machine.</summary>
    public sealed record Invalid(string Explanation) : Reply;

    /// <summary>200 with one line of plain text.</summary>
    public static Reply Line(string text) => new Document("text/plain; charset=utf-8", text + "\n");

    /// <summary>
    /// The status code of a refusal. 409 where the same request may succeed once the machine's state has changed, 429 after a while, 422 where it is malformed, 403 where
    /// the peer lacks the right.
    /// </summary>
    public static int StatusOf(RefusalReason reason) => reason switch
    {
        RefusalReason.NotInstalling or RefusalReason.AwaitingApproval or RefusalReason.NotEnrolled or RefusalReason.MachineHeld => StatusCodes.Status409Conflict,
        RefusalReason.TooManyRenewals => StatusCodes.Status429TooManyRequests,
        RefusalReason.BadCertificateRequest => StatusCodes.Status422UnprocessableEntity,
        RefusalReason.UnknownMachine or RefusalReason.WrongAddress or RefusalReason.TicketUnknown or RefusalReason.TicketSpent
            or RefusalReason.TicketExpired or RefusalReason.TicketOfAnotherMachine or RefusalReason.TicketSuperseded
            or RefusalReason.CertificateNotPlanned or RefusalReason.CertificateMissing or RefusalReason.CertificateNotTrusted or RefusalReason.CertificateExpired
            or RefusalReason.CertificateOfAnotherMachine or RefusalReason.CertificateOfEarlierInstall or RefusalReason.NotMaster
            or RefusalReason.NotEtcdMember => StatusCodes.Status403Forbidden,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
