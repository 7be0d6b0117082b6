using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Sextant.Files;
using Sextant.Primitives;

namespace Sextant.Bundle;

/// <summary>How the making of a bundle ended.</summary>
public abstract record BundleOutcome
{
    private BundleOutcome() { }

    /// <summary>The file is there, on disk.</summary>
    /// <param name="List">What is in it.</param>
    /// <param name="Size">The file's size in octets.</param>
    /// <param name="Digest">The file's digest.</param>
    /// <param name="Signer">Whose signature it has.</param>
    /// <param name="IsNewKey">True when the key was made for it.</param>
    public sealed record Written(BundleDocument List, long Size, Digest Digest, BundleSigner Signer, bool IsNewKey) : BundleOutcome;

    /// <summary>No file was written; an earlier one of the name is untouched.</summary>
    /// <param name="Problems">Why and what to do, one line each.</param>
    public sealed record Refused(IReadOnlyList<string> Problems) : BundleOutcome;
}

/// <summary>
/// Writes a bundle: a tar archive in one zstd frame. The same content, key and libzstd give the same octets on every machine: nothing of the time, the
/// host, the owner or the number of processors is in it.
/// </summary>
public static class BundleWriter
{
    /// <summary>What is in it is compressed already, for the most part: more effort finds little.</summary>
    private const int CompressionLevel = 3;

    private const int BufferSize = 1 << 20;

    /// <summary>Makes a bundle beside its final name, waits for the disk and gives it the name.</summary>
    /// <param name="request">What to bundle.</param>
    /// <param name="output">The file.</param>
    /// <param name="progress">Told of each entry.</param>
    /// <param name="cancellation">Ends it; no file remains.</param>
    /// <exception cref="IOException">The disk fails; an earlier file of the name is untouched.</exception>
    public static async Task<BundleOutcome> WriteAsync(BundleRequest request, string output, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        var (plan, problems) = await BundlePlan.MakeAsync(request, cancellation);
        if (plan is null) return new BundleOutcome.Refused(problems);
        var opened = new BundleKeyFolder(request.StateFolder).OpenOrCreate();
        if (opened is SiteKeyResult.Unusable(var unusable)) return new BundleOutcome.Refused([unusable]);
        var (key, isNew) = (SiteKeyResult.Opened)opened;
        using (key)
        {
            var full = Path.GetFullPath(output);
            var unfinished = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.unfinished");
            using var alone = FileLock.TryOwn(unfinished + ".lock");
            if (alone is null) return new BundleOutcome.Refused([$"another 'sextant assets bundle' writes {full} now; wait for its end"]);
            try
            {
                var list = plan.List(key.Signer);
                if (BundleLayout.FaultOf(list) is { Length: > 0 } fault) throw new InvalidDataException($"the list of the bundle {fault}");
                var problem = await WriteAsync(unfinished, list.ToJson(), key, plan.Entries, progress, cancellation);
                if (problem is not null) return new BundleOutcome.Refused([problem]);
                var digest = VerifiedFiles.DigestOf(unfinished, DigestAlgorithm.Sha256);
                Durable.Rename(unfinished, full);
                return new BundleOutcome.Written(list, new FileInfo(full).Length, digest, key.Signer, isNew);
            }
            finally
            {
                File.Delete(unfinished);
                File.Delete(unfinished + ".lock");
            }
        }
    }

    private static async Task<string?> WriteAsync(
        string path, byte[] list, BundleKey key, IReadOnlyList<PlannedEntry> entries, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferSize);
        await using var archive = ZstandardStream.Compress(file, CompressionLevel, leaveOpen: true);
        await WriteEntryAsync(archive, BundleLayout.List, list, cancellation);
        await WriteEntryAsync(archive, BundleLayout.Signature, key.Sign(list), cancellation);
        foreach (var (entry, source) in entries)
        {
            progress.Report(new WorkProgress(entry.Path, 0, entry.Size));
            switch (source)
            {
                case EntrySource.Octets(var content):
                    await WriteEntryAsync(archive, entry.Path, content, cancellation);
                    break;
                case EntrySource.InFile(var from, var name):
                    if (await CopyAsync(archive, entry, from, name, progress, cancellation) is { } problem) return problem;
                    break;
                default:
                    throw new InvalidOperationException($"no case for {source}");
            }
            progress.Report(new WorkProgress(entry.Path, entry.Size, entry.Size));
        }
        await archive.WriteAsync(new byte[BundleTar.EndLength], cancellation);
        return null;
    }

    private static async Task WriteEntryAsync(Stream archive, string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await archive.WriteAsync(BundleTar.HeaderOf(path, content.Length), cancellation);
        await archive.WriteAsync(content, cancellation);
        await archive.WriteAsync(new byte[BundleTar.PaddingAfter(content.Length)], cancellation);
    }

    /// <summary>Copies a file while it is hashed. Says what is wrong with it, or null.</summary>
    private static async Task<string?> CopyAsync(Stream archive, BundleEntry entry, string from, string name, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        using var handle = TryOpen(from);
        if (handle is null) return $"{name} has gone while the bundle was made; run it again";
        await archive.WriteAsync(BundleTar.HeaderOf(entry.Path, entry.Size), cancellation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        for (long offset = 0; offset < entry.Size;)
        {
            var read = await RandomAccess.ReadAsync(handle, buffer.AsMemory(0, (int)Math.Min(buffer.Length, entry.Size - offset)), offset, cancellation);
            if (read == 0) return Corrupt($"has {offset} octets instead of {entry.Size}");
            hash.AppendData(buffer, 0, read);
            await archive.WriteAsync(buffer.AsMemory(0, read), cancellation);
            offset += read;
            progress.Report(new WorkProgress(entry.Path, offset, entry.Size));
        }
        var actual = Digest.Of(DigestAlgorithm.Sha256, hash);
        if (actual.Hex != entry.Sha256) return Corrupt($"has the digest {actual}, not sha256:{entry.Sha256}");
        await archive.WriteAsync(new byte[BundleTar.PaddingAfter(entry.Size)], cancellation);
        return null;

        string Corrupt(string how) => $"{name} is damaged: {from} {how}; make or fetch it again";
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
