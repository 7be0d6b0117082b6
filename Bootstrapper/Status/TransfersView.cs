namespace Sextant.Status;

/// <summary>The long transfers over HTTP, in numbers.</summary>
/// <param name="Active">Running now.</param>
/// <param name="Waiting">Waiting for their turn.</param>
/// <param name="Refused">Refused since the start because too many waited.</param>
/// <param name="Limit">Running at once, at most.</param>
public sealed record TransfersView(int Active, int Waiting, long Refused, int Limit);
