using Sextant.Primitives;

namespace Sextant.Tftp;

/// <summary>What a document that is made for whoever asks came to.</summary>
public abstract record TftpDocument
{
    private TftpDocument() { }

    /// <summary>It is made.</summary>
    /// <param name="Octets">Its content.</param>
    public sealed record Made(byte[] Octets) : TftpDocument;

    /// <summary>This peer does not get it.</summary>
    /// <param name="Why">For the person in front of the machine's screen, one sentence.</param>
    public sealed record Denied(string Why) : TftpDocument;
}

/// <summary>The documents that are made for whoever asks, such as boot configurations.</summary>
public interface ITftpDocuments
{
    /// <summary>Whether a path is one of theirs.</summary>
    /// <param name="path">Relative, with forward slashes.</param>
    bool Has(string path);

    /// <summary>Makes one. May take its time: what it records is on disk before it answers.</summary>
    /// <param name="path">One that <see cref="Has"/> knows.</param>
    /// <param name="peer">Who asks.</param>
    Task<TftpDocument> MakeAsync(string path, Ipv4Address peer);
}
