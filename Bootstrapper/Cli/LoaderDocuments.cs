using System.Text;
using Sextant.Boot;
using Sextant.Primitives;
using Sextant.Tftp;

namespace Sextant.Cli;

/// <summary>The documents of boot loaders, as TFTP asks for them.</summary>
internal sealed class LoaderDocuments(BootDocuments documents) : ITftpDocuments
{
    /// <inheritdoc/>
    public bool Has(string path) => BootDocuments.Of(path) is not null;

    /// <inheritdoc/>
    public async Task<TftpDocument> MakeAsync(string path, Ipv4Address peer)
    {
        var document = BootDocuments.Of(path) ?? throw new ArgumentException($"{path} is no document", nameof(path));
        return await documents.AskAsync(document, peer) switch
        {
            Reply.Document made => new TftpDocument.Made(Encoding.UTF8.GetBytes(made.Text)),
            Reply.Refused refused => new TftpDocument.Denied(refused.Explanation),
            Reply.Invalid invalid => new TftpDocument.Denied(invalid.Explanation),
            var other => throw new InvalidOperationException($"no document for {other}"),
        };
    }
}
