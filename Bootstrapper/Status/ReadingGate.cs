using Sextant.Cluster;
using Sextant.Planning;

namespace Sextant.Status;

/// <summary>The door to what may be looked at: open, or the operator's, as the description in force says.</summary>
public sealed class ReadingGate(CurrentPlan plan, OperatorGate operators)
{
    /// <summary>Whether whoever sent the request may look.</summary>
    public bool IsOpenTo(HttpContext context) => IsOpen || operators.IsOperator(context);

    /// <summary>Lets readers through, and answers everybody else.</summary>
    /// <param name="name">The operation, for the audit log.</param>
    /// <param name="serve">Answers a reader.</param>
    public RequestDelegate Guard(string name, RequestDelegate serve)
    {
        var forOperators = operators.Guard(name, serve);
        return context => IsOpen ? serve(context) : forOperators(context);
    }

    private bool IsOpen => plan.Value.Description.Status.Readers switch
    {
        StatusReaders.Anyone => true,
        StatusReaders.Operator => false,
        var other => throw new InvalidOperationException($"nothing is decided for readers {other}"),
    };
}
