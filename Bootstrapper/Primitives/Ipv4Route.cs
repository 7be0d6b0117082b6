namespace Sextant.Primitives;

/// <summary>A route, written <c>10.2.0.0/16 via 10.0.0.253</c>.</summary>
/// <param name="To">The addresses it is for; 0.0.0.0/0 for the default route.</param>
/// <param name="Via">The router; 0.0.0.0 for addresses on the link itself.</param>
public readonly record struct Ipv4Route(Ipv4Network To, Ipv4Address Via)
{
    /// <inheritdoc/>
    public override string ToString() => $"{To} via {Via}";
}
