using System.Globalization;
using Sextant.Operators;

namespace Sextant.Status;

/// <summary><c>GET /api/v1/audit</c>: who did what, for the operator.</summary>
public sealed class AuditEndpoint(AuditLog audit)
{
    /// <summary>Entries without <c>limit</c>.</summary>
    public const int DefaultLimit = 200;

    /// <summary>Entries at most.</summary>
    public const int LargestLimit = 10_000;

    /// <summary>Answers one request.</summary>
    public Task ServeAsync(HttpContext context)
    {
        var wanted = context.Request.Query["limit"];
        var limit = DefaultLimit;
        if (wanted.Count > 0 && (!int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LargestLimit))
            return ApiAnswer.RefuseAsync(context, ApiProblemKind.Malformed, $"limit is a number from 1 to {LargestLimit}.");
        return ApiAnswer.WriteAsync(context, audit.Latest(limit), StatusJson.Default.IReadOnlyListAuditEntry);
    }
}
