namespace Sextant.Cluster;

/// <summary>What reading a <c>cluster-desc.yaml</c> gave: a description, or the errors that prevent one; warnings in either case.</summary>
/// <param name="Description">The description; null when there is an error.</param>
/// <param name="Problems">Every problem of the file, ordered by line and column.</param>
public sealed record ClusterFileResult(ClusterDescription? Description, IReadOnlyList<Problem> Problems);
