namespace Sextant.Planning;

/// <summary>The texts of <c>templates/</c>, by path relative to that folder with forward slashes (<c>etcd/etcd.service</c>). Immutable.</summary>
/// <param name="Texts">Path to text.</param>
public sealed record TemplateSet(IReadOnlyDictionary<string, string> Texts);
