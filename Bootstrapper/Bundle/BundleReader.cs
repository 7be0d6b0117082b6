using System.Security.Cryptography;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Bundle;

/// <summary>A bundle that cannot be read to its end; the message says where and why.</summary>
/// <param name="message">The rest of a sentence about the bundle.</param>
internal sealed class BundleException(string message) : Exception(message);

/// <summary>
/// Reads a bundle from its beginning to its end and nowhere else, so that it may come through a pipe. The list is believed only after its signature, and
/// from then on it says what must come: a header that is not octet for octet the expected one, another digest, or anything after the end is a fault.
/// </summary>
internal sealed class BundleReader : IDisposable
{
    private readonly CountingStream source;
    private readonly ZstandardStream archive;
    private int next;
    private EntryStream? current;

    private BundleReader(CountingStream source, ZstandardStream archive) => (this.source, this.archive) = (source, archive);

    /// <summary>What is in the bundle.</summary>
    public BundleDocument List { get; private set; } = null!;

    /// <summary>Who signed it.</summary>
    public BundleSigner Signer { get; private set; } = null!;

    /// <summary>The bundle's identity: the digest of its list.</summary>
    public Digest Identity { get; private set; }

    /// <summary>Reads and checks the list and its signature; trusts nobody yet.</summary>
    /// <exception cref="BundleException">It is no bundle, damaged, of a newer format, or signed wrongly.</exception>
    public static async Task<BundleReader> OpenAsync(Stream bundle, CancellationToken cancellation)
    {
        var source = new CountingStream(bundle);
        var reader = new BundleReader(source, ZstandardStream.Decompress(source, leaveOpen: true, oneFrame: true));
        try
        {
            await reader.ReadHeadAsync(cancellation);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Goes to the next entry; what is left of the one before is read, and its digest checked.</summary>
    /// <returns>Null after the last one: then the bundle is whole, to its last octet.</returns>
    public async Task<(BundleEntry Entry, Stream Content)?> NextAsync(CancellationToken cancellation)
    {
        await FinishEntryAsync(cancellation);
        if (next == List.Entries.Count)
        {
            await FinishAsync(cancellation);
            return null;
        }
        var entry = List.Entries[next++];
        var expected = BundleTar.HeaderOf(entry.Path, entry.Size);
        var header = await ReadAsync(expected.Length, $"before '{entry.Path}'", cancellation);
        if (!header.AsSpan().SequenceEqual(expected))
            throw new BundleException($"has '{BundleTar.NameIn(header)}' {Where}, where '{entry.Path}' of {entry.Size} octets must be; it was changed after it was signed");
        current = new EntryStream(this, entry);
        return (entry, current);
    }

    /// <summary>Reads what is left of the current entry and checks its digest, so that its content may be believed.</summary>
    /// <exception cref="BundleException">It is another content.</exception>
    public async Task FinishEntryAsync(CancellationToken cancellation)
    {
        if (current is not { } entry) return;
        current = null;
        await entry.FinishAsync(cancellation);
        var padding = await ReadAsync(BundleTar.PaddingAfter(entry.Entry.Size), $"after '{entry.Entry.Path}'", cancellation);
        if (padding.AsSpan().ContainsAnyExcept((byte)0)) throw new BundleException($"has octets that belong to nothing after '{entry.Entry.Path}', {Where}");
    }

    /// <inheritdoc/>
    public void Dispose() => archive.Dispose();

    private string Where => $"at octet {source.Position} of the file";

    private async Task ReadHeadAsync(CancellationToken cancellation)
    {
        var json = await ReadKnownAsync(BundleLayout.List, BundleDocument.MaximumLength, cancellation);
        switch (BundleDocument.FormatOf(json))
        {
            case null:
                throw new BundleException($"is no bundle: its {BundleLayout.List} has no format");
            case > BundleDocument.CurrentFormat and var newer:
                throw new BundleException($"has format {newer}, and this Sextant reads formats up to {BundleDocument.CurrentFormat}; load it with the version that made it, or a later one");
        }
        var signature = await ReadKnownAsync(BundleLayout.Signature, 4096, cancellation);
        if (BundleDocument.Parse(json, out var problem) is not { } list) throw new BundleException($"has a list that {problem}");
        if (!BundleSigner.TryParse(list.Key, out var signer, out problem)) throw new BundleException($"has a key that {problem}");
        if (!signer.HasSigned(json, signature)) throw new BundleException($"was not signed by the key it names ({signer.Fingerprint}); it was changed after it was signed");
        (List, Signer, Identity) = (list, signer, Digest.Sha256Of(json));
    }

    private async Task<byte[]> ReadKnownAsync(string path, int limit, CancellationToken cancellation)
    {
        var header = await ReadAsync(BundleTar.BlockSize, $"before '{path}'", cancellation);
        if (BundleTar.SizeIn(header, path) is not { } size) throw new BundleException($"is no bundle: it has '{BundleTar.NameIn(header)}' where '{path}' must be");
        if (size > limit) throw new BundleException($"is no bundle: its '{path}' has {size} octets, more than {limit}");
        var content = await ReadAsync((int)size, $"inside '{path}'", cancellation);
        var padding = await ReadAsync(BundleTar.PaddingAfter(size), $"after '{path}'", cancellation);
        return padding.AsSpan().ContainsAnyExcept((byte)0) ? throw new BundleException($"has octets that belong to nothing after '{path}'") : content;
    }

    private async Task FinishAsync(CancellationToken cancellation)
    {
        var end = await ReadAsync(BundleTar.EndLength, "before its end", cancellation);
        if (end.AsSpan().ContainsAnyExcept((byte)0)) throw new BundleException($"has '{BundleTar.NameIn(end)}' after its last file, {Where}; it was changed after it was signed");
        if (await ReadSomeAsync(new byte[1], "after its end", cancellation) > 0) throw new BundleException($"has octets after its end, {Where}; it was changed after it was signed");
    }

    private async Task<byte[]> ReadAsync(int count, string place, CancellationToken cancellation)
    {
        var content = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = await ReadSomeAsync(content.AsMemory(read), place, cancellation);
            if (more == 0) throw Truncated(place);
            read += more;
        }
        return content;
    }

    private async Task<int> ReadSomeAsync(Memory<byte> buffer, string place, CancellationToken cancellation)
    {
        try
        {
            return await archive.ReadAsync(buffer, cancellation);
        }
        catch (InvalidDataException) when (source.IsAtEnd)
        {
            throw Truncated(place);
        }
        catch (InvalidDataException damage)
        {
            throw new BundleException($"is damaged {Where}, {place}: {damage.Message}");
        }
    }

    private BundleException Truncated(string place) => new($"ends after {source.Position} octets, {place}; it is not whole, copy it again");

    /// <summary>The content of one entry, hashed as it is read.</summary>
    private sealed class EntryStream(BundleReader reader, BundleEntry entry) : ForwardStream
    {
        private const int BufferSize = 256 * 1024;

        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long left = entry.Size;

        public BundleEntry Entry => entry;

        public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            if (left == 0 || destination.IsEmpty) return 0;
            var place = $"inside '{entry.Path}'";
            var read = await reader.ReadSomeAsync(destination[..(int)Math.Min(left, destination.Length)], place, cancellationToken);
            if (read == 0) throw reader.Truncated(place);
            hash.AppendData(destination.Span[..read]);
            left -= read;
            return read;
        }

        public async Task FinishAsync(CancellationToken cancellation)
        {
            var buffer = left > 0 ? new byte[Math.Min(left, BufferSize)] : [];
            while (await ReadAsync(buffer, cancellation) > 0) { }
            using (hash)
                if (Digest.Of(DigestAlgorithm.Sha256, hash).Hex != entry.Sha256)
                    throw new BundleException($"has another content in '{entry.Path}' than its list says, {reader.Where}; it is damaged or was changed after it was signed");
        }
    }
}
