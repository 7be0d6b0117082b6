using System.Text;
using Sextant.Planning;

namespace Sextant.Status;

/// <summary>Reads a description as if it were the file of the service, with its templates and the files it names; nothing is put in force.</summary>
/// <param name="text">The description.</param>
public delegate PlanReading DraftReader(string text);

/// <summary><c>POST /api/v1/plan</c>: what another description would change here. Nothing is changed by asking; it is for the operator because a description names files.</summary>
public sealed class PlanEndpoint(CurrentPlan plan, DraftReader read)
{
    /// <summary>The media type of a description (RFC 9512).</summary>
    public const string MediaType = "application/yaml";

    /// <summary>The largest description, in octets.</summary>
    public const int Limit = 1 << 20;

    /// <summary>Answers one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (context.Request.ContentType?.Split(';')[0].Trim() != MediaType)
        {
            await ApiAnswer.RefuseAsync(context, ApiProblemKind.YamlRequired, $"Send the description and say what it is: Content-Type: {MediaType}.");
            return;
        }
        var octets = await ApiBody.ReadAsync(context, Limit);
        if (octets is null)
        {
            await ApiAnswer.RefuseAsync(context, ApiProblemKind.TooLarge, $"The description is larger than {Limit} octets.");
            return;
        }
        var draft = read(Encoding.UTF8.GetString(octets));
        await (draft.Plan is { } after
            ? ApiAnswer.WriteAsync(context, PlanChanges.Between(plan.Value, after), StatusJson.Default.PlanChanges)
            : ApiAnswer.RefuseAsync(context, ApiProblem.Of(ApiProblemKind.DescriptionInvalid, "The description cannot be used; problems says why, one line each.", context.Request) with { Problems = draft.Problems }));
    }
}
