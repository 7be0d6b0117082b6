namespace Sextant.Rendering;

/// <summary>What rendering gave: exact text to serve, or the reason why nothing may be served.</summary>
public abstract record RenderedDocument
{
    private RenderedDocument() { }

    /// <summary>The document, as UTF-8 text with Unix line ends.</summary>
    public sealed record Text(string Content) : RenderedDocument;

    /// <summary>The document fails its own parse-back or holds a value its format cannot carry; serve nothing.</summary>
    public sealed record Broken(string Problem) : RenderedDocument;
}
