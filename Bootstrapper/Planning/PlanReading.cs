namespace Sextant.Planning;

/// <summary>What reading a cluster description with its templates gave.</summary>
/// <param name="Plan">A plan that works for every machine of the file; null when there is an error.</param>
/// <param name="Problems">Every problem, one line each; with a plan these are warnings.</param>
public sealed record PlanReading(ClusterPlan? Plan, IReadOnlyList<string> Problems);
